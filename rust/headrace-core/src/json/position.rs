//! Where in the text we are.

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

    /// The place behind `text`, which begins here.
    #[must_use]
    pub fn after(self, text: &[u8]) -> Self {
        let mut here = Self { offset: self.offset + text.len(), ..self };
        for &byte in text {
            if byte == b'\n' {
                here.line += 1;
                here.column = 1;
            } else {
                // Bytes 0x80 to 0xBF continue a character that was counted at its first byte.
                here.column += usize::from(byte & 0xC0 != 0x80);
            }
        }
        here
    }
}
