//! Reads one document, stopping and going on at any byte: the containers here, the rest in `scalars`.

mod scalars;

use super::error::ErrorKind;
use super::literal::Literal;
use super::number::NumberToken;
use super::options::Options;
use super::sink::{Container, Sink};
use super::string::StringToken;

/// The expected next token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    ElementOrEnd,
    ElementAfterComma,
    KeyOrEnd,
    KeyAfterComma,
    Colon,
    CommaOrEnd,
    Key,
    String,
    Number,
    Literal(Literal, u8),
}

/// How far [`Scanner::scan`] came.
#[derive(Debug)]
pub(super) enum Step {
    /// The piece is read and the document continues.
    Open,
    /// The document's last byte stands before this index.
    Ended(usize),
    /// From this index on this cannot be a document.
    Broken(usize, ErrorKind),
}

/// The sink refused, at this index.
pub(super) struct Refusal<E>(pub(super) usize, pub(super) E);

/// The state between two pieces of one document.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what is known of a document, each by itself")]
pub(super) struct Scanner {
    state: State,
    open: Vec<Container>,
    string: StringToken,
    number: NumberToken,
    /// Whether the sink has received the start of the open string.
    string_given: bool,
    /// Whether the sink has received anything of this document.
    shown: bool,
    /// Whether the document is an array or an object.
    container: bool,
    /// Whether the sink has something of an earlier document, which this one replaces.
    supersedes: bool,
}

