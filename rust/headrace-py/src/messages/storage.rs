//! The class below all messages.

use pyo3::exceptions::PyRecursionError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::add;
use super::calls::{self, Call, Listed, Reading};
use super::construct::{self, Given};
use super::content::Content;
use super::held::Held;
use super::hooks::Flags;
use super::kind::{Family, Kind, kind_of};
use crate::depth::is_nested_deeper;
use crate::exclusive::Exclusive;

/// Levels of containers that compared values may have, as for dumps: `headrace.load.depth.DEEPEST`.
const DEEPEST: usize = 800;

/// What a message is made of. The classes that users see stand on it and add no storage of their own.
#[pyclass(subclass, frozen, dict, weakref, module = "headrace._core")]
pub(crate) struct MessageStorage {
    state: Exclusive<State>,
}

pub(super) struct State {
    pub(super) content: Content,
    pub(super) name: Option<Py<PyAny>>,
    pub(super) id: Option<Py<PyAny>>,
    pub(super) additional_kwargs: Held,
    pub(super) response_metadata: Held,
    /// What only a model's messages have, as soon as they have it.
    pub(super) ai: Option<Box<Ai>>,
    /// What only tool and chat messages have.
    pub(super) other: Option<Box<Other>>,
    pub(super) kind: Kind,
}

#[derive(Default)]
pub(super) struct Ai {
    pub(super) calls: Vec<Call>,
    pub(super) listed: Option<Listed>,
    /// Those that were given, or once they were asked for, those in `calls`.
    pub(super) tool_calls: Option<Py<PyAny>>,
    pub(super) invalid_tool_calls: Option<Py<PyAny>>,
    /// Whether each of the calls has ended, once they were read.
    pub(super) complete: Option<Vec<bool>>,
    pub(super) usage: Held,
    pub(super) position: Option<Py<PyAny>>,
}

#[derive(Default)]
pub(super) struct Other {
    pub(super) tool_call_id: Option<Py<PyAny>>,
    pub(super) status: Option<Py<PyAny>>,
    pub(super) artifact: Option<Py<PyAny>>,
    pub(super) role: Option<Py<PyAny>>,
}

impl State {
    pub(super) const fn empty(kind: Kind) -> Self {
        Self {
            content: Content::None,
            name: None,
            id: None,
            additional_kwargs: Held::None,
            response_metadata: Held::None,
            ai: None,
            other: None,
            kind,
        }
    }

    pub(super) fn ai(&mut self) -> &mut Ai {
        self.ai.get_or_insert_default()
    }

    fn other(&mut self) -> &mut Other {
        self.other.get_or_insert_default()
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.content.traverse(visit)?;
        visit.call(&self.name)?;
        visit.call(&self.id)?;
        self.additional_kwargs.traverse(visit)?;
        self.response_metadata.traverse(visit)?;
        if let Some(ai) = &self.ai {
            calls::traverse(&ai.calls, visit)?;
            if let Some(listed) = &ai.listed {
                listed.traverse(visit)?;
            }
            visit.call(&ai.tool_calls)?;
            visit.call(&ai.invalid_tool_calls)?;
            ai.usage.traverse(visit)?;
            visit.call(&ai.position)?;
        }
        if let Some(other) = &self.other {
            visit.call(&other.tool_call_id)?;
            visit.call(&other.status)?;
            visit.call(&other.artifact)?;
            visit.call(&other.role)?;
        }
        Ok(())
    }
}

impl Ai {
    /// Reads the calls, unless that has been done.
    fn parse(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.complete.is_some() {
            return Ok(());
        }
        if self.calls.is_empty() {
            self.tool_calls.get_or_insert_with(|| PyList::empty(py).into_any().unbind());
            self.complete = Some(Vec::new());
            return Ok(());
        }
        let flags = Flags::now(py)?;
        let reading = if self.position.is_some() && flags.strict_arguments() {
            Reading::Finished
        } else if flags.steady_arguments() {
            Reading::Live
        } else {
            Reading::LikeReference
        };
        let parsed = calls::parse(py, &self.calls, reading)?;
        self.tool_calls.get_or_insert_with(|| parsed.calls.into_any().unbind());
        if let Some(invalid) = parsed.invalid {
            self.invalid_tool_calls.get_or_insert_with(|| invalid.into_any().unbind());
        }
        self.complete = Some(parsed.complete);
        Ok(())
    }

    /// The calls, as the list for the message's user.
    pub(super) fn calls_read(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.parse(py)?;
        Ok(self.tool_calls.as_ref().map(|it| it.clone_ref(py)))
    }

    /// The invalid calls, as the list for the message's user.
    fn invalid(&mut self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.parse(py)?;
        let none = || PyList::empty(py).into_any().unbind();
        Ok(self.invalid_tool_calls.get_or_insert_with(none).clone_ref(py))
    }
}

