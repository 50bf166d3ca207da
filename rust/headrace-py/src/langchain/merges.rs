//! The sums of dictionaries and lists as LangChain makes them, its shared containers included.

#![expect(clippy::doc_markdown, reason = "what Python shows as docstrings is written as Python's")]

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::messages::merge::{Older, Rules, all_dicts, all_lists};

/// What `langchain_core.utils._merge` does, in the version that is installed.
///
/// Args:
///     ids_may_differ: Whether items of one index are one, also where their ids differ.
///     adds_times: Whether all numbers are added up, times and indexes too.
///     adds_truths: Whether truth values are added up as numbers.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct ReferenceMerges {
    rules: Rules,
}

#[pymethods]
impl ReferenceMerges {
    #[new]
    #[pyo3(signature = (*, ids_may_differ = false, adds_times = false, adds_truths = false))]
    const fn new(ids_may_differ: bool, adds_times: bool, adds_truths: bool) -> Self {
        let older = Older { ids_may_differ, adds_times, adds_truths };
        Self { rules: Rules::like_reference(older) }
    }

    /// Add up dictionaries.
    #[pyo3(signature = (left, *others))]
    fn dicts<'py>(
        &self,
        left: &Bound<'py, PyDict>,
        others: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyDict>> {
        all_dicts(left, others, self.rules)
    }

    /// Add up lists; None counts for nothing.
    #[pyo3(signature = (left, *others))]
    fn lists<'py>(
        &self,
        left: Option<Bound<'py, PyList>>,
        others: &Bound<'py, PyTuple>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        all_lists(left, others, self.rules)
    }
}

impl ReferenceMerges {
    pub(super) const fn rules(&self) -> Rules {
        self.rules
    }
}
