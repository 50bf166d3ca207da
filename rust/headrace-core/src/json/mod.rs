//! Incremental JSON: a byte machine that can stop anywhere and resume there.
//!
//! The layers, from the outside in:
//!
//! * [`Parser`] takes text as it arrives and keeps the position;
//! * [`Documents`] takes several, one after another;
//! * `surroundings` finds the document between prose and Markdown fences;
//! * `scanner` reads the document, with `string` and `number` for the tokens that can stay open;
//! * a [`Sink`] builds the caller's value from it. [`ValueSink`] builds a [`Value`];
//! * [`Select`] stands before one and lets through what the [`Path`]s of a [`Selection`] lead to.

mod closest;
mod documents;
mod error;
mod literal;
mod number;
mod options;
mod parser;
mod path;
mod position;
mod scanner;
mod select;
mod sink;
mod slice;
mod string;
mod surroundings;
mod utf8;
mod value;

pub use closest::{Closest, closest_prefix};
pub use documents::Documents;
pub use error::{ErrorKind, JsonError};
pub use number::Number;
pub use options::{Controls, HoldBack, Options};
pub use parser::Parser;
pub use path::{Path, PathError, PathErrorKind};
pub use position::Position;
pub use select::{Build, Match, OpenMatch, Select, Selection, Step};
pub use sink::{Container, Sink};
pub use value::{Value, ValueSink};
