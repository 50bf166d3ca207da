//! The sum of two of LangChain's `AIMessageChunk`s, as that library makes it.

#![expect(clippy::doc_markdown, reason = "what Python shows as docstrings is written as Python's")]

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PySet, PyString, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::arguments_table::ArgumentsTable;
use super::merges::ReferenceMerges;
use crate::exclusive::Exclusive;
use crate::json::copy::deep_copy;
use crate::messages::arguments::{Arguments, Value};
use crate::messages::merge::{self, Rules};
use crate::messages::text::with_bytes;

/// Adds up two chunks; gives None where that is left to the library's own code.
///
/// Args:
///     message_class: LangChain's `AIMessageChunk`, of exactly which both must be.
///     merges: How its dictionaries and lists add up.
#[pyclass(frozen, module = "headrace._core")]
pub(crate) struct ChunkSums {
    class: Py<PyType>,
    rules: Rules,
    state: Exclusive<State>,
}

struct State {
    table: ArgumentsTable,
    /// The names of the fields that the library's sum sets: without tool calls, and with them.
    fields: [Py<PySet>; 2],
    /// The fields of a sum, in their order, without their values.
    blank: Py<PyDict>,
}

/// All fields, in the library's order.
const ORDER: [&str; 11] = [
    "content",
    "additional_kwargs",
    "response_metadata",
    "type",
    "name",
    "id",
    "tool_calls",
    "invalid_tool_calls",
    "usage_metadata",
    "tool_call_chunks",
    "chunk_position",
];

const FIELDS: [&str; 7] = [
    "content",
    "additional_kwargs",
    "tool_call_chunks",
    "response_metadata",
    "usage_metadata",
    "id",
    "chunk_position",
];

#[pymethods]
impl ChunkSums {
    #[new]
    #[pyo3(signature = (message_class, merges, /))]
    fn new(py: Python<'_>, message_class: Py<PyType>, merges: &ReferenceMerges) -> PyResult<Self> {
        check_class(message_class.bind(py))?;
        let plain = PySet::new(py, FIELDS)?;
        let with_calls = plain.call_method0("copy")?.cast_into::<PySet>()?;
        with_calls.add("tool_calls")?;
        with_calls.add("invalid_tool_calls")?;
        let fields = [plain.unbind(), with_calls.unbind()];
        let blank = PyDict::new(py);
        for name in ORDER {
            blank.set_item(PyString::intern(py, name), py.None())?;
        }
        blank.set_item(intern!(py, "type"), intern!(py, "AIMessageChunk"))?;
        let state = State { table: ArgumentsTable::default(), fields, blank: blank.unbind() };
        Ok(Self { class: message_class, rules: merges.rules(), state: Exclusive::new(state) })
    }

    #[pyo3(signature = (left, right, /))]
    fn __call__<'py>(
        &self,
        left: &Bound<'py, PyAny>,
        right: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let class = self.class.bind(left.py());
        if !left.get_type().is(class) || !right.get_type().is(class) {
            return Ok(None);
        }
        self.sum(&fields_of(left)?, &fields_of(right)?)
    }

    /// Forget what was read.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        let old = std::mem::take(&mut self.state.enter(py)?.table);
        drop(old);
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.class)?;
        match self.state.if_unused() {
            Some(state) => state.table.traverse(&visit),
            None => Ok(()),
        }
    }
}

/// What is left to the library: whatever is not plainly as it makes it itself.
macro_rules! plainly {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}

