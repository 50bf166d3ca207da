//! Reads one document, stopping and going on at any byte.

use super::error::ErrorKind;
use super::number::{self, Number, NumberToken};
use super::options::Options;
use super::sink::{Container, Sink};
use super::string::{self, StringToken};

/// What is due next.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Literal {
    Null,
    True,
    False,
    NotANumber,
    Infinity,
    MinusInfinity,
}

impl Literal {
    const fn text(self) -> &'static [u8] {
        match self {
            Self::Null => b"null",
            Self::True => b"true",
            Self::False => b"false",
            Self::NotANumber => b"NaN",
            Self::Infinity => b"Infinity",
            Self::MinusInfinity => b"-Infinity",
        }
    }

    const fn beginning_with(byte: u8) -> Option<Self> {
        Some(match byte {
            b'n' => Self::Null,
            b't' => Self::True,
            b'f' => Self::False,
            b'N' => Self::NotANumber,
            b'I' => Self::Infinity,
            _ => return None,
        })
    }
}

/// How far [`Scanner::scan`] came.
#[derive(Debug)]
pub(super) enum Step {
    /// The piece is read and the document goes on.
    Open,
    /// The document's last byte stands before this index.
    Ended(usize),
    /// At this index it became certain that this is no document.
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
    /// Whether the sink knows of the open string.
    string_given: bool,
    /// Whether the sink has got anything of this document.
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

    /// Whether the sink has got anything of this document.
    pub(super) const fn shown(&self) -> bool {
        self.shown
    }

    /// Whether the document is an array or an object.
    pub(super) const fn is_container(&self) -> bool {
        self.container
    }

    /// Whether the text stopped inside a string.
    pub(super) const fn inside_string(&self) -> bool {
        matches!(self.state, State::Key | State::String)
    }

    /// Whether the text stopped inside a `\u` escape of a value.
    pub(super) fn inside_unicode_escape(&self) -> bool {
        self.state == State::String && self.string.inside_unicode_escape()
    }

    /// Whether closing the open containers here would make a document.
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

    /// Reads a piece if it is nothing but a little more of a string that is shown: by far the most frequent
    /// kind. Such a piece is as many characters as bytes, on one line. Returns whether it was read.
    #[inline]
    pub(super) fn continue_string<S: Sink>(
        &mut self,
        piece: &[u8],
        sink: &mut S,
    ) -> Result<bool, S::Error> {
        if self.state != State::String || !self.string_given {
            return Ok(false);
        }
        let Some(shown) = self.string.plain_continuation(piece) else { return Ok(false) };
        if shown > 0 {
            if !self.string.pending().is_empty() {
                sink.append(self.string.pending())?;
                self.string.clear();
            }
            sink.append(&piece[..shown])?;
        }
        if shown < piece.len() {
            self.string.hold_back(&piece[shown..]);
        }
        Ok(true)
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
        if self.state == State::String {
            self.string.settle();
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

    /// Behind the opening quote of a value.
    fn string<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        if let Some(text) = plain_string(&piece[*index..], options) {
            self.before_value(sink)?;
            sink.string(text)?;
            *index += text.len() + 1;
            self.state = State::CommaOrEnd;
        } else {
            self.string.begin();
            self.string_given = false;
            self.state = State::String;
        }
        Ok(None)
    }

    /// Behind the opening quote of a member's name.
    fn key<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        if let Some(text) = plain_string(&piece[*index..], options) {
            sink.key(text)?;
            *index += text.len() + 1;
            self.state = State::Colon;
        } else {
            self.string.begin();
            self.state = State::Key;
        }
        Ok(None)
    }

