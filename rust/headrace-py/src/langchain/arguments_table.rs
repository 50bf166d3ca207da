//! The arguments of tool calls beside the messages that have them.
//!
//! A message of LangChain has its arguments as a string and nothing more. What has been read of them is found
//! again by that very string: a sum that goes on from it reads what is new.

use std::collections::HashMap;

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use crate::messages::arguments::Arguments;

/// How many strings are known at most: that many tool calls may stream at once before some are read anew.
const CAPACITY: usize = 512;

/// What was read of some strings, found by identity. It holds the strings, so that no other takes the place
/// of one.
#[derive(Default)]
pub(super) struct ArgumentsTable {
    entries: Vec<Entry>,
    places: HashMap<usize, usize>,
    /// Where the next entry goes once all places are taken: that of the oldest.
    next: usize,
}

struct Entry {
    text: Py<PyString>,
    arguments: Py<Arguments>,
    length: usize,
}

/// What a change took out of the table. Dropping it may run Python code.
pub(super) struct Removed(#[expect(dead_code, reason = "to be dropped")] Option<Entry>);

impl ArgumentsTable {
    /// The arguments that a string is, and their length.
    pub(super) fn get(&self, text: &Bound<'_, PyString>) -> Option<(&Py<Arguments>, usize)> {
        let entry = &self.entries[*self.places.get(&address(text))?];
        Some((&entry.arguments, entry.length))
    }

    /// Keeps the arguments of `text`, in the place of those of `before`, which they continue.
    pub(super) fn put(
        &mut self,
        before: Option<&Bound<'_, PyString>>,
        text: &Bound<'_, PyString>,
        arguments: Py<Arguments>,
        length: usize,
    ) -> Removed {
        let known = before.and_then(|before| self.places.remove(&address(before)));
        let known = known.or_else(|| self.places.remove(&address(text)));
        let entry = Entry { text: text.clone().unbind(), arguments, length };
        let place = match known {
            Some(place) => place,
            None if self.entries.len() < CAPACITY => {
                self.places.insert(address(text), self.entries.len());
                self.entries.push(entry);
                return Removed(None);
            }
            None => {
                let place = self.next;
                self.next = (place + 1) % CAPACITY;
                self.places.remove(&address(self.entries[place].text.bind(text.py())));
                place
            }
        };
        self.places.insert(address(text), place);
        Removed(Some(std::mem::replace(&mut self.entries[place], entry)))
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.entries.iter().try_for_each(|entry| visit.call(&entry.arguments))
    }
}

fn address(text: &Bound<'_, PyString>) -> usize {
    text.as_ptr().addr()
}
