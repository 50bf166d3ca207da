//! JSONPath as RFC 9535 writes it, without its filters.

use std::fmt;

use super::slice::Slice;

/// Part of a path: what it picks of a value's children, or of all that is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Whether it looks at every depth, as `..` does.
    pub(super) descendant: bool,
    pub(super) selectors: Vec<Selector>,
}

/// Which children a segment picks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Selector {
    /// The member of this name.
    Name(Vec<u8>),
    /// Every member or element.
    Wildcard,
    /// Elements of an array: a single index is a slice of one.
    Slice(Slice),
}

/// A path that was read and can be followed.
///
/// ```
/// use headrace_core::json::Path;
///
/// assert!(Path::parse("$.countries[*].name").is_ok());
/// let error = Path::parse("$.countries[?@.name]").unwrap_err();
/// assert_eq!(error.to_string(), "filter expressions are not supported, at character 12");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    pub(super) segments: Vec<Segment>,
}

/// Why a text is not a supported path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathErrorKind {
    /// It does not begin with `$`.
    ExpectedRoot,
    /// Something stands where a segment is due that begins none.
    ExpectedSegment,
    /// Behind a dot stands neither a name nor `*`.
    ExpectedName,
    /// The brackets contain something that is not a selector.
    ExpectedSelector,
    /// Behind a selector stands neither a comma nor the bracket's end.
    ExpectedCommaOrEnd,
    /// The path ends inside brackets.
    UnclosedBracket,
    /// The path ends inside quotes.
    UnclosedString,
    /// A backslash before a character that cannot be escaped.
    InvalidEscape,
    /// `\u` without four hexadecimal digits, or half a surrogate pair.
    InvalidUnicodeEscape,
    /// A control character inside quotes.
    ControlCharacter,
    /// A number with a leading zero, `-0`, or a sign alone.
    InvalidInteger,
    /// A number that JSON readers cannot represent exactly.
    IntegerTooLarge,
    /// A filter: the part of RFC 9535 that is not followed here.
    Filter,
    /// A call of a function, which only filters have.
    Function,
}

impl fmt::Display for PathErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ExpectedRoot => "expected '$'",
            Self::ExpectedSegment => "expected '.', '..' or '['",
            Self::ExpectedName => "expected a member name or '*'",
            Self::ExpectedSelector => "expected a name in quotes, an index, a slice or '*'",
            Self::ExpectedCommaOrEnd => "expected ',' or ']'",
            Self::UnclosedBracket => "'[' is not closed",
            Self::UnclosedString => "the quotes are not closed",
            Self::InvalidEscape => "invalid escape",
            Self::InvalidUnicodeEscape => {
                "expected four hexadecimal digits, a surrogate only in a pair"
            }
            Self::ControlCharacter => "control character in a name",
            Self::InvalidInteger => "invalid integer",
            Self::IntegerTooLarge => "integer beyond 2^53 - 1",
            Self::Filter => "filter expressions are not supported",
            Self::Function => "function extensions are not supported",
        })
    }
}

/// A [`PathErrorKind`] and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    /// The error.
    pub kind: PathErrorKind,
    /// Where: characters from the start of the path.
    pub offset: usize,
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, at character {}", self.kind, self.offset)
    }
}

impl std::error::Error for PathError {}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// The error and its position.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let mut reader = Reader { text, at: 0 };
        reader.path().map_err(|(kind, at)| PathError { kind, offset: text[..at].chars().count() })
    }
}

/// The error and its byte offset.
type Fault = (PathErrorKind, usize);

/// The largest integer that RFC 9535 allows.
const LARGEST: i64 = (1 << 53) - 1;

struct Reader<'a> {
    text: &'a str,
    /// The byte that comes next; always between two characters.
    at: usize,
}

