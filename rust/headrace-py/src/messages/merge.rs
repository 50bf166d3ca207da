//! The sums of Python's dictionaries and lists, by the rules of the core.

use headrace_core::merge::{
    Index, Item, Place, Rule, number_rule, place_like_reference, text_rule,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

use crate::json::copy::deep_copy;

/// Add up dictionaries, key by key.
#[pyfunction]
#[pyo3(signature = (left, *others))]
pub(crate) fn merge_dicts<'py>(
    left: &Bound<'py, PyDict>,
    others: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyDict>> {
    let mut total = left.copy()?;
    for other in others.iter() {
        total = dicts(&total, other.cast::<PyDict>()?, false)?;
    }
    Ok(total)
}

/// Add up lists, item by item where they have an index.
#[pyfunction]
#[pyo3(signature = (left, *others))]
pub(crate) fn merge_lists<'py>(
    left: Option<Bound<'py, PyList>>,
    others: &Bound<'py, PyTuple>,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let mut total = left.map(|left| left.get_slice(0, left.len()));
    for other in others.iter() {
        if other.is_none() {
            continue;
        }
        let other = other.cast::<PyList>()?;
        total = Some(match total {
            Some(total) => lists(&total, other, false)?,
            None => other.get_slice(0, other.len()),
        });
    }
    Ok(total)
}

/// Add up two values of one type.
#[pyfunction]
pub(crate) fn merge_obj<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    objects(left, right)
}

/// Add up what messages say.
#[pyfunction]
#[pyo3(signature = (first_content, *contents))]
pub(crate) fn merge_content<'py>(
    first_content: &Bound<'py, PyAny>,
    contents: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut total = first_content.clone();
    for content in contents.iter() {
        total = self::contents(&total, &content, false)?;
    }
    Ok(total)
}

/// The sum of two contents. What is in the right one is copied.
pub(super) fn contents<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    sticky: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let py = left.py();
    match (left.cast::<PyString>(), right.cast::<PyString>()) {
        (Ok(left), Ok(right)) => left.add(right),
        (Ok(left), Err(_)) => {
            let total = PyList::new(py, [left])?;
            for item in right.cast::<PyList>()?.iter() {
                total.append(deep_copy(&item)?)?;
            }
            Ok(total.into_any())
        }
        (Err(_), Ok(right)) => {
            let left = left.cast::<PyList>()?;
            let total = left.get_slice(0, left.len());
            let Some(last) = total.len().checked_sub(1) else { return Ok(total.into_any()) };
            if !right.is_empty()? {
                match total.get_item(last)?.cast::<PyString>() {
                    Ok(text) => total.set_item(last, text.add(right)?)?,
                    Err(_) => total.append(right)?,
                }
            }
            Ok(total.into_any())
        }
        (Err(_), Err(_)) => {
            Ok(lists(left.cast::<PyList>()?, right.cast::<PyList>()?, sticky)?.into_any())
        }
    }
}

pub(super) fn objects<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    if left.is_none() || right.is_none() {
        return Ok(if left.is_none() { right } else { left }.clone());
    }
    if !left.get_type().is(right.get_type()) {
        return Err(PyTypeError::new_err(format!(
            "left and right are of different types. Left type:  {}. Right type: {}.",
            left.get_type().str()?,
            right.get_type().str()?
        )));
    }
    if left.is_instance_of::<PyString>() {
        return left.add(right);
    }
    if let (Ok(left), Ok(right)) = (left.cast::<PyDict>(), right.cast::<PyDict>()) {
        return Ok(dicts(left, right, false)?.into_any());
    }
    if let (Ok(left), Ok(right)) = (left.cast::<PyList>(), right.cast::<PyList>()) {
        return Ok(lists(left, right, false)?.into_any());
    }
    if left.eq(right)? {
        return Ok(left.clone());
    }
    Err(PyValueError::new_err(format!(
        "Unable to merge left={} and right={}. Both must be of type str, dict, or list, or else be two \
         equal objects.",
        left.str()?,
        right.str()?
    )))
}

/// The sum of two dictionaries. What is in the right one is copied.
pub(super) fn dicts<'py>(
    left: &Bound<'py, PyDict>,
    right: &Bound<'py, PyDict>,
    sticky: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let total = left.copy()?;
    for (key, value) in right.iter() {
        let Some(known) = total.get_item(&key)?.filter(|known| !known.is_none()) else {
            // A None takes no value's place, but it keeps the key.
            total.set_item(key, deep_copy(&value)?)?;
            continue;
        };
        if value.is_none() {
            continue;
        }
        if let Some(sum) = values(&key, &known, &value, sticky)? {
            total.set_item(key, sum)?;
        }
    }
    Ok(total)
}

