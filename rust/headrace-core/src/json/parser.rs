//! The parser: text in, events out, a position kept.

use super::error::{ErrorKind, JsonError};
use super::options::Options;
use super::position::Position;
use super::scanner::{Refusal, Scanner, Step};
use super::sink::Sink;
use super::string::is_blank_or_backtick;
use super::surroundings::Surroundings;
use super::utf8::Utf8Tail;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No document has begun, or what had begun was none.
    Before,
    /// Inside a document.
    Inside,
    /// Behind a whole document.
    After,
    /// Behind an error that nothing can mend.
    Failed,
}

/// An incremental parser that reports its input to a [`Sink`].
///
/// Text may be split anywhere. A call costs only its own text. Each call takes the sink: the same
/// one, or one that continues with the same data.
///
/// ```
/// use headrace_core::json::{Options, Parser, ValueSink};
///
/// let (mut parser, mut sink) = (Parser::new(Options::default()), ValueSink::default());
/// parser.feed(br#"{"name": "Fra"#, &mut sink).unwrap();
/// assert_eq!(sink.value().to_string(), r#"{"name":"Fra"}"#);
/// parser.feed(b"nce\"}", &mut sink).unwrap();
/// assert!(parser.is_complete());
/// ```
#[derive(Debug)]
pub struct Parser {
    options: Options,
    scanner: Scanner,
    surroundings: Surroundings,
    utf8: Utf8Tail,
    phase: Phase,
    /// Where the document began that is being read, or what looked like one.
    candidate: Position,
    /// Whether the sink has received anything.
    given: bool,
    /// Whether a whole value was read, even if a fenced document may still replace it.
    whole: bool,
    position: Position,
    /// Where the first text stands that is neither blank nor a document.
    prose: Option<Position>,
    error: Option<JsonError>,
}

impl Parser {
    /// A parser at the start of a text.
    #[must_use]
    pub const fn new(options: Options) -> Self {
        Self {
            options,
            scanner: Scanner::new(),
            surroundings: Surroundings::new(),
            utf8: Utf8Tail::new(),
            phase: Phase::Before,
            candidate: Position::start(),
            given: false,
            whole: false,
            position: Position::start(),
            prose: None,
            error: None,
        }
    }

