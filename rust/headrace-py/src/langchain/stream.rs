//! A model's output as JSON, after each chunk what LangChain makes of the text so far.
//!
//! As long as the text is beyond doubt, the incremental parser has that value. In doubt is what
//! docs/differences.md lists under "Streaming JSON": there the whole text is read once more, as LangChain does
//! after every chunk.

use headrace_core::json::{HoldBack, Options, Parser};
use memchr::memmem;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString};
use pyo3::{PyTraverseError, PyVisit};

use crate::exclusive::Exclusive;
use crate::json::builder::Builder;
use crate::json::objects::{self, Names};
use crate::json::once::parse_json_markdown;
use crate::json::text::{Text, with_text};
use crate::json::tree::Tree;
use crate::messages::arguments::stops_in_doubt;

/// What LangChain's `JsonOutputParser` yields for a stream of texts.
///
/// It has yielded the newest value that differs from the one before. What it gives is read-only: values share
/// what has not changed.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct JsonOutputs {
    state: Exclusive<State>,
}

struct State {
    text: Vec<u8>,
    place: Place,
    parser: Parser,
    tree: Tree,
    names: Names,
    /// What was yielded last.
    last: Option<Py<PyAny>>,
    /// Whether that came from reading the whole text once more.
    anew: bool,
}

/// Where the text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the document.
    Before(Before),
    /// Inside or behind the document, of which so much was fed.
    Document(usize),
    /// Where only reading it all again tells.
    Doubt,
}

/// The text before the document: blanks, prose and a fence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Before {
    /// Where something stands that is not blank.
    first: Option<usize>,
    /// So much of the text is nothing but blanks and plain prose.
    seen: usize,
}

#[pymethods]
impl JsonOutputs {
    #[new]
    fn new() -> Self {
        Self::after(None)
    }

    /// Begin anew with another text, whose values are compared with what was yielded last.
    fn again(&self, py: Python<'_>) -> PyResult<Self> {
        let last = self.state.enter(py)?.last.as_ref().map(|last| last.clone_ref(py));
        Ok(Self::after(last))
    }

    /// The text so far.
    #[getter]
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        objects::string(py, &self.state.enter(py)?.text)
    }

    /// Read more text.
    ///
    /// Returns:
    ///     Whether there is something to yield, and what: a tuple of one value, or None.
    #[pyo3(signature = (text, /))]
    fn feed<'py>(
        &self,
        py: Python<'py>,
        text: &Bound<'py, PyAny>,
    ) -> PyResult<Option<(Bound<'py, PyAny>,)>> {
        let mut state = self.state.enter(py)?;
        with_text(text, "expected str, got", |text| {
            let (Text::Characters(text) | Text::Bytes(text)) = text;
            state.text.extend_from_slice(text);
            Ok(state.read(py, text.len())?.map(|value| (value,)))
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.if_unused() {
            Some(state) => {
                visit.call(&state.last)?;
                state.names.traverse(&visit)?;
                state.tree.traverse(&visit)
            }
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            let taken = self.state.enter(py).map(|mut state| {
                let tree = std::mem::replace(&mut state.tree, Tree::comparing_loosely());
                (tree, std::mem::take(&mut state.names), state.last.take())
            });
            // Dropping may run Python code, which may come back here: the state is no longer in use.
            drop(taken);
        });
    }
}

impl JsonOutputs {
    fn after(last: Option<Py<PyAny>>) -> Self {
        let options =
            Options { fences: false, hold_back: HoldBack::UnicodeBlanks, ..Options::default() };
        Self {
            state: Exclusive::new(State {
                text: Vec::new(),
                place: Place::Before(Before::default()),
                parser: Parser::new(options),
                tree: Tree::comparing_loosely(),
                names: Names::default(),
                anew: last.is_some(),
                last,
            }),
        }
    }
}

