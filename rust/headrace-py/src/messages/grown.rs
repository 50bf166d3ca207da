//! What a sum of many chunks holds in the place of a long text or list, until somebody looks.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::text::{SharedText, with_bytes};
use crate::entries::Entries;
use crate::json::copy::copy_with;
use crate::json::pairs::Pairs;

/// From how many characters on a text that grows is shared by the sums.
const LONG_TEXT: usize = 256;

/// From how many items on a list that grows is shared by the sums.
const LONG_LIST: usize = 64;

/// A text of which each sum has the beginning that it made. It stands for a string.
#[pyclass(frozen, module = "headrace._core")]
pub(super) struct GrownText {
    text: SharedText,
}

/// A list of which each sum has the beginning that it made. It stands for a list.
#[pyclass(frozen, module = "headrace._core")]
pub(super) struct GrownList {
    items: Py<PyList>,
    length: usize,
}

#[pymethods]
impl GrownList {
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.items)
    }
}

/// The sum of two texts, either of which may be a grown one; None if they are no texts.
///
/// With `grow`, a long sum is a grown one.
pub(super) fn texts<'py>(
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
    grow: bool,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = left.py();
    let grown = match (left.cast::<GrownText>(), left.cast::<PyString>()) {
        (Ok(left), _) => {
            let left = &left.get().text;
            with_text(right, |right| left.plus(py, right))?
        }
        (_, Ok(left)) => match right.cast::<PyString>() {
            Ok(right) if !grow || left.len()? + right.len()? < LONG_TEXT => {
                return left.add(right).map(Some);
            }
            _ => with_text(right, |right| {
                with_bytes(left, |left| Ok(SharedText::joined(left, right)))
            })?,
        },
        _ => return Ok(None),
    };
    let Some(text) = grown else { return Ok(None) };
    Ok(Some(Bound::new(py, GrownText { text })?.into_any()))
}

/// Calls `read` with a text, which may be a grown one; None if it is no text.
fn with_text<T>(
    text: &Bound<'_, PyAny>,
    read: impl FnOnce(&[u8]) -> PyResult<T>,
) -> PyResult<Option<T>> {
    if let Ok(grown) = text.cast::<GrownText>() {
        // Both may share one buffer, which is entered once at a time.
        let copy = grown.get().text.with(text.py(), <[u8]>::to_vec)?;
        return read(&copy).map(Some);
    }
    match text.cast::<PyString>() {
        Ok(text) => with_bytes(text, read).map(Some),
        Err(_) => Ok(None),
    }
}

/// Returns whether it is a text, grown or not.
pub(super) fn is_text(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<PyString>() || value.is_instance_of::<GrownText>()
}

/// Returns whether it stands for a text.
pub(super) fn is_grown(value: &Bound<'_, PyAny>) -> bool {
    value.is_instance_of::<GrownText>()
}

/// The items of a list that nobody sees, and of a sum that is being made of it.
#[derive(Clone)]
pub(crate) struct Items<'py> {
    list: Bound<'py, PyList>,
    length: usize,
    whose: Whose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Messages have the list as it is.
    Others,
    /// Messages have beginnings of the list: something may come behind them.
    Grown,
    /// The sum's alone.
    Own,
}

impl<'py> Items<'py> {
    /// The items of a list, grown or not; None if it is no list.
    pub(super) fn of(value: &Bound<'py, PyAny>) -> Option<Self> {
        if let Ok(grown) = value.cast::<GrownList>() {
            let grown = grown.get();
            let list = grown.items.bind(value.py()).clone();
            return Some(Self { list, length: grown.length, whose: Whose::Grown });
        }
        let list = value.cast::<PyList>().ok()?;
        Some(Self { list: list.clone(), length: list.len(), whose: Whose::Others })
    }

    /// One item, as the sum of a text and what follows it begins.
    pub(super) fn beginning(first: &Bound<'py, PyAny>) -> PyResult<Self> {
        let list = PyList::new(first.py(), [first])?;
        Ok(Self { list, length: 1, whose: Whose::Own })
    }

