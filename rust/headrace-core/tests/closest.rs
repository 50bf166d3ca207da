//! The longest beginning of a text that closing brackets make a document of.

mod common;

use common::strict;
use headrace_core::json::{Closest, Options, closest_prefix};
use proptest::prelude::*;

fn rfc_with_line_feeds() -> Options {
    Options { trailing_text: false, ..Options::default() }
}

/// The same by trial, as in LangChain.
fn by_trying(text: &str) -> Closest {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' => open.push(']'),
            b'{' => open.push('}'),
            b']' | b'}' if open.pop() != Some(char::from(byte)) => return Closest::Mismatched,
            _ => {}
        }
    }
    let closing: String = open.into_iter().rev().collect();
    (1..=text.len())
        .rev()
        .filter(|length| text.is_char_boundary(*length))
        .find(|length| {
            let candidate = format!("{}{closing}", &text[..*length]);
            serde_json::from_str::<serde_json::Value>(&candidate).is_ok()
        })
        .map_or(Closest::None, Closest::Prefix)
}

#[test]
fn texts_of_note() {
    let table = [
        ("[1, 2", Closest::Prefix(5)),
        ("[1, ", Closest::Prefix(2)),
        ("[1, x", Closest::Prefix(2)),
        ("[1 2", Closest::Prefix(3)),
        ("{\"a\": 1, \"b\": tru", Closest::Prefix(7)),
        ("{\"a\": 1, \"b\"", Closest::Prefix(7)),
        ("{\"a\"", Closest::Prefix(1)),
        ("[", Closest::Prefix(1)),
        ("[1.", Closest::Prefix(2)),
        ("[1e+", Closest::Prefix(2)),
        ("[-", Closest::Prefix(1)),
        ("7 of 9", Closest::Prefix(2)),
        ("\"a\" b", Closest::Prefix(4)),
        ("[1] x", Closest::Prefix(4)),
        // The brackets that are open at the end of the text close it, wherever it is cut.
        ("[1, [2]] [", Closest::Prefix(7)),
        ("{\"a\": 1} {", Closest::Prefix(7)),
        ("[1] {", Closest::None),
        ("[1]]", Closest::Mismatched),
        ("[1}", Closest::Mismatched),
        ("}", Closest::Mismatched),
        ("[\"]\"x", Closest::Prefix(4)),
        ("[\"\\\"]\"x", Closest::Prefix(6)),
        ("", Closest::None),
        ("x", Closest::None),
        ("tru", Closest::None),
        ("-", Closest::None),
        (" \n[1,", Closest::Prefix(4)),
    ];
    for (text, expected) in table {
        assert_eq!(closest_prefix(text.as_bytes(), &rfc_with_line_feeds()), expected, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn trying_each_beginning_finds_the_same(text in "[\\[\\]{},:\"\\\\ 01.\\-eEtruefalsn\n]{0,24}") {
        // If the text ends inside a string, LangChain completes that first, as the caller does.
        let found = closest_prefix(text.as_bytes(), &strict());
        prop_assert_eq!(found, by_trying(&text), "{:?}", text);
    }
}
