//! A message from what its class is called with.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString, PyType};

use super::calls::Call;
use super::content::Content;
use super::held::{Held, is_empty};
use super::hooks;
use super::kind::{Family, Kind, kind_of};
use super::storage::{MessageStorage, Other, State};

type Argument<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// What the class was called with. What is None counts as not given, except for the content.
#[derive(Clone, Copy)]
pub(super) struct Given<'a, 'py> {
    pub(super) content: Argument<'a, 'py>,
    pub(super) content_blocks: Argument<'a, 'py>,
    pub(super) additional_kwargs: Argument<'a, 'py>,
    pub(super) response_metadata: Argument<'a, 'py>,
    pub(super) kind: Argument<'a, 'py>,
    pub(super) name: Argument<'a, 'py>,
    pub(super) id: Argument<'a, 'py>,
    pub(super) tool_calls: Argument<'a, 'py>,
    pub(super) invalid_tool_calls: Argument<'a, 'py>,
    pub(super) usage_metadata: Argument<'a, 'py>,
    pub(super) tool_call_chunks: Argument<'a, 'py>,
    pub(super) chunk_position: Argument<'a, 'py>,
    pub(super) tool_call_id: Argument<'a, 'py>,
    pub(super) artifact: Argument<'a, 'py>,
    pub(super) status: Argument<'a, 'py>,
    pub(super) role: Argument<'a, 'py>,
}

/// Makes the fields, and leaves to Python the fields that the class does not have.
pub(super) fn construct<'py>(
    message: &Bound<'py, MessageStorage>,
    mut given: Given<'_, 'py>,
    extra: Option<Bound<'py, PyDict>>,
) -> PyResult<State> {
    let py = message.py();
    let class = message.get_type();
    let (kind, own_class) = kind_of(&class)?;
    let mut extra = extra;
    if kind.family != Family::Ai || !kind.chunk {
        move_aside(py, kind, &mut given, &mut extra)?;
    }
    let mut state = State::empty(kind);

    let blocks = given.content_blocks.filter(|it| !it.is_none());
    let mut from_blocks = None;
    state.content = match blocks {
        None => content(&class, kind, given.content)?,
        Some(blocks) => {
            let is_ai = kind.family == Family::Ai;
            let made = hooks::from_blocks(py, (blocks, is_ai, given.tool_calls))?;
            let (blocks, calls): (Bound<'_, PyAny>, Option<Bound<'_, PyAny>>) = made.extract()?;
            from_blocks = calls;
            content(&class, kind, Some(&blocks))?
        }
    };
    state.additional_kwargs =
        dictionary(&class, intern!(py, "additional_kwargs"), given.additional_kwargs)?;
    state.response_metadata =
        dictionary(&class, intern!(py, "response_metadata"), given.response_metadata)?;
    state.name = text(&class, intern!(py, "name"), given.name)?;
    state.id = text(&class, intern!(py, "id"), given.id)?;

    match kind.family {
        Family::Ai => ai(&class, &mut state, &given, from_blocks.as_ref())?,
        Family::Tool => tool(&class, &mut state, &given)?,
        Family::Chat => {
            let role = match text(&class, intern!(py, "role"), given.role)? {
                Some(role) => role,
                None => hooks::missing(py, (&class, "role"))?.unbind(),
            };
            state.other = Some(Box::new(Other { role: Some(role), ..Other::default() }));
        }
        Family::Function if state.name.is_none() => {
            hooks::missing(py, (&class, "name"))?;
        }
        Family::Function | Family::Plain => {}
    }
    if let Some(given) = given.kind
        && !given.eq(class.getattr(intern!(py, "type"))?)?
    {
        let value = hooks::checked(py, (&class, "type", given))?;
        own_dictionary(message)?.set_item(intern!(py, "type"), value)?;
    }
    let declares = || class.getattr(intern!(py, "__declared_fields__"))?.is_truthy();
    if extra.is_some() || (!own_class && declares()?) {
        hooks::declared(py, (message, extra))?;
    }
    Ok(state)
}

