//! The sums of Python's dictionaries and lists, by the rules of the core.

use headrace_core::merge::{
    Index, Item, Place, Rule, may_be_said_again, number_rule, place_like_reference, text_rule,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

use super::grown::{Items, is_grown, is_text, texts};
use super::hooks::Flags;
use crate::json::copy::deep_copy;

/// Add up dictionaries, key by key.
#[pyfunction]
#[pyo3(signature = (left, *others))]
pub(crate) fn merge_dicts<'py>(
    left: &Bound<'py, PyDict>,
    others: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyDict>> {
    all_dicts(left, others, Rules::REFERENCE)
}

/// The sum of dictionaries.
pub(crate) fn all_dicts<'py>(
    left: &Bound<'py, PyDict>,
    others: &Bound<'py, PyTuple>,
    rules: Rules,
) -> PyResult<Bound<'py, PyDict>> {
    let mut total = left.copy()?;
    for other in others.iter() {
        total = dicts(&total, other.cast::<PyDict>()?, rules)?;
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
    all_lists(left, others, Rules::REFERENCE)
}

/// The sum of lists; None counts for nothing.
pub(crate) fn all_lists<'py>(
    left: Option<Bound<'py, PyList>>,
    others: &Bound<'py, PyTuple>,
    rules: Rules,
) -> PyResult<Option<Bound<'py, PyList>>> {
    let mut total = left.map(|left| left.get_slice(0, left.len()));
    for other in others.iter() {
        if other.is_none() {
            continue;
        }
        let other = other.cast_into::<PyList>()?;
        total = Some(match total {
            Some(total) => {
                let sum = lists(items(total.as_any())?, &items(other.as_any())?, rules)?;
                sum.cast_into::<PyList>()?
            }
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
        total = self::contents(&total, &content, Rules::REFERENCE)?;
    }
    Ok(total)
}

impl Older {
    const NONE: Self = Self { ids_may_differ: false, adds_times: false, adds_truths: false };
}

/// How values add up.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Whether a text that a provider repeats stays as it is.
    sticky: bool,
    /// Whether what becomes long is a grown text or list: only where nobody sees it.
    grow: bool,
    /// Whether the sum has the very containers of the right operand.
    share: bool,
    /// What an older version of the reference does otherwise.
    older: Older,
}

/// Rules that the reference once had.
#[derive(Clone, Copy, Default)]
pub(crate) struct Older {
    /// Items of one index are one, also where their ids differ.
    pub(crate) ids_may_differ: bool,
    /// All numbers are added up, times and indexes too.
    pub(crate) adds_times: bool,
    /// Truth values are numbers.
    pub(crate) adds_truths: bool,
}

impl Rules {
    /// The reference's, and plain values.
    pub(crate) const REFERENCE: Self =
        Self { sticky: false, grow: false, share: false, older: Older::NONE };

    /// The reference's, its shared containers and what an older version did included.
    pub(crate) const fn like_reference(older: Older) -> Self {
        Self { share: true, older, ..Self::REFERENCE }
    }

    /// Those for what is inside of messages.
    pub(super) fn inside(py: Python<'_>) -> PyResult<Self> {
        Ok(Self { sticky: Flags::now(py)?.sticky(), grow: true, share: false, older: Older::NONE })
    }

    /// What a sum has of the right operand.
    fn taken<'py>(self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if self.share { Ok(value.clone()) } else { deep_copy(value) }
    }
}

/// The sum of two contents. What is in the right one is copied.
pub(crate) fn contents<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    rules: Rules,
) -> PyResult<Bound<'py, PyAny>> {
    match (is_text(left), is_text(right)) {
        (true, true) => left.add(right),
        (true, false) => {
            let mut total = Items::beginning(left)?;
            for item in items(right)?.iter() {
                total.push(rules.taken(&item)?)?;
            }
            total.into_object(rules.grow)
        }
        (false, true) => {
            let mut total = items(left)?;
            if let Some(last) = total.len().checked_sub(1)
                && right.is_truthy()?
            {
                match texts(&total.get(last)?, right, rules.grow)? {
                    Some(text) => total.set(last, text)?,
                    None => total.push(right.clone())?,
                }
            }
            total.into_object(rules.grow)
        }
        (false, false) => lists(items(left)?, &items(right)?, rules),
    }
}

