//! The record of the changes of a piece of text to the document.

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use super::level::Level;

/// A step from a container to one of its children.
pub(super) enum Step {
    Index(usize),
    Name(Py<PyString>),
}

/// The document before a piece of text, and what happened since that the document after it does not show.
///
/// A document grows along the path that is open: in each container on it only the open child changes, and
/// others follow it. The exceptions are what is noted here.
#[derive(Default)]
pub(super) struct Journal {
    before: Option<Py<PyAny>>,
    /// The steps to what was open then.
    open: Vec<Step>,
    /// How many of the containers that were open then have been since.
    old_levels: usize,
    /// Whether another document has taken its place.
    restarted: bool,
    /// Members that took the places of others: how many containers are around each, and its name.
    repeated: Vec<(usize, Step)>,
}

impl Journal {
    /// Restarts, and returns its old contents for dropping.
    pub(super) fn begin_piece(
        &mut self,
        py: Python<'_>,
        before: Option<Py<PyAny>>,
        old_levels: usize,
        open: &[Level],
    ) -> Self {
        let open = open.iter().filter_map(|level| level.step(py)).collect();
        std::mem::replace(
            self,
            Self { before, open, old_levels, restarted: false, repeated: Vec::new() },
        )
    }

    /// The document before the piece.
    pub(super) fn before(&self) -> Option<&Py<PyAny>> {
        self.before.as_ref()
    }

    /// The child of the container at this depth that was open.
    pub(super) fn open(&self, depth: usize) -> Option<&Step> {
        self.open.get(depth)
    }

    /// Returns whether another document has taken the place of the one before.
    pub(super) const fn is_restarted(&self) -> bool {
        self.restarted
    }

    /// Returns whether any member took the place of another.
    pub(super) const fn has_repeated(&self) -> bool {
        !self.repeated.is_empty()
    }

    /// The names of the members in the container at this depth that took the places of others.
    pub(super) fn repeated_in(&self, depth: usize) -> impl Iterator<Item = &Step> {
        self.repeated.iter().filter(move |(around, _)| *around == depth + 1).map(|(_, step)| step)
    }

    /// Returns whether the innermost of so many open containers was there before the piece.
    pub(super) const fn is_old(&self, depth: usize) -> bool {
        depth <= self.old_levels
    }

    pub(super) fn restarted(&mut self) {
        self.restarted = true;
        self.old_levels = 0;
        self.repeated.clear();
    }

    /// A container has ended, and so many are open still.
    #[inline]
    pub(super) fn ended(&mut self, depth: usize) {
        self.old_levels = self.old_levels.min(depth);
    }

    pub(super) fn repeated(&mut self, depth: usize, step: Step) {
        self.repeated.push((depth, step));
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.before)?;
        let repeated = self.repeated.iter().map(|(_, step)| step);
        self.open.iter().chain(repeated).try_for_each(|step| match step {
            Step::Index(_) => Ok(()),
            Step::Name(name) => visit.call(name),
        })
    }
}
