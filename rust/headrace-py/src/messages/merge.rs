//! The sums of Python's dictionaries and lists, by the rules of the core.

use std::collections::HashMap;

use headrace_core::merge::{Place, Rule, may_be_said_again, number_rule, text_rule};
use pyo3::exceptions::{PyRecursionError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString, PyTuple};

use super::grown::{Items, is_grown, is_text, texts};
use super::hooks::Flags;
use super::places::Places;
use super::text::with_bytes;
use crate::entries::Entries;
use crate::json::copy::Copies;

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
#[expect(clippy::struct_excessive_bools, reason = "independent rules, each named where it is set")]
pub(crate) struct Rules {
    /// Whether a text that a provider repeats stays as it is.
    sticky: bool,
    /// Whether blocks of text, of reasoning and of calls stay apart where they share an index.
    separate: bool,
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
        Self { sticky: false, separate: false, grow: false, share: false, older: Older::NONE };

    /// The reference's, its shared containers and what an older version did included.
    pub(crate) const fn like_reference(older: Older) -> Self {
        Self { share: true, older, ..Self::REFERENCE }
    }

    /// Those for what is inside of messages.
    pub(super) fn inside(py: Python<'_>) -> PyResult<Self> {
        let flags = Flags::now(py)?;
        Ok(Self {
            sticky: flags.sticky(),
            separate: flags.separate_blocks(),
            grow: true,
            share: false,
            older: Older::NONE,
        })
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
            let mut merge = Merge::new(rules);
            for item in items(right)?.iter() {
                total.push(merge.taken(item)?)?;
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
    Ok(Merge::new(rules).run(Level::of_dicts(left, right, None)?)?.cast_into()?)
}

/// The sum of two lists. What is in the right one is copied.
pub(crate) fn lists<'py>(
    left: Items<'py>,
    right: &Items<'py>,
    rules: Rules,
) -> PyResult<Bound<'py, PyAny>> {
    Merge::new(rules).run(Level::of_lists(left, right.clone(), rules.separate, None))
}

/// How many containers are merged before pairs of them are remembered. Few sums have more, and until then
/// merging twice costs less than remembering.
const UNREMEMBERED: usize = 10_000;

/// A merge under way. Depth costs memory and no stack.
struct Merge<'py> {
    rules: Rules,
    copies: Copies<'py>,
    /// How many containers were merged.
    count: usize,
    /// The pairs that were merged or are under way, by address.
    known: HashMap<(usize, usize), Known<'py>>,
}

struct Known<'py> {
    /// Held, so that no other container takes their addresses.
    _pair: Pair<'py>,
    /// None while it is under way.
    sum: Option<Bound<'py, PyAny>>,
}

/// Two containers that are merged.
type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Two containers, as far as they are merged.
struct Level<'py> {
    /// None for the outermost.
    pair: Option<Pair<'py>>,
    kind: LevelKind<'py>,
}

enum LevelKind<'py> {
    Dict {
        total: Bound<'py, PyDict>,
        rest: Entries<'py>,
        /// The key whose values are being merged.
        open: Option<Bound<'py, PyAny>>,
    },
    List {
        total: Items<'py>,
        right: Items<'py>,
        next: usize,
        /// The position whose items are being merged.
        open: usize,
        places: Places,
    },
}

