//! Which item of a list an arriving one continues.

use std::collections::{BTreeSet, HashMap};

use headrace_core::merge::Place;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString};

use super::grown::Items;
use super::merge::Older;

/// From how many comparisons on the items are sorted by index and id. Looking at each is cheaper for fewer.
const MANY: usize = 512;

/// Finds the items of a list, which may be sorted by index and id.
pub(super) struct Places {
    order: Order,
    /// Whether blocks of text, of reasoning and of calls stay apart where they share an index.
    separate: bool,
}

enum Order {
    /// Each item is looked at, in turn.
    Each,
    /// The same, and they are sorted before the first search.
    Unsorted,
    Sorted(Sorted),
}

/// What a content block holds, as far as its type says so.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Family {
    Text,
    Reasoning,
    Call,
    Any,
}

impl Family {
    const ALL: [Self; 4] = [Self::Text, Self::Reasoning, Self::Call, Self::Any];

    fn of(item: &Bound<'_, PyDict>) -> PyResult<Self> {
        let Some(kind) = item.get_item(intern!(item.py(), "type"))? else { return Ok(Self::Any) };
        let Ok(kind) = kind.cast::<PyString>() else { return Ok(Self::Any) };
        Ok(match kind.to_str().unwrap_or_default() {
            "text" => Self::Text,
            "reasoning" | "thinking" => Self::Reasoning,
            "function_call" | "input_json_delta" | "tool_call" | "tool_call_chunk" | "tool_use" => {
                Self::Call
            }
            _ => Self::Any,
        })
    }

    /// Whether blocks of these families may be one.
    fn fits(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }
}

/// The positions of the items that have an index.
#[derive(Default)]
pub(super) struct Sorted {
    indexes: HashMap<(IndexKey, Family), ByIndex>,
    /// The id of each item, as far as it has one that counts.
    ids: HashMap<usize, ((IndexKey, Family), IdKey)>,
    /// See [`Places`].
    separate: bool,
}

#[derive(Default)]
struct ByIndex {
    first: Option<usize>,
    ids: HashMap<IdKey, BTreeSet<usize>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum IndexKey {
    Number(i64),
    Text(String),
}

/// Empty where there is none.
type IdKey = String;

impl Places {
    /// For a search for each item of the right list in the left one.
    pub(super) const fn for_lists(left: usize, right: usize, separate: bool) -> Self {
        let is_long = right > 2 && (left + right).saturating_mul(right) > MANY;
        Self { order: if is_long { Order::Unsorted } else { Order::Each }, separate }
    }

    /// The item that `arriving` continues: the first of the same index, unless both have ids that differ.
    pub(super) fn find(
        &mut self,
        list: &Items<'_>,
        arriving: &Bound<'_, PyAny>,
        older: Older,
    ) -> PyResult<Place> {
        let py = arriving.py();
        let Ok(arriving) = arriving.cast::<PyDict>() else { return Ok(Place::New) };
        let Some(index) = arriving.get_item(intern!(py, "index"))? else { return Ok(Place::New) };
        let counts = match index.cast::<PyString>() {
            Ok(text) => text.to_str().is_ok_and(|text| text.starts_with("lc_")),
            Err(_) => index.is_instance_of::<PyInt>(),
        };
        if !counts {
            return Ok(Place::New);
        }
        if matches!(self.order, Order::Unsorted) {
            self.order = Sorted::of(list, self.separate)?.map_or(Order::Each, Order::Sorted);
        }
        let family = if self.separate { Family::of(arriving)? } else { Family::Any };
        if let Order::Sorted(sorted) = &self.order
            && let (Some(index), Some(id)) = (index_key(&index), id_key(arriving)?)
        {
            return Ok(sorted.find(&index, family, &id, older));
        }
        each(list, &index, family, arriving, older)
    }

    /// Another item was put at the end.
    pub(super) fn added(&mut self, position: usize, item: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Order::Sorted(sorted) = &mut self.order
            && !sorted.add(position, item)?
        {
            self.order = Order::Each;
        }
        Ok(())
    }

