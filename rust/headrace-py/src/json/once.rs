//! Whole texts, read once, with the results of the functions of the same names in
//! `langchain_core.utils.json`, faults included.

#![expect(clippy::doc_markdown, reason = "what Python shows as docstrings is written as Python's")]

use headrace_core::json::{
    Closest, Controls, ErrorKind, HoldBack, Options, Parser, closest_prefix,
};
use pyo3::exceptions::{PyRecursionError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

use super::builder::Builder;
use super::objects::{self, Names};
use super::text::{Text, with_text};
use super::tree::Tree;

/// The error message of `json.loads`.
const NO_TEXT: &str = "the JSON object must be str, bytes or bytearray, not";

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Parse a JSON text that may be truncated.
///
/// The results, and the errors, are those of `langchain_core.utils.json.parse_partial_json`.
///
/// Args:
///     s: The text.
///     strict: Whether control characters, line feeds in a text that is cut off apart, are refused in
///         strings.
///
/// Returns:
///     The document, completed if the text is truncated; None if its brackets do not match.
///
/// Raises:
///     json.JSONDecodeError: If no beginning of the text can be completed.
///     RecursionError: For more than 1,000 containers inside each other.
#[pyfunction]
#[pyo3(signature = (s, *, strict = false))]
pub(crate) fn parse_partial_json<'py>(
    s: &Bound<'py, PyAny>,
    strict: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = s.py();
    with_text(s, NO_TEXT, |text| {
        let text = match text {
            Text::Characters(text) => text,
            Text::Bytes(text) => text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text),
        };
        match complete(py, text, strict)? {
            Some(value) => Ok(value),
            None => fail(py, text, strict),
        }
    })
}

/// The same for a caller that looks at no error: what it raises says nothing, and costs next to nothing.
#[pyfunction]
#[pyo3(signature = (s, /))]
pub(crate) fn parse_partial_json_quietly<'py>(
    s: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = s.py();
    with_text(s, NO_TEXT, |text| {
        let (Text::Characters(text) | Text::Bytes(text)) = text;
        complete(py, text, false)?.ok_or_else(|| PyValueError::new_err("not JSON"))
    })
}

/// Parse a JSON text that may be truncated and may be in a Markdown fence.
#[pyfunction]
#[pyo3(signature = (json_string, /))]
pub(crate) fn parse_json_markdown<'py>(
    json_string: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = json_string.py();
    with_text(json_string, NO_TEXT, |text| {
        let (Text::Characters(text) | Text::Bytes(text)) = text;
        let whole = strip(text);
        if let Some(value) = complete(py, whole, false)? {
            return Ok(value);
        }
        let Some(fenced) = behind_fence(text) else { return fail(py, whole, false) };
        let fenced = strip(fenced);
        match complete(py, fenced, false)? {
            Some(value) => Ok(value),
            None => fail(py, fenced, false),
        }
    })
}

/// The value of a text, completed where it was cut off, shortened where that does not help. `None` for a
/// text with which neither does.
pub(crate) fn complete<'py>(
    py: Python<'py>,
    text: &[u8],
    strict: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let options = Options {
        controls: if strict { Controls::LineFeeds } else { Controls::All },
        trailing_text: false,
        fences: false,
        hold_back: HoldBack::Nothing,
        ..Options::default()
    };
    // A byte order mark is one character too many for `json.loads`.
    if !text.starts_with(BYTE_ORDER_MARK)
        && let Some(value) = read(py, text, options)?
    {
        return Ok(Some(value));
    }
    match closest_prefix(text, &options) {
        Closest::Prefix(length) => read(py, &text[..length], options),
        Closest::Mismatched => Ok(Some(py.None().into_bound(py))),
        Closest::None => Ok(None),
    }
}

/// The value of a text that is, or could go on to be, a document.
fn read<'py>(
    py: Python<'py>,
    text: &[u8],
    options: Options,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut parser = Parser::new(options);
    let mut tree = Tree::without_changes();
    let mut builder = Builder { py, tree: &mut tree, names: &mut Names::default() };
    parser.feed_characters(text, &mut builder)?;
    match parser.error() {
        Some(error) if error.kind == ErrorKind::TooDeep => {
            Err(PyRecursionError::new_err("maximum depth exceeded while reading JSON"))
        }
        None if parser.settle(&mut builder)? => tree.peek(py),
        _ => Ok(None),
    }
}

/// The value of a text that is a whole document, as `json.loads` with `strict=False` reads it; `None` for any
/// other text.
pub(crate) fn whole<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Option<Bound<'py, PyAny>>> {
    let options = Options {
        trailing_text: false,
        fences: false,
        hold_back: HoldBack::Nothing,
        ..Options::default()
    };
    if text.starts_with("\u{feff}".as_bytes()) {
        return Ok(None);
    }
    let mut parser = Parser::new(options);
    let mut tree = Tree::without_changes();
    let mut builder = Builder { py, tree: &mut tree, names: &mut Names::default() };
    parser.feed_characters(text, &mut builder)?;
    parser.close(&mut builder)?;
    if parser.is_complete() { tree.peek(py) } else { Ok(None) }
}

/// Raises the standard library's error for the text.
fn fail<'py>(py: Python<'py>, text: &[u8], strict: bool) -> PyResult<Bound<'py, PyAny>> {
    let options = PyDict::new(py);
    options.set_item("strict", strict)?;
    let text = objects::string(py, text)?;
    PyModule::import(py, "json")?.call_method("loads", (text,), Some(&options))
}

/// Without the blanks and backticks at both ends.
fn strip(text: &[u8]) -> &[u8] {
    let surrounds = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'`');
    let start = text.iter().position(|byte| !surrounds(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !surrounds(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// Returns the text after the first fence and its `json`.
fn behind_fence(text: &[u8]) -> Option<&[u8]> {
    let fence = text.windows(3).position(|window| window == b"```")?;
    let content = &text[fence + 3..];
    Some(content.strip_prefix(b"json").unwrap_or(content))
}