/// The sum of two values of one key; None where the left one stays.
fn values<'py>(
    key: &Bound<'py, PyAny>,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    sticky: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !left.get_type().is(right.get_type()) {
        return Err(PyTypeError::new_err(format!(
            "additional_kwargs[\"{}\"] already exists in this message, but with a different type.",
            key.str()?
        )));
    }
    // A key that is no text has no rule of its own.
    let key_text = key.cast::<PyString>().ok();
    let name = key_text.and_then(|key| key.to_str().ok()).unwrap_or_default();
    if let (Ok(one), Ok(two)) = (left.cast::<PyString>(), right.cast::<PyString>()) {
        let rule = match (one.to_str(), two.to_str()) {
            (Ok(one), Ok(two)) => text_rule(name, one, two, sticky),
            _ => Rule::Add,
        };
        return if rule == Rule::First { Ok(None) } else { one.add(two).map(Some) };
    }
    if let (Ok(left), Ok(right)) = (left.cast::<PyDict>(), right.cast::<PyDict>()) {
        return Ok(Some(dicts(left, right, sticky)?.into_any()));
    }
    if let (Ok(left), Ok(right)) = (left.cast::<PyList>(), right.cast::<PyList>()) {
        return Ok(Some(lists(left, right, sticky)?.into_any()));
    }
    if left.eq(right)? {
        return Ok(None);
    }
    if left.is_instance_of::<PyInt>() && !left.is_instance_of::<PyBool>() {
        return match number_rule(name) {
            Rule::Second => Ok(Some(right.clone())),
            _ => left.add(right).map(Some),
        };
    }
    Err(PyTypeError::new_err(format!(
        "Additional kwargs key {} already exists in left dict and value has unsupported type {}.",
        key.str()?,
        left.get_type().str()?
    )))
}

/// The sum of two lists. What is in the right one is copied.
pub(super) fn lists<'py>(
    left: &Bound<'py, PyList>,
    right: &Bound<'py, PyList>,
    sticky: bool,
) -> PyResult<Bound<'py, PyList>> {
    let total = left.get_slice(0, left.len());
    for item in right.iter() {
        match find(&total, &item)? {
            Place::At(position) => {
                let known = total.get_item(position)?.cast_into::<PyDict>()?;
                let item = item.cast_into::<PyDict>()?;
                total.set_item(position, blocks(&known, &item, sticky)?)?;
            }
            Place::New => total.append(deep_copy(&item)?)?,
        }
    }
    Ok(total)
}

/// The item of `list` that `arriving` continues.
fn find(list: &Bound<'_, PyList>, arriving: &Bound<'_, PyAny>) -> PyResult<Place> {
    let py = list.py();
    let Ok(arriving) = arriving.cast::<PyDict>() else { return Ok(Place::New) };
    let Some(index) = arriving.get_item(intern!(py, "index"))? else { return Ok(Place::New) };
    let index_text = index.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
    let index_of_arriving = match index_text {
        Some(text) if text.starts_with("lc_") => Index::Text(text),
        None if index.is_instance_of::<PyInt>() => Index::Number(0),
        _ => return Ok(Place::New),
    };
    let id = id_of(arriving)?;
    let arriving = Item { index: index_of_arriving, id: &id, named: false };
    for (position, item) in list.iter().enumerate() {
        let Ok(item) = item.cast::<PyDict>() else { continue };
        let Some(other) = item.get_item(intern!(py, "index"))? else { continue };
        if !other.eq(&index)? {
            continue;
        }
        // The indexes are equal as Python has it; the rest is the core's to say.
        let id = id_of(item)?;
        let known = Item { index: index_of_arriving, id: &id, named: false };
        if place_like_reference(std::iter::once(known), &arriving) != Place::New {
            return Ok(Place::At(position));
        }
    }
    Ok(Place::New)
}

fn id_of(item: &Bound<'_, PyDict>) -> PyResult<String> {
    match item.get_item(intern!(item.py(), "id"))? {
        Some(id) if id.is_truthy()? => Ok(id.str()?.to_string_lossy().into_owned()),
        _ => Ok(String::new()),
    }
}

/// The sum of two items of one index. The type is the first one's.
fn blocks<'py>(
    known: &Bound<'py, PyDict>,
    arriving: &Bound<'py, PyDict>,
    sticky: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let py = known.py();
    let (kind, value) = (intern!(py, "type"), intern!(py, "value"));
    let Some(arriving_kind) = arriving.get_item(kind)? else {
        return dicts(known, arriving, sticky);
    };
    let rest = if is_text(Some(&arriving_kind), "non_standard")
        && let Some(given) = arriving.get_item(value)?
        && !is_text(known.get_item(kind)?.as_ref(), "non_standard")
    {
        let rest = PyDict::new(py);
        rest.set_item(intern!(py, "extras"), given)?;
        rest
    } else {
        let rest = arriving.copy()?;
        rest.del_item(kind)?;
        rest
    };
    dicts(known, &rest, sticky)
}

fn is_text(value: Option<&Bound<'_, PyAny>>, text: &str) -> bool {
    value.and_then(|value| value.cast::<PyString>().ok()).is_some_and(|value| *value == text)
}
