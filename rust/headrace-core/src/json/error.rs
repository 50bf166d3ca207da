//! The errors of a text and their positions.

use std::fmt;

use super::position::Position;
use super::sink::Container;

/// Why a text is not, or can no longer become, a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something that starts no value stands where a value is due.
    ExpectedValue,
    /// A closing bracket stands where the comma before it promised an element.
    TrailingComma,
    /// An object's member does not begin with a quoted name.
    ExpectedKey,
    /// The name of a member is not followed by a colon.
    ExpectedColon,
    /// A value inside the container is followed neither by a comma nor by the container's end.
    ExpectedCommaOrEnd(Container),
    /// A word that begins like `true`, `false` or `null` but is not one of them.
    InvalidLiteral,
    /// A number that breaks off or has a leading zero.
    InvalidNumber,
    /// `NaN` or `Infinity`, which RFC 8259 does not know.
    NotFinite,
    /// A backslash before a character that cannot be escaped.
    InvalidEscape,
    /// `\u` without four hexadecimal digits.
    InvalidUnicodeEscape,
    /// A control character in a string, which RFC 8259 wants escaped.
    ControlCharacter,
    /// Bytes that are not UTF-8.
    InvalidUtf8,
    /// More containers inside each other than the caller allows.
    TooDeep,
    /// Text after the document.
    TrailingText,
    /// The text ended before the document did.
    UnexpectedEnd,
    /// No document was found in the text, fenced or not.
    NoDocument,
    /// The consumer of the events refused a value.
    Refused,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ExpectedValue => "expected a value",
            Self::TrailingComma => "expected a value after the comma",
            Self::ExpectedKey => "expected a member name in double quotes",
            Self::ExpectedColon => "expected ':' after the member name",
            Self::ExpectedCommaOrEnd(Container::Array) => "expected ',' or ']'",
            Self::ExpectedCommaOrEnd(Container::Object) => "expected ',' or '}'",
            Self::InvalidLiteral => "expected true, false or null",
            Self::InvalidNumber => "invalid number",
            Self::NotFinite => "NaN and Infinity are not JSON",
            Self::InvalidEscape => "invalid escape",
            Self::InvalidUnicodeEscape => "expected four hexadecimal digits",
            Self::ControlCharacter => "control character in a string",
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::TooDeep => "too deeply nested",
            Self::TrailingText => "text after the document",
            Self::UnexpectedEnd => "the text ended before the document did",
            Self::NoDocument => "no JSON document found",
            Self::Refused => "value refused",
        })
    }
}

/// An [`ErrorKind`] and the place where it became certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// The error.
    pub kind: ErrorKind,
    /// Where that became certain.
    pub position: Position,
}

impl fmt::Display for JsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { offset, line, column } = self.position;
        write!(formatter, "{} at line {line} column {column} (byte {offset})", self.kind)
    }
}

impl std::error::Error for JsonError {}
