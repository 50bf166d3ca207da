//! Strings: escapes, surrogate halves, and what is held back at an open end.

use memchr::memchr2;

use super::error::ErrorKind;
use super::options::{Controls, HoldBack, Options};

/// Where in an escape the text stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Backslash,
    Unicode { digits: u8, value: u16 },
}

/// What [`StringToken::scan`] found.
pub(super) enum Scan {
    /// The piece ended first.
    Open,
    /// The closing quote stands before this index.
    Ended(usize),
    /// At this index stands something that no string may hold.
    Broken(usize, ErrorKind),
}

/// A string that is being read, a member's name or a value.
///
/// `pending` is text that its receiver has not got yet. All of it up to `visible` can be shown; behind
/// that stand characters that are held back until something follows.
#[derive(Debug)]
pub(super) struct StringToken {
    pending: Vec<u8>,
    visible: usize,
    /// Where `visible` moves if a backtick follows: it lets only blanks and backticks be held back.
    before_blanks: usize,
    /// The first half of a surrogate pair whose second half may follow.
    high_surrogate: Option<u16>,
    escape: Escape,
}

impl StringToken {
    pub(super) const fn new() -> Self {
        Self {
            pending: Vec::new(),
            visible: 0,
            before_blanks: 0,
            high_surrogate: None,
            escape: Escape::None,
        }
    }

    /// Begins after an opening quote.
    pub(super) fn begin(&mut self) {
        self.clear();
        self.high_surrogate = None;
        self.escape = Escape::None;
    }

    /// All the text that was not taken yet.
    pub(super) fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// The part of it that can be shown.
    pub(super) fn visible(&self) -> &[u8] {
        &self.pending[..self.visible]
    }

    /// Forgets what the receiver has got: all of it.
    pub(super) fn clear(&mut self) {
        self.pending.clear();
        self.visible = 0;
        self.before_blanks = 0;
    }

    /// Forgets what the receiver has got: the visible part.
    pub(super) fn take_visible(&mut self) {
        if self.visible == self.pending.len() {
            self.clear();
        } else if self.visible > 0 {
            self.pending.drain(..self.visible);
            self.before_blanks -= self.visible;
            self.visible = 0;
        }
    }

    /// Makes what could be shown of an unfinished text visible: half a surrogate pair too.
    pub(super) fn settle(&mut self) {
        if matches!(self.escape, Escape::None | Escape::Backslash) {
            self.flush_surrogate();
            self.firm();
        }
    }

    /// Returns whether the text stopped inside `\u` and its four digits.
    pub(super) const fn inside_unicode_escape(&self) -> bool {
        matches!(self.escape, Escape::Unicode { .. })
    }

    /// How far a piece is plain: printable ASCII characters, none of them a quote or a backslash, and not
    /// many, which is by far the most frequent kind of text. Nothing where an escape has to be ended first.
    #[inline]
    pub(super) fn plain_run(&self, piece: &[u8]) -> Option<usize> {
        if self.escape != Escape::None || self.high_surrogate.is_some() {
            return None;
        }
        let near = &piece[..piece.len().min(SHORT)];
        Some(near.iter().position(|&byte| !PLAIN[usize::from(byte)]).unwrap_or(near.len()))
    }

    /// How much of plain text that goes on to the end of the piece can be shown at once. Nothing where that
    /// depends on the kind of blanks that wait already.
    #[inline]
    pub(super) fn shown_of_plain(&self, text: &[u8], hold_back: HoldBack) -> Option<usize> {
        if hold_back == HoldBack::Nothing {
            return Some(text.len());
        }
        let shown = without_blanks(text);
        (shown > 0 || self.pending.is_empty()).then_some(shown)
    }

    /// Keeps plain text that is not shown yet: blanks and backticks at the end of a value, or a name.
    #[inline]
    pub(super) fn keep(&mut self, text: &[u8]) {
        self.pending.extend_from_slice(text);
    }

    /// Reads on, up to the closing quote.
    pub(super) fn scan(&mut self, piece: &[u8], options: &Options) -> Scan {
        let mut index = 0;
        while let Some(&byte) = piece.get(index) {
            match self.escape {
                Escape::None => {
                    let run = &piece[index..index + run_length(&piece[index..])];
                    if !run.is_empty() {
                        if let Some(at) = control_character(run, options) {
                            if at > 0 {
                                self.push_raw(&run[..at], options.hold_back);
                            }
                            return Scan::Broken(index + at, ErrorKind::ControlCharacter);
                        }
                        self.push_raw(run, options.hold_back);
                        index += run.len();
                    }
                    match piece.get(index) {
                        None => return Scan::Open,
                        Some(b'"') => {
                            self.flush_surrogate();
                            return Scan::Ended(index + 1);
                        }
                        Some(_) => {
                            if self.high_surrogate.is_none() {
                                self.firm();
                            }
                            self.escape = Escape::Backslash;
                            index += 1;
                        }
                    }
                }
                Escape::Backslash => {
                    if byte == b'u' {
                        self.escape = Escape::Unicode { digits: 0, value: 0 };
                    } else {
                        let Some(character) = unescape(byte) else {
                            return Scan::Broken(index, ErrorKind::InvalidEscape);
                        };
                        self.flush_surrogate();
                        self.pending.push(character);
                        self.firm();
                        self.escape = Escape::None;
                    }
                    index += 1;
                }
                Escape::Unicode { digits, value } => {
                    let Some(digit) = char::from(byte).to_digit(16) else {
                        return Scan::Broken(index, ErrorKind::InvalidUnicodeEscape);
                    };
                    #[expect(clippy::cast_possible_truncation, reason = "a hexadecimal digit")]
                    let value = value << 4 | digit as u16;
                    if digits == 3 {
                        self.push_unit(value);
                        self.escape = Escape::None;
                    } else {
                        self.escape = Escape::Unicode { digits: digits + 1, value };
                    }
                    index += 1;
                }
            }
        }
        Scan::Open
    }

