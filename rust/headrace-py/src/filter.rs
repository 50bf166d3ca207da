//! The filter of runs as a Python class.

use headrace_core::filter::{Filter, Selection, is_event};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

/// Says of a run, once, what of it is wanted.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct RunFilter {
    filter: Filter,
}

#[pymethods]
impl RunFilter {
    #[new]
    #[pyo3(signature = (
        *, include_names=None, include_types=None, include_tags=None, include_events=None,
        exclude_names=None, exclude_types=None, exclude_tags=None, exclude_events=None,
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords")]
    fn new(
        include_names: Option<Vec<String>>,
        include_types: Option<Vec<String>>,
        include_tags: Option<Vec<String>>,
        include_events: Option<Vec<String>>,
        exclude_names: Option<Vec<String>>,
        exclude_types: Option<Vec<String>>,
        exclude_tags: Option<Vec<String>>,
        exclude_events: Option<Vec<String>>,
    ) -> Self {
        let include = Selection {
            names: include_names,
            kinds: include_types,
            tags: include_tags,
            events: include_events,
        };
        let exclude = Selection {
            names: exclude_names,
            kinds: exclude_types,
            tags: exclude_tags,
            events: exclude_events,
        };
        Self { filter: Filter::new(include, exclude) }
    }

    /// Returns whether a run is wanted at all.
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    fn admits(&self, name: PyBackedStr, kind: PyBackedStr, tags: Vec<PyBackedStr>) -> bool {
        self.filter.admits(&name, &kind, tags.iter().map(|tag| &**tag))
    }

    /// The phases of a run of which events are wanted, a bit each.
    #[expect(clippy::needless_pass_by_value, reason = "extracted from Python")]
    fn phases(&self, name: PyBackedStr, kind: PyBackedStr, tags: Vec<PyBackedStr>) -> u8 {
        self.filter.phases(&name, &kind, tags.iter().map(|tag| &**tag)).bits()
    }
}

/// Returns whether a word names events.
#[pyfunction]
pub(crate) fn is_event_name(word: &str) -> bool {
    is_event(word)
}