impl MessageStorage {
    /// A message of a class without going through its `__init__`.
    pub(super) fn create<'py>(
        class: &Bound<'py, PyType>,
        state: State,
    ) -> PyResult<Bound<'py, Self>> {
        let py = class.py();
        let nothing = PyTuple::empty(py);
        // SAFETY: `class` is a heap type that inherits from this class, whose tp_new it has unless a user's
        // class has another; either takes the class, a tuple and null, and returns a new reference or null
        // with an exception set.
        let made = unsafe {
            let slot = ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_new);
            let new: Option<ffi::newfunc> = std::mem::transmute(slot);
            let Some(new) = new else {
                return Err(pyo3::exceptions::PyTypeError::new_err("the class makes no instances"));
            };
            let made = new(class.as_type_ptr(), nothing.as_ptr(), std::ptr::null_mut());
            Bound::from_owned_ptr_or_err(py, made)?
        };
        let made = made.cast_into::<Self>()?;
        *made.get().state.enter(py)? = state;
        Ok(made)
    }

    pub(super) fn with<T>(
        &self,
        py: Python<'_>,
        use_it: impl FnOnce(&mut State) -> PyResult<T>,
    ) -> PyResult<T> {
        use_it(&mut *self.state.enter(py)?)
    }

    fn set<T>(&self, py: Python<'_>, replace: impl FnOnce(&mut State) -> T) -> PyResult<()> {
        // What is dropped may run Python code: not while the state is in use.
        let old = replace(&mut *self.state.enter(py)?);
        drop(old);
        Ok(())
    }
}

fn some(value: Bound<'_, PyAny>) -> Option<Py<PyAny>> {
    (!value.is_none()).then(|| value.unbind())
}

fn held(field: &mut Held, value: Bound<'_, PyAny>) -> Held {
    let new = if value.is_none() { Held::None } else { Held::Own(value.unbind()) };
    std::mem::replace(field, new)
}

/// The dictionary of a field, made if it is not there yet.
fn dictionary<'py>(py: Python<'py>, field: &mut Held) -> PyResult<Bound<'py, PyAny>> {
    if let Some(object) = field.own(py)? {
        return Ok(object);
    }
    let made = PyDict::new(py).into_any();
    *field = Held::Own(made.clone().unbind());
    Ok(made)
}

#[pymethods]
impl MessageStorage {
    #[new]
    #[pyo3(signature = (*_arguments, **_keywords))]
    fn new(_arguments: &Bound<'_, PyTuple>, _keywords: Option<&Bound<'_, PyDict>>) -> Self {
        Self { state: Exclusive::new(State::empty(Kind::UNKNOWN)) }
    }

