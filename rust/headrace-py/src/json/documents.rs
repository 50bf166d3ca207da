//! One document after another, each as it grows.

#![expect(clippy::doc_markdown, reason = "what Python shows as docstrings is written as Python's")]

use headrace_core::json::{Build, Documents, ErrorKind, Options};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::builder::Builder;
use super::copy::deep_copy;
use super::errors::to_exception;
use super::objects::Names;
use super::parser::choice;
use super::text::{Text, with_text};
use super::tree::Tree;
use crate::exclusive::Exclusive;

/// JSON documents that follow each other, read as they arrive: lines of NDJSON, or documents with nothing but
/// blanks, or nothing at all, between them.
///
/// `feed` takes the text, cut anywhere, and costs what the new text costs.
///
/// Args:
///     strict: Read RFC 8259 to the letter.
///     numbers: `"complete"` shows a number only when it has ended, `"partial"` also before.
///     strings: The same for strings.
///     fresh: Whether each value has its own objects, so that you can change it.
///     max_depth: How many containers may stand inside each other.
///     partial: Whether a document is given while it grows too; otherwise only when it has ended.
///
/// Raises:
///     ValueError: For an unknown value of `numbers` or `strings`, or a negative `max_depth`.
///
/// Threads may share it, as they may share a `PartialJsonParser`.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct JsonDocumentStream {
    state: Exclusive<State>,
    fresh: bool,
    partial: bool,
}

struct State {
    documents: Documents,
    tree: Tree,
    names: Names,
    closed: bool,
    /// Why a value was refused.
    cause: Option<PyErr>,
}

#[pymethods]
impl JsonDocumentStream {
    #[new]
    #[pyo3(signature = (
        *, strict = false, numbers = "partial", strings = "partial", fresh = false,
        max_depth = 1000, partial = true
    ))]
    fn new(
        strict: bool,
        numbers: &str,
        strings: &str,
        fresh: bool,
        max_depth: isize,
        partial: bool,
    ) -> PyResult<Self> {
        let max_depth = usize::try_from(max_depth).map_err(|_| {
            PyValueError::new_err(format!("max_depth must not be negative, as {max_depth} is"))
        })?;
        let options = Options {
            complete_numbers: choice("numbers", numbers, &["partial", "complete"])? == 1,
            complete_strings: choice("strings", strings, &["partial", "complete"])? == 1,
            max_depth,
            ..Options::default()
        };
        let options = if strict { options.strict() } else { options };
        let options = if partial {
            options
        } else {
            Options { complete_numbers: true, complete_strings: true, ..options }
        };
        Ok(Self {
            state: Exclusive::new(State {
                documents: Documents::new(options),
                tree: Tree::default(),
                names: Names::default(),
                closed: false,
                cause: None,
            }),
            fresh,
            partial,
        })
    }

    /// Read more text.
    ///
    /// Errors in the text are not raised here: see `error`.
    ///
    /// Args:
    ///     chunk: The text, `str` or bytes of UTF-8, cut anywhere.
    ///
    /// Returns:
    ///     A `JsonDocument` for each document that has ended, and for the one that is open, where it has
    ///     changed.
    ///
    /// Raises:
    ///     ValueError: After `close`.
    ///     TypeError: If `chunk` is neither text nor bytes.
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(
        &self,
        py: Python<'py>,
        chunk: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.state.enter(py)?;
        if state.closed {
            return Err(PyValueError::new_err("feed() after close()"));
        }
        with_text(chunk, "expected str or bytes, got", |text| {
            self.read(py, &mut state, Some(&text))
        })
    }

    /// End the text.
    ///
    /// Returns:
    ///     A `JsonDocument` for the number that the text ends with, if it does; otherwise nothing.
    ///
    /// Raises:
    ///     JsonStreamError: If the last document is invalid or incomplete, with its number and the position.
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.state.enter(py)?;
        let already = std::mem::replace(&mut state.closed, true);
        let ended = if already { PyList::empty(py) } else { self.read(py, &mut state, None)? };
        match state.error(py) {
            Some(error) => Err(error),
            None => Ok(ended),
        }
    }

    /// Error of the last document, a `JsonStreamError` with the position; None if it is valid.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<PyErr>> {
        Ok(self.state.enter(py)?.error(py))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.if_unused() {
            Some(state) => {
                state.names.traverse(&visit)?;
                state.tree.traverse(&visit)
            }
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            let taken = self.state.enter(py).map(|mut state| {
                (std::mem::take(&mut state.tree), std::mem::take(&mut state.names))
            });
            // Dropping may run Python code, which may come back here: the state is no longer in use.
            drop(taken);
        });
    }
}

impl JsonDocumentStream {
    /// Reads a piece of text, or without one its end.
    fn read<'py>(
        &self,
        py: Python<'py>,
        state: &mut State,
        text: Option<&Text<'_>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let seen = PyList::empty(py);
        let mut index = state.documents.index();
        let mut builder = Builder { py, tree: &mut state.tree, names: &mut state.names };
        let ended = |builder: &mut Builder<'_, 'py>| {
            if let Some(value) = builder.tree.snapshot(py)? {
                seen.append(self.document(index, value, true)?)?;
            }
            index += 1;
            builder.clear();
            Ok(())
        };
        let outcome = match text {
            Some(Text::Characters(text)) => {
                state.documents.feed_characters(text, &mut builder, ended)
            }
            Some(Text::Bytes(text)) => state.documents.feed(text, &mut builder, ended),
            None => state.documents.close(&mut builder, ended),
        };
        match outcome {
            // A number with too many digits is a fault of the text; all else goes up as it is.
            Err(error) if error.is_instance_of::<PyValueError>(py) => state.cause = Some(error),
            outcome => outcome?,
        }
        if self.partial
            && state.documents.is_inside()
            && state.tree.take_changed(py)?
            && let Some(value) = state.tree.snapshot(py)?
        {
            seen.append(self.document(state.documents.index(), value, false)?)?;
        }
        Ok(seen)
    }

    fn document<'py>(
        &self,
        index: usize,
        value: Bound<'py, PyAny>,
        complete: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let py = value.py();
        let value = if self.fresh { deep_copy(&value)? } else { value };
        CLASS.import(py, "headrace.json", "JsonDocument")?.call1((index, value, complete))
    }
}

impl State {
    fn error(&self, py: Python<'_>) -> Option<PyErr> {
        let error = self.documents.error()?;
        let cause = self.cause.as_ref().filter(|_| error.kind == ErrorKind::Refused);
        Some(to_exception(py, error, cause, Some(self.documents.index())))
    }
}