impl ChunkSums {
    fn sum<'py>(
        &self,
        left: &Bound<'py, PyDict>,
        right: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = left.py();
        let name = intern!(py, "content");
        let content = plainly!(content(&field(left, name)?, &field(right, name)?, self.rules)?);
        let name = intern!(py, "additional_kwargs");
        let keywords =
            plainly!(dictionaries(&field(left, name)?, &field(right, name)?, self.rules)?);
        let name = intern!(py, "response_metadata");
        let metadata =
            plainly!(dictionaries(&field(left, name)?, &field(right, name)?, self.rules)?);
        let name = intern!(py, "usage_metadata");
        let usage = plainly!(usage(field(left, name)?, field(right, name)?)?);
        let name = intern!(py, "id");
        let id = plainly!(id(field(left, name)?, field(right, name)?)?);
        let name = intern!(py, "chunk_position");
        let last = is_last(&field(left, name)?) || is_last(&field(right, name)?);
        if last
            && content.is_instance_of::<PyList>()
            && metadata.get_item(intern!(py, "output_version"))?.is_some()
        {
            return Ok(None);
        }
        let name = intern!(py, "tool_call_chunks");
        let (one, two) = (field(left, name)?, field(right, name)?);
        let (Ok(one), Ok(two)) = (one.cast_exact::<PyList>(), two.cast_exact::<PyList>()) else {
            return Ok(None);
        };
        let calls = if one.is_empty() && two.is_empty() {
            let raw = keywords.get_item(intern!(py, "tool_calls"))?;
            if raw.is_some_and(|raw| !raw.is_none()) {
                return Ok(None);
            }
            Calls::none(py)
        } else {
            plainly!(self.calls(one, two)?)
        };

        let (fields, set) = {
            let state = self.state.enter(py)?;
            let set = &state.fields[usize::from(!calls.chunks.is_empty())];
            (state.blank.bind(py).clone(), set.bind(py).clone())
        };
        let fields = fields.copy()?;
        fields.set_item(intern!(py, "content"), content)?;
        fields.set_item(intern!(py, "additional_kwargs"), keywords)?;
        fields.set_item(intern!(py, "response_metadata"), metadata)?;
        if !id.is_none() {
            fields.set_item(intern!(py, "id"), id)?;
        }
        fields.set_item(intern!(py, "tool_calls"), &calls.valid)?;
        fields.set_item(intern!(py, "invalid_tool_calls"), &calls.invalid)?;
        if !usage.is_none() {
            fields.set_item(intern!(py, "usage_metadata"), usage)?;
        }
        fields.set_item(intern!(py, "tool_call_chunks"), &calls.chunks)?;
        if last {
            fields.set_item(intern!(py, "chunk_position"), intern!(py, "last"))?;
        }
        // SAFETY: the set is alive; a new reference to a copy, or null with an exception set.
        let set = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PySet_New(set.as_ptr()))? };
        self.instance(&fields, &set).map(Some)
    }

    /// The parts of the tool calls added up, and what has come of their arguments.
    fn calls<'py>(
        &self,
        left: &Bound<'py, PyList>,
        right: &Bound<'py, PyList>,
    ) -> PyResult<Option<Calls<'py>>> {
        let py = left.py();
        let calls = Calls::none(py);
        if left.len() == 1
            && right.len() == 1
            && let Some((before, part)) = continued(&left.get_item(0)?, &right.get_item(0)?)?
        {
            self.read(&calls, &part, before.as_ref())?;
            return Ok(Some(calls));
        }
        for (position, part) in added(left, right, self.rules)?.iter().enumerate() {
            let Ok(part) = part.cast::<PyDict>() else { return Ok(None) };
            let part = plainly!(Part::of(part)?);
            let before = if position < left.len() {
                let before = left.get_item(position)?.cast_into::<PyDict>()?;
                before.get_item(intern!(py, "args"))?.and_then(|it| it.cast_into::<PyString>().ok())
            } else {
                None
            };
            self.read(&calls, &part, before.as_ref())?;
        }
        Ok(Some(calls))
    }

    /// Adds a part to the calls, and what has come of its arguments, which continue those of `before`.
    fn read<'py>(
        &self,
        calls: &Calls<'py>,
        part: &Part<'py>,
        before: Option<&Bound<'py, PyString>>,
    ) -> PyResult<()> {
        let py = calls.chunks.py();
        calls.chunks.append(part.chunk(py)?)?;
        match self.arguments(py, part.arguments.as_ref(), before)? {
            Some(value) => calls.valid.append(part.call(py, value)?),
            None => calls.invalid.append(part.invalid(py)?),
        }
    }

    /// What has come of arguments that continue those of `before`; None where they are no object.
    fn arguments<'py>(
        &self,
        py: Python<'py>,
        text: Option<&Bound<'py, PyString>>,
        before: Option<&Bound<'py, PyString>>,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(text) = text.filter(|text| text.len().is_ok_and(|length| length > 0)) else {
            return Ok(Some(PyDict::new(py)));
        };
        let (arguments, length) = self.known(text, before)?;
        let Value { value, .. } = arguments.bind(py).get().live_like_reference(py, length)?;
        Ok(value)
    }

    fn known<'py>(
        &self,
        text: &Bound<'py, PyString>,
        before: Option<&Bound<'py, PyString>>,
    ) -> PyResult<(Py<Arguments>, usize)> {
        let py = text.py();
        let found = {
            let state = self.state.enter(py)?;
            if let Some((arguments, length)) = state.table.get(text) {
                return Ok((arguments.clone_ref(py), length));
            }
            before.and_then(|before| state.table.get(before)).map(|(it, at)| (it.clone_ref(py), at))
        };
        let (arguments, length) = with_bytes(text, |text| match &found {
            // A sum begins with what it is a sum of.
            Some((arguments, length)) if *length <= text.len() => {
                Arguments::plus(arguments, py, *length, &text[*length..])
            }
            _ => Arguments::joined(py, text, b""),
        })?;
        let removed = self.state.enter(py)?.table.put(
            before.filter(|_| found.is_some()),
            text,
            arguments.clone_ref(py),
            length,
        );
        drop(removed);
        Ok((arguments, length))
    }

    /// An instance with these fields, made as pydantic makes one that is known to be valid.
    fn instance<'py>(
        &self,
        fields: &Bound<'py, PyDict>,
        set: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = fields.py();
        let class = self.class.bind(py);
        // SAFETY: `check_class` has seen that the class is made as `object` is; its tp_alloc gives a new reference to a blank object, or null with an exception set.
        let object = unsafe {
            let slot = ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_alloc);
            let alloc: Option<ffi::allocfunc> = std::mem::transmute(slot);
            let Some(alloc) = alloc else {
                return Err(PyTypeError::new_err("the class makes no instances"));
            };
            Bound::from_owned_ptr_or_err(py, alloc(class.as_type_ptr(), 0))?
        };
        let put = |name: &Bound<'py, PyString>, value: &Bound<'py, PyAny>| {
            // SAFETY: all three are alive; the call returns -1 with an exception set where it fails.
            let done = unsafe {
                ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr())
            };
            if done < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
        };
        put(intern!(py, "__dict__"), fields.as_any())?;
        put(intern!(py, "__pydantic_fields_set__"), set)?;
        put(intern!(py, "__pydantic_extra__"), PyDict::new(py).as_any())?;
        put(intern!(py, "__pydantic_private__"), py.None().bind(py))?;
        Ok(object)
    }
}

