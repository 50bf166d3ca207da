//! A text that several sums share, each of its own length.

/// A text that only grows. The holder of a length has the text up to there, regardless of later text.
#[derive(Debug, Default)]
pub struct Appendable {
    text: Vec<u8>,
}

impl Appendable {
    /// The concatenation of the two texts, with room for more.
    #[must_use]
    pub fn joined(left: &[u8], right: &[u8]) -> Self {
        let mut text = Vec::with_capacity((left.len() + right.len()).max(32) * 2);
        text.extend_from_slice(left);
        text.extend_from_slice(right);
        Self { text }
    }

    /// The whole length, that of the newest sum.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.text.len()
    }

    /// Returns whether the text is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text of the sum of that length.
    #[must_use]
    pub fn upto(&self, length: usize) -> &[u8] {
        &self.text[..length]
    }

    /// The text between the lengths `from` and `to`.
    #[must_use]
    pub fn between(&self, from: usize, to: usize) -> &[u8] {
        &self.text[from..to]
    }

    /// Adds to the sum of that length, if it is the newest, and returns the new length.
    ///
    /// Another has continued an older one already: the caller then takes a copy.
    #[inline]
    pub fn extend(&mut self, length: usize, addition: &[u8]) -> Option<usize> {
        if length != self.text.len() {
            return None;
        }
        self.text.extend_from_slice(addition);
        Some(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Appendable;

    #[test]
    fn the_newest_extends_and_an_older_one_does_not() {
        let mut text = Appendable::joined(b"ab", b"c");
        assert_eq!(text.extend(3, b"d"), Some(4));
        assert_eq!(text.extend(3, b"x"), None);
        assert_eq!(text.upto(3), b"abc");
        assert_eq!(text.between(2, 4), b"cd");
        assert_eq!(text.len(), 4);
        assert!(!text.is_empty());
    }
}