/// The items of a list, grown or not.
pub(crate) fn items<'py>(list: &Bound<'py, PyAny>) -> PyResult<Items<'py>> {
    match Items::of(list) {
        Some(items) => Ok(items),
        None => {
            Err(PyTypeError::new_err(format!("expected list, got {}", list.get_type().name()?)))
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
        return Ok(dicts(left, right, Rules::REFERENCE)?.into_any());
    }
    if let (Some(left), Some(right)) = (Items::of(left), Items::of(right)) {
        return lists(left, &right, Rules::REFERENCE);
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
pub(crate) fn dicts<'py>(
    left: &Bound<'py, PyDict>,
    right: &Bound<'py, PyDict>,
    rules: Rules,
) -> PyResult<Bound<'py, PyDict>> {
    let total = left.copy()?;
    for (key, value) in right.iter() {
        let Some(known) = total.get_item(&key)?.filter(|known| !known.is_none()) else {
            // A None takes no value's place, but it keeps the key.
            total.set_item(key, rules.taken(&value)?)?;
            continue;
        };
        if value.is_none() {
            continue;
        }
        if let Some(sum) = values(&key, &known, &value, rules)? {
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
    rules: Rules,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let same_type = left.get_type().is(right.get_type());
    // A key that is no text has no rule of its own.
    let key_text = key.cast::<PyString>().ok();
    let name = key_text.and_then(|key| key.to_str().ok()).unwrap_or_default();
    if is_text(left) && is_text(right) && (same_type || is_grown(left) || is_grown(right)) {
        let repeats = may_be_said_again(name, rules.sticky);
        if repeats
            && let (Ok(one), Ok(two)) = (left.cast::<PyString>(), right.cast::<PyString>())
            && let (Ok(one), Ok(two)) = (one.to_str(), two.to_str())
            && text_rule(name, one, two, rules.sticky) == Rule::First
        {
            return Ok(None);
        }
        return texts(left, right, rules.grow && !repeats);
    }
    if let (Some(left), Some(right)) = (Items::of(left), Items::of(right))
        && (same_type || left.is_grown() || right.is_grown())
    {
        return lists(left, &right, rules).map(Some);
    }
    if !same_type {
        return Err(PyTypeError::new_err(format!(
            "additional_kwargs[\"{}\"] already exists in this message, but with a different type.",
            key.str()?
        )));
    }
    if let (Ok(left), Ok(right)) = (left.cast::<PyDict>(), right.cast::<PyDict>()) {
        return Ok(Some(dicts(left, right, rules)?.into_any()));
    }
    if left.eq(right)? {
        return Ok(None);
    }
    if left.is_instance_of::<PyInt>()
        && (rules.older.adds_truths || !left.is_instance_of::<PyBool>())
    {
        return match number_rule(name) {
            Rule::Second if !rules.older.adds_times => Ok(Some(right.clone())),
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
pub(crate) fn lists<'py>(
    mut total: Items<'py>,
    right: &Items<'py>,
    rules: Rules,
) -> PyResult<Bound<'py, PyAny>> {
    for item in right.iter() {
        match find(&total, &item, rules.older)? {
            Place::At(position) => {
                let known = total.get(position)?.cast_into::<PyDict>()?;
                let item = item.cast_into::<PyDict>()?;
                total.set(position, blocks(&known, &item, rules)?.into_any())?;
            }
            Place::New => total.push(rules.taken(&item)?)?,
        }
    }
    total.into_object(rules.grow)
}

/// The item of `list` that `arriving` continues.
fn find(list: &Items<'_>, arriving: &Bound<'_, PyAny>, older: Older) -> PyResult<Place> {
    let py = arriving.py();
    let Ok(arriving) = arriving.cast::<PyDict>() else { return Ok(Place::New) };
    let Some(index) = arriving.get_item(intern!(py, "index"))? else { return Ok(Place::New) };
    let index_text = index.cast::<PyString>().ok().and_then(|text| text.to_str().ok());
    let index_of_arriving = match index_text {
        Some(text) if text.starts_with("lc_") => Index::Text(text),
        None if index.is_instance_of::<PyInt>() => Index::Number(0),
        _ => return Ok(Place::New),
    };
    let id = id_of(arriving)?;
    let arriving = Item { index: index_of_arriving, id: &id, named: false, argued: false };
    for (position, item) in list.iter().enumerate() {
        let Ok(item) = item.cast::<PyDict>() else { continue };
        let Some(other) = item.get_item(intern!(py, "index"))? else { continue };
        if !other.eq(&index)? {
            continue;
        }
        // The indexes are equal as Python has it; the rest is the core's to say.
        let id = id_of(item)?;
        let known = Item { index: index_of_arriving, id: &id, named: false, argued: false };
        if older.ids_may_differ
            || place_like_reference(std::iter::once(known), &arriving) != Place::New
        {
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
    rules: Rules,
) -> PyResult<Bound<'py, PyDict>> {
    let py = known.py();
    let (kind, value) = (intern!(py, "type"), intern!(py, "value"));
    let Some(arriving_kind) = arriving.get_item(kind)? else {
        return dicts(known, arriving, rules);
    };
    let known_kind = known.get_item(kind)?;
    let typed = known_kind.as_ref().map_or(Ok(false), PyAnyMethods::is_truthy)?;
    if typed
        && is_word(Some(&arriving_kind), "non_standard")
        && let Some(given) = arriving.get_item(value)?
    {
        // What a provider has of its own stays apart from the fields that all have.
        let same = is_word(known_kind.as_ref(), "non_standard");
        let place = if same { value } else { intern!(py, "extras") };
        let rest = PyDict::new(py);
        match given.cast::<PyDict>() {
            Ok(given) => rest.set_item(place, without(given, kind)?)?,
            // Standing in for the reference: it asks whatever this is for its items.
            Err(_) if rules.share => {
                let given = PyDict::from_sequence(&given.call_method0(intern!(py, "items"))?)?;
                rest.set_item(place, without(&given, kind)?)?;
            }
            Err(_) => rest.set_item(place, given)?,
        }
        return dicts(known, &rest, rules);
    }
    dicts(known, &without(arriving, kind)?, rules)
}

fn without<'py>(
    dict: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyDict>> {
    let rest = dict.copy()?;
    if rest.contains(key)? {
        rest.del_item(key)?;
    }
    Ok(rest)
}

fn is_word(value: Option<&Bound<'_, PyAny>>, text: &str) -> bool {
    value.and_then(|value| value.cast::<PyString>().ok()).is_some_and(|value| *value == text)
}