    /// Takes characters that stand for themselves.
    fn push_raw(&mut self, run: &[u8], hold_back: HoldBack) {
        self.flush_surrogate();
        let base = self.pending.len();
        self.pending.extend_from_slice(run);
        let to_unicode_blanks = match hold_back {
            HoldBack::Nothing => {
                self.firm();
                return;
            }
            HoldBack::Blanks => run.len(),
            HoldBack::UnicodeBlanks => without_unicode_blanks(run),
        };
        if to_unicode_blanks > 0 {
            let shown = without_blanks(&run[..to_unicode_blanks]);
            self.visible = if shown > 0 { base + shown } else { self.before_blanks };
        }
        let shown = without_blanks(run);
        if shown > 0 {
            self.before_blanks = base + shown;
        }
    }

    /// Takes a UTF-16 unit that was written as an escape.
    fn push_unit(&mut self, unit: u16) {
        match (self.high_surrogate, unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                self.high_surrogate = None;
                let code =
                    0x1_0000 + ((u32::from(high) - 0xD800) << 10) + (u32::from(unit) - 0xDC00);
                self.push_code(code);
            }
            (_, 0xD800..=0xDBFF) => {
                self.flush_surrogate();
                self.high_surrogate = Some(unit);
            }
            _ => {
                self.flush_surrogate();
                self.push_code(u32::from(unit));
            }
        }
    }

    /// A first half whose second half did not come stays what it is.
    fn flush_surrogate(&mut self) {
        if let Some(high) = self.high_surrogate.take() {
            self.push_code(u32::from(high));
        }
    }

    fn push_code(&mut self, code: u32) {
        if let Some(character) = char::from_u32(code) {
            let mut buffer = [0; 4];
            self.pending.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        } else {
            // Half a surrogate pair: three bytes in the pattern of UTF-8, which Python's "surrogatepass"
            // reads.
            let continuation = |bits: u32| 0x80 | (bits & 0x3F);
            for byte in [0xE0 | code >> 12, continuation(code >> 6), continuation(code)] {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "at most 0xED by construction"
                )]
                self.pending.push(byte as u8);
            }
        }
        self.firm();
    }

    /// Nothing that stands here is held back any more.
    fn firm(&mut self) {
        self.visible = self.pending.len();
        self.before_blanks = self.visible;
    }
}

/// Pieces of up to so many bytes are worth a look for the plain case.
const SHORT: usize = 32;

/// Whether a byte is a printable ASCII character other than a quote or a backslash.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7F {
        plain[byte] = byte != b'"' as usize && byte != b'\\' as usize;
        byte += 1;
    }
    plain
};

/// Returns the length of the text before a quote or a backslash.
///
/// Most runs are short, so the first bytes are looked at without setting up a vector search.
pub(super) fn run_length(text: &[u8]) -> usize {
    let near = text.len().min(16);
    for (index, &byte) in text[..near].iter().enumerate() {
        if byte == b'"' || byte == b'\\' {
            return index;
        }
    }
    near + memchr2(b'"', b'\\', &text[near..]).unwrap_or(text.len() - near)
}

/// The first control character that the options refuse.
pub(super) fn control_character(run: &[u8], options: &Options) -> Option<usize> {
    match options.controls {
        Controls::All => None,
        Controls::LineFeeds => run.iter().position(|&byte| byte < 0x20 && byte != b'\n'),
        Controls::None => run.iter().position(|&byte| byte < 0x20),
    }
}

/// The character that a backslash and this byte stand for.
const fn unescape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// What [`HoldBack::Blanks`] holds back, and what may surround a document in Markdown.
pub(super) const fn is_blank_or_backtick(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'`')
}

fn without_blanks(run: &[u8]) -> usize {
    run.iter().rposition(|&byte| !is_blank_or_backtick(byte)).map_or(0, |last| last + 1)
}

/// The length without the white space at the end, as Python's `str.strip` understands it.
fn without_unicode_blanks(mut run: &[u8]) -> usize {
    loop {
        let blank = trailing_unicode_blank(run);
        if blank == 0 {
            return run.len();
        }
        run = &run[..run.len() - blank];
    }
}

/// The length in bytes of the white space character at the end, or 0.
fn trailing_unicode_blank(run: &[u8]) -> usize {
    match run {
        [.., 0x09..=0x0D | 0x1C..=0x20] => 1,
        [.., 0xC2, 0x85 | 0xA0] => 2,
        [.., 0xE1, 0x9A, 0x80]
        | [.., 0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF]
        | [.., 0xE2, 0x81, 0x9F]
        | [.., 0xE3, 0x80, 0x80] => 3,
        _ => 0,
    }
}

/// The length in bytes of the white space character at the start, or 0.
pub(super) fn leading_unicode_blank(text: &[u8]) -> usize {
    (1..=3.min(text.len()))
        .find(|&length| trailing_unicode_blank(&text[..length]) == length)
        .unwrap_or(0)
}
