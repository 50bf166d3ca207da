//! The arguments of a tool call, shared by the sums of its chunks, and read as they arrive.

use headrace_core::json::{HoldBack, Options, Parser};
use headrace_core::merge::Appendable;
use pyo3::exceptions::{PyRecursionError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};

use crate::exclusive::Exclusive;
use crate::json::builder::Builder;
use crate::json::objects::{self, Names};
use crate::json::once;
use crate::json::tree::Tree;

/// The arguments of a tool call as far as they have come. Each message that shares them has a length of its
/// own.
///
/// A class of its own, since what the readers hold is Python's: the collector must see it once, and not once
/// for each message.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct Arguments {
    state: Exclusive<State>,
}

#[derive(Default)]
struct State {
    text: Appendable,
    names: Names,
    /// Each has objects of its own, so that what one has handed out is not part of what the other hands out.
    /// They take turns as long as a caller still has what the one before gave.
    readers: [Option<Box<Reader>>; 2],
}

struct Reader {
    parser: Parser,
    tree: Tree,
    fed: usize,
}

/// What the arguments are.
pub(crate) struct Value<'py> {
    /// Them, unless they are no object.
    pub(crate) value: Option<Bound<'py, PyDict>>,
    /// Whether they have ended.
    pub(super) complete: bool,
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Arguments {
    /// The two texts, one behind the other.
    pub(crate) fn joined(py: Python<'_>, left: &[u8], right: &[u8]) -> PyResult<(Py<Self>, usize)> {
        let text = Appendable::joined(left, right);
        let length = text.len();
        let state = Exclusive::new(State { text, ..State::default() });
        Ok((Py::new(py, Self { state })?, length))
    }

    /// Adds to the first `length` bytes and returns the new length, or copies them where another message has
    /// gone on from there.
    pub(crate) fn plus(
        this: &Py<Self>,
        py: Python<'_>,
        length: usize,
        addition: &[u8],
    ) -> PyResult<(Py<Self>, usize)> {
        let mut state = this.get().state.enter(py)?;
        if let Some(length) = state.text.extend(length, addition) {
            return Ok((this.clone_ref(py), length));
        }
        let copy = Appendable::joined(state.text.upto(length), addition);
        drop(state);
        let length = copy.len();
        let state = Exclusive::new(State { text: copy, ..State::default() });
        Ok((Py::new(py, Self { state })?, length))
    }

    /// The text.
    pub(super) fn string<'py>(
        &self,
        py: Python<'py>,
        length: usize,
    ) -> PyResult<Bound<'py, PyString>> {
        objects::string(py, self.state.enter(py)?.text.upto(length))
    }

    /// Calls `read` with the text.
    pub(super) fn with<T>(
        &self,
        py: Python<'_>,
        length: usize,
        read: impl FnOnce(&[u8]) -> T,
    ) -> PyResult<T> {
        Ok(read(self.state.enter(py)?.text.upto(length)))
    }

    /// What the reference makes of the arguments as far as they have come.
    pub(crate) fn live_like_reference<'py>(
        &self,
        py: Python<'py>,
        length: usize,
    ) -> PyResult<Value<'py>> {
        let doubtful = {
            let state = self.state.enter(py)?;
            let text = state.text.upto(length);
            stops_in_doubt(text).then(|| text.to_vec())
        };
        match doubtful {
            Some(text) => live(py, &text),
            None => self.live(py, length),
        }
    }

    /// What has come of the arguments.
    pub(super) fn live<'py>(&self, py: Python<'py>, length: usize) -> PyResult<Value<'py>> {
        let mut state = self.state.enter(py)?;
        let State { text, names, readers } = &mut *state;
        let text = text.upto(length);
        if !text.starts_with(BYTE_ORDER_MARK) {
            let reader = reader_for(py, readers, length);
            match reader.read(py, text, names) {
                Ok(Some(value)) => {
                    return Ok(Value { value: Some(value), complete: reader.parser.is_complete() });
                }
                Ok(None) => {}
                Err(error) => return refused(py, error),
            }
        }
        let text = text.to_vec();
        drop(state);
        live(py, &text)
    }
}