/// Refuses a class of which a blank instance is not a valid object: one that stands on a built-in type with
/// storage of its own, as `dict` and `int` have.
fn check_class(class: &Bound<'_, PyType>) -> PyResult<()> {
    let object = class.py().get_type::<PyAny>();
    // SAFETY: both are types that are alive; the slots are only compared.
    let is_plain = unsafe {
        ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_new)
            == ffi::PyType_GetSlot(object.as_type_ptr(), ffi::Py_tp_new)
    };
    if is_plain && class.hasattr(intern!(class.py(), "__pydantic_fields_set__"))? {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!(
        "message_class must be a pydantic model without a constructor of its own, not {}",
        class.name()?
    )))
}

/// The fields of a message, as pydantic keeps them.
fn fields_of<'py>(message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    // SAFETY: the object is alive and of a class whose instances have a dictionary.
    let fields = unsafe {
        Bound::from_owned_ptr_or_err(
            message.py(),
            ffi::PyObject_GenericGetDict(message.as_ptr(), std::ptr::null_mut()),
        )?
    };
    Ok(fields.cast_into()?)
}

fn field<'py>(
    fields: &Bound<'py, PyDict>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    match fields.get_item(name)? {
        Some(value) => Ok(value),
        None => Err(pyo3::exceptions::PyAttributeError::new_err(name.to_string())),
    }
}

