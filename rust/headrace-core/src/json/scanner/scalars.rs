//! Strings, numbers and words, which may be open at the end of a piece.

use super::super::error::ErrorKind;
use super::super::literal::Literal;
use super::super::number;
use super::super::options::Options;
use super::super::sink::Sink;
use super::super::string;
use super::{Scanner, State};

impl Scanner {
    /// Reads a piece if it is nothing but a little more of a string that is shown: by far the most frequent
    /// kind. Such a piece is as many characters as bytes, on one line. Returns whether it was read.
    #[inline]
    pub(in crate::json) fn continue_string<S: Sink>(
        &mut self,
        piece: &[u8],
        options: &Options,
        sink: &mut S,
    ) -> Result<bool, S::Error> {
        if self.state != State::String || !self.string_given {
            return Ok(false);
        }
        if self.string.plain_run(piece) != Some(piece.len()) {
            return Ok(false);
        }
        self.give_plain(piece, options, sink)
    }

    /// Gives plain text that goes on to the end of the piece, blanks at its end apart. Returns whether that
    /// could be done.
    #[inline]
    fn give_plain<S: Sink>(
        &mut self,
        text: &[u8],
        options: &Options,
        sink: &mut S,
    ) -> Result<bool, S::Error> {
        let Some(shown) = self.string.shown_of_plain(text, options.hold_back) else {
            return Ok(false);
        };
        if shown > 0 {
            if !self.string.pending().is_empty() {
                sink.append(self.string.pending())?;
                self.string.clear();
            }
            sink.append(&text[..shown])?;
        }
        if shown < text.len() {
            self.string.keep(&text[shown..]);
        }
        Ok(true)
    }

    /// Behind the opening quote of a value.
    pub(super) fn string<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        let rest = &piece[*index..];
        if let Some(text) = plain_string(rest, options) {
            self.before_value(sink)?;
            sink.string(text)?;
            *index += text.len() + 1;
            self.state = State::CommaOrEnd;
            return Ok(None);
        }
        self.string.begin();
        self.state = State::String;
        self.string_given = false;
        if !options.complete_strings && self.string.plain_run(rest) == Some(rest.len()) {
            self.open_string(sink)?;
            self.give_plain(rest, options, sink)?;
            *index = piece.len();
        }
        Ok(None)
    }

    /// Behind the opening quote of a member's name.
    pub(super) fn key<S: Sink>(
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

    pub(super) fn in_string<S: Sink>(
        &mut self,
        piece: &[u8],
        index: &mut usize,
        options: &Options,
        sink: &mut S,
    ) -> Result<Option<ErrorKind>, S::Error> {
        let rest = &piece[*index..];
        if let Some(length) = self.string.plain_run(rest)
            && self.plain_text(rest, length, index, sink)?
        {
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
                } else if self.string_given {
                    self.end_given_string(&[], sink)?;
                } else {
                    self.state = State::CommaOrEnd;
                    self.before_value(sink)?;
                    sink.string(self.string.pending())?;
                }
                self.string.clear();
            }
        }
        Ok(None)
    }

    /// Reads the first `length` bytes, which are plain, and the quote behind them, if that is all there is
    /// to be done. Returns whether it was.
    fn plain_text<S: Sink>(
        &mut self,
        rest: &[u8],
        length: usize,
        index: &mut usize,
        sink: &mut S,
    ) -> Result<bool, S::Error> {
        match (self.state, rest.get(length)) {
            (State::Key, None) => self.string.keep(rest),
            (State::Key, Some(b'"')) => {
                self.string.keep(&rest[..length]);
                self.state = State::Colon;
                sink.key(self.string.pending())?;
                self.string.clear();
            }
            (State::String, Some(b'"')) if self.string_given => {
                self.end_given_string(&rest[..length], sink)?;
            }
            _ => return Ok(false),
        }
        *index += rest.len().min(length + 1);
        Ok(true)
    }

    fn open_string<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.before_value(sink)?;
        self.string_given = true;
        sink.open_string()
    }

    /// Ends the sink's open string, after the pending text and `last`.
    pub(super) fn end_given_string<S: Sink>(
        &mut self,
        last: &[u8],
        sink: &mut S,
    ) -> Result<(), S::Error> {
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

    pub(super) fn in_number<S: Sink>(
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

    pub(super) fn in_literal<S: Sink>(
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
        literal.give(sink)?;
        Ok(None)
    }

    pub(super) fn give_number<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        self.before_value(sink)?;
        self.state = State::CommaOrEnd;
        sink.number(self.number.value())
    }

    /// Shows what can be seen of the value that is open.
    pub(super) fn show_open_value<S: Sink>(
        &mut self,
        options: &Options,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        match self.state {
            State::String if !options.complete_strings => {
                if !self.string_given {
                    self.open_string(sink)?;
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
}

/// The string that begins here, if it ends in this piece and has no escapes.
fn plain_string<'a>(piece: &'a [u8], options: &Options) -> Option<&'a [u8]> {
    let length = string::run_length(piece);
    let text = &piece[..length];
    (piece.get(length) == Some(&b'"') && string::control_character(text, options).is_none())
        .then_some(text)
}
