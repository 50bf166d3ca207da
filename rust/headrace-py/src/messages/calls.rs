//! The parts of tool calls.

use headrace_core::merge::{Index, Item, Place, Rule, place, place_like_reference, text_rule};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::arguments::{self, Arguments, Value};
use super::hooks::Flags;
use super::text::with_bytes;

/// A tool call as far as it has come.
pub(super) struct Call {
    name: Option<Py<PyString>>,
    id: Option<Py<PyString>>,
    index: CallIndex,
    text: CallText,
}

enum CallIndex {
    None,
    Number(i64),
    /// A number too big for the above, and its digits to compare it by.
    Big(Py<PyAny>, Box<str>),
}

enum CallText {
    None,
    Text(Py<PyString>),
    Sum(Py<Arguments>, usize),
}

/// The list that was handed out, and what stands in it: whether its user has changed it is seen by that.
pub(super) struct Listed {
    list: Py<PyList>,
    texts: Vec<Option<Py<PyString>>>,
}

/// The calls whose arguments are an object, the others, and for each of the first whether it has ended.
pub(super) struct Parsed<'py> {
    pub(super) calls: Bound<'py, PyList>,
    /// None where there are none, which is so nearly always.
    pub(super) invalid: Option<Bound<'py, PyList>>,
    pub(super) complete: Vec<bool>,
}

