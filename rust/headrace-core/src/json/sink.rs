//! The parser's interface to builders.

use super::number::Number;

/// The two kinds of value that hold others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// `[...]`
    Array,
    /// `{...}`
    Object,
}

/// The receiver of a document's events, in document order.
///
/// Inside an object, each value is preceded by [`key`](Sink::key). Texts are UTF-8 in which half a
/// surrogate pair may stand alone, as its three bytes: what `json.loads` makes of `"\ud800"`.
///
/// The parser calls only what can be seen: what it holds back at the end of an open string arrives with
/// what follows.
pub trait Sink {
    /// Why the sink refuses to go on.
    type Error;

    /// The text so far was not the document: another one begins.
    ///
    /// # Errors
    /// As for all of these methods: the error of the sink; the parser then stops.
    fn restart(&mut self) -> Result<(), Self::Error>;
    /// An array or an object begins.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn begin(&mut self, container: Container) -> Result<(), Self::Error>;
    /// The innermost container ends.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn end(&mut self) -> Result<(), Self::Error>;
    /// The name of the member whose value comes next.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn key(&mut self, name: &[u8]) -> Result<(), Self::Error>;
    /// A `null`.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn null(&mut self) -> Result<(), Self::Error>;
    /// `true` or `false`.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn boolean(&mut self, value: bool) -> Result<(), Self::Error>;
    /// A number that has ended, whether or not it was shown while it was open.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn number(&mut self, number: Number<'_>) -> Result<(), Self::Error>;
    /// A string that was never open between two pieces of text.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn string(&mut self, text: &[u8]) -> Result<(), Self::Error>;

    /// The value of an open number if it ended here. [`number`](Sink::number) follows.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn open_number(&mut self, number: Number<'_>) -> Result<(), Self::Error>;
    /// A string opens. [`append`](Sink::append) and [`close_string`](Sink::close_string) follow.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn open_string(&mut self) -> Result<(), Self::Error>;
    /// More of the open string.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn append(&mut self, text: &[u8]) -> Result<(), Self::Error>;
    /// The open string has ended.
    ///
    /// # Errors
    /// See [`restart`](Sink::restart).
    fn close_string(&mut self) -> Result<(), Self::Error>;
}
