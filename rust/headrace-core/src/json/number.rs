//! Numbers, which have no end of their own.

/// A number as JSON writes it: with a fraction or an exponent it is a float, otherwise an integer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<'a> {
    /// An integer that fits.
    Integer(i64),
    /// The digits, and perhaps the sign, of one that does not.
    BigInteger(&'a str),
    /// A float; infinite where it is too large.
    Float(f64),
}

/// How many bytes of an open number are still read at each piece of text. A longer one is read once, at
/// its end: reading it again and again would make its cost grow with its square.
const SHOWN_WHILE_OPEN: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sign,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl State {
    const fn accepts(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }

    const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Sign, b'0') => Self::Zero,
            (Self::Sign, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Self::ExponentDigits
            }
            _ => return None,
        })
    }
}

/// What [`NumberToken::scan`] found.
pub(super) enum Scan {
    /// The piece ended first.
    Open,
    /// The number's last byte stands before this index.
    Ended(usize),
    /// At this index stands something that cannot follow.
    Broken(usize),
}

/// A number that is being read.
#[derive(Debug)]
pub(super) struct NumberToken {
    state: State,
    /// What came in earlier pieces, and after a scan that leaves it open, all of it.
    text: Vec<u8>,
    /// How much of `text` is a number by itself.
    accepted: usize,
    /// `accepted` when it was last shown.
    shown: usize,
    /// How much of `text` is shown at most while the number is open.
    limit: usize,
}

impl NumberToken {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Sign,
            text: Vec::new(),
            accepted: 0,
            shown: 0,
            limit: SHOWN_WHILE_OPEN,
        }
    }

    /// Begins with the number's first byte, a sign or a digit; `scan` continues after it.
    pub(super) fn begin(&mut self, first: u8) {
        self.text.clear();
        self.text.push(first);
        self.state = match first {
            b'-' => State::Sign,
            b'0' => State::Zero,
            _ => State::Integer,
        };
        self.accepted = usize::from(self.state.accepts());
        self.shown = 0;
    }

    /// Reads on. After [`Scan::Ended`] the number is [`value`](NumberToken::value).
    pub(super) fn scan(&mut self, piece: &[u8]) -> Scan {
        let mut state = self.state;
        for (index, &byte) in piece.iter().enumerate() {
            let Some(next) = state.next(byte) else {
                // A digit after a leading zero, or a misplaced letter or point.
                let ended = state.accepts()
                    && !matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E');
                self.state = state;
                self.text.extend_from_slice(&piece[..index]);
                return if ended { Scan::Ended(index) } else { Scan::Broken(index) };
            };
            state = next;
            if state.accepts() {
                self.accepted = self.text.len() + index + 1;
            }
        }
        self.state = state;
        self.text.extend_from_slice(piece);
        Scan::Open
    }

    /// Returns whether `I` may follow, as in `-Infinity`.
    pub(super) fn is_lone_sign(&self) -> bool {
        self.text.as_slice() == b"-"
    }

    /// Returns whether the text so far is a number.
    pub(super) const fn is_whole(&self) -> bool {
        self.state.accepts()
    }

    /// Returns whether a part that is a number by itself was shown.
    pub(super) const fn was_shown(&self) -> bool {
        self.shown > 0
    }

    /// The number so far, where what can be shown of it has grown since it was last shown: its beginning,
    /// if it is too long to be read again.
    pub(super) fn show(&mut self) -> Option<Number<'_>> {
        let showable = if self.accepted > self.limit {
            accepted_length(&self.text[..self.limit])
        } else {
            self.accepted
        };
        if showable == self.shown {
            return None;
        }
        self.shown = showable;
        Some(parse(&self.text[..showable]))
    }

    /// Lets all of the number be shown, since nothing more will come.
    pub(super) const fn settle(&mut self) {
        self.limit = usize::MAX;
    }

    /// The number so far, up to where it is one.
    pub(super) fn value(&self) -> Number<'_> {
        parse(&self.text[..self.accepted])
    }
}

/// How much of the beginning of a number is a number by itself.
fn accepted_length(text: &[u8]) -> usize {
    let (mut state, mut accepted) = (State::Sign, 0);
    let sign = usize::from(text.first() == Some(&b'-'));
    for (index, &byte) in text.iter().enumerate().skip(sign) {
        let Some(next) = state.next(byte) else { break };
        state = next;
        if state.accepts() {
            accepted = index + 1;
        }
    }
    accepted
}

/// Reads what the machine above accepted.
pub(super) fn parse(text: &[u8]) -> Number<'_> {
    if let Some(integer) = short_integer(text) {
        return Number::Integer(integer);
    }
    let text = std::str::from_utf8(text).unwrap_or_default();
    if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return Number::Float(text.parse().unwrap_or(f64::NAN));
    }
    text.parse().map_or(Number::BigInteger(text), Number::Integer)
}

/// Integers of up to 18 digits, which cannot overflow.
fn short_integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    if digits.len() > 18 {
        return None;
    }
    let mut value = 0_i64;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(if negative { -value } else { value })
}