impl Call {
    /// The call in a dictionary, or None where it is not what it should be at first sight.
    pub(super) fn from_dict(part: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = part.py();
        let Ok(part) = part.cast_exact::<PyDict>() else { return Ok(None) };
        let mut known = 0;
        let mut text = |name: &Bound<'_, PyString>| -> PyResult<Result<Option<_>, ()>> {
            let Some(value) = part.get_item(name)? else { return Ok(Ok(None)) };
            known += 1;
            if value.is_none() {
                return Ok(Ok(None));
            }
            Ok(value.cast_into_exact::<PyString>().map(|it| Some(it.unbind())).map_err(drop))
        };
        let Ok(name) = text(intern!(py, "name"))? else { return Ok(None) };
        let Ok(arguments) = text(intern!(py, "args"))? else { return Ok(None) };
        let Ok(id) = text(intern!(py, "id"))? else { return Ok(None) };
        let index = match part.get_item(intern!(py, "index"))? {
            None => CallIndex::None,
            Some(index) => {
                known += 1;
                match CallIndex::from_object(&index)? {
                    Some(index) => index,
                    None => return Ok(None),
                }
            }
        };
        if part.len() > known {
            match part.get_item(intern!(py, "type"))? {
                Some(kind) if part.len() == known + 1 => {
                    let Ok(kind) = kind.cast::<PyString>() else { return Ok(None) };
                    if kind.to_str()? != "tool_call_chunk" {
                        return Ok(None);
                    }
                }
                _ => return Ok(None),
            }
        }
        let text = arguments.map_or(CallText::None, CallText::Text);
        Ok(Some(Self { name, id, index, text }))
    }

    pub(super) fn clone_ref(&self, py: Python<'_>) -> Self {
        Self {
            name: self.name.as_ref().map(|name| name.clone_ref(py)),
            id: self.id.as_ref().map(|id| id.clone_ref(py)),
            index: self.index.clone_ref(py),
            text: self.text.clone_ref(py),
        }
    }

    /// Returns true if the call has an index that is a number, and not this one.
    const fn has_other_index(&self, number: i64) -> bool {
        matches!(self.index, CallIndex::Number(known) if known != number)
    }

    fn item<'a>(&'a self, py: Python<'a>) -> Item<'a> {
        Item {
            index: match &self.index {
                CallIndex::Number(number) => Index::Number(*number),
                CallIndex::Big(_, digits) => Index::Big(digits),
                CallIndex::None => Index::Missing,
            },
            id: text_of(py, self.id.as_ref()),
            named: !text_of(py, self.name.as_ref()).is_empty(),
            argued: !self.text.is_empty(py),
        }
    }

    /// Keeps the text of a part where there was none, for whom the arguments are read elsewhere: it is
    /// asked only whether the call has any.
    pub(super) fn keep_first_text(&mut self, py: Python<'_>, part: &Self) {
        if self.text.is_empty(py) {
            self.text = part.text.clone_ref(py);
        }
    }

    pub(super) fn name<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, PyString>> {
        self.name.as_ref().map(|name| name.bind(py))
    }

    pub(super) fn id<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, PyString>> {
        self.id.as_ref().map(|id| id.bind(py))
    }

    /// The arguments and the index of a part that has nothing else; None for any other part.
    pub(super) fn plain_part<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.name.is_some() || self.id.is_some() {
            return Ok(None);
        }
        match (&self.text, &self.index) {
            (CallText::Text(text), CallIndex::Number(index)) if !self.text.is_empty(py) => {
                Ok(Some((text.bind(py), *index).into_pyobject(py)?.into_any()))
            }
            _ => Ok(None),
        }
    }

    /// Adds whom a later part of the same call calls. Whether that says more than was known.
    pub(super) fn extend_head(&mut self, py: Python<'_>, part: &Self) -> PyResult<bool> {
        let sticky = || Flags::now(py).map(Flags::sticky);
        let named = join(py, "name", &mut self.name, part.name.as_ref(), &sticky)?;
        let identified = join(py, "id", &mut self.id, part.id.as_ref(), &sticky)?;
        if matches!(self.index, CallIndex::None) {
            self.index = part.index.clone_ref(py);
        }
        Ok(named || identified)
    }

    /// Adds a later part of the same call.
    fn extend(&mut self, py: Python<'_>, part: &Self) -> PyResult<()> {
        self.extend_head(py, part)?;
        let addition = match &part.text {
            CallText::None => return Ok(()),
            CallText::Text(text) => text.bind(py).clone(),
            CallText::Sum(buffer, length) => buffer.get().string(py, *length)?,
        };
        self.text = match std::mem::replace(&mut self.text, CallText::None) {
            CallText::None => CallText::Text(addition.unbind()),
            CallText::Text(text) if addition.is_empty()? => CallText::Text(text),
            CallText::Text(text) if text.bind(py).is_empty()? => CallText::Text(addition.unbind()),
            CallText::Text(text) => with_bytes(text.bind(py), |left| {
                with_bytes(&addition, |right| {
                    let (buffer, length) = Arguments::joined(py, left, right)?;
                    Ok(CallText::Sum(buffer, length))
                })
            })?,
            CallText::Sum(buffer, length) => with_bytes(&addition, |right| {
                let (buffer, length) = Arguments::plus(&buffer, py, length, right)?;
                Ok(CallText::Sum(buffer, length))
            })?,
        };
        Ok(())
    }

    pub(super) fn text<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        Ok(match &self.text {
            CallText::None => None,
            CallText::Text(text) => Some(text.bind(py).clone()),
            CallText::Sum(buffer, length) => Some(buffer.get().string(py, *length)?),
        })
    }

    fn to_dict<'py>(
        &self,
        py: Python<'py>,
        text: Option<&Bound<'py, PyString>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        dict.set_item(intern!(py, "name"), &self.name)?;
        dict.set_item(intern!(py, "args"), text)?;
        dict.set_item(intern!(py, "id"), &self.id)?;
        dict.set_item(intern!(py, "index"), self.index.object(py)?)?;
        dict.set_item(intern!(py, "type"), intern!(py, "tool_call_chunk"))?;
        Ok(dict)
    }

    /// The arguments: what has come of them, or if `finished`, what they are.
    fn value<'py>(&self, py: Python<'py>, reading: Reading) -> PyResult<Value<'py>> {
        let empty = || Value {
            value: Some(PyDict::new(py)),
            complete: matches!(reading, Reading::Finished),
        };
        let whole = |text: &[u8]| {
            let value = arguments::finished(py, text)?;
            let complete = value.is_some();
            Ok(Value { value, complete })
        };
        match (&self.text, reading) {
            (CallText::None, _) => Ok(empty()),
            (CallText::Text(text), _) if text.bind(py).is_empty()? => Ok(empty()),
            (CallText::Text(text), Reading::Finished) => with_bytes(text.bind(py), whole),
            (CallText::Text(text), _) => {
                with_bytes(text.bind(py), |text| arguments::live(py, text))
            }
            (CallText::Sum(buffer, length), Reading::Live) => buffer.get().live(py, *length),
            (CallText::Sum(buffer, length), _) => {
                let text = buffer.get().with(py, *length, <[u8]>::to_vec)?;
                if matches!(reading, Reading::Finished) {
                    whole(&text)
                } else {
                    arguments::live(py, &text)
                }
            }
        }
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.text {
            CallText::Sum(buffer, _) => visit.call(buffer),
            CallText::None | CallText::Text(_) => Ok(()),
        }
    }
}