fn content<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    rules: Rules,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if left.is_exact_instance_of::<PyString>() && right.is_exact_instance_of::<PyString>() {
        return left.add(right).map(Some);
    }
    let fits = |it: &Bound<'_, PyAny>| {
        it.is_exact_instance_of::<PyString>() || it.is_exact_instance_of::<PyList>()
    };
    if !fits(left) || !fits(right) {
        return Ok(None);
    }
    let merged = merge::contents(left, right, rules)?;
    let Ok(merged) = merged.cast_exact::<PyList>() else { return Ok(None) };
    let blocks = PyList::empty(left.py());
    for block in merged.iter() {
        if let Ok(block) = block.cast_exact::<PyDict>() {
            blocks.append(block.copy()?)?;
        } else if block.is_exact_instance_of::<PyString>() {
            blocks.append(block)?;
        } else {
            return Ok(None);
        }
    }
    Ok(Some(blocks.into_any()))
}

fn dictionaries<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    rules: Rules,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let (Ok(left), Ok(right)) = (left.cast_exact::<PyDict>(), right.cast_exact::<PyDict>()) else {
        return Ok(None);
    };
    if right.is_empty() {
        return left.copy().map(Some);
    }
    merge::dicts(left, right, rules).map(Some)
}

/// How many tokens were used, where at most one of the two says so, or both say no more than three numbers.
fn usage<'py>(
    left: Bound<'py, PyAny>,
    right: Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let known = match (left.is_none(), right.is_none()) {
        (_, true) => left,
        (true, false) => right,
        (false, false) => return added_counts(&left, &right),
    };
    if known.is_none() {
        return Ok(Some(known));
    }
    match known.cast_exact::<PyDict>() {
        Ok(known) if !known.is_empty() => deep_copy(known.as_any()).map(Some),
        _ => Ok(None),
    }
}

fn added_counts<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = left.py();
    let (Ok(left), Ok(right)) = (left.cast_exact::<PyDict>(), right.cast_exact::<PyDict>()) else {
        return Ok(None);
    };
    if left.len() != 3 || right.len() != 3 {
        return Ok(None);
    }
    let sum = PyDict::new(py);
    for name in
        [intern!(py, "input_tokens"), intern!(py, "output_tokens"), intern!(py, "total_tokens")]
    {
        let (Some(one), Some(two)) = (left.get_item(name)?, right.get_item(name)?) else {
            return Ok(None);
        };
        if !one.is_exact_instance_of::<PyInt>() || !two.is_exact_instance_of::<PyInt>() {
            return Ok(None);
        }
        sum.set_item(name, one.add(two)?)?;
    }
    Ok(Some(sum.into_any()))
}

/// The id that a provider gave, else that of a run, else any.
fn id<'py>(
    left: Bound<'py, PyAny>,
    right: Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let rank = |id: &Bound<'py, PyAny>| -> PyResult<Option<u8>> {
        if id.is_none() {
            return Ok(Some(0));
        }
        let Ok(text) = id.cast_exact::<PyString>() else { return Ok(None) };
        Ok(Some(match text.to_str()? {
            "" => 0,
            text if text.starts_with("lc_run-") => 2,
            text if text.starts_with("lc_") => 1,
            _ => 3,
        }))
    };
    let (Some(one), Some(two)) = (rank(&left)?, rank(&right)?) else { return Ok(None) };
    Ok(Some(match (one, two) {
        (0, 0) => left.py().None().into_bound(left.py()),
        (one, two) if one >= two => left,
        _ => right,
    }))
}

fn is_last(position: &Bound<'_, PyAny>) -> bool {
    position.cast::<PyString>().is_ok_and(|position| *position == "last")
}

/// The lists of parts as one.
fn added<'py>(
    left: &Bound<'py, PyList>,
    right: &Bound<'py, PyList>,
    rules: Rules,
) -> PyResult<Bound<'py, PyList>> {
    if right.is_empty() {
        return Ok(left.clone());
    }
    let (left, right) = (merge::items(left.as_any())?, merge::items(right.as_any())?);
    Ok(merge::lists(left, &right, rules)?.cast_into()?)
}

