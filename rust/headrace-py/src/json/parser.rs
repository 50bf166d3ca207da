//! The class that users see.

use headrace_core::json::{ErrorKind, HoldBack, Options, Parser};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::builder::Builder;
use super::copy::deep_copy;
use super::errors::to_exception;
use super::exclusive::Exclusive;
use super::objects::Names;
use super::text::{Text, with_text};
use super::tree::Tree;

/// See `headrace.json`, where the Python side documents it.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct PartialJsonParser {
    state: Exclusive<State>,
    fresh: bool,
}

struct State {
    parser: Parser,
    tree: Tree,
    names: Names,
    closed: bool,
    /// Why a value was refused.
    cause: Option<PyErr>,
}

#[pymethods]
impl PartialJsonParser {
    #[new]
    #[pyo3(signature = (
        *, strict = false, fences = true, numbers = "partial", strings = "partial", fresh = false,
        max_depth = 1000, strip = "blanks"
    ))]
    fn new(
        strict: bool,
        fences: bool,
        numbers: &str,
        strings: &str,
        fresh: bool,
        max_depth: usize,
        strip: &str,
    ) -> PyResult<Self> {
        let options = Options {
            fences,
            complete_numbers: choice("numbers", numbers, ["partial", "complete"])? == 1,
            complete_strings: choice("strings", strings, ["partial", "complete"])? == 1,
            hold_back: match choice("strip", strip, ["blanks", "unicode"])? {
                0 => HoldBack::Blanks,
                _ => HoldBack::UnicodeBlanks,
            },
            max_depth,
            ..Options::default()
        };
        let options = if strict { options.strict() } else { options };
        Ok(Self {
            state: Exclusive::new(State {
                parser: Parser::new(options),
                tree: Tree::default(),
                names: Names::default(),
                closed: false,
                cause: None,
            }),
            fresh,
        })
    }

    /// Read more text. Returns whether the value has changed.
    #[pyo3(signature = (chunk, /))]
    fn feed(&self, py: Python<'_>, chunk: &Bound<'_, PyAny>) -> PyResult<bool> {
        let mut state = self.state.enter(py)?;
        with_text(chunk, |text| state.feed(py, &text))
    }

    /// End the text and return the document.
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut state = self.state.enter(py)?;
        state.close(py)?;
        self.snapshot(py, &mut state)
    }

    /// The document so far, or None.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut state = self.state.enter(py)?;
        self.snapshot(py, &mut state)
    }

    /// Whether the document has ended.
    #[getter]
    fn complete(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.state.enter(py)?.parser.is_complete())
    }

    /// Why the text can no longer be a document, or None.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<PyErr>> {
        Ok(self.state.enter(py)?.error(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let state = self.state.enter(py)?;
        let complete = if state.parser.is_complete() { "True" } else { "False" };
        Ok(match state.parser.error() {
            Some(error) => format!("<PartialJsonParser complete={complete} error='{error}'>"),
            None => format!("<PartialJsonParser complete={complete}>"),
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where a call is under way, the collector finds references it cannot explain, and keeps them.
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
            // Dropping may run Python code, which may come back here: nobody uses the state any more.
            drop(taken);
        });
    }
}

impl PartialJsonParser {
    #[inline]
    fn snapshot<'py>(&self, py: Python<'py>, state: &mut State) -> PyResult<Bound<'py, PyAny>> {
        let value = if self.fresh {
            state.tree.peek(py)?.map(|value| deep_copy(&value)).transpose()?
        } else {
            state.tree.snapshot(py)?
        };
        Ok(value.unwrap_or_else(|| py.None().into_bound(py)))
    }
}

impl State {
    #[inline]
    fn feed(&mut self, py: Python<'_>, text: &Text<'_>) -> PyResult<bool> {
        if self.closed {
            return Err(PyValueError::new_err("feed() after close()"));
        }
        let mut builder = Builder { py, tree: &mut self.tree, names: &mut self.names };
        let outcome = match text {
            Text::Characters(text) => self.parser.feed_characters(text, &mut builder),
            Text::Bytes(text) => self.parser.feed(text, &mut builder),
        };
        if let Err(error) = outcome {
            self.refused(py, error)?;
        }
        self.tree.take_changed(py)
    }

    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        self.closed = true;
        let mut builder = Builder { py, tree: &mut self.tree, names: &mut self.names };
        if let Err(error) = self.parser.close(&mut builder) {
            self.refused(py, error)?;
        }
        match self.error(py) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// A number with too many digits is a fault of the text; all else goes up as it is.
    fn refused(&mut self, py: Python<'_>, error: PyErr) -> PyResult<()> {
        if !error.is_instance_of::<PyValueError>(py) {
            return Err(error);
        }
        self.cause = Some(error);
        Ok(())
    }

    fn error(&self, py: Python<'_>) -> Option<PyErr> {
        let error = self.parser.error()?;
        let cause = self.cause.as_ref().filter(|_| error.kind == ErrorKind::Refused);
        Some(to_exception(py, error, cause))
    }
}

fn choice(name: &str, given: &str, known: [&str; 2]) -> PyResult<usize> {
    known.iter().position(|it| *it == given).ok_or_else(|| {
        let [first, second] = known;
        PyValueError::new_err(format!("{name} must be '{first}' or '{second}', not '{given}'"))
    })
}
