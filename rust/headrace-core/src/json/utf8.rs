//! UTF-8 that is cut anywhere.

/// The beginning of a character whose other bytes have not arrived.
#[derive(Debug)]
pub(super) struct Utf8Tail {
    bytes: [u8; 4],
    length: usize,
}

/// The text of a piece of bytes, together with the beginning that was left from the piece before it.
pub(super) struct Decoded<'a> {
    /// The character that the beginning has become.
    pub(super) joined: Option<([u8; 4], usize)>,
    /// The whole characters of this piece, after `joined`.
    pub(super) text: &'a [u8],
    /// Whether the bytes after `text` cannot belong to a character.
    pub(super) invalid: bool,
}

impl Utf8Tail {
    pub(super) const fn new() -> Self {
        Self { bytes: [0; 4], length: 0 }
    }

    /// Returns whether a character has begun and not ended.
    pub(super) const fn is_open(&self) -> bool {
        self.length > 0
    }

    /// Splits `piece` into whole characters and keeps the beginning of the last one.
    pub(super) fn decode<'a>(&mut self, mut piece: &'a [u8]) -> Decoded<'a> {
        let mut joined = None;
        while self.length > 0 {
            let Some((&first, rest)) = piece.split_first() else {
                return Decoded { joined, text: piece, invalid: false };
            };
            self.bytes[self.length] = first;
            self.length += 1;
            match std::str::from_utf8(&self.bytes[..self.length]) {
                Ok(_) => {
                    joined = Some((self.bytes, self.length));
                    self.length = 0;
                }
                Err(error) if error.error_len().is_some() => {
                    self.length = 0;
                    return Decoded { joined, text: &[], invalid: true };
                }
                Err(_) => {}
            }
            piece = rest;
        }
        match std::str::from_utf8(piece) {
            Ok(_) => Decoded { joined, text: piece, invalid: false },
            Err(error) => {
                let (text, rest) = piece.split_at(error.valid_up_to());
                let invalid = error.error_len().is_some();
                if !invalid {
                    self.length = rest.len();
                    self.bytes[..rest.len()].copy_from_slice(rest);
                }
                Decoded { joined, text, invalid }
            }
        }
    }
}
