//! The sum of two messages.

use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyType};

use super::calls::{self, Call};
use super::construct;
use super::content::Content;
use super::held::{Held, is_empty};
use super::hooks;
use super::kind::{Family, Kind, kind_of};
use super::merge::{self, Rules};
use super::storage::{Ai, MessageStorage, Other, State};

/// What a message gives to a sum. Nothing of it is used by anybody else.
struct Operand {
    kind: Kind,
    content: Content,
    /// Of function messages alone; a sum of others has none.
    name: Option<Py<PyAny>>,
    id: Option<Py<PyAny>>,
    additional_kwargs: Held,
    response_metadata: Held,
    ai: Option<AiOperand>,
    other: Option<Other>,
}

#[derive(Default)]
struct AiOperand {
    calls: Vec<Call>,
    usage: Held,
    position: Option<Py<PyAny>>,
}

/// `left + right`.
pub(super) fn add<'py>(
    left: &Bound<'py, MessageStorage>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = left.py();
    let class = left.get_type();
    let (kind, own_class) = kind_of(&class)?;
    if !kind.chunk {
        return hooks::to_prompt(py, (left, right));
    }
    let mut total = operand(left)?;
    if let Ok(right) = right.cast::<MessageStorage>()
        && kind_of(&right.get_type())?.0.chunk
    {
        total = sum(py, total, operand(right)?, &class)?;
    } else if let Ok(list) = right.cast::<PyList>()
        && let Some(chunks) = chunks(list)?
    {
        if total.kind.family == Family::Ai {
            total.id = said(py, total.id);
        }
        for chunk in &chunks {
            if !add_text(py, &mut total, chunk)? {
                total = sum(py, total, operand(chunk)?, &class)?;
            }
        }
    } else {
        return Err(PyTypeError::new_err(format!(
            "unsupported operand type(s) for +: \"{}\" and \"{}\"",
            class.name()?,
            right.get_type().name()?
        )));
    }
    if own_class || inherits_everything(&class)? {
        let mut state = total.into_state();
        let streamed = state.ai.as_ref().is_some_and(|ai| !ai.calls.is_empty());
        construct::settle(py, &mut state, streamed)?;
        return Ok(MessageStorage::create(&class, state)?.into_any());
    }
    total.through_class(py, &class)
}

/// The elements of a list, if they are chunks.
fn chunks<'py>(list: &Bound<'py, PyList>) -> PyResult<Option<Vec<Bound<'py, MessageStorage>>>> {
    let mut chunks = Vec::with_capacity(list.len());
    for item in list.iter() {
        match item.cast_into::<MessageStorage>() {
            Ok(chunk) if kind_of(&chunk.get_type())?.0.chunk => chunks.push(chunk),
            _ => return Ok(None),
        }
    }
    Ok(Some(chunks))
}

/// Returns whether a user's class makes its instances as the package's own do.
fn inherits_everything(class: &Bound<'_, PyType>) -> PyResult<bool> {
    let py = class.py();
    if class.getattr(intern!(py, "__declared_fields__"))?.is_truthy()? {
        return Ok(false);
    }
    let base = py.get_type::<MessageStorage>();
    // SAFETY: both are heap types; the slots are only compared.
    Ok(unsafe {
        [ffi::Py_tp_init, ffi::Py_tp_new].into_iter().all(|slot| {
            ffi::PyType_GetSlot(class.as_type_ptr(), slot)
                == ffi::PyType_GetSlot(base.as_type_ptr(), slot)
        })
    })
}

fn operand(message: &Bound<'_, MessageStorage>) -> PyResult<Operand> {
    let py = message.py();
    let (operand, changed) = message.get().with(py, |state| {
        let mut changed = None;
        let ai = match &state.ai {
            None => None,
            Some(ai) => {
                if let Some(listed) = &ai.listed
                    && listed.changed(py, &ai.calls)?
                {
                    changed = Some(listed.list(py));
                }
                Some(AiOperand {
                    calls: ai.calls.iter().map(|call| call.clone_ref(py)).collect(),
                    usage: ai.usage.share(py)?,
                    position: clone(py, ai.position.as_ref()),
                })
            }
        };
        let operand = Operand {
            kind: state.kind,
            content: state.content.share(py)?,
            name: clone(py, state.name.as_ref().filter(|_| state.kind.family == Family::Function)),
            id: clone(py, state.id.as_ref()),
            additional_kwargs: state.additional_kwargs.share(py)?,
            response_metadata: state.response_metadata.share(py)?,
            ai,
            other: state.other.as_ref().map(|other| Other {
                tool_call_id: clone(py, other.tool_call_id.as_ref()),
                status: clone(py, other.status.as_ref()),
                artifact: clone(py, other.artifact.as_ref()),
                role: clone(py, other.role.as_ref()),
            }),
        };
        Ok((operand, changed))
    })?;
    match (operand, changed) {
        (operand, None) => Ok(operand),
        (mut operand, Some(list)) => {
            if let Some(ai) = &mut operand.ai {
                ai.calls = construct::calls(&message.get_type(), list.as_any())?;
            }
            Ok(operand)
        }
    }
}