impl Scanner {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Value,
            open: Vec::new(),
            string: StringToken::new(),
            number: NumberToken::new(),
            string_given: false,
            shown: false,
            container: false,
            supersedes: false,
        }
    }

    /// Begins another document. `supersedes`: the sink has something that it replaces.
    pub(super) fn begin(&mut self, supersedes: bool) {
        self.state = State::Value;
        self.open.clear();
        self.shown = false;
        self.container = false;
        self.supersedes = supersedes;
    }

    /// The containers that are open, outermost first.
    pub(super) fn open(&self) -> &[Container] {
        &self.open
    }

    /// Returns whether the sink has received anything of this document.
    pub(super) const fn shown(&self) -> bool {
        self.shown
    }

    /// Returns whether the document is an array or an object.
    pub(super) const fn is_container(&self) -> bool {
        self.container
    }

    /// Returns whether the text stopped inside a string.
    pub(super) const fn inside_string(&self) -> bool {
        matches!(self.state, State::Key | State::String)
    }

    /// Returns whether the text stopped inside a `\u` escape of a value.
    pub(super) fn inside_unicode_escape(&self) -> bool {
        self.state == State::String && self.string.inside_unicode_escape()
    }

    /// Returns whether closing the open containers here would make a document.
    pub(super) fn is_closable(&self) -> bool {
        match self.state {
            State::ElementOrEnd | State::KeyOrEnd | State::CommaOrEnd => true,
            State::Number => self.number.is_whole(),
            _ => false,
        }
    }

    /// Reads a piece.
    ///
    /// What can be shown of an open value is given to the sink before this returns, whatever the outcome.
    pub(super) fn scan<S: Sink>(
        &mut self,
        piece: &[u8],
        options: &Options,
        sink: &mut S,
    ) -> Result<Step, Refusal<S::Error>> {
        let mut index = 0;
        let step = self
            .read(piece, &mut index, options, sink)
            .map_err(|error| Refusal(index.min(piece.len()), error))?;
        match step {
            Step::Ended(_) => {}
            Step::Open | Step::Broken(..) => {
                self.show_open_value(options, sink)
                    .map_err(|error| Refusal(index.min(piece.len()), error))?;
            }
        }
        Ok(step)
    }

    /// Ends the text. Returns whether the document is whole.
    pub(super) fn finish<S: Sink>(&mut self, sink: &mut S) -> Result<bool, S::Error> {
        if self.state == State::Number && self.open.is_empty() && self.number.is_whole() {
            self.give_number(sink)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Gives the sink what an unfinished text would be if it were completed: nothing is held back.
    pub(super) fn settle<S: Sink>(
        &mut self,
        options: &Options,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        match self.state {
            State::String => self.string.settle(),
            State::Number => self.number.settle(),
            _ => {}
        }
        self.show_open_value(options, sink)
    }

    fn read<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Step, S::Error> {
        while let Some(&byte) = piece.get(*index) {
            let outcome = match self.state {
                State::Key | State::String => self.in_string(piece, index, options, sink)?,
                State::Number => self.in_number(piece, index, options, sink)?,
                State::Literal(literal, read) => {
                    self.in_literal(literal, read, byte, index, sink)?
                }
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => {
                    *index += 1;
                    None
                }
                State::Colon => {
                    if byte == b':' {
                        self.state = State::Value;
                        *index += 1;
                        None
                    } else {
                        Some(ErrorKind::ExpectedColon)
                    }
                }
                State::CommaOrEnd => self.after_element(byte, index, sink)?,
                State::KeyOrEnd | State::KeyAfterComma => match byte {
                    b'"' => {
                        *index += 1;
                        self.key(piece, index, options, sink)?
                    }
                    b'}' if self.state == State::KeyOrEnd => self.end(index, sink)?,
                    b'}' => Some(ErrorKind::TrailingComma),
                    _ => Some(ErrorKind::ExpectedKey),
                },
                State::Value | State::ElementOrEnd | State::ElementAfterComma => {
                    self.value(byte, piece, index, options, sink)?
                }
            };
            if let Some(kind) = outcome {
                return Ok(Step::Broken(*index, kind));
            }
            if self.open.is_empty() && self.state == State::CommaOrEnd {
                return Ok(Step::Ended(*index));
            }
        }
        Ok(Step::Open)
    }

    fn value<S: Sink>(
        &mut self,
        byte: u8,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        match byte {
            b'"' => {
                *index += 1;
                return self.string(piece, index, options, sink);
            }
            b'{' => return self.begin_container(Container::Object, index, options, sink),
            b'[' => return self.begin_container(Container::Array, index, options, sink),
            b'-' | b'0'..=b'9' => {
                *index += 1;
                self.number.begin(byte);
                self.state = State::Number;
            }
            b']' if self.state == State::ElementOrEnd => return self.end(index, sink),
            b']' if self.state == State::ElementAfterComma => {
                return Ok(Some(ErrorKind::TrailingComma));
            }
            _ => match Literal::beginning_with(byte) {
                Some(Literal::NotANumber | Literal::Infinity) if !options.non_finite => {
                    return Ok(Some(ErrorKind::NotFinite));
                }
                Some(literal) => {
                    *index += 1;
                    self.state = State::Literal(literal, 1);
                }
                None => return Ok(Some(ErrorKind::ExpectedValue)),
            },
        }
        Ok(None)
    }

    fn begin_container<S: Sink>(
        &mut self,
        container: Container,
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        if self.open.len() >= options.max_depth {
            return Ok(Some(ErrorKind::TooDeep));
        }
        self.before_value(sink)?;
        sink.begin(container)?;
        self.container = true;
        self.open.push(container);
        self.state = match container {
            Container::Array => State::ElementOrEnd,
            Container::Object => State::KeyOrEnd,
        };
        *index += 1;
        Ok(None)
    }

    fn after_element<S: Sink>(
        &mut self,
        byte: u8,
        index: &mut usize,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        let Some(&container) = self.open.last() else {
            return Ok(Some(ErrorKind::TrailingText));
        };
        match (byte, container) {
            (b',', Container::Array) => self.state = State::ElementAfterComma,
            (b',', Container::Object) => self.state = State::KeyAfterComma,
            (b']', Container::Array) | (b'}', Container::Object) => return self.end(index, sink),
            _ => return Ok(Some(ErrorKind::ExpectedCommaOrEnd(container))),
        }
        *index += 1;
        Ok(None)
    }

    fn end<S: Sink>(
        &mut self,
        index: &mut usize,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        sink.end()?;
        self.open.pop();
        self.state = State::CommaOrEnd;
        *index += 1;
        Ok(None)
    }

    /// Comes before the first event of each value.
    fn before_value<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.shown = true;
        if self.supersedes {
            self.supersedes = false;
            sink.restart()?;
        }
        Ok(())
    }
}