/// What becomes of two values.
enum Sum<'py> {
    /// The left one stays.
    Left,
    Value(Bound<'py, PyAny>),
    /// They are containers.
    Inside(Level<'py>),
}

impl<'py> Level<'py> {
    fn of_dicts(
        left: &Bound<'py, PyDict>,
        right: &Bound<'py, PyDict>,
        pair: Option<Pair<'py>>,
    ) -> PyResult<Self> {
        let rest = Entries::of(right.clone());
        Ok(Self { pair, kind: LevelKind::Dict { total: left.copy()?, rest, open: None } })
    }

    fn of_lists(
        left: Items<'py>,
        right: Items<'py>,
        separate: bool,
        pair: Option<Pair<'py>>,
    ) -> Self {
        let places = Places::for_lists(left.len(), right.len(), separate);
        Self { pair, kind: LevelKind::List { total: left, right, next: 0, open: 0, places } }
    }

    /// Takes the sum of what was open.
    fn close(&mut self, sum: Bound<'py, PyAny>) -> PyResult<()> {
        match &mut self.kind {
            LevelKind::Dict { total, open, .. } => match open.take() {
                Some(key) => total.set_item(key, sum),
                None => Ok(()),
            },
            LevelKind::List { total, open, places, .. } => {
                places.changed(*open, &sum)?;
                total.set(*open, sum)
            }
        }
    }

    fn name_of_open(&self) -> PyResult<String> {
        match &self.kind {
            LevelKind::Dict { open: Some(key), .. } => {
                Ok(key.repr()?.to_string_lossy().into_owned())
            }
            LevelKind::Dict { open: None, .. } => Ok(String::new()),
            LevelKind::List { open, .. } => Ok(open.to_string()),
        }
    }
}

impl<'py> Merge<'py> {
    fn new(rules: Rules) -> Self {
        Self { rules, copies: Copies::default(), count: 0, known: HashMap::new() }
    }

    /// What a sum has of the right operand.
    fn taken(&mut self, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if self.rules.share { Ok(value) } else { self.copies.copy(value) }
    }

    fn run(mut self, outermost: Level<'py>) -> PyResult<Bound<'py, PyAny>> {
        let mut level = outermost;
        let mut outer = Vec::new();
        loop {
            let sum = match self.go_on(&mut level)? {
                Sum::Inside(inner) => {
                    let Some(sum) = self.begin(&level, &outer, &inner)? else {
                        outer.push(std::mem::replace(&mut level, inner));
                        continue;
                    };
                    sum
                }
                Sum::Value(sum) => {
                    let Some(around) = outer.pop() else { return Ok(sum) };
                    let ended = std::mem::replace(&mut level, around);
                    if let Some(pair) = ended.pair.filter(|_| !self.known.is_empty()) {
                        let known = Known { sum: Some(sum.clone()), _pair: pair.clone() };
                        self.known.insert(addresses(&pair), known);
                    }
                    sum
                }
                Sum::Left => continue,
            };
            level.close(sum)?;
        }
    }

    /// Looks whether two containers were merged before: their sum, if so.
    #[inline]
    fn begin(
        &mut self,
        around: &Level<'py>,
        outer: &[Level<'py>],
        inner: &Level<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.count += 1;
        if self.count <= UNREMEMBERED { Ok(None) } else { self.remember(around, outer, inner) }
    }

    #[cold]
    fn remember(
        &mut self,
        around: &Level<'py>,
        outer: &[Level<'py>],
        inner: &Level<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.known.is_empty() {
            for pair in outer.iter().chain([around]).filter_map(|level| level.pair.as_ref()) {
                self.known.insert(addresses(pair), Known { sum: None, _pair: pair.clone() });
            }
        }
        let Some(pair) = &inner.pair else { return Ok(None) };
        match self.known.get(&addresses(pair)) {
            Some(Known { sum: Some(sum), .. }) => Ok(Some(sum.clone())),
            Some(Known { sum: None, .. }) => Err(PyRecursionError::new_err(format!(
                "cannot merge cyclic data: the values at {} contain themselves on both sides",
                around.name_of_open()?
            ))),
            None => {
                self.known.insert(addresses(pair), Known { sum: None, _pair: pair.clone() });
                Ok(None)
            }
        }
    }

    /// Merges values up to the next containers, or up to the end, where it returns the sum.
    fn go_on(&mut self, level: &mut Level<'py>) -> PyResult<Sum<'py>> {
        match &mut level.kind {
            LevelKind::Dict { total, rest, open } => {
                while let Some((key, value)) = rest.next()? {
                    let Some(known) = total.get_item(&key)?.filter(|known| !known.is_none()) else {
                        // A None takes no value's place, but it keeps the key.
                        total.set_item(key, self.taken(value)?)?;
                        continue;
                    };
                    if value.is_none() {
                        continue;
                    }
                    match values(&key, &known, &value, self.rules)? {
                        Sum::Left => {}
                        Sum::Value(sum) => total.set_item(key, sum)?,
                        Sum::Inside(inner) => {
                            *open = Some(key);
                            return Ok(Sum::Inside(inner));
                        }
                    }
                }
                Ok(Sum::Value(total.clone().into_any()))
            }
            LevelKind::List { total, right, next, open, places } => {
                while let Some(item) = right.at(*next) {
                    *next += 1;
                    match places.find(total, &item, self.rules.older)? {
                        Place::At(position) => {
                            let known = total.get(position)?;
                            let pair = (known.clone(), item.clone());
                            let (known, item) =
                                (known.cast_into::<PyDict>()?, item.cast_into::<PyDict>()?);
                            *open = position;
                            let item = arriving_block(&known, item, self.rules)?;
                            return Ok(Sum::Inside(Level::of_dicts(&known, &item, Some(pair))?));
                        }
                        Place::New => {
                            let item = self.taken(item)?;
                            places.added(total.len(), &item)?;
                            total.push(item)?;
                        }
                    }
                }
                let empty = Items::empty(total);
                let total = std::mem::replace(total, empty);
                total.into_object(self.rules.grow).map(Sum::Value)
            }
        }
    }
}

fn addresses(pair: &Pair<'_>) -> (usize, usize) {
    (pair.0.as_ptr().addr(), pair.1.as_ptr().addr())
}

/// The sum of two values of one key.
fn values<'py>(
    key: &Bound<'py, PyAny>,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    rules: Rules,
) -> PyResult<Sum<'py>> {
    let same_type = left.get_type().is(right.get_type());
    // A key that is no text has no rule of its own.
    let key_text = key.cast::<PyString>().ok();
    let name = key_text.and_then(|key| key.to_str().ok()).unwrap_or_default();
    if is_text(left) && is_text(right) && (same_type || is_grown(left) || is_grown(right)) {
        let repeats = may_be_said_again(name, rules.sticky);
        if repeats
            && let (Ok(one), Ok(two)) = (left.cast::<PyString>(), right.cast::<PyString>())
            && rule_of_texts(name, one, two, rules.sticky)? == Rule::First
        {
            return Ok(Sum::Left);
        }
        let sum = texts(left, right, rules.grow && !repeats)?;
        return Ok(sum.map_or(Sum::Left, Sum::Value));
    }
    if let (Some(left_items), Some(right_items)) = (Items::of(left), Items::of(right))
        && (same_type || left_items.is_grown() || right_items.is_grown())
    {
        let pair = Some((left.clone(), right.clone()));
        return Ok(Sum::Inside(Level::of_lists(left_items, right_items, rules.separate, pair)));
    }
    if !same_type {
        return Err(PyTypeError::new_err(format!(
            "additional_kwargs[\"{}\"] already exists in this message, but with a different type.",
            key.str()?
        )));
    }
    if let (Ok(left_dict), Ok(right_dict)) = (left.cast::<PyDict>(), right.cast::<PyDict>()) {
        let pair = Some((left.clone(), right.clone()));
        return Ok(Sum::Inside(Level::of_dicts(left_dict, right_dict, pair)?));
    }
    if left.eq(right)? {
        return Ok(Sum::Left);
    }
    if left.is_instance_of::<PyInt>()
        && (rules.older.adds_truths || !left.is_instance_of::<PyBool>())
    {
        return match number_rule(name) {
            Rule::Second if !rules.older.adds_times => Ok(Sum::Value(right.clone())),
            _ => left.add(right).map(Sum::Value),
        };
    }
    Err(PyTypeError::new_err(format!(
        "Additional kwargs key {} already exists in left dict and value has unsupported type {}.",
        key.str()?,
        left.get_type().str()?
    )))
}

/// The rule for two texts of a name.
fn rule_of_texts(
    name: &str,
    left: &Bound<'_, PyString>,
    right: &Bound<'_, PyString>,
    sticky: bool,
) -> PyResult<Rule> {
    with_bytes(left, |left| with_bytes(right, |right| Ok(text_rule(name, left, right, sticky))))
}

/// What an item adds to the one of its index. The type is the first one's.
fn arriving_block<'py>(
    known: &Bound<'py, PyDict>,
    arriving: Bound<'py, PyDict>,
    rules: Rules,
) -> PyResult<Bound<'py, PyDict>> {
    let py = known.py();
    let (kind, value) = (intern!(py, "type"), intern!(py, "value"));
    let Some(arriving_kind) = arriving.get_item(kind)? else { return Ok(arriving) };
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
        return Ok(rest);
    }
    without(&arriving, kind)
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
