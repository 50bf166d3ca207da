//! A value of one's own.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// Copies a value's containers, however deep; strings and numbers cannot change and are shared.
pub(crate) fn deep_copy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    copy_with(value, &|part| Ok(part.clone()))
}

/// Copies a value's containers, however deep, of each part that `plain` gives for the one that is there.
pub(crate) fn copy_with<'py>(
    value: &Bound<'py, PyAny>,
    plain: &impl Fn(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut waiting = Vec::new();
    let copy = shallow_copy(plain(value)?, &mut waiting);
    // Each container is made empty and filled when its turn comes, so that depth costs no stack.
    while let Some((from, to)) = waiting.pop() {
        if let (Ok(from), Ok(to)) = (from.cast::<PyList>(), to.cast::<PyList>()) {
            for item in from.iter() {
                to.append(shallow_copy(plain(&item)?, &mut waiting))?;
            }
        } else if let (Ok(from), Ok(to)) = (from.cast::<PyDict>(), to.cast::<PyDict>()) {
            for (key, item) in from.iter() {
                to.set_item(key, shallow_copy(plain(&item)?, &mut waiting))?;
            }
        }
    }
    Ok(copy)
}

fn shallow_copy<'py>(
    value: Bound<'py, PyAny>,
    waiting: &mut Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
) -> Bound<'py, PyAny> {
    let py = value.py();
    let empty = if value.is_instance_of::<PyList>() {
        PyList::empty(py).into_any()
    } else if value.is_instance_of::<PyDict>() {
        PyDict::new(py).into_any()
    } else {
        return value;
    };
    waiting.push((value, empty.clone()));
    empty
}