    /// An item has become its sum with another one.
    pub(super) fn changed(&mut self, position: usize, item: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Order::Sorted(sorted) = &mut self.order {
            sorted.remove(position);
            if !sorted.add(position, item)? {
                self.order = Order::Each;
            }
        }
        Ok(())
    }
}

impl Sorted {
    /// The items by index and id; None if one of them has what only Python can compare.
    fn of(list: &Items<'_>, separate: bool) -> PyResult<Option<Self>> {
        let mut sorted = Self { separate, ..Self::default() };
        for (position, item) in list.iter().enumerate() {
            if !sorted.add(position, &item)? {
                return Ok(None);
            }
        }
        Ok(Some(sorted))
    }

    fn add(&mut self, position: usize, item: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = item.py();
        let Ok(item) = item.cast::<PyDict>() else { return Ok(true) };
        let Some(index) = item.get_item(intern!(py, "index"))? else { return Ok(true) };
        if index.is_none() {
            return Ok(true);
        }
        let (Some(index), Some(id)) = (index_key(&index), id_key(item)?) else { return Ok(false) };
        let family = if self.separate { Family::of(item)? } else { Family::Any };
        let index = (index, family);
        let by_index = self.indexes.entry(index.clone()).or_default();
        by_index.first = Some(by_index.first.map_or(position, |first| first.min(position)));
        by_index.ids.entry(id.clone()).or_default().insert(position);
        self.ids.insert(position, (index, id));
        Ok(true)
    }

    /// Forgets an item whose index stays.
    fn remove(&mut self, position: usize) {
        if let Some((index, id)) = self.ids.remove(&position)
            && let Some(by_index) = self.indexes.get_mut(&index)
            && let Some(positions) = by_index.ids.get_mut(&id)
        {
            positions.remove(&position);
        }
    }

    fn find(&self, index: &IndexKey, family: Family, id: &str, older: Older) -> Place {
        let families = if self.separate { &Family::ALL[..] } else { &[Family::Any] };
        families
            .iter()
            .filter(|other| family.fits(**other))
            .filter_map(|other| self.indexes.get(&(index.clone(), *other)))
            .filter_map(|by_index| by_index.find(id, older))
            .min()
            .map_or(Place::New, Place::At)
    }
}

impl ByIndex {
    fn find(&self, id: &str, older: Older) -> Option<usize> {
        if id.is_empty() || older.ids_may_differ {
            return self.first;
        }
        let first = |id: &str| self.ids.get(id).and_then(|it| it.first().copied());
        first(id).into_iter().chain(first("")).min()
    }
}

/// Looks at each item.
fn each(
    list: &Items<'_>,
    index: &Bound<'_, PyAny>,
    family: Family,
    arriving: &Bound<'_, PyDict>,
    older: Older,
) -> PyResult<Place> {
    let py = index.py();
    let id = id_of(arriving)?;
    for (position, item) in list.iter().enumerate() {
        let Ok(item) = item.cast::<PyDict>() else { continue };
        let Some(other) = item.get_item(intern!(py, "index"))? else { continue };
        if !other.is(index) && !other.eq(index)? {
            continue;
        }
        if family != Family::Any && !family.fits(Family::of(item)?) {
            continue;
        }
        let fits = older.ids_may_differ
            || match (&id, id_of(item)?) {
                (Some(one), Some(two)) => one.eq(two)?,
                _ => true,
            };
        if fits {
            return Ok(Place::At(position));
        }
    }
    Ok(Place::New)
}

/// The id of an item; None if it has none, or an empty one.
fn id_of<'py>(item: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(id) = item.get_item(intern!(item.py(), "id"))? else { return Ok(None) };
    let is_empty = match id.cast::<PyString>() {
        Ok(text) => text.len()? == 0,
        Err(_) => id.is_none(),
    };
    Ok((!is_empty).then_some(id))
}

/// An index that needs no Python to be compared.
fn index_key(index: &Bound<'_, PyAny>) -> Option<IndexKey> {
    if index.is_exact_instance_of::<PyInt>() {
        return index.extract().ok().map(IndexKey::Number);
    }
    let text = index.cast_exact::<PyString>().ok()?;
    text.to_str().ok().map(|text| IndexKey::Text(text.to_owned()))
}

/// An id that needs no Python to be compared.
fn id_key(item: &Bound<'_, PyDict>) -> PyResult<Option<IdKey>> {
    let Some(id) = item.get_item(intern!(item.py(), "id"))? else { return Ok(Some(IdKey::new())) };
    if id.is_none() {
        return Ok(Some(IdKey::new()));
    }
    let Ok(text) = id.cast_exact::<PyString>() else { return Ok(None) };
    Ok(text.to_str().ok().map(str::to_owned))
}
