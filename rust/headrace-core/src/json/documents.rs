//! One document after another.

use super::error::{ErrorKind, JsonError};
use super::options::Options;
use super::parser::Parser;
use super::position::Position;
use super::sink::Sink;
use super::utf8::Utf8Tail;

/// Reads documents that follow each other, with or without blanks and line ends between them.
///
/// A byte order mark may stand at the start of the text. Positions are those in the whole text.
///
/// ```
/// use headrace_core::json::{Build, Documents, Options, ValueSink};
///
/// let (mut documents, mut sink) = (Documents::new(Options::default()), ValueSink::default());
/// let mut found = Vec::new();
/// documents
///     .feed(b"{\"a\": 1}\n[2] 3", &mut sink, |sink| {
///         found.push(sink.value().to_string());
///         sink.clear();
///         Ok(())
///     })
///     .unwrap();
/// assert_eq!(found, ["{\"a\":1}", "[2]"]);
/// assert_eq!(documents.index(), 2);
/// ```
#[derive(Debug)]
pub struct Documents {
    parser: Parser,
    utf8: Utf8Tail,
    position: Position,
    index: usize,
    /// Whether a document has begun and not ended.
    inside: bool,
    error: Option<JsonError>,
}

impl Documents {
    /// A reader at the start of a text. There are no fences, and no prose between the documents.
    #[must_use]
    pub const fn new(options: Options) -> Self {
        let options = Options { fences: false, trailing_text: false, ..options };
        Self {
            parser: Parser::new(options),
            utf8: Utf8Tail::new(),
            position: Position::start(),
            index: 0,
            inside: false,
            error: None,
        }
    }

    /// How many documents have ended: the index of the one that is open or comes next.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Returns whether a document has begun and not ended.
    #[must_use]
    pub const fn is_inside(&self) -> bool {
        self.inside
    }

    /// The error of the current document.
    #[must_use]
    pub const fn error(&self) -> Option<JsonError> {
        self.error
    }

    /// Reads bytes of UTF-8, cut anywhere. `ended` is called when a document has ended, with the sink that
    /// has it; the next one begins after it.
    ///
    /// # Errors
    /// The errors of the sink. Errors in the text are in [`error`](Self::error).
    pub fn feed<S: Sink>(
        &mut self,
        piece: &[u8],
        sink: &mut S,
        mut ended: impl FnMut(&mut S) -> Result<(), S::Error>,
    ) -> Result<(), S::Error> {
        if self.error.is_some() {
            return Ok(());
        }
        let decoded = self.utf8.decode(piece);
        if let Some((bytes, length)) = decoded.joined {
            self.read(&bytes[..length], sink, &mut ended)?;
        }
        self.read(decoded.text, sink, &mut ended)?;
        if decoded.invalid && self.error.is_none() {
            self.fail(ErrorKind::InvalidUtf8);
        }
        Ok(())
    }

    /// Reads whole characters, in which halves of surrogate pairs may stand alone as three bytes.
    ///
    /// # Errors
    /// As for [`feed`](Self::feed).
    pub fn feed_characters<S: Sink>(
        &mut self,
        piece: &[u8],
        sink: &mut S,
        mut ended: impl FnMut(&mut S) -> Result<(), S::Error>,
    ) -> Result<(), S::Error> {
        if self.utf8.is_open() && self.error.is_none() {
            self.fail(ErrorKind::InvalidUtf8);
        }
        self.read(piece, sink, &mut ended)
    }

    /// Ends the text: a number that stands at its end has ended, and any other open document is an error.
    ///
    /// # Errors
    /// As for [`feed`](Self::feed).
    pub fn close<S: Sink>(
        &mut self,
        sink: &mut S,
        ended: impl FnOnce(&mut S) -> Result<(), S::Error>,
    ) -> Result<(), S::Error> {
        if self.error.is_some() {
            return Ok(());
        }
        if self.utf8.is_open() {
            self.fail(ErrorKind::InvalidUtf8);
            return Ok(());
        }
        if !self.inside {
            return Ok(());
        }
        let closed = self.parser.close(sink);
        self.error = self.parser.error();
        closed?;
        if self.error.is_none() {
            self.inside = false;
            self.index += 1;
            ended(sink)?;
        }
        Ok(())
    }

    fn read<S: Sink>(
        &mut self,
        piece: &[u8],
        sink: &mut S,
        ended: &mut impl FnMut(&mut S) -> Result<(), S::Error>,
    ) -> Result<(), S::Error> {
        let mut rest = piece;
        while self.error.is_none() {
            if !self.inside {
                let blanks = self.blanks(rest);
                self.position = self.position.after(&rest[..blanks]);
                rest = &rest[blanks..];
                if rest.is_empty() {
                    break;
                }
                self.parser.begin_at(self.position);
                self.inside = true;
            }
            if rest.is_empty() {
                break;
            }
            let read = self.parser.read(rest, sink, true);
            self.position = self.parser.position();
            self.error = self.parser.error();
            rest = &rest[read?..];
            if self.parser.is_complete() {
                self.inside = false;
                self.index += 1;
                ended(sink)?;
            }
        }
        Ok(())
    }

    /// How much of the text stands between documents.
    fn blanks(&self, text: &[u8]) -> usize {
        let mark = "\u{feff}".as_bytes();
        let start =
            if self.position.offset == 0 && text.starts_with(mark) { mark.len() } else { 0 };
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        start + text[start..].iter().take_while(|byte| is_blank(byte)).count()
    }

    fn fail(&mut self, kind: ErrorKind) {
        self.error = Some(JsonError { kind, position: self.position });
    }
}
