//! Incremental JSON: a byte machine that stops anywhere and goes on where it stopped.
//!
//! The layers, from the outside in:
//!
//! * [`Parser`] takes text as it arrives and keeps the position;
//! * `surroundings` finds the document between prose and Markdown fences;
//! * `scanner` reads the document, with `string` and `number` for the tokens that can stay open;
//! * a [`Sink`] builds whatever the caller wants from it. [`ValueSink`] builds a [`Value`].

mod closest;
mod error;
mod literal;
mod number;
mod options;
mod parser;
mod position;
mod scanner;
mod sink;
mod string;
mod surroundings;
mod utf8;
mod value;

pub use closest::{Closest, closest_prefix};
pub use error::{ErrorKind, JsonError};
pub use number::Number;
pub use options::{Controls, HoldBack, Options};
pub use parser::Parser;
pub use position::Position;
pub use sink::{Container, Sink};
pub use value::{Value, ValueSink};