    #[pyo3(signature = (
        content = None, content_blocks = None, *, additional_kwargs = None, response_metadata = None,
        r#type = None, name = None, id = None, tool_calls = None, invalid_tool_calls = None,
        usage_metadata = None, tool_call_chunks = None, chunk_position = None, tool_call_id = None,
        artifact = None, status = None, role = None, **extra
    ))]
    #[expect(clippy::too_many_arguments, reason = "the fields of all kinds of message")]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        content: Option<&Bound<'py, PyAny>>,
        content_blocks: Option<&Bound<'py, PyAny>>,
        additional_kwargs: Option<&Bound<'py, PyAny>>,
        response_metadata: Option<&Bound<'py, PyAny>>,
        r#type: Option<&Bound<'py, PyAny>>,
        name: Option<&Bound<'py, PyAny>>,
        id: Option<&Bound<'py, PyAny>>,
        tool_calls: Option<&Bound<'py, PyAny>>,
        invalid_tool_calls: Option<&Bound<'py, PyAny>>,
        usage_metadata: Option<&Bound<'py, PyAny>>,
        tool_call_chunks: Option<&Bound<'py, PyAny>>,
        chunk_position: Option<&Bound<'py, PyAny>>,
        tool_call_id: Option<&Bound<'py, PyAny>>,
        artifact: Option<&Bound<'py, PyAny>>,
        status: Option<&Bound<'py, PyAny>>,
        role: Option<&Bound<'py, PyAny>>,
        extra: Option<Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        let given = Given {
            content,
            content_blocks,
            additional_kwargs,
            response_metadata,
            kind: r#type,
            name,
            id,
            tool_calls,
            invalid_tool_calls,
            usage_metadata,
            tool_call_chunks,
            chunk_position,
            tool_call_id,
            artifact,
            status,
            role,
        };
        let state = construct::construct(slf, given, extra)?;
        let old = slf.get().with(slf.py(), |old| Ok(std::mem::replace(old, state)))?;
        drop(old);
        Ok(())
    }

    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.with(py, |state| state.content.get(py))
    }

    #[setter]
    fn set_content(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let new = construct::assigned_content(value.clone());
        let old = self.with(value.py(), |state| Ok(std::mem::replace(&mut state.content, new)))?;
        drop(old);
        Ok(())
    }

    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.with(py, |state| Ok(state.name.as_ref().map(|it| it.clone_ref(py))))
    }

    #[setter]
    fn set_name(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| std::mem::replace(&mut state.name, some(value)))
    }

    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.with(py, |state| Ok(state.id.as_ref().map(|it| it.clone_ref(py))))
    }

    #[setter]
    fn set_id(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| std::mem::replace(&mut state.id, some(value)))
    }

    #[getter]
    fn additional_kwargs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.with(py, |state| dictionary(py, &mut state.additional_kwargs))
    }

    #[setter]
    fn set_additional_kwargs(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| held(&mut state.additional_kwargs, value))
    }

    #[getter]
    fn response_metadata<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.with(py, |state| dictionary(py, &mut state.response_metadata))
    }

    #[setter]
    fn set_response_metadata(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| held(&mut state.response_metadata, value))
    }

    #[getter(_usage_metadata)]
    fn usage_metadata<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.with(py, |state| match &mut state.ai {
            Some(ai) => ai.usage.own(py),
            None => Ok(None),
        })
    }

    #[setter(_usage_metadata)]
    fn set_usage_metadata(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| held(&mut state.ai().usage, value))
    }

    #[getter(_chunk_position)]
    fn chunk_position(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.ai(py, |it| &it.position)
    }

    #[setter(_chunk_position)]
    fn set_chunk_position(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| std::mem::replace(&mut state.ai().position, some(value)))
    }

    #[getter(_tool_call_id)]
    fn tool_call_id(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.other(py, |it| &it.tool_call_id)
    }

    #[setter(_tool_call_id)]
    fn set_tool_call_id(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| {
            std::mem::replace(&mut state.other().tool_call_id, some(value))
        })
    }

    #[getter(_status)]
    fn status(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.other(py, |it| &it.status)
    }

    #[setter(_status)]
    fn set_status(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| std::mem::replace(&mut state.other().status, some(value)))
    }

    #[getter(_artifact)]
    fn artifact(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.other(py, |it| &it.artifact)
    }

    #[setter(_artifact)]
    fn set_artifact(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| std::mem::replace(&mut state.other().artifact, some(value)))
    }

    #[getter(_role)]
    fn role(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.other(py, |it| &it.role)
    }

    #[setter(_role)]
    fn set_role(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| std::mem::replace(&mut state.other().role, some(value)))
    }

    #[getter(_tool_calls)]
    fn tool_calls(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.with(py, |state| state.ai().calls_read(py))
    }

    #[setter(_tool_calls)]
    fn set_tool_calls(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| state.ai().tool_calls.replace(value.unbind()))
    }

    #[getter(_invalid_tool_calls)]
    fn invalid_tool_calls(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.with(py, |state| state.ai().invalid(py).map(Some))
    }

    #[setter(_invalid_tool_calls)]
    fn set_invalid_tool_calls(&self, value: Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value.py(), |state| state.ai().invalid_tool_calls.replace(value.unbind()))
    }

    /// For each of the tool calls whether its arguments have ended.
    #[getter(_tool_calls_complete)]
    fn tool_calls_complete<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.with(py, |state| {
            let ai = state.ai();
            ai.parse(py)?;
            PyList::new(py, ai.complete.iter().flatten())
        })
    }

    #[getter(_tool_call_chunks)]
    fn tool_call_chunks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.with(py, |state| {
            let ai = state.ai();
            if ai.listed.is_none() {
                ai.listed = Some(Listed::new(py, &ai.calls)?);
            }
            Ok(ai.listed.as_ref().map_or_else(|| PyList::empty(py), |it| it.list(py)))
        })
    }

    #[setter(_tool_call_chunks)]
    fn set_tool_call_chunks(slf: &Bound<'_, Self>, value: Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let calls = construct::calls(&slf.get_type(), &value)?;
        let old = slf.get().with(py, |state| {
            let ai = state.ai();
            // What was read of the parts before stays.
            ai.parse(py)?;
            let listed = Listed::given(py, value.cast_into()?, &calls)?;
            Ok((std::mem::replace(&mut ai.calls, calls), ai.listed.replace(listed)))
        })?;
        drop(old);
        Ok(())
    }

    /// The text of a chunk that has nothing but text, or the arguments and the index of a chunk that
    /// has nothing but part of one tool call; None for any other message. Response metadata that only
    /// repeats `provider` does not count.
    fn _plain_part<'py>(
        &self,
        py: Python<'py>,
        provider: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.with(py, |state| {
            if !is_blank(&state.additional_kwargs, py)
                || !repeats_provider(&state.response_metadata, py, provider)?
            {
                return Ok(None);
            }
            let content = state.content.peek(py)?;
            let Ok(text) = content.cast_exact::<PyString>() else { return Ok(None) };
            let Some(ai) = &state.ai else {
                return Ok((text.len()? > 0).then(|| content.clone()));
            };
            if ai.position.is_some() || !is_blank(&ai.usage, py) {
                return Ok(None);
            }
            if let Some(listed) = &ai.listed
                && listed.changed(py, &ai.calls)?
            {
                return Ok(None);
            }
            match (ai.calls.as_slice(), text.len()?) {
                ([], 1..) => Ok(Some(content.clone())),
                ([call], 0) => call.plain_part(py),
                _ => Ok(None),
            }
        })
    }

    /// A message without any fields, for what puts them there one by one.
    #[classmethod]
    fn _blank<'py>(class: &Bound<'py, PyType>) -> PyResult<Bound<'py, Self>> {
        Self::create(class, State::empty(kind_of(class)?.0))
    }

    fn __add__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        add::add(slf, other)
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        if slf.is(other) {
            return Ok(true);
        }
        if !slf.get_type().is(other.get_type()) {
            return Ok(false);
        }
        let py = slf.py();
        let Ok(other) = other.cast::<Self>() else { return Ok(false) };
        let (left, right) = (slf.get().values(py)?, other.get().values(py)?);
        // The values are compared when nobody uses the messages: comparing may run anybody's code.
        for (left, right) in left.iter().zip(&right) {
            if left.is(right) {
                continue;
            }
            if is_nested_deeper(left.clone(), DEEPEST)? {
                return Err(PyRecursionError::new_err(format!(
                    "values nested more than {DEEPEST} levels deep cannot be compared"
                )));
            }
            if !left.eq(right)? {
                return Ok(false);
            }
        }
        let name = intern!(py, "__dict__");
        slf.getattr(name)?.eq(other.getattr(name)?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.if_unused() {
            Some(state) => state.traverse(&visit),
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        Python::attach(|py| {
            let old = self.state.enter(py).map(|mut state| {
                let kind = state.kind;
                std::mem::replace(&mut *state, State::empty(kind))
            });
            // Dropping may run Python code: the state is no longer in use.
            drop(old);
        });
    }
}

