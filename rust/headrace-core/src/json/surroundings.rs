//! The text around a document: blanks, prose, Markdown fences.

use memchr::memchr;

use super::options::{HoldBack, Options};
use super::sink::Container;
use super::string::{is_blank_or_backtick, leading_unicode_blank, run_length};

/// The language tag that may follow a fence at once.
const TAG: &[u8] = b"json";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Only blanks and backticks so far.
    Lead,
    /// Behind a fence, with so many bytes of [`TAG`] read.
    Tag(usize),
    /// Behind the tag, on the fence's own line if `true`.
    Fenced { fence_line: bool },
    /// A fence line with another tag: it is skipped.
    Info,
    /// Text that is not a document.
    Prose,
    /// A document that broke off, up to where its brackets are closed.
    Broken { in_string: bool, escaped: bool },
}

/// Finds the place where a document begins.
#[derive(Debug)]
pub(super) struct Surroundings {
    phase: Phase,
    /// Backticks in a row, up to here.
    backticks: usize,
    /// The brackets that a broken document left open.
    open: Vec<Container>,
}

impl Surroundings {
    pub(super) const fn new() -> Self {
        Self { phase: Phase::Lead, backticks: 0, open: Vec::new() }
    }

    /// Returns whether a fence was seen before the place we are at.
    pub(super) const fn is_fenced(&self) -> bool {
        matches!(self.phase, Phase::Tag(_) | Phase::Fenced { .. })
    }

    /// The text at the last place was not a document: look further.
    pub(super) const fn reject(&mut self) {
        self.backticks = 0;
        self.phase = match self.phase {
            Phase::Tag(_) | Phase::Fenced { fence_line: true } => Phase::Info,
            _ => Phase::Prose,
        };
    }

    /// The document that began at the last place broke, with these containers open: no other begins inside
    /// them.
    pub(super) fn skip_broken(&mut self, open: &[Container], in_string: bool) {
        self.backticks = 0;
        self.open.clear();
        self.open.extend_from_slice(open);
        self.phase = Phase::Broken { in_string, escaped: false };
    }

    /// The document has ended; another one may follow in a fence.
    pub(super) const fn look_for_fence(&mut self) {
        self.backticks = 0;
        self.phase = Phase::Prose;
    }

    /// The index at which a document may begin, if there is one in this piece.
    pub(super) fn scan(&mut self, piece: &[u8], options: &Options) -> Option<usize> {
        let mut index = 0;
        while let Some(&byte) = piece.get(index) {
            match self.phase {
                Phase::Lead if !options.fences => {
                    if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                        return Some(index);
                    }
                    index += 1;
                }
                Phase::Lead | Phase::Fenced { .. } if is_blank_or_backtick(byte) => {
                    if byte == b'\n' {
                        self.phase = match self.phase {
                            Phase::Fenced { .. } => Phase::Fenced { fence_line: false },
                            phase => phase,
                        };
                    }
                    self.count_backticks(byte);
                    index += 1;
                }
                Phase::Lead | Phase::Fenced { .. } => {
                    let blank = if options.hold_back == HoldBack::UnicodeBlanks {
                        leading_unicode_blank(&piece[index..])
                    } else {
                        0
                    };
                    if blank > 0 {
                        index += blank;
                    } else if begins_value(byte) {
                        return Some(index);
                    } else {
                        self.reject();
                    }
                }
                Phase::Tag(read) => {
                    if TAG.get(read) == Some(&byte) {
                        self.phase = if read + 1 == TAG.len() {
                            Phase::Fenced { fence_line: true }
                        } else {
                            Phase::Tag(read + 1)
                        };
                        index += 1;
                    } else if read == 0 {
                        self.phase = Phase::Fenced { fence_line: true };
                    } else {
                        self.phase = Phase::Info;
                    }
                }
                Phase::Info => match memchr(b'\n', &piece[index..]) {
                    Some(end) => {
                        index += end + 1;
                        self.backticks = 0;
                        self.phase = Phase::Fenced { fence_line: false };
                    }
                    None => return None,
                },
                Phase::Prose => {
                    if self.backticks == 0 {
                        match memchr(b'`', &piece[index..]) {
                            Some(found) => index += found,
                            None => return None,
                        }
                    }
                    self.count_backticks(piece[index]);
                    index += 1;
                }
                Phase::Broken { in_string, escaped } => {
                    index += self.skip(&piece[index..], in_string, escaped);
                }
            }
        }
        None
    }

    fn count_backticks(&mut self, byte: u8) {
        self.backticks = if byte == b'`' { self.backticks + 1 } else { 0 };
        if self.backticks >= 3 {
            self.phase = Phase::Tag(0);
        }
    }

    /// Reads one run of a broken document and returns its length.
    fn skip(&mut self, piece: &[u8], in_string: bool, escaped: bool) -> usize {
        let (mut in_string, mut next_escaped) = (in_string, false);
        let mut length = 1;
        match piece.first() {
            Some(_) if escaped => {}
            Some(b'"') => in_string = !in_string,
            Some(b'\\') if in_string => next_escaped = true,
            Some(_) if in_string => length = run_length(piece),
            Some(b'[') => self.open.push(Container::Array),
            Some(b'{') => self.open.push(Container::Object),
            Some(b']' | b'}') => {
                self.open.pop();
            }
            _ => {}
        }
        self.phase = if self.open.is_empty() && !in_string {
            Phase::Prose
        } else {
            Phase::Broken { in_string, escaped: next_escaped }
        };
        length
    }
}

/// Returns whether a value can begin with this byte.
pub(super) const fn begins_value(byte: u8) -> bool {
    matches!(byte, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I')
}