/// How arguments are read.
#[derive(Clone, Copy)]
pub(super) enum Reading {
    /// As they arrive: what they had stays.
    Live,
    /// As they arrive, each time anew, as the reference does.
    LikeReference,
    /// As arguments that have ended.
    Finished,
}

impl CallText {
    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::None => Self::None,
            Self::Text(text) => Self::Text(text.clone_ref(py)),
            Self::Sum(buffer, length) => Self::Sum(buffer.clone_ref(py), *length),
        }
    }

    fn is_empty(&self, py: Python<'_>) -> bool {
        match self {
            Self::None => true,
            Self::Text(text) => text.bind(py).len().is_ok_and(|length| length == 0),
            Self::Sum(_, length) => *length == 0,
        }
    }
}

impl CallIndex {
    fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::None => Self::None,
            Self::Number(number) => Self::Number(*number),
            Self::Big(index, digits) => Self::Big(index.clone_ref(py), digits.clone()),
        }
    }

    /// The index that an object is; None if it is neither None nor an integer.
    fn from_object(index: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        if index.is_none() {
            return Ok(Some(Self::None));
        }
        if !index.is_exact_instance_of::<PyInt>() {
            return Ok(None);
        }
        if let Ok(number) = index.extract() {
            return Ok(Some(Self::Number(number)));
        }
        // Hexadecimal, since Python refuses to write very long numbers in decimal.
        let digits = index.call_method1(intern!(index.py(), "__format__"), ("x",))?;
        Ok(Some(Self::Big(index.clone().unbind(), digits.extract::<String>()?.into())))
    }

    fn object<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::None => py.None().into_bound(py),
            Self::Number(number) => number.into_pyobject(py)?.into_any(),
            Self::Big(index, _) => index.bind(py).clone(),
        })
    }
}

impl Listed {
    /// A list of the calls for the message's user.
    pub(super) fn new(py: Python<'_>, calls: &[Call]) -> PyResult<Self> {
        let texts = calls.iter().map(|call| call.text(py)).collect::<PyResult<Vec<_>>>()?;
        let list = PyList::empty(py);
        for (call, text) in calls.iter().zip(&texts) {
            list.append(call.to_dict(py, text.as_ref())?)?;
        }
        let texts = texts.into_iter().map(|text| text.map(Bound::unbind)).collect();
        Ok(Self { list: list.unbind(), texts })
    }

    /// A list that the user made, of these calls.
    pub(super) fn given(py: Python<'_>, list: Bound<'_, PyList>, calls: &[Call]) -> PyResult<Self> {
        let texts = calls
            .iter()
            .map(|call| Ok(call.text(py)?.map(Bound::unbind)))
            .collect::<PyResult<_>>()?;
        Ok(Self { list: list.unbind(), texts })
    }

    pub(super) fn list<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        self.list.bind(py).clone()
    }

    /// Returns whether the list's user has changed it.
    pub(super) fn changed(&self, py: Python<'_>, calls: &[Call]) -> PyResult<bool> {
        let list = self.list.bind(py);
        if list.len() != calls.len() {
            return Ok(true);
        }
        for ((item, call), text) in list.iter().zip(calls).zip(&self.texts) {
            let Ok(item) = item.cast::<PyDict>() else { return Ok(true) };
            let same = |name, known: Option<&Py<PyString>>| -> PyResult<bool> {
                Ok(match (item.get_item(name)?, known) {
                    (Some(value), Some(known)) => value.is(known),
                    (Some(value), None) => value.is_none(),
                    (None, _) => false,
                })
            };
            if item.len() != 5
                || !same(intern!(py, "name"), call.name.as_ref())?
                || !same(intern!(py, "args"), text.as_ref())?
                || !same(intern!(py, "id"), call.id.as_ref())?
            {
                return Ok(true);
            }
            let index = item.get_item(intern!(py, "index"))?;
            let number = match index {
                Some(index) => CallIndex::from_object(&index)?,
                None => None,
            };
            match (&call.index, number) {
                (CallIndex::Number(one), Some(CallIndex::Number(two))) if *one == two => {}
                (CallIndex::None, Some(CallIndex::None)) => {}
                (CallIndex::Big(_, one), Some(CallIndex::Big(_, two))) if *one == two => {}
                _ => return Ok(true),
            }
        }
        Ok(false)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.list)
    }
}

