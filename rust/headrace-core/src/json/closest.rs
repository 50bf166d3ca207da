//! The longest beginning of a text that brackets alone make whole.

use std::convert::Infallible;

use super::number::Number;
use super::options::Options;
use super::scanner::{Scanner, Step};
use super::sink::{Container, Sink};

/// Fallbacks for a text that cannot be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closest {
    /// Its first so many bytes become a document when the containers open in the whole text are closed.
    Prefix(usize),
    /// A closing bracket has no opening one.
    Mismatched,
    /// No beginning does.
    None,
}

/// Shortens a text until closing the brackets that the *whole* text leaves open makes a document of it.
///
/// This is what `langchain_core.utils.json.parse_partial_json` does with a text it cannot complete, by
/// trying ever shorter ones; here it is two passes.
#[must_use]
pub fn closest_prefix(text: &[u8], options: &Options) -> Closest {
    let Some(left_open) = left_open(text) else {
        return Closest::Mismatched;
    };
    let mut scanner = Scanner::new();
    let mut longest = Closest::None;
    let mut ended = false;
    let mut index = text.iter().take_while(|byte| is_blank(**byte)).count();
    while index < text.len() {
        if ended {
            if !is_blank(text[index]) {
                break;
            }
        } else {
            let Ok(step) = scanner.scan(&text[index..=index], options, &mut Nobody);
            match step {
                Step::Open => {}
                // A number ends before the byte that ends it.
                Step::Ended(0) => {
                    ended = true;
                    continue;
                }
                Step::Ended(_) => ended = true,
                Step::Broken(..) => break,
            }
        }
        index += 1;
        if scanner.is_closable() && scanner.open() == left_open {
            longest = Closest::Prefix(index);
        }
    }
    longest
}

/// The containers that the text leaves open, or nothing where a closing bracket does not fit.
fn left_open(text: &[u8]) -> Option<Vec<Container>> {
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for &byte in text {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' => open.push(Container::Object),
            b'[' => open.push(Container::Array),
            b'}' if open.pop() != Some(Container::Object) => return None,
            b']' if open.pop() != Some(Container::Array) => return None,
            _ => {}
        }
    }
    Some(open)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// A sink that wants to know nothing.
struct Nobody;

impl Sink for Nobody {
    type Error = Infallible;

    fn restart(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn begin(&mut self, _: Container) -> Result<(), Infallible> {
        Ok(())
    }
    fn end(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn key(&mut self, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
    fn null(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn boolean(&mut self, _: bool) -> Result<(), Infallible> {
        Ok(())
    }
    fn number(&mut self, _: Number<'_>) -> Result<(), Infallible> {
        Ok(())
    }
    fn string(&mut self, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
    fn open_number(&mut self, _: Number<'_>) -> Result<(), Infallible> {
        Ok(())
    }
    fn open_string(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
    fn append(&mut self, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }
    fn close_string(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}
