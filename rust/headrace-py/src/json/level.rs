//! One open container, in the two trees that are handed out in turn.

use std::mem::swap;

use headrace_core::json::Container;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::journal::Step;
use super::refcount::held_only_by;

/// An open container. `newest` has every child that can be seen; `older`, where there is one, is the same
/// container in the snapshot handed out before, and lacks what came since.
pub(super) enum Level {
    Array(Array),
    Object(Object),
}

pub(super) struct Array {
    newest: Py<PyList>,
    older: Option<Py<PyList>>,
    /// How many children have ended.
    ended: usize,
    /// How many of them `older` has.
    known: usize,
}

pub(super) struct Object {
    newest: Py<PyDict>,
    older: Option<Py<PyDict>>,
    /// The members that `older` lacks.
    log: Vec<(Py<PyString>, Py<PyAny>)>,
    /// The name of the member that is open or comes next.
    name: Option<Py<PyString>>,
}

/// A log of fewer members than this is kept, whatever the size of the object.
const SHORT_LOG: usize = 64;

impl Level {
    pub(super) fn new(py: Python<'_>, container: Container) -> Self {
        match container {
            Container::Array => Self::Array(Array {
                newest: PyList::empty(py).unbind(),
                older: None,
                ended: 0,
                known: 0,
            }),
            Container::Object => Self::Object(Object {
                newest: PyDict::new(py).unbind(),
                older: None,
                log: Vec::new(),
                name: None,
            }),
        }
    }

    /// The container in the newest tree.
    pub(super) fn newest<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        match self {
            Self::Array(array) => array.newest.bind(py).as_any(),
            Self::Object(object) => object.newest.bind(py).as_any(),
        }
    }

    /// Returns whether only the tree, with so many references, holds the newest container.
    #[inline]
    pub(super) fn is_private(&self, py: Python<'_>, references: isize) -> bool {
        match self {
            Self::Array(array) => held_only_by(array.newest.bind(py), references),
            Self::Object(object) => held_only_by(object.newest.bind(py), references),
        }
    }

    /// Gives the older container what it lacks and makes it the newest, if there is one and only the tree,
    /// with so many references, holds it. Returns whether that is so.
    #[inline]
    pub(super) fn take_turns(&mut self, py: Python<'_>, references: isize) -> PyResult<bool> {
        match self {
            Self::Array(array) => match &mut array.older {
                Some(older) if held_only_by(older.bind(py), references) => {
                    let (from, to) = (array.newest.bind(py), older.bind(py));
                    while array.known < array.ended {
                        put_in_list(to, array.known, &from.get_item(array.known)?)?;
                        array.known += 1;
                    }
                    swap(&mut array.newest, older);
                    Ok(true)
                }
                _ => Ok(false),
            },
            Self::Object(object) => match &mut object.older {
                Some(older) if held_only_by(older.bind(py), references) => {
                    if !object.log.is_empty() {
                        let to = older.bind(py);
                        for (name, value) in object.log.drain(..) {
                            to.set_item(name.bind(py), value.bind(py))?;
                        }
                    }
                    swap(&mut object.newest, older);
                    Ok(true)
                }
                _ => Ok(false),
            },
        }
    }

    /// Makes a copy the newest container.
    pub(super) fn copy(&mut self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::Array(array) => {
                let newest = array.newest.bind(py);
                let copy = newest.get_slice(0, newest.len()).unbind();
                array.older = Some(std::mem::replace(&mut array.newest, copy));
                array.known = array.ended;
            }
            Self::Object(object) => {
                let copy = object.newest.bind(py).copy()?.unbind();
                object.older = Some(std::mem::replace(&mut object.newest, copy));
                object.log.clear();
            }
        }
        Ok(())
    }

    /// Names the member that comes next.
    pub(super) fn set_name(&mut self, name: Bound<'_, PyString>) {
        if let Self::Object(object) = self {
            object.name = Some(name.unbind());
        }
    }

    /// Puts the child that is open, or comes next, into the newest container.
    #[inline]
    pub(super) fn put(&self, py: Python<'_>, child: &Bound<'_, PyAny>) -> PyResult<()> {
        match self {
            Self::Array(array) => put_in_list(array.newest.bind(py), array.ended, child),
            Self::Object(object) => match &object.name {
                Some(name) => object.newest.bind(py).set_item(name.bind(py), child),
                None => Ok(()),
            },
        }
    }

    /// What stands at the place of the child that is open or comes next, where that is a member's.
    pub(super) fn member<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::Object(Object { newest, name: Some(name), .. }) => {
                newest.bind(py).get_item(name.bind(py))
            }
            _ => Ok(None),
        }
    }

    /// The step to the child that is open or comes next, if it has a name yet.
    pub(super) fn step(&self, py: Python<'_>) -> Option<Step> {
        match self {
            Self::Array(array) => Some(Step::Index(array.ended)),
            Self::Object(object) => object.name.as_ref().map(|name| Step::Name(name.clone_ref(py))),
        }
    }

    /// The child that has ended last, where it is the last that began.
    pub(super) fn last_ended<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::Array(array) => match array.ended.checked_sub(1) {
                Some(index) => array.newest.bind(py).get_item(index).map(Some),
                None => Ok(None),
            },
            Self::Object(_) => self.member(py),
        }
    }

    /// The open child has ended and is `child`, which the newest container has.
    #[inline]
    pub(super) fn end_child(&mut self, py: Python<'_>, child: &Bound<'_, PyAny>) {
        match self {
            Self::Array(array) => array.ended += 1,
            Self::Object(object) => {
                if object.older.is_some() {
                    object.end_member(py, child);
                }
            }
        }
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Array(array) => {
                visit.call(&array.newest)?;
                visit.call(&array.older)
            }
            Self::Object(object) => {
                visit.call(&object.newest)?;
                visit.call(&object.older)?;
                visit.call(&object.name)?;
                object.log.iter().try_for_each(|(name, value)| {
                    visit.call(name)?;
                    visit.call(value)
                })
            }
        }
    }
}

impl Object {
    fn end_member(&mut self, py: Python<'_>, value: &Bound<'_, PyAny>) {
        // Once the log is as long as half the object, copying the object is cheaper than catching up.
        if self.log.len() >= SHORT_LOG && self.log.len() >= self.newest.bind(py).len() / 2 {
            self.older = None;
            self.log = Vec::new();
        } else if let Some(name) = &self.name {
            self.log.push((name.clone_ref(py), value.clone().unbind()));
        }
    }
}

#[inline]
fn put_in_list(list: &Bound<'_, PyList>, index: usize, item: &Bound<'_, PyAny>) -> PyResult<()> {
    if index < list.len() { list.set_item(index, item) } else { list.append(item) }
}