    /// Nothing, in the place of items that were taken.
    pub(super) fn empty(taken: &Self) -> Self {
        Self { list: taken.list.clone(), length: 0, whose: Whose::Others }
    }

    /// Returns whether messages have beginnings of it.
    pub(super) fn is_grown(&self) -> bool {
        self.whose == Whose::Grown
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Bound<'py, PyAny>> + '_ {
        self.list.iter().take(self.length)
    }

    /// The item at a position; None behind the last.
    pub(super) fn at(&self, position: usize) -> Option<Bound<'py, PyAny>> {
        if position < self.length { self.list.get_item(position).ok() } else { None }
    }

    pub(super) fn get(&self, position: usize) -> PyResult<Bound<'py, PyAny>> {
        self.list.get_item(position)
    }

    /// Puts another item at a position.
    pub(super) fn set(&mut self, position: usize, item: Bound<'py, PyAny>) -> PyResult<()> {
        self.make_own();
        self.list.set_item(position, item)
    }

    /// Puts an item at the end: behind what others have where this is the newest beginning.
    pub(super) fn push(&mut self, item: Bound<'py, PyAny>) -> PyResult<()> {
        if self.whose != Whose::Grown || self.list.len() != self.length {
            self.make_own();
        }
        self.list.append(item)?;
        self.length += 1;
        Ok(())
    }

    fn make_own(&mut self) {
        if self.whose != Whose::Own {
            self.list = self.list.get_slice(0, self.length);
            self.whose = Whose::Own;
        }
    }

    /// The object that stands for the list; with `grow`, a grown one where it is long.
    pub(super) fn into_object(mut self, grow: bool) -> PyResult<Bound<'py, PyAny>> {
        if !grow || self.length < LONG_LIST {
            self.make_own();
            return Ok(self.list.into_any());
        }
        if self.whose == Whose::Others {
            self.make_own();
        }
        let py = self.list.py();
        let grown = GrownList { items: self.list.unbind(), length: self.length };
        Ok(Bound::new(py, grown)?.into_any())
    }
}

/// Copies a value's containers, with plain texts and lists for those that have grown.
pub(super) fn plain_copy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    copy_with(value, &|part| {
        Ok(match part.cast::<GrownText>() {
            Ok(text) => text.get().text.string(part.py())?.into_any(),
            Err(_) => match Items::of(part) {
                Some(items) if items.whose == Whose::Grown => {
                    items.list.get_slice(0, items.length).into_any()
                }
                _ => part.clone(),
            },
        })
    })
}

/// Returns whether a copy made by [`plain_copy`] is still as it was made.
pub(super) fn unchanged(copy: &Bound<'_, PyAny>, original: &Bound<'_, PyAny>) -> PyResult<bool> {
    let mut pairs = vec![(copy.clone(), original.clone())];
    let mut met = Pairs::default();
    while let Some((copy, original)) = pairs.pop() {
        if let Ok(dict) = original.cast::<PyDict>() {
            let Ok(copy) = copy.cast_exact::<PyDict>() else { return Ok(false) };
            if copy.len() != dict.len() {
                return Ok(false);
            }
            if !met.is_new(copy.as_any(), dict.as_any()) {
                continue;
            }
            let (mut copies, mut originals) =
                (Entries::of(copy.clone()), Entries::of(dict.clone()));
            while let (Some((key, value)), Some((original_key, original))) =
                (copies.next()?, originals.next()?)
            {
                if !key.is(&original_key) {
                    return Ok(false);
                }
                pairs.push((value, original));
            }
        } else if let Some(items) = Items::of(&original) {
            let Ok(copy) = copy.cast_exact::<PyList>() else { return Ok(false) };
            if copy.len() != items.length {
                return Ok(false);
            }
            if met.is_new(copy.as_any(), &original) {
                pairs.extend(copy.iter().zip(items.iter()));
            }
        } else if let Ok(text) = original.cast::<GrownText>() {
            let text = &text.get().text;
            if !text.known(copy.py())?.is_some_and(|known| known.is(&copy)) {
                return Ok(false);
            }
        } else if !copy.is(&original) {
            return Ok(false);
        }
    }
    Ok(true)
}