/// A part and the one that plainly continues it as one, and the arguments of the first. None where there may be
/// more to it.
fn continued<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Option<(Option<Bound<'py, PyString>>, Part<'py>)>> {
    let (Ok(left), Ok(right)) = (left.cast_exact::<PyDict>(), right.cast_exact::<PyDict>()) else {
        return Ok(None);
    };
    if left.len() != 5 || right.len() > 5 {
        return Ok(None);
    }
    let (one, two) = (plainly!(Part::of(left)?), plainly!(Part::of(right)?));
    let same_index = match (&one.index, &two.index) {
        (Some(one), Some(two)) => one.is(two) || one.eq(two)?,
        _ => false,
    };
    let empty = |text: &Option<Bound<'py, PyString>>| {
        text.as_ref().is_none_or(|text| text.len().is_ok_and(|length| length == 0))
    };
    if !same_index || !(empty(&one.id) || empty(&two.id)) {
        return Ok(None);
    }
    let before = one.arguments.clone();
    let part = Part {
        name: joined(one.name, two.name)?,
        arguments: joined(one.arguments, two.arguments)?,
        id: joined(one.id, two.id)?,
        index: one.index,
    };
    Ok(Some((before, part)))
}

fn joined<'py>(
    left: Option<Bound<'py, PyString>>,
    right: Option<Bound<'py, PyString>>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    match (left, right) {
        (Some(left), Some(right)) => Ok(Some(left.add(right)?.cast_into()?)),
        (left, right) => Ok(left.or(right)),
    }
}

struct Calls<'py> {
    chunks: Bound<'py, PyList>,
    valid: Bound<'py, PyList>,
    invalid: Bound<'py, PyList>,
}

impl<'py> Calls<'py> {
    fn none(py: Python<'py>) -> Self {
        let [chunks, valid, invalid] = std::array::from_fn(|_| PyList::empty(py));
        Self { chunks, valid, invalid }
    }
}

/// A part of a tool call.
struct Part<'py> {
    name: Option<Bound<'py, PyString>>,
    arguments: Option<Bound<'py, PyString>>,
    id: Option<Bound<'py, PyString>>,
    index: Option<Bound<'py, PyAny>>,
}

impl<'py> Part<'py> {
    /// What a dictionary says, or None where it is not plainly a part.
    fn of(part: &Bound<'py, PyDict>) -> PyResult<Option<Self>> {
        let py = part.py();
        let text = |name: &Bound<'py, PyString>| -> PyResult<Result<Option<_>, ()>> {
            Ok(match part.get_item(name)?.filter(|value| !value.is_none()) {
                None => Ok(None),
                Some(value) => value.cast_into_exact::<PyString>().map(Some).map_err(drop),
            })
        };
        let (Ok(name), Ok(arguments), Ok(id)) =
            (text(intern!(py, "name"))?, text(intern!(py, "args"))?, text(intern!(py, "id"))?)
        else {
            return Ok(None);
        };
        let index = part.get_item(intern!(py, "index"))?.filter(|value| !value.is_none());
        let plain = index.as_ref().is_none_or(|index| {
            index.is_exact_instance_of::<PyInt>() && !index.is_instance_of::<PyBool>()
        });
        Ok(plain.then_some(Self { name, arguments, id, index }))
    }

    fn chunk(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let chunk = PyDict::new(py);
        chunk.set_item(intern!(py, "name"), &self.name)?;
        chunk.set_item(intern!(py, "args"), &self.arguments)?;
        chunk.set_item(intern!(py, "id"), &self.id)?;
        chunk.set_item(intern!(py, "index"), &self.index)?;
        chunk.set_item(intern!(py, "type"), intern!(py, "tool_call_chunk"))?;
        Ok(chunk)
    }

    fn call(&self, py: Python<'py>, arguments: Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
        let call = PyDict::new(py);
        match &self.name {
            Some(name) => call.set_item(intern!(py, "name"), name)?,
            None => call.set_item(intern!(py, "name"), intern!(py, ""))?,
        }
        call.set_item(intern!(py, "args"), arguments)?;
        call.set_item(intern!(py, "id"), &self.id)?;
        call.set_item(intern!(py, "type"), intern!(py, "tool_call"))?;
        Ok(call)
    }

    fn invalid(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let call = PyDict::new(py);
        call.set_item(intern!(py, "name"), &self.name)?;
        call.set_item(intern!(py, "args"), &self.arguments)?;
        call.set_item(intern!(py, "id"), &self.id)?;
        call.set_item(intern!(py, "error"), py.None())?;
        call.set_item(intern!(py, "type"), intern!(py, "invalid_tool_call"))?;
        Ok(call)
    }
}