impl MessageStorage {
    fn ai(
        &self,
        py: Python<'_>,
        field: impl FnOnce(&Ai) -> &Option<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        self.with(py, |state| {
            Ok(state.ai.as_ref().and_then(|ai| field(ai).as_ref().map(|it| it.clone_ref(py))))
        })
    }

    fn other(
        &self,
        py: Python<'_>,
        field: impl FnOnce(&Other) -> &Option<Py<PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        self.with(py, |state| {
            Ok(state.other.as_ref().and_then(|it| field(it).as_ref().map(|it| it.clone_ref(py))))
        })
    }

    /// The values of the fields, for a comparison.
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let none = || py.None().into_bound(py);
        let object = |value: &Option<Py<PyAny>>| {
            value.as_ref().map_or_else(none, |value| value.bind(py).clone())
        };
        self.with(py, |state| {
            let mut values = vec![
                state.content.get(py)?,
                object(&state.name),
                object(&state.id),
                dictionary(py, &mut state.additional_kwargs)?,
                dictionary(py, &mut state.response_metadata)?,
            ];
            if state.kind.family == Family::Ai {
                let ai = state.ai();
                ai.parse(py)?;
                values.extend([
                    object(&ai.tool_calls),
                    ai.invalid(py)?.into_bound(py),
                    ai.usage.own(py)?.unwrap_or_else(none),
                    object(&ai.position),
                ]);
                let listed = match ai.listed.take() {
                    Some(listed) => listed,
                    None => Listed::new(py, &ai.calls)?,
                };
                values.push(ai.listed.insert(listed).list(py).into_any());
            }
            if let Some(other) = &state.other {
                let fields = [&other.tool_call_id, &other.status, &other.artifact, &other.role];
                values.extend(fields.map(object));
            }
            Ok(values)
        })
    }
}

fn is_blank(held: &Held, py: Python<'_>) -> bool {
    held.peek(py).is_none_or(|object| object.is_none() || super::held::is_empty(object))
}

/// Returns whether metadata is empty or names the provider and nothing else.
fn repeats_provider(
    held: &Held,
    py: Python<'_>,
    provider: Option<&Bound<'_, PyAny>>,
) -> PyResult<bool> {
    let Some(metadata) = held.peek(py) else { return Ok(true) };
    let Ok(metadata) = metadata.cast_exact::<PyDict>() else { return Ok(false) };
    match (metadata.len(), provider) {
        (0, _) => Ok(true),
        (1, Some(provider)) => match metadata.get_item(intern!(py, "model_provider"))? {
            Some(named) => Ok(named.is(provider)),
            None => Ok(false),
        },
        _ => Ok(false),
    }
}
