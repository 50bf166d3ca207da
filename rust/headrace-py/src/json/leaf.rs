//! The string or number that is open at the end of the text.

use std::mem::swap;

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use super::objects;
use super::refcount::held_only_by;

/// What is open at the end of the text, apart from containers.
#[derive(Default)]
pub(super) enum Leaf {
    #[default]
    None,
    /// What the number would be if it ended here.
    Number(Py<PyAny>),
    String(OpenString),
}

/// A string that grows. Each of the two trees has its own object for it, of its own length.
#[derive(Default)]
pub(super) struct OpenString {
    newest: Option<Sized>,
    older: Option<Sized>,
    /// The text, without its first `dropped` bytes, which every object above has.
    text: Vec<u8>,
    dropped: usize,
}

/// A `str` and how many bytes of the text it stands for.
struct Sized {
    object: Py<PyString>,
    length: usize,
}

/// Strings of more bytes than this grow in place; shorter ones are made anew, which is cheaper.
const LONG: usize = 512;

/// So much text is kept although the objects have it, so that dropping it is rare.
const KEPT: usize = 1 << 16;

impl OpenString {
    /// An empty string, in the memory that an earlier one had.
    pub(super) fn new(memory: Vec<u8>) -> Self {
        Self { text: memory, ..Self::default() }
    }

    /// The memory, for a later string; not where it is much.
    pub(super) fn into_memory(mut self) -> Vec<u8> {
        if self.text.capacity() > KEPT {
            return Vec::new();
        }
        self.text.clear();
        self.text
    }

    /// More text.
    #[inline]
    pub(super) fn append(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// The newest tree's object, as it was when it was last made.
    pub(super) fn object<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, PyString>> {
        self.newest.as_ref().map(|sized| sized.object.bind(py))
    }

    /// The trees have changed places.
    pub(super) fn swap(&mut self) {
        swap(&mut self.newest, &mut self.older);
    }

    /// The newest tree is a copy of the one before and has its object.
    pub(super) fn share(&mut self, py: Python<'_>) {
        self.older = self
            .newest
            .as_ref()
            .map(|sized| Sized { object: sized.object.clone_ref(py), length: sized.length });
    }

    /// Brings the newest tree's object up to date and returns it.
    ///
    /// `place` is the place in the tree that holds the object: it is called with `None` to take it out,
    /// where it is there, so that it can grow; the caller puts the result there.
    pub(super) fn update<'py>(
        &mut self,
        py: Python<'py>,
        in_container: bool,
        mut take_out: impl FnMut() -> PyResult<()>,
    ) -> PyResult<Bound<'py, PyString>> {
        let length = self.dropped + self.text.len();
        let object = match self.newest.take() {
            Some(sized) if sized.length == length => sized.object.into_bound(py),
            Some(sized) if length > LONG && sized.length >= self.dropped => {
                let addition = objects::string(py, &self.text[sized.length - self.dropped..])?;
                let object = sized.object.into_bound(py);
                if held_only_by(&object, 1 + isize::from(in_container)) {
                    take_out()?;
                }
                objects::append_in_place(object, &addition)?
            }
            _ if self.dropped == 0 => objects::string(py, &self.text)?,
            _ => self.rebuild(py)?,
        };
        self.newest = Some(Sized { object: object.clone().unbind(), length });
        self.drop_known();
        Ok(object)
    }

    /// Makes an object from the other tree's, which has the text that was dropped.
    fn rebuild<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyString>> {
        let (base, length) = match &self.older {
            Some(sized) => (sized.object.bind(py).clone(), sized.length),
            None => (PyString::new(py, ""), 0),
        };
        let addition = objects::string(py, &self.text[length.saturating_sub(self.dropped)..])?;
        objects::append_in_place(base, &addition)
    }

    /// Drops the text that every object has.
    fn drop_known(&mut self) {
        let known =
            [&self.newest, &self.older].into_iter().flatten().map(|sized| sized.length).min();
        let excess = known.unwrap_or(0).saturating_sub(self.dropped);
        if excess > KEPT {
            self.text.drain(..excess);
            self.dropped += excess;
        }
    }
}

impl Leaf {
    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::None => Ok(()),
            Self::Number(number) => visit.call(number),
            Self::String(string) => [&string.newest, &string.older]
                .into_iter()
                .flatten()
                .try_for_each(|sized| visit.call(&sized.object)),
        }
    }
}