    fn in_string<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        let rest = &piece[*index..];
        if self.state == State::String
            && self.string_given
            && let Some(length) = self.string.plain_end(rest)
        {
            *index += length + 1;
            self.end_given_string(&rest[..length], sink)?;
            return Ok(None);
        }
        match self.string.scan(rest, options) {
            string::Scan::Open => *index = piece.len(),
            string::Scan::Broken(at, kind) => {
                *index += at;
                return Ok(Some(kind));
            }
            string::Scan::Ended(at) => {
                *index += at;
                if self.state == State::Key {
                    self.state = State::Colon;
                    sink.key(self.string.pending())?;
                } else {
                    if self.string_given {
                        self.end_given_string(&[], sink)?;
                    } else {
                        self.state = State::CommaOrEnd;
                        self.before_value(sink)?;
                        sink.string(self.string.pending())?;
                    }
                }
                self.string.clear();
            }
        }
        Ok(None)
    }

    /// Ends the string that the sink knows of, behind what is pending and `last`.
    fn end_given_string<S: Sink>(&mut self, last: &[u8], sink: &mut S) -> Result<(), S::Error> {
        self.state = State::CommaOrEnd;
        if !self.string.pending().is_empty() {
            sink.append(self.string.pending())?;
            self.string.clear();
        }
        if !last.is_empty() {
            sink.append(last)?;
        }
        sink.close_string()
    }

    fn in_number<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        match self.number.scan(&piece[*index..]) {
            number::Scan::Open => *index = piece.len(),
            number::Scan::Ended(at) => {
                *index += at;
                self.give_number(sink)?;
            }
            number::Scan::Broken(at) => {
                *index += at;
                if piece[*index] == b'I' && self.number.is_lone_sign() {
                    if !options.non_finite {
                        return Ok(Some(ErrorKind::NotFinite));
                    }
                    *index += 1;
                    self.state = State::Literal(Literal::MinusInfinity, 2);
                } else {
                    return Ok(Some(ErrorKind::InvalidNumber));
                }
            }
        }
        Ok(None)
    }

    fn in_literal<S: Sink>(
        &mut self,
        literal: Literal,
        read: u8,
        byte: u8,
        index: &mut usize,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        let text = literal.text();
        if text.get(usize::from(read)) != Some(&byte) {
            return Ok(Some(ErrorKind::InvalidLiteral));
        }
        *index += 1;
        if usize::from(read) + 1 < text.len() {
            self.state = State::Literal(literal, read + 1);
            return Ok(None);
        }
        self.before_value(sink)?;
        self.state = State::CommaOrEnd;
        match literal {
            Literal::Null => sink.null()?,
            Literal::True => sink.boolean(true)?,
            Literal::False => sink.boolean(false)?,
            Literal::NotANumber => sink.number(Number::Float(f64::NAN))?,
            Literal::Infinity => sink.number(Number::Float(f64::INFINITY))?,
            Literal::MinusInfinity => sink.number(Number::Float(f64::NEG_INFINITY))?,
        }
        Ok(None)
    }

    fn give_number<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.before_value(sink)?;
        self.state = State::CommaOrEnd;
        sink.number(self.number.value())
    }

    /// Shows what can be seen of the value that is open.
    fn show_open_value<S: Sink>(
        &mut self,
        options: &Options,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        match self.state {
            State::String if !options.complete_strings => {
                if !self.string_given {
                    self.before_value(sink)?;
                    sink.open_string()?;
                    self.string_given = true;
                }
                if !self.string.visible().is_empty() {
                    sink.append(self.string.visible())?;
                    self.string.take_visible();
                }
            }
            State::Number if !options.complete_numbers => {
                let first = !self.number.was_shown();
                let supersedes = std::mem::take(&mut self.supersedes);
                match self.number.show() {
                    Some(number) => {
                        if first && supersedes {
                            sink.restart()?;
                        }
                        self.shown = true;
                        sink.open_number(number)?;
                    }
                    None => self.supersedes = supersedes,
                }
            }
            _ => {}
        }
        Ok(())
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

/// The string that begins here, if it ends in this piece and means what it says.
fn plain_string<'a>(piece: &'a [u8], options: &Options) -> Option<&'a [u8]> {
    let length = string::run_length(piece);
    let text = &piece[..length];
    (piece.get(length) == Some(&b'"') && string::control_character(text, options).is_none())
        .then_some(text)
}