impl State {
    fn read<'py>(&mut self, py: Python<'py>, new: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Place::Before(before) = self.place {
            self.place = before.look(&self.text);
        }
        let Place::Document(fed) = self.place else {
            return if self.place == Place::Doubt { self.anew(py) } else { Ok(None) };
        };
        if self.leaves_the_plain(fed, new) {
            self.place = Place::Doubt;
            return self.anew(py);
        }
        let mut builder = Builder { py, tree: &mut self.tree, names: &mut self.names };
        // The last bracket may end the document; if that had ended before, brackets stand behind it.
        let new = &self.text[fed..];
        let bracket = new.iter().rposition(|byte| b"{}[]".contains(byte)).unwrap_or(0);
        let (before, rest) = new.split_at(bracket);
        let mut plain = self.parser.feed_characters(before, &mut builder).is_ok();
        plain &= !self.parser.is_complete() || bracket == 0;
        plain &= self.parser.feed_characters(rest, &mut builder).is_ok();
        self.place = Place::Document(self.text.len());
        if !plain || self.parser.error().is_some() {
            self.place = Place::Doubt;
            return self.anew(py);
        }
        let changed = self.tree.take_changed(py)?;
        if stops_in_doubt(&self.text) {
            return self.anew(py);
        }
        if !changed && !self.anew {
            return Ok(None);
        }
        let Some(value) = self.tree.snapshot(py)? else { return Ok(None) };
        if self.anew {
            return self.news(value, false);
        }
        self.last = Some(value.clone().unbind());
        Ok(Some(value))
    }

    /// Returns whether what is new may mean something else to LangChain than to the parser.
    fn leaves_the_plain(&self, fed: usize, new: usize) -> bool {
        let text = &self.text;
        // A member of this name is rewritten by LangChain before it reads the text.
        let name = b"\"action_input\"";
        let near = &text[text.len().saturating_sub(new + name.len())..];
        if memmem::find(near, name).is_some() {
            return true;
        }
        // Brackets behind the document count.
        self.parser.is_complete() && text[fed..].iter().any(|byte| b"{}[]".contains(byte))
    }

    /// The value of the whole text, if that is news.
    fn anew<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let text = objects::string(py, &self.text)?;
        match parse_json_markdown(stripped(&text)?.as_any()) {
            Ok(value) => self.news(value, true),
            Err(error) if is_decode_error(py, &error)? => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A value, if it differs from the last one as Python compares them.
    fn news<'py>(
        &mut self,
        value: Bound<'py, PyAny>,
        anew: bool,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = value.py();
        self.anew = anew;
        if value.is_none() {
            return Ok(None);
        }
        if let Some(last) = &self.last
            && !value.ne(last.bind(py))?
        {
            return Ok(None);
        }
        self.last = Some(value.clone().unbind());
        Ok(Some(value))
    }
}

impl Before {
    /// Looks at what is new.
    ///
    /// Beyond doubt are: an object or array at once, one in the first fence, and one in a fence behind prose
    /// that begins with a letter which begins no value, and has neither brackets nor quotes.
    fn look(mut self, text: &[u8]) -> Place {
        let Some(first) = self.first.or_else(|| {
            let at = text[self.seen..].iter().position(|byte| !is_blank(*byte))?;
            Some(self.seen + at)
        }) else {
            self.seen = text.len();
            return Place::Before(self);
        };
        self.seen = self.seen.max(first);
        if self.first.is_none() {
            match text[first] {
                b'{' | b'[' => return Place::Document(first),
                b'`' => {}
                byte if byte.is_ascii_alphabetic() && !b"tfnNI".contains(&byte) => {}
                _ => return Place::Doubt,
            }
            self.first = Some(first);
        }
        let prose = &text[self.seen..];
        let plain = prose.iter().position(|byte| b"{}[]\"\\`".contains(byte) || !byte.is_ascii());
        let Some(plain) = plain else {
            self.seen = text.len();
            return Place::Before(self);
        };
        self.seen += plain;
        let rest = &text[self.seen..];
        let Some(behind) = rest.strip_prefix(b"```") else {
            return if b"```".starts_with(rest) { Place::Before(self) } else { Place::Doubt };
        };
        let inside = match behind.strip_prefix(b"json") {
            Some(inside) => inside,
            None if b"json".starts_with(behind) => return Place::Before(self),
            None => behind,
        };
        match inside.iter().position(|byte| !is_blank(*byte)) {
            None => Place::Before(self),
            Some(at) if matches!(inside[at], b'{' | b'[') => {
                Place::Document(text.len() - inside.len() + at)
            }
            Some(_) => Place::Doubt,
        }
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

fn stripped<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    text.call_method0("strip")
}

fn is_decode_error(py: Python<'_>, error: &PyErr) -> PyResult<bool> {
    Ok(error.is_instance(py, &py.import("json")?.getattr("JSONDecodeError")?))
}