impl Reader<'_> {
    fn path(&mut self) -> Result<Path, Fault> {
        if !self.take(b'$') {
            return self.fail(PathErrorKind::ExpectedRoot);
        }
        let mut segments = Vec::new();
        while self.at < self.text.len() {
            segments.push(self.segment()?);
        }
        Ok(Path { segments })
    }

    fn segment(&mut self) -> Result<Segment, Fault> {
        let before = self.at;
        self.skip_blanks();
        let descendant = self.text[self.at..].starts_with("..");
        if descendant {
            self.at += 2;
        }
        let selectors = match self.peek() {
            Some(b'[') => self.brackets()?,
            _ if descendant || self.take(b'.') => vec![self.shorthand()?],
            // Blanks are allowed between segments, but not after the last one.
            None => return Err((PathErrorKind::ExpectedSegment, before)),
            Some(_) => return self.fail(PathErrorKind::ExpectedSegment),
        };
        Ok(Segment { descendant, selectors })
    }

    /// Behind a dot.
    fn shorthand(&mut self) -> Result<Selector, Fault> {
        if self.take(b'*') {
            return Ok(Selector::Wildcard);
        }
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest
            .char_indices()
            .find(|&(index, character)| !is_name_character(character, index == 0))
            .map_or(rest.len(), |(index, _)| index);
        if length == 0 {
            return self.fail(PathErrorKind::ExpectedName);
        }
        self.at += length;
        if self.peek() == Some(b'(') {
            self.at = start;
            return self.fail(PathErrorKind::Function);
        }
        Ok(Selector::Name(rest.as_bytes()[..length].to_vec()))
    }

    fn brackets(&mut self) -> Result<Vec<Selector>, Fault> {
        let opening = self.at;
        self.at += 1;
        let mut selectors = Vec::new();
        loop {
            self.skip_blanks();
            if self.peek().is_none() {
                return Err((PathErrorKind::UnclosedBracket, opening));
            }
            selectors.push(self.selector()?);
            self.skip_blanks();
            if self.take(b']') {
                return Ok(selectors);
            }
            if !self.take(b',') {
                return match self.peek() {
                    None => Err((PathErrorKind::UnclosedBracket, opening)),
                    Some(_) => self.fail(PathErrorKind::ExpectedCommaOrEnd),
                };
            }
        }
    }

    fn selector(&mut self) -> Result<Selector, Fault> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.name(quote).map(Selector::Name),
            Some(b'*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some(b'?') => self.fail(PathErrorKind::Filter),
            Some(b'-' | b':' | b'0'..=b'9') => self.index_or_slice().map(Selector::Slice),
            Some(b'a'..=b'z') if self.is_call() => self.fail(PathErrorKind::Function),
            _ => self.fail(PathErrorKind::ExpectedSelector),
        }
    }

    /// Returns whether a function's name and its opening bracket come next.
    fn is_call(&self) -> bool {
        let rest = &self.text.as_bytes()[self.at..];
        let name = rest.iter().take_while(|it| it.is_ascii_alphanumeric() || **it == b'_').count();
        rest.get(name) == Some(&b'(')
    }

    fn index_or_slice(&mut self) -> Result<Slice, Fault> {
        let start = self.integer()?;
        if let Some(index) = start {
            let behind = self.at;
            self.skip_blanks();
            if self.peek() != Some(b':') {
                self.at = behind;
                return Ok(Slice::one(index));
            }
        }
        self.at += 1;
        self.skip_blanks();
        let end = self.integer()?;
        let behind = self.at;
        self.skip_blanks();
        if !self.take(b':') {
            self.at = behind;
            return Ok(Slice::new(start, end, 1));
        }
        let behind = self.at;
        self.skip_blanks();
        let step = self.integer()?;
        if step.is_none() {
            self.at = behind;
        }
        Ok(Slice::new(start, end, step.unwrap_or(1)))
    }

    /// An integer, if one comes next.
    fn integer(&mut self) -> Result<Option<i64>, Fault> {
        let start = self.at;
        let negative = self.take(b'-');
        let digits = &self.text.as_bytes()[self.at..];
        let digits = &digits[..digits.iter().take_while(|byte| byte.is_ascii_digit()).count()];
        match digits {
            [] if !negative => return Ok(None),
            [b'0'] if !negative => {}
            [] | [b'0', ..] => return Err((PathErrorKind::InvalidInteger, start)),
            _ => {}
        }
        let mut value = 0_i64;
        for digit in digits {
            value = value.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
        }
        if value > LARGEST {
            return Err((PathErrorKind::IntegerTooLarge, start));
        }
        self.at += digits.len();
        Ok(Some(if negative { -value } else { value }))
    }

    /// A name in quotes.
    fn name(&mut self, quote: u8) -> Result<Vec<u8>, Fault> {
        let opening = self.at;
        self.at += 1;
        let mut name = Vec::new();
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let run = rest
                .iter()
                .position(|&byte| byte == quote || byte == b'\\' || byte < 0x20)
                .ok_or((PathErrorKind::UnclosedString, opening))?;
            name.extend_from_slice(&rest[..run]);
            self.at += run;
            match rest[run] {
                b'\\' => self.escape(quote, &mut name)?,
                byte if byte == quote => {
                    self.at += 1;
                    return Ok(name);
                }
                _ => return self.fail(PathErrorKind::ControlCharacter),
            }
        }
    }

    fn escape(&mut self, quote: u8, name: &mut Vec<u8>) -> Result<(), Fault> {
        let backslash = self.at;
        self.at += 1;
        let byte = match self.peek() {
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(byte @ (b'/' | b'\\')) => byte,
            Some(byte) if byte == quote => byte,
            Some(b'u') => {
                let character = self
                    .unicode_escape()
                    .ok_or((PathErrorKind::InvalidUnicodeEscape, backslash))?;
                let mut buffer = [0; 4];
                name.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                return Ok(());
            }
            _ => return Err((PathErrorKind::InvalidEscape, backslash)),
        };
        self.at += 1;
        name.push(byte);
        Ok(())
    }

    /// At the `u`: a character, which may take two escapes.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        if !self.take(b'\\') {
            return None;
        }
        let second = self.unit()?;
        if !(0xDC00..0xE000).contains(&second) {
            return None;
        }
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 5)?.strip_prefix(b"u")?;
        let mut value = 0;
        for &digit in digits {
            value = value << 4 | char::from(digit).to_digit(16)?;
        }
        self.at += 5;
        Some(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fail<T>(&self, kind: PathErrorKind) -> Result<T, Fault> {
        Err((kind, self.at))
    }
}

/// Returns whether a name written without quotes may have this character.
fn is_name_character(character: char, first: bool) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '_' => true,
        '0'..='9' => !first,
        _ => character >= '\u{80}',
    }
}
