//! What a message says.

use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{PyTraverseError, PyVisit};

use super::held::Held;
use super::merge::{self, Rules};
use super::text::{SharedText, with_bytes};

/// Text, or a list of blocks.
#[derive(Default)]
pub(super) enum Content {
    #[default]
    None,
    /// One string, as it was given.
    Text(Py<PyString>),
    /// The text of a sum.
    Sum(SharedText),
    /// Blocks, or whatever a user has assigned.
    Blocks(Held),
}

impl Content {
    /// The object for the message's user.
    pub(super) fn get<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::None => py.None().into_bound(py),
            Self::Text(text) => text.bind(py).clone().into_any(),
            Self::Sum(text) => text.string(py)?.into_any(),
            Self::Blocks(blocks) => {
                blocks.own(py)?.unwrap_or_else(|| pyo3::types::PyList::empty(py).into_any())
            }
        })
    }

    /// What another message may have of it.
    pub(super) fn share(&self, py: Python<'_>) -> PyResult<Self> {
        Ok(match self {
            Self::None => Self::None,
            Self::Text(text) => Self::Text(text.clone_ref(py)),
            Self::Sum(text) => Self::Sum(text.clone()),
            Self::Blocks(blocks) => Self::Blocks(blocks.share(py)?),
        })
    }

    /// This and what follows it. Neither changes.
    #[inline]
    pub(super) fn plus(&self, py: Python<'_>, right: &Self, rules: Rules) -> PyResult<Self> {
        match (self, right) {
            (Self::Sum(left), Self::Text(right)) => {
                let right = right.bind(py);
                with_bytes(right, |right| {
                    if right.is_empty() {
                        return Ok(Self::Sum(left.clone()));
                    }
                    left.plus(py, right).map(Self::Sum)
                })
            }
            (Self::Text(left), Self::Text(right)) => {
                if right.bind(py).is_empty()? {
                    return Ok(Self::Text(left.clone_ref(py)));
                }
                if left.bind(py).is_empty()? {
                    return Ok(Self::Text(right.clone_ref(py)));
                }
                with_bytes(left.bind(py), |left| {
                    with_bytes(right.bind(py), |right| {
                        Ok(Self::Sum(SharedText::joined(left, right)))
                    })
                })
            }
            (Self::Text(left), Self::Sum(right)) => {
                if left.bind(py).is_empty()? {
                    return Ok(Self::Sum(right.clone()));
                }
                with_bytes(left.bind(py), |left| {
                    right.with(py, |right| Self::Sum(SharedText::joined(left, right)))
                })
            }
            (Self::Sum(left), Self::Sum(right)) => {
                if right.is_empty() {
                    return Ok(Self::Sum(left.clone()));
                }
                let right = right.with(py, <[u8]>::to_vec)?;
                left.plus(py, &right).map(Self::Sum)
            }
            _ => {
                let (left, right) = (self.peek(py)?, right.peek(py)?);
                let merged = merge::contents(&left, &right, rules)?;
                match merged.cast_into::<PyString>() {
                    Ok(text) => Ok(Self::Text(text.unbind())),
                    Err(other) => Ok(Self::Blocks(Held::Shared(other.into_inner().unbind()))),
                }
            }
        }
    }

    /// The object as it is, not to be handed out.
    pub(super) fn peek<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::None => py.None().into_bound(py),
            Self::Text(text) => text.bind(py).clone().into_any(),
            Self::Sum(text) => text.string(py)?.into_any(),
            Self::Blocks(blocks) => match blocks.peek(py) {
                Some(blocks) => blocks.clone(),
                None => pyo3::types::PyList::empty(py).into_any(),
            },
        })
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            // Strings lead nowhere.
            Self::None | Self::Text(_) | Self::Sum(_) => Ok(()),
            Self::Blocks(blocks) => blocks.traverse(visit),
        }
    }
}
