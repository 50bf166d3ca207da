//! The document so far, as snapshots that never change while they are held.
//!
//! Two trees are handed out in turn. While a caller still has the newest snapshot, the one before it has
//! usually been dropped: it is given what it lacks and becomes the newest, at the cost of what is new.
//! Where both are held, the containers on the open path are copied; all else is shared, since what has
//! ended does not change. Reference counts say which is the case.

use pyo3::prelude::*;
use pyo3::types::PyAny;
use pyo3::{PyTraverseError, PyVisit};

use super::journal::Journal;
use super::leaf::{Leaf, OpenString};
use super::level::Level;
use super::refcount::held_only_by;
use super::same::same;

/// The document so far.
#[derive(Default)]
pub(crate) struct Tree {
    /// The open containers, outermost first.
    levels: Vec<Level>,
    /// The document, if it has ended.
    root: Option<Py<PyAny>>,
    leaf: Leaf,
    /// The buffer that the last open string leaves to the next one.
    memory: Vec<u8>,
    /// Whether the newest tree lacks what `leaf` has.
    leaf_is_ahead: bool,
    /// Whether the newest tree was handed out since it was last changed.
    handed_out: bool,
    changes: Changes,
    /// The changes of a piece of text, if they are recorded.
    journal: Option<Box<Journal>>,
}

/// Whether the document looks different from before.
#[derive(Default)]
struct Changes {
    /// Whether changes are not recorded.
    ignored: bool,
    /// Whether a value that is equal to the one before as Python has it, as `1` and `1.0` are, is no change.
    loose: bool,
    changed: bool,
    /// A value that takes another's place, that of an earlier member of the same name or the document's:
    /// whether that is a change shows when the two are compared.
    repeated: Option<Repeated>,
}

struct Repeated {
    /// How many containers are around it.
    depth: usize,
    before: Py<PyAny>,
}

impl Tree {
    /// A tree that does not record changes.
    pub(crate) fn without_changes() -> Self {
        let changes = Changes { ignored: true, ..Changes::default() };
        Self { changes, ..Self::default() }
    }

    /// A tree for which values that are equal as Python has it look the same.
    pub(crate) fn comparing_loosely() -> Self {
        let changes = Changes { loose: true, ..Changes::default() };
        Self { changes, ..Self::default() }
    }

    /// A tree that knows what each piece of text has done.
    pub(super) fn with_journal() -> Self {
        Self { journal: Some(Box::default()), ..Self::default() }
    }

    /// A piece of text begins: what it does is told from the document as it is now.
    #[cold]
    pub(super) fn begin_piece(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.journal.is_none() {
            return Ok(());
        }
        let before = self.snapshot(py)?.map(Bound::unbind);
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let has_leaf = !matches!(self.leaf, Leaf::None);
        // The innermost container has an open child only where that is a string or a number.
        let open = self.levels.len().saturating_sub(usize::from(!has_leaf));
        let dropped = journal.begin_piece(py, before, self.levels.len(), &self.levels[..open]);
        // Dropping may run Python code, which may come back here: it is done last.
        drop(dropped);
        Ok(())
    }

    /// The record of the last piece of text, if changes are recorded.
    #[inline]
    pub(super) fn journal(&self) -> Option<&Journal> {
        self.journal.as_deref()
    }

    /// Forgets the document: another one takes its place.
    pub(super) fn restart(&mut self, py: Python<'_>) -> PyResult<()> {
        let before = self.peek(py)?;
        let mut journal = self.journal.take();
        if let Some(journal) = &mut journal {
            journal.restarted();
        }
        let Changes { ignored, loose, changed, repeated } = std::mem::take(&mut self.changes);
        let changed = changed || repeated.is_some();
        let repeated = before
            .filter(|_| !ignored && !changed)
            .map(|before| Repeated { depth: 0, before: before.unbind() });
        *self = Self {
            changes: Changes { ignored, loose, changed, repeated },
            journal,
            ..Self::default()
        };
        Ok(())
    }