/// The fields of other kinds of message are no fields of this one.
fn move_aside<'py>(
    py: Python<'py>,
    kind: Kind,
    given: &mut Given<'_, 'py>,
    extra: &mut Option<Bound<'py, PyDict>>,
) -> PyResult<()> {
    let mut aside = |name: &Bound<'py, PyString>, field: &mut Argument<'_, 'py>| {
        if let Some(value) = field.take() {
            extra.get_or_insert_with(|| PyDict::new(py)).set_item(name, value)?;
        }
        PyResult::Ok(())
    };
    if kind.family != Family::Ai {
        // For content blocks the reference asks what has come of these.
        aside(intern!(py, "tool_calls"), &mut given.tool_calls)?;
        aside(intern!(py, "invalid_tool_calls"), &mut given.invalid_tool_calls)?;
        aside(intern!(py, "usage_metadata"), &mut given.usage_metadata)?;
    }
    if !kind.is_ai_chunk() {
        aside(intern!(py, "tool_call_chunks"), &mut given.tool_call_chunks)?;
        aside(intern!(py, "chunk_position"), &mut given.chunk_position)?;
    }
    if kind.family != Family::Tool {
        aside(intern!(py, "tool_call_id"), &mut given.tool_call_id)?;
        aside(intern!(py, "artifact"), &mut given.artifact)?;
        aside(intern!(py, "status"), &mut given.status)?;
    }
    if kind.family != Family::Chat {
        aside(intern!(py, "role"), &mut given.role)?;
    }
    Ok(())
}

#[inline]
fn content<'py>(
    class: &Bound<'py, PyType>,
    kind: Kind,
    value: Argument<'_, 'py>,
) -> PyResult<Content> {
    let py = class.py();
    if let Some(value) = value {
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Content::Text(text.clone().unbind()));
        }
        if kind.family != Family::Tool
            && let Ok(list) = value.cast_exact::<PyList>()
            && let Some(copy) = blocks(list)?
        {
            return Ok(Content::Blocks(Held::Own(copy.into_any().unbind())));
        }
    }
    let value = value.cloned().unwrap_or_else(|| py.None().into_bound(py));
    let value =
        if kind.family == Family::Tool { hooks::tool_content(py, (value,))? } else { value };
    Ok(assigned_content(hooks::checked(py, (class, "content", value))?))
}

/// The content that an object is.
pub(super) fn assigned_content(value: Bound<'_, PyAny>) -> Content {
    match value.cast_into::<PyString>() {
        Ok(text) => Content::Text(text.unbind()),
        Err(other) => match other.into_inner() {
            none if none.is_none() => Content::None,
            blocks => Content::Blocks(Held::Own(blocks.unbind())),
        },
    }
}

/// A list of texts and dictionaries, each copied; None where there is anything else in it.
fn blocks<'py>(list: &Bound<'py, PyList>) -> PyResult<Option<Bound<'py, PyList>>> {
    let copy = PyList::empty(list.py());
    for item in list.iter() {
        if let Ok(block) = item.cast_exact::<PyDict>() {
            copy.append(block.copy()?)?;
        } else if item.is_exact_instance_of::<PyString>() {
            copy.append(item)?;
        } else {
            return Ok(None);
        }
    }
    Ok(Some(copy))
}

fn dictionary<'py>(
    class: &Bound<'py, PyType>,
    field: &Bound<'py, PyString>,
    value: Argument<'_, 'py>,
) -> PyResult<Held> {
    let Some(value) = value.filter(|it| !it.is_none()) else { return Ok(Held::None) };
    let copy = match value.cast_exact::<PyDict>() {
        Ok(dict) if dict.is_empty() => return Ok(Held::None),
        Ok(dict) => dict.copy()?.into_any(),
        Err(_) => hooks::checked(class.py(), (class, field, value))?,
    };
    Ok(Held::Own(copy.unbind()))
}

#[inline]
fn text<'py>(
    class: &Bound<'py, PyType>,
    field: &Bound<'py, PyString>,
    value: Argument<'_, 'py>,
) -> PyResult<Option<Py<PyAny>>> {
    let Some(value) = value.filter(|it| !it.is_none()) else { return Ok(None) };
    if value.is_exact_instance_of::<PyString>() {
        return Ok(Some(value.clone().unbind()));
    }
    let value = hooks::checked(class.py(), (class, field, value))?;
    Ok((!value.is_none()).then(|| value.unbind()))
}