/// Returns whether LangChain reads a text that stops here differently from a reader that keeps its value:
/// inside an escape, behind half a surrogate pair, or inside a very long number.
pub(crate) fn stops_in_doubt(text: &[u8]) -> bool {
    let longest = 128;
    let numeral = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
    if text.iter().rev().take(longest).filter(|byte| numeral(byte)).count() == longest {
        return true;
    }
    let text = text.strip_suffix(b"\\").unwrap_or(text);
    let near = &text[text.len().saturating_sub(6)..];
    let Some(at) = near.iter().rposition(|&byte| byte == b'\\') else { return false };
    match &near[at + 1..] {
        [b'u', digits @ ..] if digits.len() < 4 => true,
        [b'u', b'd' | b'D', b'8'..=b'9' | b'a' | b'b' | b'A' | b'B', _, _] => true,
        _ => false,
    }
}

/// What has come of arguments that are not shared. Text that is no document is what the reference makes of it.
pub(super) fn live<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Value<'py>> {
    match once::complete(py, text, false) {
        Ok(value) => {
            let value = value.and_then(|value| value.cast_into::<PyDict>().ok());
            let complete = value.is_some() && finished(py, text)?.is_some();
            Ok(Value { value, complete })
        }
        Err(error) => refused(py, error),
    }
}

/// Arguments that have ended: an object, or None for any other text.
pub(super) fn finished<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Option<Bound<'py, PyDict>>> {
    match once::whole(py, text) {
        Ok(value) => Ok(value.and_then(|value| value.cast_into().ok())),
        Err(error) => refused(py, error).map(|value| value.value),
    }
}

/// A number of too many digits or too many containers inside each other make a call invalid.
fn refused(py: Python<'_>, error: PyErr) -> PyResult<Value<'_>> {
    if is_refusal(py, &error) {
        return Ok(Value { value: None, complete: false });
    }
    Err(error)
}

/// Returns whether an error says that there is something wrong with the arguments.
pub(super) fn is_refusal(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyValueError>(py) || error.is_instance_of::<PyRecursionError>(py)
}

/// The reader that has the most of the first `length` bytes and of which nobody holds a value.
fn reader_for<'a>(
    py: Python<'_>,
    readers: &'a mut [Option<Box<Reader>>; 2],
    length: usize,
) -> &'a mut Reader {
    let rank = |reader: &Option<Box<Reader>>| match reader {
        Some(reader) if reader.fed <= length && reader.tree.is_private(py) => 1 + reader.fed,
        _ => 0,
    };
    let [first, second] = readers;
    let (first_rank, second_rank) = (rank(first), rank(second));
    let chosen = if first_rank.max(second_rank) > 0 {
        if first_rank >= second_rank { first } else { second }
    } else if first.is_none() {
        first
    } else if second.is_none() {
        second
    } else {
        // Both values are held: the reader that is behind begins anew.
        let behind = |reader: &Option<Box<Reader>>| reader.as_ref().map_or(0, |reader| reader.fed);
        let slot = if behind(first) <= behind(second) { first } else { second };
        *slot = None;
        slot
    };
    chosen.get_or_insert_with(|| Box::new(Reader::new()))
}

impl Reader {
    fn new() -> Self {
        let options = Options {
            trailing_text: false,
            fences: false,
            hold_back: HoldBack::Nothing,
            ..Options::default()
        };
        Self { parser: Parser::new(options), tree: Tree::without_changes(), fed: 0 }
    }

    /// Reads what is new. None where the text can be no object.
    fn read<'py>(
        &mut self,
        py: Python<'py>,
        text: &[u8],
        names: &mut Names,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let new = &text[self.fed..];
        if !new.is_empty() {
            self.fed = text.len();
            let mut builder = Builder { py, tree: &mut self.tree, names };
            self.parser.feed_characters(new, &mut builder)?;
        }
        if self.parser.error().is_some() {
            return Ok(None);
        }
        Ok(self.tree.snapshot(py)?.and_then(|value| value.cast_into().ok()))
    }
}

#[pymethods]
impl Arguments {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.if_unused() {
            Some(state) => {
                state.names.traverse(&visit)?;
                state.readers.iter().flatten().try_for_each(|reader| reader.tree.traverse(&visit))
            }
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            let taken = self.state.enter(py).map(|mut state| std::mem::take(&mut state.readers));
            // Dropping may run Python code: the state is no longer in use.
            drop(taken);
        });
    }
}
