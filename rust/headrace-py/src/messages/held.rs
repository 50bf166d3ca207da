//! Dictionaries and lists of which a sum has its own, made only when somebody looks.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyDictMethods, PyList, PyListMethods};
use pyo3::{PyTraverseError, PyVisit};

use super::grown::{plain_copy, unchanged};
use crate::json::copy::deep_copy;
#[cfg(all(Py_3_13, not(Py_3_14)))]
use crate::release::release;

/// A container that is a message's field.
#[derive(Default)]
pub(super) enum Held {
    #[default]
    None,
    /// Seen by the message's user, who may change it.
    Own(Py<PyAny>),
    /// The same, and what it is a copy of: as long as the user has not changed it, that is the value.
    Copied(Py<PyAny>, Py<PyAny>),
    /// Seen by nobody, and so never changed: several messages may have it.
    Shared(Py<PyAny>),
}

impl Held {
    /// The object for the message's user, the same each time.
    pub(super) fn own<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self {
            Self::None => Ok(None),
            Self::Own(object) | Self::Copied(object, _) => Ok(Some(object.bind(py).clone())),
            Self::Shared(object) => {
                let copy = plain_copy(object.bind(py))?;
                *self = Self::Copied(copy.clone().unbind(), object.clone_ref(py));
                Ok(Some(copy))
            }
        }
    }

    /// The value for another message.
    pub(super) fn share(&self, py: Python<'_>) -> PyResult<Self> {
        Ok(match self {
            Self::None => Self::None,
            Self::Copied(object, original) if unchanged(object.bind(py), original.bind(py))? => {
                Self::Shared(original.clone_ref(py))
            }
            Self::Own(object) | Self::Copied(object, _) => {
                let object = object.bind(py);
                if object.cast::<PyDict>().is_ok_and(PyDictMethods::is_empty) {
                    return Ok(Self::None);
                }
                Self::Shared(deep_copy(object)?.unbind())
            }
            Self::Shared(object) => Self::Shared(object.clone_ref(py)),
        })
    }

    /// The object as it is, not to be handed out.
    pub(super) fn peek<'a, 'py>(&'a self, py: Python<'py>) -> Option<&'a Bound<'py, PyAny>> {
        match self {
            Self::None => None,
            Self::Own(object) | Self::Copied(object, _) | Self::Shared(object) => {
                Some(object.bind(py))
            }
        }
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::None => Ok(()),
            Self::Own(object) | Self::Shared(object) => visit.call(object),
            Self::Copied(object, original) => {
                visit.call(object)?;
                visit.call(original)
            }
        }
    }
}

#[cfg(all(Py_3_13, not(Py_3_14)))]
impl Drop for Held {
    fn drop(&mut self) {
        let held = match self {
            Self::None => return,
            Self::Own(object) | Self::Shared(object) => [Some(object), None],
            Self::Copied(object, original) => [Some(object), Some(original)],
        };
        Python::attach(|py| {
            for object in held.into_iter().flatten() {
                release(std::mem::replace(object, py.None()).into_bound(py));
            }
        });
    }
}

/// Returns whether it is an empty dictionary or list.
pub(super) fn is_empty(object: &Bound<'_, PyAny>) -> bool {
    object.cast::<PyDict>().is_ok_and(PyDictMethods::is_empty)
        || object.cast::<PyList>().is_ok_and(PyListMethods::is_empty)
}