fn ai<'py>(
    class: &Bound<'py, PyType>,
    state: &mut State,
    given: &Given<'_, 'py>,
    from_blocks: Option<&Bound<'py, PyAny>>,
) -> PyResult<()> {
    let py = class.py();
    let filled =
        |value: Argument<'_, 'py>| value.filter(|it| !it.is_none() && !is_empty(it)).cloned();
    let mut tool_calls = filled(given.tool_calls).or_else(|| from_blocks.cloned());
    let mut invalid = filled(given.invalid_tool_calls);
    let mut parts = filled(given.tool_call_chunks);
    if let Some(usage) = given.usage_metadata.filter(|it| !it.is_none()) {
        state.ai().usage = Held::Own(self::usage(class, usage)?.unbind());
    }
    if let Some(position) = text(class, intern!(py, "chunk_position"), given.chunk_position)? {
        let position = position.into_bound(py);
        let known = position.cast::<PyString>().is_ok_and(|it| *it == "last");
        state.ai().position = Some(if known {
            position.unbind()
        } else {
            hooks::checked(py, (class, "chunk_position", position))?.unbind()
        });
    }
    if tool_calls.is_none()
        && invalid.is_none()
        && parts.is_none()
        && let Some(additional) = state.additional_kwargs.peek(py)
        && let Ok(additional) = additional.cast::<PyDict>()
        && let Some(raw) = additional.get_item(intern!(py, "tool_calls"))?
        && raw.is_truthy()?
    {
        let made = hooks::from_raw_calls(py, (raw, state.kind.chunk))?;
        if state.kind.chunk {
            parts = Some(made);
        } else {
            let (calls, wrong): (Bound<'_, PyAny>, Bound<'_, PyAny>) = made.extract()?;
            (tool_calls, invalid) = (Some(calls), Some(wrong));
        }
    }
    // Parts that are made of calls are not those that stand in the content.
    let streamed = parts.is_some();
    if streamed {
        // What has been parsed of the parts is not taken from elsewhere.
        (tool_calls, invalid) = (None, None);
    } else if state.kind.chunk && (tool_calls.is_some() || invalid.is_some()) {
        let made = hooks::to_chunks(py, (tool_calls.as_ref(), invalid.as_ref()))?;
        parts = Some(made);
        // What was given is not read once more from the parts that are made of it.
        let given = tool_calls.get_or_insert_with(|| PyList::empty(py).into_any());
        state.ai().complete = Some(vec![true; given.len()?]);
    }
    if let Some(tool_calls) = tool_calls {
        let calls = self::tool_calls(class, &tool_calls)?;
        state.ai().tool_calls = Some(calls.unbind());
    }
    if let Some(invalid) = invalid {
        let calls = hooks::checked(py, (class, "invalid_tool_calls", invalid))?;
        state.ai().invalid_tool_calls = Some(calls.unbind());
    }
    if let Some(parts) = parts {
        state.ai().calls = calls(class, &parts)?;
    }
    settle(py, state, streamed)
}

/// Settles typed content once a stream has ended: parts of calls in it become calls, those of tool calls
/// only if the message was made of such parts.
pub(super) fn settle(py: Python<'_>, state: &mut State, streamed: bool) -> PyResult<()> {
    let ended = state.ai.as_ref().is_some_and(|ai| ai.position.is_some());
    if !ended || !matches!(state.content, Content::Blocks(_)) || !is_typed(py, state)? {
        return Ok(());
    }
    let content = state.content.get(py)?;
    if !content.is_instance_of::<PyList>() {
        return Ok(());
    }
    let calls = if streamed { state.ai().calls_read(py)? } else { None };
    hooks::settle_blocks(py, (&content, calls))?;
    state.content = Content::Blocks(Held::Own(content.unbind()));
    Ok(())
}

/// Returns whether the content is said to be of the typed blocks that all providers share.
fn is_typed(py: Python<'_>, state: &State) -> PyResult<bool> {
    let Some(metadata) = state.response_metadata.peek(py) else { return Ok(false) };
    let Ok(metadata) = metadata.cast::<PyDict>() else { return Ok(false) };
    let version = metadata.get_item(intern!(py, "output_version"))?;
    Ok(version.is_some_and(|it| it.cast::<PyString>().is_ok_and(|it| *it == "v1")))
}

/// The parts of tool calls that a list holds.
pub(super) fn calls(class: &Bound<'_, PyType>, parts: &Bound<'_, PyAny>) -> PyResult<Vec<Call>> {
    if let Ok(list) = parts.cast_exact::<PyList>() {
        let calls =
            list.iter().map(|part| Call::from_dict(&part)).collect::<PyResult<Option<_>>>()?;
        if let Some(calls) = calls {
            return Ok(calls);
        }
    }
    let checked = hooks::checked(class.py(), (class, "tool_call_chunks", parts))?;
    let list = checked.cast_into::<PyList>()?;
    let calls = list.iter().map(|part| Call::from_dict(&part)).collect::<PyResult<Option<_>>>()?;
    calls.ok_or_else(|| pyo3::exceptions::PyTypeError::new_err("not the parts of tool calls"))
}

