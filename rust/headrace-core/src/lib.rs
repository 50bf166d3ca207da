//! The hot paths of headrace. This crate knows nothing of Python.
//!
//! [`json`] is an incremental parser for JSON that has not ended yet: each call costs what the new text
//! costs, whatever came before. [`merge`] says how the parts of a streamed message add up. [`filter`] decides
//! once a run what of it is wanted.
#![forbid(unsafe_code)]

pub mod filter;
pub mod json;
pub mod merge;
