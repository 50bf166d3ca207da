//! Where in the text we are.

use memchr::memrchr;

/// A place in a text that arrives in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Lines end with `\n`; the first is 1.
    pub line: usize,
    /// Characters from the start of the line; the first is 1.
    pub column: usize,
}

impl Position {
    /// The start of a text.
    #[must_use]
    pub const fn start() -> Self {
        Self { offset: 0, line: 1, column: 1 }
    }

    /// The position after so many printable ASCII characters.
    #[must_use]
    pub(super) const fn after_printable(self, count: usize) -> Self {
        Self { offset: self.offset + count, column: self.column + count, ..self }
    }

    /// The position after `text`, which begins here.
    #[must_use]
    pub fn after(self, text: &[u8]) -> Self {
        let offset = self.offset + text.len();
        if text.len() <= SHORT {
            return text.iter().fold(Self { offset, ..self }, |here, &byte| here.step(byte));
        }
        match memrchr(b'\n', text) {
            None => Self { offset, column: self.column + characters(text), ..self },
            Some(last) => Self {
                offset,
                line: self.line + line_feeds(text),
                column: 1 + characters(&text[last + 1..]),
            },
        }
    }

    fn step(self, byte: u8) -> Self {
        let ends_line = byte == b'\n';
        let column = self.column + usize::from(starts_character(byte));
        Self {
            line: self.line + usize::from(ends_line),
            column: if ends_line { 1 } else { column },
            ..self
        }
    }
}

/// Texts of up to so many bytes are read byte by byte, which is quicker than setting up vector code.
const SHORT: usize = 16;

// Both loops are plain so that the compiler makes vector code of them.

#[expect(clippy::naive_bytecount, reason = "quick enough, and no dependency")]
fn line_feeds(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

fn characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| starts_character(**byte)).count()
}

/// Bytes 0x80 to 0xBF continue a character.
const fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}
