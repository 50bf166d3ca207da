//! Pairs of containers that a comparison has met.

use std::collections::HashSet;

use pyo3::prelude::*;

/// How many pairs are compared before they are remembered. Few comparisons need more, and until then looking
/// twice costs less than remembering.
const UNREMEMBERED: usize = 10_000;

/// The pairs that are met, each once: a value that contains itself ends, and one that is reached on many ways
/// does not multiply.
#[derive(Default)]
pub(crate) struct Pairs<'py> {
    count: usize,
    known: HashSet<(usize, usize)>,
    /// They are held, so that none makes room for another at its address.
    held: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> Pairs<'py> {
    /// Returns whether the pair has to be compared: false if that is done already, or under way.
    #[inline]
    pub(crate) fn is_new(&mut self, left: &Bound<'py, PyAny>, right: &Bound<'py, PyAny>) -> bool {
        self.count += 1;
        self.count <= UNREMEMBERED || self.remember(left, right)
    }

    #[cold]
    fn remember(&mut self, left: &Bound<'py, PyAny>, right: &Bound<'py, PyAny>) -> bool {
        let is_new = self.known.insert((left.as_ptr().addr(), right.as_ptr().addr()));
        if is_new {
            self.held.push((left.clone(), right.clone()));
        }
        is_new
    }
}
