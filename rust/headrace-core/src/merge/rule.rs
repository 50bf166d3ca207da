//! The rules for merging two values of the same name.

/// The rule for merging two values of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The second is appended or added to the first.
    Add,
    /// The first stays.
    First,
    /// The second takes its place.
    Second,
}

/// Names whose repeated text is kept twice, in LangChain and here.
const SAID_AGAIN: [&str; 3] = ["id", "model_provider", "output_version"];

/// Names whose text providers repeat in several chunks, which LangChain doubles.
const SAID_AGAIN_HERE: [&str; 8] = [
    "finish_reason",
    "model",
    "model_name",
    "name",
    "object",
    "service_tier",
    "stop_reason",
    "system_fingerprint",
];

/// Returns whether the rule for two texts of that name may be another than [`Rule::Add`].
#[must_use]
pub fn may_be_said_again(name: &str, sticky: bool) -> bool {
    name == "index"
        || SAID_AGAIN.contains(&name)
        || sticky && (name == "type" || SAID_AGAIN_HERE.contains(&name))
}

/// The rule for two texts: UTF-8 in which half a surrogate pair may stand alone. With `sticky`, more names count as said again; so does a `type`.
#[must_use]
pub fn text_rule(name: &str, left: &[u8], right: &[u8], sticky: bool) -> Rule {
    if name == "index" && left.starts_with(b"lc_") {
        return Rule::First;
    }
    let again = name != "index" && left == right && may_be_said_again(name, sticky);
    if again { Rule::First } else { Rule::Add }
}

/// The rule for two integers that differ.
#[must_use]
pub fn number_rule(name: &str) -> Rule {
    match name {
        "index" | "created" | "timestamp" => Rule::Second,
        _ => Rule::Add,
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, may_be_said_again, number_rule, text_rule};

    #[test]
    fn texts() {
        for (name, left, right, sticky, expected) in [
            ("text", "a", "a", true, Rule::Add),
            ("id", "a", "a", false, Rule::First),
            ("id", "a", "b", true, Rule::Add),
            ("index", "lc_a", "lc_b", false, Rule::First),
            ("index", "a", "a", false, Rule::Add),
            ("finish_reason", "stop", "stop", false, Rule::Add),
            ("finish_reason", "stop", "stop", true, Rule::First),
            ("finish_reason", "stop", "length", true, Rule::Add),
            ("type", "text", "text", true, Rule::First),
            ("type", "text", "text", false, Rule::Add),
        ] {
            assert_eq!(
                text_rule(name, left.as_bytes(), right.as_bytes(), sticky),
                expected,
                "{name} {left} {right}"
            );
        }
    }

    #[test]
    fn only_some_names_repeat() {
        assert!(may_be_said_again("id", false) && may_be_said_again("index", false));
        assert!(may_be_said_again("type", true) && !may_be_said_again("type", false));
        assert!(!may_be_said_again("text", true));
    }

    #[test]
    fn numbers() {
        assert_eq!(number_rule("index"), Rule::Second);
        assert_eq!(number_rule("created"), Rule::Second);
        assert_eq!(number_rule("tokens"), Rule::Add);
    }
}
