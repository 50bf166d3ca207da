//! Whether two values look alike, types included: `1`, `1.0` and `True` are three things here.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList};

use super::pairs::Pairs;
use crate::entries::Entries;

/// Compares two values made by the parser. Costs the size of the smaller one at most.
pub(super) fn same(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mut pairs = Vec::new();
    let mut met = Pairs::default();
    let mut next = Some((left.clone(), right.clone()));
    while let Some((left, right)) = next.take().or_else(|| pairs.pop()) {
        if left.is(&right) {
            continue;
        }
        if !left.get_type().is(right.get_type()) {
            return Ok(false);
        }
        if let (Ok(left), Ok(right)) = (left.cast::<PyList>(), right.cast::<PyList>()) {
            if left.len() != right.len() {
                return Ok(false);
            }
            if !met.is_new(left.as_any(), right.as_any()) {
                continue;
            }
            pairs.extend(left.iter().zip(right.iter()));
        } else if let (Ok(left), Ok(right)) = (left.cast::<PyDict>(), right.cast::<PyDict>()) {
            if left.len() != right.len() {
                return Ok(false);
            }
            if !met.is_new(left.as_any(), right.as_any()) {
                continue;
            }
            let mut entries = Entries::of(left.clone());
            while let Some((key, value)) = entries.next()? {
                match right.get_item(key)? {
                    Some(other) => pairs.push((value, other)),
                    None => return Ok(false),
                }
            }
        } else if let (Ok(left), Ok(right)) = (left.cast::<PyFloat>(), right.cast::<PyFloat>()) {
            if left.value().to_bits() != right.value().to_bits() {
                return Ok(false);
            }
        } else if !left.eq(&right)? {
            return Ok(false);
        }
    }
    Ok(true)
}