    /// Returns whether the document has ended.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.whole && self.error.is_none()
    }

    /// Why the text can no longer be a document.
    #[must_use]
    pub const fn error(&self) -> Option<JsonError> {
        self.error
    }

    /// Returns whether further text can no longer change the value or the error.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        match self.phase {
            Phase::Failed => true,
            Phase::After => self.options.trailing_text,
            Phase::Before | Phase::Inside => false,
        }
    }

    /// Reads bytes of UTF-8, cut anywhere.
    ///
    /// # Errors
    /// The errors of the sink. Errors in the text are in [`error`](Parser::error).
    pub fn feed<S: Sink>(&mut self, piece: &[u8], sink: &mut S) -> Result<(), S::Error> {
        if self.is_settled() {
            return Ok(());
        }
        let decoded = self.utf8.decode(piece);
        if let Some((bytes, length)) = decoded.joined {
            self.read(&bytes[..length], sink, false)?;
        }
        self.read(decoded.text, sink, false)?;
        if decoded.invalid && !self.is_settled() {
            self.fail(self.position, ErrorKind::InvalidUtf8);
        }
        Ok(())
    }

    /// Reads whole characters, in which halves of surrogate pairs may stand alone as three bytes.
    ///
    /// # Errors
    /// As for [`feed`](Parser::feed).
    pub fn feed_characters<S: Sink>(&mut self, piece: &[u8], sink: &mut S) -> Result<(), S::Error> {
        if self.utf8.is_open() && !self.is_settled() {
            self.fail(self.position, ErrorKind::InvalidUtf8);
        }
        self.read(piece, sink, false).map(|_| ())
    }

    /// Restarts at a position in a longer text.
    pub(super) fn begin_at(&mut self, position: Position) {
        self.surroundings = Surroundings::new();
        self.phase = Phase::Before;
        self.given = false;
        self.whole = false;
        self.position = position;
        self.prose = None;
        self.error = None;
    }

    /// Where in the text we are.
    pub(super) const fn position(&self) -> Position {
        self.position
    }

    /// Reads whole characters: all, or if there is `one` document to read, up to where it ends or breaks.
    /// Returns how many bytes it has read.
    ///
    /// The two are one function, so that what is hot in it can be inlined.
    pub(super) fn read<S: Sink>(
        &mut self,
        piece: &[u8],
        sink: &mut S,
        one: bool,
    ) -> Result<usize, S::Error> {
        if self.phase == Phase::Inside {
            match self.scanner.continue_string(piece, &self.options, sink) {
                Ok(false) => {}
                Ok(true) => {
                    self.position = self.position.after_printable(piece.len());
                    return Ok(piece.len());
                }
                Err(error) => {
                    self.fail(self.position, ErrorKind::Refused);
                    return Err(error);
                }
            }
        }
        let mut rest = piece;
        while !rest.is_empty() && !self.is_settled() {
            let read = match self.phase {
                Phase::Inside => self.read_document(rest, sink)?,
                Phase::Before => self.look_for_document(rest),
                Phase::After | Phase::Failed if one => break,
                Phase::After | Phase::Failed => self.read_trailing_text(rest),
            };
            self.position = self.position.after(&rest[..read]);
            rest = &rest[read..];
        }
        Ok(piece.len() - rest.len())
    }

    /// Ends the text. [`error`](Parser::error) is then set unless the document was complete.
    ///
    /// # Errors
    /// The errors of the sink.
    pub fn close<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        if self.is_settled() || self.error.is_some() {
            return Ok(());
        }
        if self.utf8.is_open() {
            self.fail(self.position, ErrorKind::InvalidUtf8);
            return Ok(());
        }
        if self.phase == Phase::Inside {
            match self.scanner.finish(sink) {
                Ok(whole) => self.whole |= whole,
                Err(error) => {
                    self.fail(self.position, ErrorKind::Refused);
                    return Err(error);
                }
            }
        }
        if self.whole {
            self.phase = Phase::After;
        } else if self.phase == Phase::Inside {
            self.fail(self.position, ErrorKind::UnexpectedEnd);
        } else if let Some(prose) = self.prose {
            self.fail(prose, ErrorKind::NoDocument);
        } else {
            self.fail(self.position, ErrorKind::UnexpectedEnd);
        }
        Ok(())
    }

    /// Shows what an unfinished text would be if it were completed here. Nothing more can be read then.
    ///
    /// Returns whether the text can be completed as it is, without taking anything away: not in the middle
    /// of a `\u` escape, not before anything has come.
    ///
    /// # Errors
    /// The errors of the sink.
    pub fn settle<S: Sink>(&mut self, sink: &mut S) -> Result<bool, S::Error> {
        if self.phase == Phase::Inside {
            if self.scanner.inside_unicode_escape() {
                return Ok(false);
            }
            self.scanner.settle(&self.options, sink)?;
            return Ok(self.scanner.shown());
        }
        Ok(self.is_complete())
    }

    /// Looks for the place where a document begins. Each of these returns how many bytes it has read.
    fn look_for_document(&mut self, piece: &[u8]) -> usize {
        let byte_order_mark = "\u{feff}".as_bytes();
        if self.position.offset == 0 && piece.starts_with(byte_order_mark) {
            return byte_order_mark.len();
        }
        let found = self.surroundings.scan(piece, &self.options);
        let read = found.unwrap_or(piece.len());
        if let Some(at) = piece[..read].iter().position(|&byte| !is_blank_or_backtick(byte)) {
            self.prose.get_or_insert_with(|| self.position.after(&piece[..at]));
        }
        if found.is_some() {
            self.scanner.begin(self.given);
            self.candidate = self.position.after(&piece[..read]);
            self.phase = Phase::Inside;
        }
        read
    }

    fn read_document<S: Sink>(&mut self, piece: &[u8], sink: &mut S) -> Result<usize, S::Error> {
        let step = match self.scanner.scan(piece, &self.options, sink) {
            Ok(step) => step,
            Err(Refusal(at, error)) => {
                self.fail(self.position.after(&piece[..at]), ErrorKind::Refused);
                return Err(error);
            }
        };
        if self.scanner.shown() {
            // From here on this is the document: what had been taken for one before does not count.
            self.given = true;
            self.whole = false;
            self.error = None;
        }
        Ok(match step {
            Step::Open => piece.len(),
            Step::Ended(at) => {
                self.whole = true;
                self.ended();
                at
            }
            Step::Broken(at, kind) => {
                self.broken(JsonError { kind, position: self.position.after(&piece[..at]) });
                at
            }
        })
    }

    /// Behind a whole document. A number or a word may have been the beginning of prose, where it did not
    /// stand in a fence: a fenced document replaces it.
    fn ended(&mut self) {
        if self.can_be_replaced() && !self.scanner.is_container() {
            self.surroundings.look_for_fence();
            self.phase = Phase::Before;
        } else {
            self.phase = Phase::After;
        }
    }

    /// The text so far is not a document. If it was prose that looked like one, a fenced one may follow.
    fn broken(&mut self, error: JsonError) {
        if !self.options.fences || self.scanner.is_container() && self.surroundings.is_fenced() {
            self.fail(error.position, error.kind);
            return;
        }
        if self.scanner.shown() {
            self.error = Some(error);
        } else {
            self.prose.get_or_insert(self.candidate);
        }
        if self.scanner.is_container() {
            self.surroundings.skip_broken(self.scanner.open(), self.scanner.inside_string());
        } else {
            self.surroundings.reject();
        }
        self.phase = Phase::Before;
    }

    const fn can_be_replaced(&self) -> bool {
        self.options.fences && !self.surroundings.is_fenced()
    }

    fn read_trailing_text(&mut self, piece: &[u8]) -> usize {
        match piece.iter().position(|&byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
            Some(at) => {
                self.fail(self.position.after(&piece[..at]), ErrorKind::TrailingText);
                at
            }
            None => piece.len(),
        }
    }

    fn fail(&mut self, position: Position, kind: ErrorKind) {
        self.error = Some(JsonError { kind, position });
        self.phase = Phase::Failed;
    }
}