/// Adds a chunk that has nothing but text, as most of a stream has; false if it has more.
fn add_text(
    py: Python<'_>,
    total: &mut Operand,
    chunk: &Bound<'_, MessageStorage>,
) -> PyResult<bool> {
    if total.kind.family != Family::Ai
        || !matches!(total.content, Content::Text(_) | Content::Sum(_))
    {
        return Ok(false);
    }
    let text = chunk.get().with(py, |state| {
        let id = state.id.as_ref();
        let same_id = id.is_none_or(|id| total.id.as_ref().is_some_and(|own| own.is(id)));
        Ok(match &state.content {
            Content::Text(text)
                if same_id
                    && state.kind.family == Family::Ai
                    && state.ai.is_none()
                    && matches!(state.additional_kwargs, Held::None)
                    && matches!(state.response_metadata, Held::None) =>
            {
                Some(Content::Text(text.clone_ref(py)))
            }
            _ => None,
        })
    })?;
    let Some(text) = text else { return Ok(false) };
    total.content = total.content.plus(py, &text, Rules::REFERENCE)?;
    Ok(true)
}

fn sum(
    py: Python<'_>,
    left: Operand,
    right: Operand,
    class: &Bound<'_, PyType>,
) -> PyResult<Operand> {
    let is_ai = left.kind.family == Family::Ai && right.kind.family == Family::Ai;
    let other = others(py, &left, &right, class)?;
    let content = match (&left.content, &right.content) {
        (Content::Blocks(_), _) | (_, Content::Blocks(_)) => {
            left.content.plus(py, &right.content, Rules::inside(py)?)?
        }
        _ => left.content.plus(py, &right.content, Rules::REFERENCE)?,
    };
    let id = if is_ai { best_id(py, left.id, right.id) } else { left.id };
    Ok(Operand {
        kind: left.kind,
        content,
        name: left.name,
        id,
        additional_kwargs: dictionaries(py, left.additional_kwargs, right.additional_kwargs)?,
        response_metadata: dictionaries(py, left.response_metadata, right.response_metadata)?,
        ai: if is_ai { ai(py, left.ai, right.ai)? } else { None },
        other,
    })
}

fn ai(
    py: Python<'_>,
    left: Option<AiOperand>,
    right: Option<AiOperand>,
) -> PyResult<Option<AiOperand>> {
    let (mut left, right) = match (left, right) {
        (left, None) => return Ok(left),
        // The parts of calls in one chunk may belong together, too.
        (None, Some(right)) if right.calls.len() < 2 => return Ok(Some(right)),
        (left, Some(right)) => (left.unwrap_or_default(), right),
    };
    calls::extend(py, &mut left.calls, &right.calls)?;
    left.usage = match (left.usage.peek(py), right.usage.peek(py)) {
        (Some(one), Some(two)) => Held::Shared(hooks::add_usage(py, (one, two))?.unbind()),
        (None, Some(_)) => right.usage,
        _ => left.usage,
    };
    left.position = left.position.or(right.position);
    Ok(Some(left))
}

fn dictionaries(py: Python<'_>, left: Held, right: Held) -> PyResult<Held> {
    let Some(added) = right.peek(py).filter(|it| !is_empty(it)) else { return Ok(left) };
    let Some(known) = left.peek(py) else { return Ok(right) };
    let (known, added) = (known.cast::<PyDict>()?, added.cast::<PyDict>()?);
    Ok(Held::Shared(merge::dicts(known, added, Rules::inside(py)?)?.into_any().unbind()))
}

