//! Messages as they stream: the storage below the Python classes, and how chunks add up.
//!
//! [`storage`] is the class that holds the fields, [`add`] the sum of two of them. [`text`] and [`arguments`]
//! are the buffers that sums share, [`calls`] the parts of tool calls, [`merge`] the rules for Python's
//! dictionaries and lists. [`reader`] reads the calls of a stream without adding it up.

mod add;
pub(crate) mod arguments;
mod calls;
mod construct;
mod content;
mod grown;
mod held;
pub(crate) mod hooks;
mod kind;
pub(crate) mod merge;
mod places;
pub(crate) mod reader;
pub(crate) mod storage;
pub(crate) mod text;
