//! The caller's options.

/// Which characters at the end of an open string are not shown until something follows them.
///
/// They may turn out to be what surrounds the document rather than a part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoldBack {
    /// None: all of a string is shown as it comes, where nothing can surround the document.
    Nothing,
    /// Space, tab, line ends and backticks.
    #[default]
    Blanks,
    /// The same, and after them all Unicode white space.
    UnicodeBlanks,
}

/// Which control characters may stand in a string as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// All of them.
    #[default]
    All,
    /// Line feeds alone.
    LineFeeds,
    /// None, as in RFC 8259.
    None,
}

/// How a [`Parser`](super::Parser) reads.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, each named where it is set"
)]
pub struct Options {
    /// Whether `NaN`, `Infinity` and `-Infinity` are numbers.
    pub non_finite: bool,
    /// Which control characters may stand in a string as they are.
    pub controls: Controls,
    /// Whether to ignore text after the document instead of reporting an error.
    pub trailing_text: bool,
    /// Look for the document inside Markdown fences, and skip the prose around them.
    pub fences: bool,
    /// Emit numbers only when they have ended.
    pub complete_numbers: bool,
    /// Emit strings only when they have ended.
    pub complete_strings: bool,
    /// The text to hold back at the end of an open string.
    pub hold_back: HoldBack,
    /// How many containers may stand inside each other.
    pub max_depth: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            non_finite: true,
            controls: Controls::All,
            trailing_text: true,
            fences: true,
            complete_numbers: false,
            complete_strings: false,
            hold_back: HoldBack::Blanks,
            max_depth: 1000,
        }
    }
}

impl Options {
    /// Strict RFC 8259; after the document only the text that `fences` allows.
    #[must_use]
    pub const fn strict(self) -> Self {
        Self { non_finite: false, controls: Controls::None, trailing_text: self.fences, ..self }
    }
}