/// The fields that only tool and chat messages have, and those that must agree.
fn others(
    py: Python<'_>,
    left: &Operand,
    right: &Operand,
    class: &Bound<'_, PyType>,
) -> PyResult<Option<Other>> {
    let same_family = left.kind.family == right.kind.family;
    if left.kind.family == Family::Function {
        if !same_family {
            hooks::missing(py, (class, "name"))?;
        }
        if !agree(py, left.name.as_ref(), right.name.as_ref())? {
            return Err(refuse(class, "names"));
        }
    }
    let (Some(one), two) = (&left.other, right.other.as_ref().filter(|_| same_family)) else {
        return Ok(None);
    };
    if left.kind.family != Family::Tool {
        if let Some(two) = two
            && !agree(py, one.role.as_ref(), two.role.as_ref())?
        {
            return Err(refuse(class, "roles"));
        }
        return Ok(Some(Other { role: clone(py, one.role.as_ref()), ..Other::default() }));
    }
    let Some(two) = two else { return Err(PyKeyError::new_err("tool_call_id")) };
    if !agree(py, one.tool_call_id.as_ref(), two.tool_call_id.as_ref())? {
        return Err(refuse(class, "names"));
    }
    let artifact = match (&one.artifact, &two.artifact) {
        (Some(one), Some(two)) => Some(merge::objects(one.bind(py), two.bind(py))?.unbind()),
        (one, two) => clone(py, one.as_ref().or(two.as_ref())),
    };
    let failed = [&one.status, &two.status]
        .into_iter()
        .flatten()
        .any(|status| status.bind(py).cast::<PyString>().is_ok_and(|status| *status == "error"));
    let status = if failed { intern!(py, "error") } else { intern!(py, "success") };
    Ok(Some(Other {
        tool_call_id: clone(py, one.tool_call_id.as_ref()),
        status: Some(status.clone().into_any().unbind()),
        artifact,
        role: None,
    }))
}

fn agree(py: Python<'_>, one: Option<&Py<PyAny>>, two: Option<&Py<PyAny>>) -> PyResult<bool> {
    match (one, two) {
        (Some(one), Some(two)) => one.bind(py).eq(two.bind(py)),
        (one, two) => Ok(one.is_none() && two.is_none()),
    }
}

fn refuse(class: &Bound<'_, PyType>, what: &str) -> PyErr {
    let name = class.name().map_or_else(|_| "chunk".into(), |name| name.to_string());
    PyValueError::new_err(format!("Cannot concatenate {name}s with different {what}."))
}

/// An id, unless it is empty.
fn said(py: Python<'_>, id: Option<Py<PyAny>>) -> Option<Py<PyAny>> {
    id.filter(|id| !id.bind(py).cast::<PyString>().is_ok_and(|id| id.is_empty().unwrap_or(false)))
}

/// A provider's id goes before that of a run, and that before one made up.
fn best_id(py: Python<'_>, left: Option<Py<PyAny>>, right: Option<Py<PyAny>>) -> Option<Py<PyAny>> {
    let (left, right) = (said(py, left), said(py, right));
    let (Some(one), Some(two)) = (&left, &right) else { return left.or(right) };
    let rank = |id: &Py<PyAny>| {
        let id = id.bind(py).cast::<PyString>().ok();
        match id.and_then(|id| id.to_str().ok()) {
            Some(id) if id.starts_with("lc_run-") => 1,
            Some(id) if id.starts_with("lc_") => 2,
            // One that is not UTF-8 begins with neither.
            _ => 0,
        }
    };
    if one.is(two) || rank(one) <= rank(two) { left } else { right }
}

impl Operand {
    fn into_state(self) -> State {
        let ai = self.ai.map(|ai| {
            Box::new(Ai {
                calls: ai.calls,
                usage: ai.usage,
                position: ai.position,
                ..Ai::default()
            })
        });
        State {
            content: self.content,
            name: self.name,
            id: self.id,
            additional_kwargs: self.additional_kwargs,
            response_metadata: self.response_metadata,
            ai,
            other: self.other.map(Box::new),
            kind: self.kind,
        }
    }

    /// Calls a user's class, whose `__init__` may do more than the package's own.
    fn through_class<'py>(
        self,
        py: Python<'py>,
        class: &Bound<'py, PyType>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut state = self.into_state();
        let given = PyDict::new(py);
        given.set_item(intern!(py, "content"), state.content.get(py)?)?;
        for (name, field) in [
            ("additional_kwargs", &mut state.additional_kwargs),
            ("response_metadata", &mut state.response_metadata),
        ] {
            given.set_item(name, field.own(py)?.unwrap_or_else(|| PyDict::new(py).into_any()))?;
        }
        given.set_item(intern!(py, "id"), &state.id)?;
        if state.name.is_some() {
            given.set_item(intern!(py, "name"), &state.name)?;
        }
        if let Some(ai) = &mut state.ai {
            given.set_item("tool_call_chunks", calls::list(py, &ai.calls)?)?;
            given.set_item("usage_metadata", ai.usage.own(py)?)?;
            given.set_item("chunk_position", &ai.position)?;
        }
        if let Some(other) = &state.other {
            for (name, value) in [
                ("tool_call_id", &other.tool_call_id),
                ("status", &other.status),
                ("artifact", &other.artifact),
                ("role", &other.role),
            ] {
                if let Some(value) = value {
                    given.set_item(name, value)?;
                }
            }
        }
        class.call((), Some(&given))
    }
}

fn clone(py: Python<'_>, value: Option<&Py<PyAny>>) -> Option<Py<PyAny>> {
    value.map(|value| value.clone_ref(py))
}
