//! Text that several messages share, each up to a length of its own.

use std::sync::Arc;

use headrace_core::merge::Appendable;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::exclusive::Exclusive;
use crate::json::objects;
use crate::json::refcount::held_only_by;
use crate::json::text::{Text, with_text};

/// The text of a sum of chunks. It holds nothing that could lead back to a message.
#[derive(Clone)]
pub(super) struct SharedText {
    buffer: Arc<Exclusive<Buffer>>,
    length: usize,
}

struct Buffer {
    text: Appendable,
    /// Two strings that stand for beginnings of the text. While a reader has one, the other, which nobody has
    /// any more, grows in place to become the next: reading after each chunk copies nothing.
    strings: [Option<Known>; 2],
}

struct Known {
    object: Py<PyString>,
    length: usize,
}

impl SharedText {
    /// The two texts, one behind the other.
    pub(super) fn joined(left: &[u8], right: &[u8]) -> Self {
        let text = Appendable::joined(left, right);
        let length = text.len();
        Self { buffer: Arc::new(Exclusive::new(Buffer { text, strings: [None, None] })), length }
    }

    /// The text with more behind it. Extends the buffer if this is its newest user, and copies it otherwise.
    pub(super) fn plus(&self, py: Python<'_>, addition: &[u8]) -> PyResult<Self> {
        let mut buffer = self.buffer.enter(py)?;
        match buffer.text.extend(self.length, addition) {
            Some(length) => Ok(Self { buffer: Arc::clone(&self.buffer), length }),
            None => Ok(Self::joined(buffer.text.upto(self.length), addition)),
        }
    }

    /// Calls `read` with the text.
    pub(super) fn with<T>(&self, py: Python<'_>, read: impl FnOnce(&[u8]) -> T) -> PyResult<T> {
        Ok(read(self.buffer.enter(py)?.text.upto(self.length)))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The string that was made of the text, if it is still at hand.
    pub(super) fn known<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyString>>> {
        let buffer = self.buffer.enter(py)?;
        Ok(of_length(&buffer.strings, self.length).map(|known| known.bind(py).clone()))
    }

    /// The text as a string.
    pub(super) fn string<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let length = self.length;
        let mut buffer = self.buffer.enter(py)?;
        let Buffer { text, strings } = &mut *buffer;
        if let Some(known) = of_length(strings, length) {
            return Ok(known.bind(py).clone());
        }
        let made = match longest_free(py, strings, length) {
            Some(slot) => {
                let Some(known) = strings[slot].take() else {
                    return text_string(py, text, length);
                };
                let addition = objects::string(py, text.between(known.length, length))?;
                objects::append_in_place(known.object.into_bound(py), &addition)?
            }
            None => text_string(py, text, length)?,
        };
        // A string that is asked for once more is likely the longest.
        let slot = match strings {
            [None, _] => 0,
            [_, None] => 1,
            [Some(first), Some(second)] => usize::from(second.length < first.length),
        };
        strings[slot] = Some(Known { object: made.clone().unbind(), length });
        Ok(made)
    }
}

fn of_length(strings: &[Option<Known>; 2], length: usize) -> Option<&Py<PyString>> {
    strings.iter().flatten().find(|known| known.length == length).map(|known| &known.object)
}

/// The longest string that is a beginning of the wanted one and that nobody else has.
fn longest_free(py: Python<'_>, strings: &[Option<Known>; 2], length: usize) -> Option<usize> {
    (0..strings.len())
        .filter_map(|slot| strings[slot].as_ref().map(|known| (slot, known)))
        .filter(|(_, known)| known.length < length && is_free(py, &known.object))
        .max_by_key(|(_, known)| known.length)
        .map(|(slot, _)| slot)
}

fn is_free(py: Python<'_>, object: &Py<PyString>) -> bool {
    held_only_by(object.bind(py), 1)
}

fn text_string<'py>(
    py: Python<'py>,
    text: &Appendable,
    length: usize,
) -> PyResult<Bound<'py, PyString>> {
    objects::string(py, text.upto(length))
}

/// Calls `read` with the text of a string.
#[inline]
pub(crate) fn with_bytes<T>(
    string: &Bound<'_, PyString>,
    read: impl FnOnce(&[u8]) -> PyResult<T>,
) -> PyResult<T> {
    with_text(string.as_any(), "expected str, got", |text| {
        let (Text::Characters(text) | Text::Bytes(text)) = text;
        read(text)
    })
}