/// Adds parts to calls, each to the one that it continues.
pub(super) fn extend(py: Python<'_>, calls: &mut Vec<Call>, parts: &[Call]) -> PyResult<()> {
    for part in parts {
        match place_of(py, calls, part)? {
            Place::At(position) => calls[position].extend(py, part)?,
            Place::New => calls.push(part.clone_ref(py)),
        }
    }
    Ok(())
}

/// Which of the calls a part continues.
pub(super) fn place_of(py: Python<'_>, calls: &[Call], part: &Call) -> PyResult<Place> {
    let arriving = part.item(py);
    // Where nothing is in doubt both ways of finding the call agree, and nobody is asked.
    Ok(match (calls, arriving.index) {
        ([only], Index::Number(_))
            if arriving.id.is_empty() && only.item(py).index == arriving.index =>
        {
            Place::At(0)
        }
        ([], _) => Place::New,
        // The next of many parallel calls: read only the indexes, so that thousands cost little.
        (_, Index::Number(number)) if calls.iter().all(|call| call.has_other_index(number)) => {
            Place::New
        }
        _ => {
            let items = calls.iter().map(|call| call.item(py));
            if Flags::now(py)?.route_calls() {
                place(&items, &arriving)
            } else {
                place_like_reference(items, &arriving)
            }
        }
    })
}

/// The calls as the list that a class takes.
pub(super) fn list<'py>(py: Python<'py>, calls: &[Call]) -> PyResult<Bound<'py, PyList>> {
    Ok(Listed::new(py, calls)?.list(py))
}

/// Reads the arguments of calls.
pub(super) fn parse<'py>(
    py: Python<'py>,
    calls: &[Call],
    reading: Reading,
) -> PyResult<Parsed<'py>> {
    let valid = PyList::empty(py);
    let mut invalid: Option<Bound<'py, PyList>> = None;
    let mut complete = Vec::with_capacity(calls.len());
    for call in calls {
        let value = call.value(py, reading)?;
        let dict = PyDict::new(py);
        if let Some(arguments) = value.value {
            match &call.name {
                Some(name) => dict.set_item(intern!(py, "name"), name)?,
                None => dict.set_item(intern!(py, "name"), intern!(py, ""))?,
            }
            dict.set_item(intern!(py, "args"), arguments)?;
            dict.set_item(intern!(py, "id"), &call.id)?;
            dict.set_item(intern!(py, "type"), intern!(py, "tool_call"))?;
            valid.append(dict)?;
            complete.push(value.complete);
        } else {
            dict.set_item(intern!(py, "name"), &call.name)?;
            dict.set_item(intern!(py, "args"), call.text(py)?)?;
            dict.set_item(intern!(py, "id"), &call.id)?;
            dict.set_item(intern!(py, "error"), py.None())?;
            dict.set_item(intern!(py, "type"), intern!(py, "invalid_tool_call"))?;
            invalid.get_or_insert_with(|| PyList::empty(py)).append(dict)?;
        }
    }
    Ok(Parsed { calls: valid, invalid, complete })
}

pub(super) fn traverse(calls: &[Call], visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
    calls.iter().try_for_each(|call| call.traverse(visit))
}

/// A name or id that goes on. Whether it did.
fn join(
    py: Python<'_>,
    field: &str,
    left: &mut Option<Py<PyString>>,
    right: Option<&Py<PyString>>,
    sticky: &impl Fn() -> PyResult<bool>,
) -> PyResult<bool> {
    let Some(right) = right else { return Ok(false) };
    let Some(known) = left else {
        *left = Some(right.clone_ref(py));
        return Ok(true);
    };
    let (one, two) = (known.bind(py), right.bind(py));
    if two.is_empty()? {
        return Ok(false);
    }
    let again = with_bytes(one, |one| {
        with_bytes(
            two,
            |two| Ok(one == two && text_rule(field, one, two, sticky()?) == Rule::First),
        )
    })?;
    if again {
        return Ok(false);
    }
    let sum = one.add(two)?.cast_into::<PyString>()?;
    *left = Some(sum.unbind());
    Ok(true)
}

fn text_of<'a>(py: Python<'a>, text: Option<&'a Py<PyString>>) -> &'a str {
    // A text that is no UTF-8 is compared with nothing.
    text.and_then(|text| text.bind(py).to_str().ok()).unwrap_or_default()
}