    /// The document so far, not to be handed out: it may still change in place.
    #[inline]
    pub(crate) fn peek<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.leaf_is_ahead {
            self.place_leaf(py)?;
        }
        Ok(match (&self.root, self.levels.first(), &self.leaf) {
            (Some(root), _, _) => Some(root.bind(py).clone()),
            (None, Some(level), _) => Some(level.newest(py).clone()),
            (None, None, Leaf::Number(number)) => Some(number.bind(py).clone()),
            (None, None, Leaf::String(string)) => {
                string.object(py).map(|text| text.clone().into_any())
            }
            (None, None, Leaf::None) => None,
        })
    }

    /// The document so far, which from now on does not change while the caller holds it.
    #[inline]
    pub(crate) fn snapshot<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let snapshot = self.peek(py);
        self.handed_out = true;
        snapshot
    }

    /// Returns whether only the tree holds the document, so that no holder sees it grow.
    pub(crate) fn is_private(&self, py: Python<'_>) -> bool {
        if let Some(root) = &self.root {
            return held_only_by(root.bind(py), 1);
        }
        let mut levels = self.levels.iter().enumerate();
        levels.all(|(depth, level)| level.is_private(py, references(depth)))
    }

    /// Returns whether the document looks different from when this was last asked.
    #[inline]
    pub(crate) fn take_changed(&mut self, py: Python<'_>) -> PyResult<bool> {
        if let Some(repeated) = self.changes.repeated.take() {
            self.compare(py, &repeated)?;
        }
        Ok(std::mem::take(&mut self.changes.changed))
    }

    #[cold]
    fn compare(&mut self, py: Python<'_>, repeated: &Repeated) -> PyResult<()> {
        let newest = self.peek(py)?;
        let now = match repeated.depth.checked_sub(1) {
            None => newest,
            Some(depth) => self.levels[depth].member(py)?,
        };
        if let Some(now) = now {
            self.changes.changed |= !self.changes.same(repeated.before.bind(py), &now)?;
        }
        Ok(())
    }

    /// Forgets the document: what comes next is another one, which is no change of this one.
    pub(super) fn clear(&mut self) {
        self.levels.clear();
        self.root = None;
        self.leaf = Leaf::None;
        self.leaf_is_ahead = false;
        self.handed_out = false;
        let Changes { ignored, loose, .. } = self.changes;
        self.changes = Changes { ignored, loose, ..Changes::default() };
    }

    /// The value that has ended last.
    pub(super) fn last_ended<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match (&self.root, self.levels.last()) {
            (Some(root), _) => Ok(Some(root.bind(py).clone())),
            (None, Some(level)) => level.last_ended(py),
            (None, None) => Ok(None),
        }
    }

    /// The open container that so many others are around, or with `None` the open string or number, as it is
    /// now. From now on it does not change while the caller holds it.
    pub(super) fn open_part<'py>(
        &mut self,
        py: Python<'py>,
        depth: Option<usize>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.leaf_is_ahead {
            self.place_leaf(py)?;
        }
        self.handed_out = true;
        Ok(match (depth, &self.leaf) {
            (Some(depth), _) => self.levels.get(depth).map(|level| level.newest(py).clone()),
            (None, Leaf::Number(number)) => Some(number.bind(py).clone()),
            (None, Leaf::String(string)) => string.object(py).map(|text| text.clone().into_any()),
            (None, Leaf::None) => None,
        })
    }

    /// Names the member that comes next.
    pub(super) fn set_name(&mut self, name: Bound<'_, pyo3::types::PyString>) {
        if let Some(level) = self.levels.last_mut() {
            level.set_name(name);
        }
    }

    /// A container begins.
    pub(super) fn begin(&mut self, py: Python<'_>, level: Level) -> PyResult<()> {
        self.first_seen(py)?;
        self.own(py)?;
        if let Some(parent) = self.levels.last() {
            parent.put(py, level.newest(py))?;
        }
        self.levels.push(level);
        Ok(())
    }

    /// The innermost container ends.
    pub(super) fn end(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(level) = self.levels.pop() else { return Ok(()) };
        if let Some(journal) = &mut self.journal {
            journal.ended(self.levels.len());
        }
        self.end_child(py, level.newest(py))
    }

    /// A value that has come whole.
    pub(super) fn whole(&mut self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.first_seen(py)?;
        self.put(py, value)?;
        self.end_child(py, value)
    }

    /// A number that has ended, or if `open`, may go on.
    pub(super) fn number(
        &mut self,
        py: Python<'_>,
        value: Bound<'_, PyAny>,
        open: bool,
    ) -> PyResult<()> {
        let shown = match &self.leaf {
            Leaf::Number(shown) => Some(shown.bind(py)),
            _ if !open => return self.whole(py, &value),
            _ => None,
        };
        let (alike, equal) = match shown {
            Some(shown) => {
                let alike = same(shown, &value)?;
                (alike, alike || self.changes.loose && shown.eq(&value)?)
            }
            None => (false, false),
        };
        if shown.is_none() {
            self.first_seen(py)?;
        }
        if !alike {
            self.leaf = Leaf::Number(value.unbind());
            self.leaf_is_ahead = true;
        }
        if !equal {
            self.changes.mark();
        }
        if open { Ok(()) } else { self.end_leaf(py) }
    }

    /// A string opens.
    pub(super) fn open_string(&mut self, py: Python<'_>) -> PyResult<()> {
        self.first_seen(py)?;
        self.leaf = Leaf::String(OpenString::new(std::mem::take(&mut self.memory)));
        self.leaf_is_ahead = true;
        Ok(())
    }

    /// The open string grows.
    #[inline]
    pub(super) fn append(&mut self, text: &[u8]) {
        if let Leaf::String(string) = &mut self.leaf {
            string.append(text);
            self.leaf_is_ahead = true;
            self.changes.mark();
        }
    }

    /// The open string or number ends.
    pub(super) fn end_leaf(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.leaf_is_ahead {
            self.place_leaf(py)?;
        }
        match std::mem::take(&mut self.leaf) {
            Leaf::None => Ok(()),
            Leaf::Number(number) => self.end_child(py, number.bind(py)),
            Leaf::String(string) => {
                if let Some(object) = string.object(py) {
                    self.end_child(py, object.as_any())?;
                }
                self.memory = string.into_memory();
                Ok(())
            }
        }
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.root)?;
        self.leaf.traverse(visit)?;
        if let Some(repeated) = &self.changes.repeated {
            visit.call(&repeated.before)?;
        }
        if let Some(journal) = &self.journal {
            journal.traverse(visit)?;
        }
        self.levels.iter().try_for_each(|level| level.traverse(visit))
    }

    /// Puts the open string or number into the newest tree, as it is now.
    fn place_leaf(&mut self, py: Python<'_>) -> PyResult<()> {
        self.own(py)?;
        self.leaf_is_ahead = false;
        match &mut self.leaf {
            Leaf::None => Ok(()),
            Leaf::Number(number) => match self.levels.last() {
                Some(level) => level.put(py, number.bind(py)),
                None => Ok(()),
            },
            Leaf::String(string) => match self.levels.last() {
                Some(level) => {
                    let nothing = py.None().into_bound(py);
                    let object = string.update(py, true, || level.put(py, &nothing))?;
                    level.put(py, object.as_any())
                }
                None => string.update(py, false, || Ok(())).map(drop),
            },
        }
    }

    fn put(&mut self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.own(py)?;
        match self.levels.last() {
            Some(level) => level.put(py, value),
            None => Ok(()),
        }
    }

    #[inline]
    fn end_child(&mut self, py: Python<'_>, child: &Bound<'_, PyAny>) -> PyResult<()> {
        match self.levels.last_mut() {
            Some(level) => level.end_child(py, child),
            None => self.root = Some(child.clone().unbind()),
        }
        if let Some(repeated) = self.changes.repeated.take_if(|it| it.depth == self.levels.len()) {
            self.changes.changed |= !self.changes.same(repeated.before.bind(py), child)?;
        }
        Ok(())
    }

    /// A value is seen for the first time: that is a change, unless an earlier member of the same name
    /// looked the same.
    fn first_seen(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.journal.is_some() {
            self.note_repeated(py)?;
        }
        if self.changes.ignored || self.changes.changed || self.changes.repeated.is_some() {
            return Ok(());
        }
        if let Some(level) = self.levels.last()
            && let Some(before) = level.member(py)?
        {
            let (depth, before) = (self.levels.len(), before.unbind());
            self.changes.repeated = Some(Repeated { depth, before });
        }
        self.changes.mark();
        Ok(())
    }

    /// Notes a member that takes the place of an earlier one of its name.
    fn note_repeated(&mut self, py: Python<'_>) -> PyResult<()> {
        let depth = self.levels.len();
        if let Some(journal) = &mut self.journal
            && journal.is_old(depth)
            && let Some(level) = self.levels.last()
            && level.member(py)?.is_some()
            && let Some(step) = level.step(py)
        {
            journal.repeated(depth, step);
        }
        Ok(())
    }

    /// Makes sure that no holder sees a change of the newest tree.
    #[inline]
    fn own(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.handed_out {
            self.handed_out = false;
            let private = self
                .levels
                .iter()
                .enumerate()
                .all(|(depth, level)| level.is_private(py, references(depth)));
            if !private || self.levels.is_empty() {
                self.change_trees(py)?;
            }
        }
        Ok(())
    }

    /// Makes the older tree the newest, or where somebody holds part of it, a copy of the newest from that
    /// depth on.
    fn change_trees(&mut self, py: Python<'_>) -> PyResult<()> {
        let mut private = true;
        for depth in 0..self.levels.len() {
            // The holder of a container also holds its contents.
            private = private && self.levels[depth].take_turns(py, references(depth))?;
            if !private {
                let (outer, inner) = self.levels.split_at_mut(depth);
                inner[0].copy(py)?;
                if let Some(parent) = outer.last() {
                    parent.put(py, inner[0].newest(py))?;
                }
            }
        }
        if let Leaf::String(string) = &mut self.leaf {
            if !private {
                string.share(py);
            }
            string.swap();
        }
        Ok(())
    }
}

impl Changes {
    fn same(&self, left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> PyResult<bool> {
        if self.loose { left.eq(right) } else { same(left, right) }
    }

    #[inline]
    fn mark(&mut self) {
        if self.repeated.is_none() {
            self.changed = true;
        }
    }
}

/// The references to an open container that the tree itself has: its own, and inside another container that
/// container's.
#[inline]
const fn references(depth: usize) -> isize {
    if depth == 0 { 1 } else { 2 }
}
