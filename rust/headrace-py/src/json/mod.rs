//! Incremental JSON as Python objects.
//!
//! [`parser`] is the class that users see and [`once`] the one-shot functions. Both let a
//! [`builder`] turn the parser's events into changes of a [`tree`], which owns the snapshots.

mod builder;
mod copy;
mod errors;
mod exclusive;
mod leaf;
mod level;
mod objects;
pub(crate) mod once;
pub(crate) mod parser;
mod refcount;
mod same;
mod text;
mod tree;
