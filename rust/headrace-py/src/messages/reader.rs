//! The tool calls of a message, read from its chunks as they arrive.

use headrace_core::json::{HoldBack, Options, Parser};
use headrace_core::merge::Place;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::arguments::is_refusal;
use super::calls::{self, Call};
use super::construct;
use super::storage::MessageStorage;
use super::text::with_bytes;
use crate::exclusive::Exclusive;
use crate::json::builder::Builder;
use crate::json::objects::Names;
use crate::json::tree::Tree;

/// The tool calls of a message, read from its chunks as they arrive.
///
/// Unlike `AIMessageChunk.tool_calls`, which makes objects of its own for each message, it shows snapshots:
/// what has ended is shared between them, so that keeping them all costs what is new. Do not change them.
///
/// Args:
///     ids: Whether the calls have their ids.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct ToolCallReader {
    state: Exclusive<State>,
    ids: bool,
}

#[derive(Default)]
struct State {
    /// Whether a chunk has come.
    begun: bool,
    /// Who is called; their arguments are in `arguments`.
    calls: Vec<Call>,
    arguments: Vec<Arguments>,
    names: Names,
}

/// The arguments of a call.
struct Arguments {
    parser: Parser,
    tree: Tree,
    /// Whether any text has come.
    begun: bool,
    /// Whether there is a number of too many digits or the like in them.
    refused: bool,
    /// What they are as long as none has.
    nothing: Py<PyDict>,
}

#[pymethods]
impl ToolCallReader {
    #[new]
    #[pyo3(signature = (*, ids = false))]
    fn new(ids: bool) -> Self {
        Self { state: Exclusive::new(State::default()), ids }
    }

    /// Read a chunk of the message.
    ///
    /// Args:
    ///     chunk: The chunk.
    ///
    /// Returns:
    ///     Whether `calls` has changed.
    #[pyo3(signature = (chunk, /))]
    fn feed(&self, py: Python<'_>, chunk: &Bound<'_, MessageStorage>) -> PyResult<bool> {
        let parts = parts_of(py, chunk)?;
        let mut state = self.state.enter(py)?;
        // As in a sum, the parts of the first message are calls of their own.
        let first = !std::mem::replace(&mut state.begun, true);
        let mut changed = false;
        for part in &parts {
            let place = if first { Place::New } else { calls::place_of(py, &state.calls, part)? };
            changed |= state.take(py, part, place)?;
        }
        Ok(changed)
    }

    /// What has come of the calls: of each its `args`, with `ids` its `id`, and as `type` the tool's name.
    /// A call whose arguments are no object is left out.
    #[getter]
    fn calls<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut state = self.state.enter(py)?;
        let State { calls, arguments, .. } = &mut *state;
        let list = PyList::empty(py);
        for (call, arguments) in calls.iter().zip(arguments) {
            let Some(value) = arguments.value(py)? else { continue };
            let dict = PyDict::new(py);
            dict.set_item(intern!(py, "args"), value)?;
            if self.ids {
                dict.set_item(intern!(py, "id"), call.id(py))?;
            }
            match call.name(py) {
                Some(name) => dict.set_item(intern!(py, "type"), name)?,
                None => dict.set_item(intern!(py, "type"), intern!(py, ""))?,
            }
            list.append(dict)?;
        }
        Ok(list)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.if_unused() {
            Some(state) => {
                state.names.traverse(&visit)?;
                for arguments in &state.arguments {
                    visit.call(&arguments.nothing)?;
                    arguments.tree.traverse(&visit)?;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            let taken = self.state.enter(py).map(|mut state| std::mem::take(&mut *state));
            // Dropping may run Python code: the state is no longer in use.
            drop(taken);
        });
    }
}

/// The parts of calls in a chunk.
fn parts_of(py: Python<'_>, chunk: &Bound<'_, MessageStorage>) -> PyResult<Vec<Call>> {
    let (parts, changed) = chunk.get().with(py, |state| {
        let Some(ai) = &state.ai else { return Ok((Vec::new(), None)) };
        if let Some(listed) = &ai.listed
            && listed.changed(py, &ai.calls)?
        {
            return Ok((Vec::new(), Some(listed.list(py))));
        }
        Ok((ai.calls.iter().map(|call| call.clone_ref(py)).collect(), None))
    })?;
    match changed {
        None => Ok(parts),
        Some(list) => construct::calls(&chunk.get_type(), list.as_any()),
    }
}

impl State {
    /// Adds a part to the call at a place. Whether that shows.
    fn take(&mut self, py: Python<'_>, part: &Call, place: Place) -> PyResult<bool> {
        let (position, mut changed) = match place {
            Place::At(position) => {
                let call = &mut self.calls[position];
                call.keep_first_text(py, part);
                (position, call.extend_head(py, part)?)
            }
            Place::New => {
                self.calls.push(part.clone_ref(py));
                self.arguments.push(Arguments::new(py));
                (self.calls.len() - 1, true)
            }
        };
        if let Some(text) = part.text(py)? {
            changed |= self.arguments[position].read(py, &text, &mut self.names)?;
        }
        Ok(changed)
    }
}

impl Arguments {
    fn new(py: Python<'_>) -> Self {
        let options = Options {
            trailing_text: false,
            fences: false,
            hold_back: HoldBack::Nothing,
            ..Options::default()
        };
        Self {
            parser: Parser::new(options),
            tree: Tree::default(),
            begun: false,
            refused: false,
            nothing: PyDict::new(py).unbind(),
        }
    }

    /// Reads more of them. Whether they look different.
    fn read(
        &mut self,
        py: Python<'_>,
        text: &Bound<'_, PyString>,
        names: &mut Names,
    ) -> PyResult<bool> {
        if text.is_empty()? {
            return Ok(false);
        }
        let begins = !std::mem::replace(&mut self.begun, true);
        if self.parser.error().is_none() && !self.refused {
            let mut builder = Builder { py, tree: &mut self.tree, names };
            let outcome = with_bytes(text, |text| self.parser.feed_characters(text, &mut builder));
            match outcome {
                Err(error) if is_refusal(py, &error) => self.refused = true,
                outcome => outcome?,
            }
        }
        let changed = self.tree.take_changed(py)?;
        if !begins {
            return Ok(changed);
        }
        // Without any text they are an empty object: is that still what they are?
        Ok(match self.value(py)? {
            Some(value) => !value.is_empty(),
            None => true,
        })
    }

    /// What they are so far, unless that is no object.
    fn value<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        if !self.begun {
            return Ok(Some(self.nothing.bind(py).clone()));
        }
        Ok(self.tree.snapshot(py)?.and_then(|value| value.cast_into().ok()))
    }
}
