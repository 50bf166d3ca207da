//! The class that users see.

#![expect(clippy::doc_markdown, reason = "what Python shows as docstrings is written as Python's")]

use headrace_core::json::{ErrorKind, HoldBack, Options, Parser};
use pyo3::exceptions::{PyAttributeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::{PyTraverseError, PyVisit};

use super::builder::Builder;
use super::copy::deep_copy;
use super::diff;
use super::errors::to_exception;
use super::objects::Names;
use super::patch;
use super::selection::Selecting;
use super::text::{Text, with_text};
use super::tree::Tree;
use crate::exclusive::Exclusive;

/// A JSON document that is read as it arrives.
///
/// `feed` takes the text, cut anywhere, and costs what the new text costs. `value` is the document so far
/// as ordinary Python objects: after any beginning of a text it is what
/// `langchain_core.utils.json.parse_json_markdown` gives for that beginning, apart from the differences
/// that docs/differences.md lists.
///
/// What `value` returned does not change while you hold it. Snapshots share what has ended, so do
/// not change them, or ask for `fresh` ones.
///
/// Args:
///     strict: Read RFC 8259 to the letter: no `NaN` or `Infinity`, no raw control characters in strings,
///         and with `fences=False` nothing behind the document.
///     fences: Look for the document inside Markdown fences too, and skip the prose around them.
///     numbers: `"complete"` shows a number only when it has ended, `"partial"` also before.
///     strings: The same for strings.
///     fresh: Whether each snapshot is made of objects of its own, so that it can be changed. That costs
///         a copy each time.
///     max_depth: How many containers may stand inside each other; one more is an error.
///     strip: What is held back at the end of an open string, since it may yet turn out not to belong to
///         it: `"blanks"`, which are space, tab, line ends and backticks, or with `"unicode"` also the
///         white space behind them that `str.strip` takes off. `"nothing"` is for text that ends where
///         its document does, such as the arguments of a call.
///     select: A JSONPath (RFC 9535, without filters), or several of them in a list. Only what they lead to
///         is built then, and `matches` gives it, each value once, when it has ended; there is no `value`.
///     partial: Whether `matches` also gives what is open, as it grows.
///     details: Whether `matches` gives a `JsonMatch` for each value: its path, location and completeness.
///     changes: Whether `changes` and `patch` can be asked for. What they need is kept then.
///
/// Raises:
///     ValueError: For an unknown value of `numbers`, `strings` or `strip`, a negative `max_depth`, which it
///         names, `partial` or `details` without `select`, or `changes` with it.
///     JsonPathError: For a path that cannot be read or has a filter in it; it says where.
///
/// Threads may share a parser: one waits for the other. A finalizer that the garbage collector runs in the
/// middle of a call and that calls the same parser gets a `RuntimeError`.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct PartialJsonParser {
    state: Exclusive<State>,
    fresh: bool,
}

