//! Shared test helpers.

#![expect(dead_code, reason = "each test file uses a part of it")]

use headrace_core::json::{Container, JsonError, Number, Options, Parser, Sink, Value, ValueSink};

/// The visible state of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) value: Option<Value>,
    pub(crate) complete: bool,
    pub(crate) error: Option<JsonError>,
}

impl Seen {
    /// The value as JSON, or nothing without a value.
    pub(crate) fn json(&self) -> String {
        self.value.as_ref().map(Value::to_string).unwrap_or_default()
    }

    /// The error message, or nothing.
    pub(crate) fn message(&self) -> String {
        self.error.as_ref().map(JsonError::to_string).unwrap_or_default()
    }
}

/// The visible state of a text in these pieces, ended if `close`.
pub(crate) fn seen<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    options: Options,
    close: bool,
) -> Seen {
    let (mut parser, mut sink) = (Parser::new(options), ValueSink::default());
    for piece in pieces {
        parser.feed(piece, &mut sink).unwrap();
    }
    if close {
        parser.close(&mut sink).unwrap();
    }
    Seen { complete: parser.is_complete(), error: parser.error(), value: sink.into_value() }
}

/// The visible state of an open text.
pub(crate) fn so_far(text: impl AsRef<[u8]>) -> Seen {
    seen([text.as_ref()], Options::default(), false)
}

/// The same of one that comes byte by byte.
pub(crate) fn byte_wise(text: impl AsRef<[u8]>, options: Options, close: bool) -> Seen {
    seen(text.as_ref().chunks(1), options, close)
}

/// The visible state of an ended text.
pub(crate) fn whole(text: impl AsRef<[u8]>, options: Options) -> Seen {
    seen([text.as_ref()], options, true)
}

/// No surroundings: the text is the document and nothing else.
pub(crate) fn bare() -> Options {
    Options { fences: false, ..Options::default() }
}

/// RFC 8259 and nothing else.
pub(crate) fn strict() -> Options {
    bare().strict()
}

/// Each value that is seen while the text comes byte by byte, as JSON, once where it stays the same.
pub(crate) fn values(text: &str, options: Options) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for length in 1..=text.len() {
        let value = byte_wise(&text[..length], options, false).json();
        if !value.is_empty() && values.last() != Some(&value) {
            values.push(value);
        }
    }
    values
}

/// A sink that counts its events, and refuses the event after so many.
pub(crate) struct Counting {
    pub(crate) events: usize,
    /// The bytes of the texts and numbers.
    pub(crate) bytes: usize,
    pub(crate) numbers: usize,
    allowed: usize,
}

/// The error of [`Counting`] at its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Enough;

impl Default for Counting {
    fn default() -> Self {
        Self::up_to(usize::MAX)
    }
}

impl Counting {
    pub(crate) fn up_to(allowed: usize) -> Self {
        Self { events: 0, bytes: 0, numbers: 0, allowed }
    }

    fn count(&mut self, bytes: usize) -> Result<(), Enough> {
        if self.events == self.allowed {
            return Err(Enough);
        }
        self.events += 1;
        self.bytes += bytes;
        Ok(())
    }
}

impl Sink for Counting {
    type Error = Enough;

    fn restart(&mut self) -> Result<(), Enough> {
        self.count(0)
    }
    fn begin(&mut self, _: Container) -> Result<(), Enough> {
        self.count(0)
    }
    fn end(&mut self) -> Result<(), Enough> {
        self.count(0)
    }
    fn key(&mut self, name: &[u8]) -> Result<(), Enough> {
        self.count(name.len())
    }
    fn null(&mut self) -> Result<(), Enough> {
        self.count(0)
    }
    fn boolean(&mut self, _: bool) -> Result<(), Enough> {
        self.count(0)
    }
    fn number(&mut self, number: Number<'_>) -> Result<(), Enough> {
        self.open_number(number)
    }
    fn string(&mut self, text: &[u8]) -> Result<(), Enough> {
        self.count(text.len())
    }
    fn open_number(&mut self, number: Number<'_>) -> Result<(), Enough> {
        self.numbers += 1;
        self.count(match number {
            Number::BigInteger(digits) => digits.len(),
            Number::Integer(_) | Number::Float(_) => 8,
        })
    }
    fn open_string(&mut self) -> Result<(), Enough> {
        self.count(0)
    }
    fn append(&mut self, text: &[u8]) -> Result<(), Enough> {
        self.count(text.len())
    }
    fn close_string(&mut self) -> Result<(), Enough> {
        self.count(0)
    }
}
