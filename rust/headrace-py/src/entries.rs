//! The members of a dictionary, one after another, while Python code may run between them.

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Keys and values of a dictionary, in its order.
///
/// `PyDict::iter` panics when the dictionary changes between two steps. Comparing values can run any code, so
/// a change raises `RuntimeError` here, as in a Python loop.
pub(crate) struct Entries<'py> {
    dict: Bound<'py, PyDict>,
    position: ffi::Py_ssize_t,
    length: usize,
    rest: usize,
}

impl<'py> Entries<'py> {
    pub(crate) fn of(dict: Bound<'py, PyDict>) -> Self {
        let length = dict.len();
        Self { dict, position: 0, length, rest: length }
    }

    /// The next key and value; None at the end.
    ///
    /// # Errors
    /// `RuntimeError` if the dictionary has changed.
    #[inline]
    pub(crate) fn next(&mut self) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
        if self.dict.len() != self.length {
            return Err(PyRuntimeError::new_err("dictionary changed size during iteration"));
        }
        let py = self.dict.py();
        let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: the dictionary is alive and the interpreter attached, with its lock held from here until
        // both references are counted. PyDict_Next checks the position against the dictionary as it is now.
        let next = unsafe {
            if ffi::PyDict_Next(
                self.dict.as_ptr(),
                &raw mut self.position,
                &raw mut key,
                &raw mut value,
            ) == 0
            {
                None
            } else {
                Some((Bound::from_borrowed_ptr(py, key), Bound::from_borrowed_ptr(py, value)))
            }
        };
        match (next, self.rest.checked_sub(1)) {
            (None, _) => Ok(None),
            (_, None) => Err(PyRuntimeError::new_err("dictionary keys changed during iteration")),
            (next, Some(rest)) => {
                self.rest = rest;
                Ok(next)
            }
        }
    }
}
