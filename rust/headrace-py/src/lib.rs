//! The compiled module `headrace._core`: it registers, and does nothing else.

use pyo3::pymodule;

mod depth;
mod entries;
mod exclusive;
mod filter;
mod json;
mod langchain;
mod messages;
#[cfg(all(Py_3_13, not(Py_3_14)))]
mod release;

/// The compiled core of headrace; its names are re-exported by the Python package.
#[pymodule(gil_used = true)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::depth::{call_on_large_stack, is_nested_deeper};
    #[pymodule_export]
    use crate::filter::{RunFilter, is_event_name};
    #[pymodule_export]
    use crate::json::documents::JsonDocumentStream;
    #[pymodule_export]
    use crate::json::once::{parse_json_markdown, parse_partial_json, parse_partial_json_quietly};
    #[pymodule_export]
    use crate::json::parser::PartialJsonParser;
    #[pymodule_export]
    use crate::langchain::merges::ReferenceMerges;
    #[pymodule_export]
    use crate::langchain::stream::JsonOutputs;
    #[pymodule_export]
    use crate::langchain::sums::ChunkSums;
    #[pymodule_export]
    use crate::messages::hooks::set_default_flags;
    #[pymodule_export]
    use crate::messages::merge::{merge_content, merge_dicts, merge_lists, merge_obj};
    #[pymodule_export]
    use crate::messages::reader::ToolCallReader;
    #[pymodule_export]
    use crate::messages::storage::MessageStorage;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
