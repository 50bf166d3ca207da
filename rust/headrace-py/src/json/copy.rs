//! Copies of containers, however deep, that share what the original shares.

use std::collections::HashMap;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::entries::Entries;

/// Copy a value's containers, however deep. Strings and numbers cannot change and are shared.
pub(crate) fn deep_copy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    Copies::default().copy(value.clone())
}

/// Copy a value's containers, each part replaced by what `plain` returns for it.
pub(crate) fn copy_with<'py>(
    value: &Bound<'py, PyAny>,
    plain: &impl Fn(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    Copies::default().copy_with(value.clone(), plain)
}

/// The copies that were made of shared containers: each is copied once, so that a value that contains itself
/// ends, and one that is reached on many ways does not multiply.
#[derive(Default)]
pub(crate) struct Copies<'py> {
    /// By address. The originals are held, so that none makes room for another at its address.
    known: HashMap<usize, (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    waiting: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> Copies<'py> {
    /// Copy a value's containers.
    pub(crate) fn copy(&mut self, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.copy_with(value, &|part| Ok(part.clone()))
    }

    fn copy_with(
        &mut self,
        value: Bound<'py, PyAny>,
        plain: &impl Fn(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // Who holds the outermost value is not known: it may be part of itself.
        let root = value.as_ptr();
        let copy = self.begin(value, plain, None)?;
        let root = (root, copy.clone());
        // Each container is made empty and filled when its turn comes, so that depth costs no stack.
        while let Some((from, to)) = self.waiting.pop() {
            if let (Ok(from), Ok(to)) = (from.cast::<PyList>(), to.cast::<PyList>()) {
                for item in from.iter() {
                    to.append(self.begin(item, plain, Some(&root))?)?;
                }
            } else if let (Ok(from), Ok(to)) = (from.cast::<PyDict>(), to.cast::<PyDict>()) {
                let mut entries = Entries::of(from.clone());
                while let Some((key, item)) = entries.next()? {
                    to.set_item(key, self.begin(item, plain, Some(&root))?)?;
                }
            }
        }
        Ok(copy)
    }

    /// An empty container for one that waits to be copied; anything else as it is.
    #[inline]
    fn begin(
        &mut self,
        value: Bound<'py, PyAny>,
        plain: &impl Fn(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
        root: Option<&(*mut ffi::PyObject, Bound<'py, PyAny>)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = value.py();
        let part = plain(&value)?;
        let empty = if part.is_instance_of::<PyList>() {
            PyList::empty(py).into_any()
        } else if part.is_instance_of::<PyDict>() {
            PyDict::new(py).into_any()
        } else {
            return Ok(part);
        };
        // One reference is the container's around it, one or two are ours. Every holder counts, so a lower
        // number proves that the value is reached on one way only.
        let ours = 1 + isize::from(part.is(&value));
        let known_holders = ours + isize::from(root.is_some());
        if references(&value) > known_holders {
            if let Some((address, copy)) = root
                && *address == value.as_ptr()
            {
                return Ok(copy.clone());
            }
            if let Some((_, copy)) = self.known.get(&value.as_ptr().addr()) {
                return Ok(copy.clone());
            }
            self.known.insert(value.as_ptr().addr(), (value, empty.clone()));
        }
        self.waiting.push((part, empty.clone()));
        Ok(empty)
    }
}

/// How many references to an object are counted.
pub(crate) fn references(object: &Bound<'_, PyAny>) -> isize {
    // SAFETY: the object is alive and the interpreter attached.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) }
}