/// Finished tool calls, as copies.
fn tool_calls<'py>(
    class: &Bound<'py, PyType>,
    calls: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    if let Ok(list) = calls.cast_exact::<PyList>() {
        let copies = PyList::empty(py);
        for call in list.iter() {
            let Some(copy) = tool_call(&call)? else { break };
            copies.append(copy)?;
        }
        if copies.len() == list.len() {
            return Ok(copies.into_any());
        }
    }
    hooks::checked(py, (class, "tool_calls", calls))
}

fn tool_call<'py>(call: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = call.py();
    let (name, arguments) = (intern!(py, "name"), intern!(py, "args"));
    let (id, kind) = (intern!(py, "id"), intern!(py, "type"));
    let Ok(call) = call.cast_exact::<PyDict>() else { return Ok(None) };
    let (Some(given_name), Some(given_arguments), Some(given_id)) =
        (call.get_item(name)?, call.get_item(arguments)?, call.get_item(id)?)
    else {
        return Ok(None);
    };
    let fits = given_name.is_exact_instance_of::<PyString>()
        && (given_id.is_none() || given_id.is_exact_instance_of::<PyString>());
    let typed = match call.get_item(kind)? {
        None => call.len() == 3,
        Some(given) => {
            call.len() == 4 && given.cast::<PyString>().is_ok_and(|it| *it == "tool_call")
        }
    };
    let Ok(given_arguments) = given_arguments.cast_exact::<PyDict>() else { return Ok(None) };
    if !fits || !typed {
        return Ok(None);
    }
    let copy = PyDict::new(py);
    copy.set_item(name, given_name)?;
    copy.set_item(arguments, given_arguments.copy()?)?;
    copy.set_item(id, given_id)?;
    copy.set_item(kind, intern!(py, "tool_call"))?;
    Ok(Some(copy))
}

/// How many tokens were used, as a copy.
fn usage<'py>(
    class: &Bound<'py, PyType>,
    usage: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = class.py();
    if let Ok(given) = usage.cast_exact::<PyDict>()
        && given.len() == 3
    {
        let names = [
            intern!(py, "input_tokens"),
            intern!(py, "output_tokens"),
            intern!(py, "total_tokens"),
        ];
        let mut simple = true;
        for name in names {
            let value = given.get_item(name)?;
            simple &= value.is_some_and(|it| it.is_exact_instance_of::<PyInt>());
        }
        if simple {
            return Ok(given.copy()?.into_any());
        }
    }
    hooks::checked(py, (class, "usage_metadata", usage))
}

fn tool<'py>(
    class: &Bound<'py, PyType>,
    state: &mut State,
    given: &Given<'_, 'py>,
) -> PyResult<()> {
    let py = class.py();
    let Some(id) = given.tool_call_id else {
        return Err(pyo3::exceptions::PyKeyError::new_err("tool_call_id"));
    };
    let id = if id.is_exact_instance_of::<PyString>() {
        id.clone()
    } else {
        hooks::checked(py, (class, "tool_call_id", id))?
    };
    let status = match given.status {
        None => intern!(py, "success").clone().into_any(),
        Some(status) if is_status(status) => status.clone(),
        Some(status) => hooks::checked(py, (class, "status", status))?,
    };
    let artifact = given.artifact.filter(|it| !it.is_none()).map(|it| it.clone().unbind());
    state.other = Some(Box::new(Other {
        tool_call_id: Some(id.unbind()),
        status: Some(status.unbind()),
        artifact,
        role: None,
    }));
    Ok(())
}

/// Returns whether a value is one of the two that the field allows, and plainly text.
fn is_status(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyString>()
        && value.cast::<PyString>().is_ok_and(|text| *text == "success" || *text == "error")
}

/// The attributes of the object that are no fields.
fn own_dictionary<'py>(message: &Bound<'py, MessageStorage>) -> PyResult<Bound<'py, PyDict>> {
    // SAFETY: the object is alive and of a class that has a dictionary; the result is a new reference to it,
    // made if it is not there yet, or null with an exception set.
    let own = unsafe {
        Bound::from_owned_ptr_or_err(
            message.py(),
            ffi::PyObject_GenericGetDict(message.as_ptr(), std::ptr::null_mut()),
        )?
    };
    Ok(own.cast_into()?)
}