struct State {
    parser: Parser,
    selecting: Option<Box<Selecting>>,
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
        max_depth = 1000, strip = "blanks", select = None, partial = false, details = false,
        changes = false
    ))]
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "they are keywords in Python"
    )]
    fn new(
        strict: bool,
        fences: bool,
        numbers: &str,
        strings: &str,
        fresh: bool,
        max_depth: isize,
        strip: &str,
        select: Option<&Bound<'_, PyAny>>,
        partial: bool,
        details: bool,
        changes: bool,
    ) -> PyResult<Self> {
        let max_depth = usize::try_from(max_depth).map_err(|_| {
            PyValueError::new_err(format!("max_depth must not be negative, as {max_depth} is"))
        })?;
        let options = Options {
            fences,
            complete_numbers: choice("numbers", numbers, &["partial", "complete"])? == 1,
            complete_strings: choice("strings", strings, &["partial", "complete"])? == 1,
            hold_back: match choice("strip", strip, &["blanks", "unicode", "nothing"])? {
                0 => HoldBack::Blanks,
                1 => HoldBack::UnicodeBlanks,
                _ => HoldBack::Nothing,
            },
            max_depth,
            ..Options::default()
        };
        let options = if strict { options.strict() } else { options };
        let selecting = match select {
            Some(_) if changes => {
                return Err(PyValueError::new_err(
                    "changes are of whole documents: not with select",
                ));
            }
            Some(select) => Some(Box::new(Selecting::new(select, partial, details, fresh)?)),
            None if partial || details => {
                let name = if partial { "partial" } else { "details" };
                return Err(PyValueError::new_err(format!("{name} is of use with select alone")));
            }
            None => None,
        };
        let (options, tree) = match &selecting {
            Some(selecting) => (selecting.options(options), Tree::without_changes()),
            None if changes => (options, Tree::with_journal()),
            None => (options, Tree::default()),
        };
        Ok(Self {
            state: Exclusive::new(State {
                parser: Parser::new(options),
                selecting,
                tree,
                names: Names::default(),
                closed: false,
                cause: None,
            }),
            fresh,
        })
    }

    /// Read more text.
    ///
    /// Errors in the text are not raised here: see `error`. The last good value stays.
    ///
    /// Args:
    ///     chunk: The text, `str` or bytes of UTF-8, cut anywhere.
    ///
    /// Returns:
    ///     Whether the value has changed, types included: 1 and 1.0 differ. With `select`, whether there are
    ///     matches to be taken.
    ///
    /// Raises:
    ///     ValueError: After `close`.
    ///     TypeError: If `chunk` is neither text nor bytes.
    #[pyo3(signature = (chunk, /))]
    fn feed(&self, py: Python<'_>, chunk: &Bound<'_, PyAny>) -> PyResult<bool> {
        let mut state = self.state.enter(py)?;
        with_text(chunk, "expected str or bytes, got", |text| state.feed(py, &text))
    }

    /// End the text.
    ///
    /// Returns:
    ///     The document. With `select`, the matches that were not taken yet.
    ///
    /// Raises:
    ///     JsonStreamError: If the text is not a JSON document or is truncated. `value` stays, and
    ///         `matches` still returns the earlier matches.
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut state = self.state.enter(py)?;
        state.close(py)?;
        match &mut state.selecting {
            Some(selecting) => Ok(selecting.take(py)?.into_any()),
            None => self.snapshot(py, &mut state),
        }
    }

    /// The document so far; None where nothing has come. The same object until it changes.
    ///
    /// With `select` there is none: an AttributeError.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut state = self.state.enter(py)?;
        if state.selecting.is_some() {
            return Err(PyAttributeError::new_err(
                "a parser with select builds no whole value: see matches()",
            ));
        }
        self.snapshot(py, &mut state)
    }

    /// Take what the paths of `select` have led to since this was last called.
    ///
    /// Each value is given once, when it has ended and it is certain that the path leads to it. With several
    /// paths each comes with its path, as a pair; with `details`, as a `JsonMatch`. With `partial`, values
    /// that are open are given too, each time that they have changed.
    ///
    /// Returns:
    ///     The matches, in the order in which they became certain.
    ///
    /// Raises:
    ///     ValueError: Without `select`.
    fn matches<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        match &mut self.state.enter(py)?.selecting {
            Some(selecting) => selecting.take(py),
            None => Err(PyValueError::new_err("matches() without select")),
        }
    }

    /// Read one document after another.
    ///
    /// Args:
    ///     chunks: The text, cut anywhere.
    ///     **options: Those of `headrace.json.iter_documents`.
    ///
    /// Returns:
    ///     What `iter_documents` gives: each document as it grows, as a `JsonDocument`.
    #[staticmethod]
    #[pyo3(signature = (chunks, /, **options))]
    fn documents<'py>(
        chunks: &Bound<'py, PyAny>,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = chunks.py().import("headrace.json")?;
        module.call_method("iter_documents", (chunks,), options)
    }

    /// Return the changes of the last `feed` or `close` to the document.
    ///
    /// Each row is a path, an operation and a value. The path is a tuple of names and indexes. The operation
    /// is `"add"` for a value that was not there (of a list it follows the others), `"replace"` for one that
    /// takes the place of another, such as a number that has gone on, and `"append"` for a string that has
    /// grown: its value is what has come. Nothing is ever removed. The rows applied in their order to what
    /// was there before give what is there now; `("add", (), value)` stands at the beginning.
    ///
    /// Returns:
    ///     The rows, as `(path, operation, value)`. Do not change the values, unless `fresh`.
    ///
    /// Raises:
    ///     ValueError: Without `changes=True`.
    fn changes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.state.enter(py)?;
        let after = state.tree.snapshot(py)?;
        match state.tree.journal() {
            Some(journal) => diff::rows(py, journal, after, self.fresh),
            None => Err(PyValueError::new_err("changes() without changes=True")),
        }
    }

    /// Return the changes of the last `feed` or `close`, as a JSON Patch (RFC 6902).
    ///
    /// The operations are those that `JsonOutputParser(diff=True)` of `langchain_core` gives, which compares
    /// the two documents with `jsonpatch.make_patch`.
    ///
    /// Returns:
    ///     The operations, as dictionaries. Do not change the values, unless `fresh`.
    ///
    /// Raises:
    ///     ValueError: Without `changes=True`.
    fn patch<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.state.enter(py)?;
        let after = state.tree.snapshot(py)?;
        match state.tree.journal() {
            Some(journal) => patch::patch(py, journal, after, self.fresh),
            None => Err(PyValueError::new_err("patch() without changes=True")),
        }
    }

    /// True if the document has ended.
    #[getter]
    fn complete(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.state.enter(py)?.parser.is_complete())
    }

    /// Why the text can no longer be a document, as a `JsonStreamError` with the place; None otherwise.
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
                if let Some(selecting) = &state.selecting {
                    selecting.traverse(&visit)?;
                }
                state.tree.traverse(&visit)
            }
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            let taken = self.state.enter(py).map(|mut state| {
                let values = state.selecting.as_mut().map(|selecting| selecting.clear());
                (std::mem::take(&mut state.tree), std::mem::take(&mut state.names), values)
            });
            // Dropping may run Python code, which may come back here: the state is no longer in use.
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
        if self.selecting.is_some() {
            return self.feed_selecting(py, text);
        }
        if self.tree.journal().is_some() {
            self.tree.begin_piece(py)?;
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

    #[inline(never)]
    fn feed_selecting(&mut self, py: Python<'_>, text: &Text<'_>) -> PyResult<bool> {
        self.select(py, Some(text))?;
        Ok(self.selecting.as_ref().is_some_and(|selecting| selecting.has_matches()))
    }

    /// Reads a piece of text, or its end, for what the paths lead to.
    fn select(&mut self, py: Python<'_>, text: Option<&Text<'_>>) -> PyResult<()> {
        let Some(selecting) = &mut self.selecting else { return Ok(()) };
        let outcome = selecting.read(py, &mut self.parser, &mut self.tree, &mut self.names, text);
        let shown = selecting.show(py, &mut self.tree);
        if let Err(error) = outcome {
            self.refused(py, error)?;
        }
        shown
    }

    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        self.closed = true;
        if self.selecting.is_some() {
            self.select(py, None)?;
        } else {
            self.tree.begin_piece(py)?;
            let mut builder = Builder { py, tree: &mut self.tree, names: &mut self.names };
            if let Err(error) = self.parser.close(&mut builder) {
                self.refused(py, error)?;
            }
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
        Some(to_exception(py, error, cause, None))
    }
}

pub(super) fn choice(name: &str, given: &str, known: &[&str]) -> PyResult<usize> {
    known.iter().position(|it| *it == given).ok_or_else(|| {
        let quoted: Vec<_> = known.iter().map(|it| format!("'{it}'")).collect();
        let (last, others) =
            quoted.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
        let others = others.join(", ");
        PyValueError::new_err(format!("{name} must be {others} or {last}, not '{given}'"))
    })
}
