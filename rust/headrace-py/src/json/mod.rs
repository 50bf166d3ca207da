//! Incremental JSON as Python objects.
//!
//! [`parser`] is the class that users see and [`once`] the one-shot functions. Both let a
//! [`builder`] turn the parser's events into changes of a [`tree`], which owns the snapshots.

pub(crate) mod builder;
pub(crate) mod copy;
mod diff;
pub(crate) mod documents;
mod errors;
mod journal;
mod leaf;
mod level;
pub(crate) mod objects;
pub(crate) mod once;
pub(crate) mod pairs;
pub(crate) mod parser;
mod patch;
pub(crate) mod refcount;
mod same;
mod selection;
pub(crate) mod text;
pub(crate) mod tree;
