//! The words that stand for values.

use super::number::Number;
use super::sink::Sink;

/// A word that stands for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Null,
    True,
    False,
    NotANumber,
    Infinity,
    MinusInfinity,
}

impl Literal {
    pub(super) const fn text(self) -> &'static [u8] {
        match self {
            Self::Null => b"null",
            Self::True => b"true",
            Self::False => b"false",
            Self::NotANumber => b"NaN",
            Self::Infinity => b"Infinity",
            Self::MinusInfinity => b"-Infinity",
        }
    }

    /// The word that begins so. `-Infinity` begins as a number.
    pub(super) const fn beginning_with(byte: u8) -> Option<Self> {
        Some(match byte {
            b'n' => Self::Null,
            b't' => Self::True,
            b'f' => Self::False,
            b'N' => Self::NotANumber,
            b'I' => Self::Infinity,
            _ => return None,
        })
    }

    /// Tells the sink what the word stands for.
    pub(super) fn give<S: Sink>(self, sink: &mut S) -> Result<(), S::Error> {
        match self {
            Self::Null => sink.null(),
            Self::True => sink.boolean(true),
            Self::False => sink.boolean(false),
            Self::NotANumber => sink.number(Number::Float(f64::NAN)),
            Self::Infinity => sink.number(Number::Float(f64::INFINITY)),
            Self::MinusInfinity => sink.number(Number::Float(f64::NEG_INFINITY)),
        }
    }
}
