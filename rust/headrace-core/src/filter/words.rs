//! A set of words to look one up in.

use std::collections::HashSet;

/// Few words are compared one by one, many are hashed.
#[derive(Clone, Debug)]
pub(super) enum Words {
    Few(Vec<String>),
    Many(HashSet<String>),
}

const FEW: usize = 8;

impl Words {
    pub(super) fn new(words: Option<Vec<String>>) -> Self {
        let words = words.unwrap_or_default();
        if words.len() <= FEW { Self::Few(words) } else { Self::Many(words.into_iter().collect()) }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Few(words) if words.is_empty())
    }

    pub(super) fn has(&self, word: &str) -> bool {
        match self {
            Self::Few(words) => words.iter().any(|one| one == word),
            Self::Many(words) => words.contains(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn few_and_many() {
        for count in [0, 1, 8, 9, 100] {
            let words = Words::new(Some((0..count).map(|n| format!("word {n}")).collect()));
            assert_eq!(words.is_empty(), count == 0);
            for n in 0..count {
                assert!(words.has(&format!("word {n}")));
            }
            assert!(!words.has("word"));
            assert!(!words.has(&format!("word {count}")));
        }
        assert!(Words::new(None).is_empty());
    }
}
