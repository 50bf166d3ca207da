//! Errors of the core as exceptions of the package.

use headrace_core::json::JsonError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The exception for an error. `cause` is what refused a value, and then says what is wrong.
/// `document` is the index of the document that has it, where there are several.
pub(super) fn to_exception(
    py: Python<'_>,
    error: JsonError,
    cause: Option<&PyErr>,
    document: Option<usize>,
) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = match CLASS.import(py, "headrace.exceptions", "JsonStreamError") {
        Ok(class) => class,
        Err(failure) => return failure,
    };
    let message = match cause {
        Some(cause) => cause.value(py).to_string(),
        None => error.kind.to_string(),
    };
    let position = error.position;
    match class.call1((message, position.offset, position.line, position.column, document)) {
        Ok(exception) => {
            let exception = PyErr::from_value(exception);
            if let Some(cause) = cause {
                exception.set_cause(py, Some(cause.clone_ref(py)));
            }
            exception
        }
        Err(failure) => failure,
    }
}
