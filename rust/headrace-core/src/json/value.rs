//! A document as a Rust value, for those who want no more.

use std::convert::Infallible;
use std::fmt;

use super::number::Number;
use super::select::Build;
use super::sink::{Container, Sink};

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, and what stands where no value has come yet.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer that fits.
    Integer(i64),
    /// The digits of one that does not.
    BigInteger(String),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// UTF-8, in which half a surrogate pair may stand alone as its three bytes.
    String(Vec<u8>),
    /// Values in order.
    Array(Vec<Value>),
    /// Members as they came, those with a repeated name included.
    Object(Vec<(Vec<u8>, Value)>),
}

impl From<Number<'_>> for Value {
    fn from(number: Number<'_>) -> Self {
        match number {
            Number::Integer(integer) => Self::Integer(integer),
            Number::BigInteger(digits) => Self::BigInteger(digits.to_owned()),
            Number::Float(float) => Self::Float(float),
        }
    }
}

impl fmt::Display for Value {
    /// Writes JSON, without blanks; a surrogate half comes out as U+FFFD.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Boolean(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::BigInteger(digits) => formatter.write_str(digits),
            Self::Float(value) => write!(formatter, "{value:?}"),
            Self::String(text) => write_string(formatter, text),
            Self::Array(elements) => {
                formatter.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(formatter, "{comma}{element}")?;
                }
                formatter.write_str("]")
            }
            Self::Object(members) => {
                formatter.write_str("{")?;
                for (index, (name, value)) in members.iter().enumerate() {
                    formatter.write_str(if index > 0 { "," } else { "" })?;
                    write_string(formatter, name)?;
                    write!(formatter, ":{value}")?;
                }
                formatter.write_str("}")
            }
        }
    }
}

fn write_string(formatter: &mut fmt::Formatter<'_>, text: &[u8]) -> fmt::Result {
    formatter.write_str("\"")?;
    for character in String::from_utf8_lossy(text).chars() {
        match character {
            '"' | '\\' => write!(formatter, "\\{character}")?,
            '\0'..='\x1f' => write!(formatter, "\\u{:04x}", u32::from(character))?,
            _ => write!(formatter, "{character}")?,
        }
    }
    formatter.write_str("\"")
}

/// Builds a [`Value`] in place: what it holds after each call is the document so far.
///
/// Finding the innermost container costs its depth.
#[derive(Debug, Default)]
pub struct ValueSink {
    root: Option<Value>,
    /// How many containers are open; each is the last value of the one around it.
    depth: usize,
    name: Vec<u8>,
    /// Whether the last value of the innermost container is an open string or number.
    open: bool,
}

impl ValueSink {
    /// The document so far.
    #[must_use]
    pub fn value(&self) -> &Value {
        self.root.as_ref().unwrap_or(&Value::Null)
    }

    /// The document so far, if anything has come.
    #[must_use]
    pub fn into_value(self) -> Option<Value> {
        self.root
    }

    /// The value that stands last at a depth, 0 being the document itself.
    fn last(&mut self, depth: usize) -> Option<&mut Value> {
        let mut value = self.root.as_mut()?;
        for _ in 0..depth {
            value = match value {
                Value::Array(elements) => elements.last_mut()?,
                Value::Object(members) => &mut members.last_mut()?.1,
                _ => return None,
            };
        }
        Some(value)
    }

    /// Puts a value where the next one is due.
    fn put(&mut self, value: Value) {
        let replaces = std::mem::take(&mut self.open);
        let name = std::mem::take(&mut self.name);
        if self.depth == 0 {
            self.root = Some(value);
        } else if replaces {
            if let Some(open) = self.last(self.depth) {
                *open = value;
            }
        } else {
            match self.last(self.depth - 1) {
                Some(Value::Array(elements)) => elements.push(value),
                Some(Value::Object(members)) => members.push((name, value)),
                _ => {}
            }
        }
    }
}

impl Sink for ValueSink {
    type Error = Infallible;

    fn restart(&mut self) -> Result<(), Infallible> {
        *self = Self::default();
        Ok(())
    }

    fn begin(&mut self, container: Container) -> Result<(), Infallible> {
        self.put(match container {
            Container::Array => Value::Array(Vec::new()),
            Container::Object => Value::Object(Vec::new()),
        });
        self.depth += 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Infallible> {
        self.depth -= 1;
        Ok(())
    }

    fn key(&mut self, name: &[u8]) -> Result<(), Infallible> {
        name.clone_into(&mut self.name);
        Ok(())
    }

    fn null(&mut self) -> Result<(), Infallible> {
        self.put(Value::Null);
        Ok(())
    }

    fn boolean(&mut self, value: bool) -> Result<(), Infallible> {
        self.put(Value::Boolean(value));
        Ok(())
    }

    fn number(&mut self, number: Number<'_>) -> Result<(), Infallible> {
        self.put(number.into());
        Ok(())
    }

    fn string(&mut self, text: &[u8]) -> Result<(), Infallible> {
        self.put(Value::String(text.to_owned()));
        Ok(())
    }

    fn open_number(&mut self, number: Number<'_>) -> Result<(), Infallible> {
        self.put(number.into());
        self.open = true;
        Ok(())
    }

    fn open_string(&mut self) -> Result<(), Infallible> {
        self.put(Value::String(Vec::new()));
        self.open = true;
        Ok(())
    }

    fn append(&mut self, text: &[u8]) -> Result<(), Infallible> {
        if let Some(Value::String(open)) = self.last(self.depth) {
            open.extend_from_slice(text);
        }
        Ok(())
    }

    fn close_string(&mut self) -> Result<(), Infallible> {
        self.open = false;
        Ok(())
    }
}

impl Build for ValueSink {
    type Value = Value;

    fn ended(&mut self) -> Result<Value, Infallible> {
        Ok(self.last(self.depth).cloned().unwrap_or_default())
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}
