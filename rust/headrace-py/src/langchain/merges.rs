//! The sums of dictionaries and lists as LangChain makes them, its shared containers included.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::messages::merge::{Rules, all_dicts, all_lists};

/// Add up dictionaries as `langchain_core.utils._merge.merge_dicts` does.
#[pyfunction]
#[pyo3(signature = (left, *others))]
pub(crate) fn reference_merge_dicts<'py>(
    left: &Bound<'py, PyDict>,
    others: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyDict>> {
    all_dicts(left, others, Rules::LIKE_REFERENCE)
}

/// Add up lists as `langchain_core.utils._merge.merge_lists` does.
#[pyfunction]
#[pyo3(signature = (left, *others))]
pub(crate) fn reference_merge_lists<'py>(
    left: Option<Bound<'py, PyList>>,
    others: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    all_lists(left, others, Rules::LIKE_REFERENCE)
}
