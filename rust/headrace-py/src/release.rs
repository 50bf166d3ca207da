//! Freeing deeply nested containers without recursion, for CPython 3.13.
//!
//! That version frees containers inside containers on the native stack, up to a fixed number of levels that the
//! stack of a small thread does not have. Other versions stop sooner or ask how much stack is left.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::json::copy::references;

/// Free a value. Containers that nobody else holds are emptied one after the other.
pub(crate) fn release(value: Bound<'_, PyAny>) {
    let mut pending = Vec::new();
    empty(&value, &mut pending);
    drop(value);
    while let Some(part) = pending.pop() {
        empty(&part, &mut pending);
    }
}

/// Move the containers out of a container that nobody else holds.
fn empty<'py>(value: &Bound<'py, PyAny>, pending: &mut Vec<Bound<'py, PyAny>>) {
    if references(value) != 1 {
        return;
    }
    let before = pending.len();
    if let Ok(dict) = value.cast_exact::<PyDict>() {
        pending.extend(dict.iter().map(|(_, part)| part).filter(is_container));
        if pending.len() > before {
            dict.clear();
        }
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        pending.extend(list.iter().filter(is_container));
        if pending.len() > before {
            // It cannot fail: the slice is the whole list. If it did, the list would keep its items.
            let _ = list.del_slice(0, list.len());
        }
    }
}

fn is_container(part: &Bound<'_, PyAny>) -> bool {
    part.is_exact_instance_of::<PyDict>() || part.is_exact_instance_of::<PyList>()
}
