//! Which texts are paths, and where those that are none break.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use headrace_core::json::{Path, PathError, PathErrorKind};
use proptest::prelude::*;

fn fault(text: &str) -> (PathErrorKind, usize) {
    let PathError { kind, offset } = Path::parse(text).unwrap_err();
    (kind, offset)
}

#[test]
fn what_the_grammar_allows() {
    for text in [
        "$",
        "$.a",
        "$._a1",
        "$.é\u{1f600}",
        "$.*",
        "$..a",
        "$..*",
        "$..[0]",
        "$['a']",
        "$[\"a\"]",
        "$[ 'a' , \"b\" , 0 , -1 , * , 1:2 , ::-1 , : , 1 : 2 : 3 ]",
        "$ .a\n['b']\t[0] ..c",
        "$[0:]",
        "$[:0]",
        "$[::]",
        "$[::0]",
        "$[-9007199254740991:9007199254740991:-9007199254740991]",
        r"$['\b\f\n\r\t\/\\\'\u00e9\ud83d\ude00']",
        r#"$["\"'"]"#,
        r#"$['"']"#,
        "$['']",
    ] {
        assert!(Path::parse(text).is_ok(), "{text} {:?}", Path::parse(text));
    }
}

#[test]
fn two_ways_to_write_a_path_are_one_path() {
    for (one, other) in [
        ("$.a", "$['a']"),
        ("$..a[*]", "$..[\"a\"].*"),
        (r"$['\u0061\ud83d\ude00']", "$['a\u{1f600}']"),
        ("$[1:2]", "$[1:2:1]"),
        ("$[ 1 : 2 ]", "$[1:2]"),
        ("$[:]", "$[::1]"),
        ("$ [0]", "$[0]"),
    ] {
        assert_eq!(Path::parse(one), Path::parse(other), "{one} {other}");
    }
}

#[test]
fn what_is_wrong_and_where() {
    use PathErrorKind as Kind;
    for (text, kind, offset) in [
        ("", Kind::ExpectedRoot, 0),
        ("@.a", Kind::ExpectedRoot, 0),
        ("$ ", Kind::ExpectedSegment, 1),
        ("$.a ", Kind::ExpectedSegment, 3),
        ("$b", Kind::ExpectedSegment, 1),
        ("$.", Kind::ExpectedName, 2),
        ("$.-a", Kind::ExpectedName, 2),
        ("$.. a", Kind::ExpectedName, 3),
        ("$.é.", Kind::ExpectedName, 4),
        ("$[]", Kind::ExpectedSelector, 2),
        ("$[true]", Kind::ExpectedSelector, 2),
        ("$[1.5]", Kind::ExpectedCommaOrEnd, 3),
        ("$[1 2]", Kind::ExpectedCommaOrEnd, 4),
        ("$[1", Kind::UnclosedBracket, 1),
        ("$[1,", Kind::UnclosedBracket, 1),
        ("$[1:", Kind::UnclosedBracket, 1),
        ("$['a]", Kind::UnclosedString, 2),
        (r"$['\", Kind::InvalidEscape, 3),
        (r"$['\a']", Kind::InvalidEscape, 3),
        (r"$['\u12']", Kind::InvalidUnicodeEscape, 3),
        (r"$['\udc00']", Kind::InvalidUnicodeEscape, 3),
        (r"$['\ud83dx']", Kind::InvalidUnicodeEscape, 3),
        (r"$['\ud83d\u0041']", Kind::InvalidUnicodeEscape, 3),
        ("$['\u{1f}']", Kind::ControlCharacter, 3),
        ("$[00]", Kind::InvalidInteger, 2),
        ("$[-01]", Kind::InvalidInteger, 2),
        ("$[0:-0]", Kind::InvalidInteger, 4),
        ("$[99999999999999999999]", Kind::IntegerTooLarge, 2),
        ("$[?@.a]", Kind::Filter, 2),
        ("$.a[1,?(@.b)]", Kind::Filter, 6),
        ("$.sum()", Kind::Function, 2),
        ("$[value($.a)]", Kind::Function, 2),
    ] {
        assert_eq!(fault(text), (kind, offset), "{text}");
    }
}

#[test]
fn an_error_reads_as_a_sentence() {
    assert_eq!(
        Path::parse("$[?@.a]").unwrap_err().to_string(),
        "filter expressions are not supported, at character 2"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn any_text_is_a_path_or_has_an_error_in_it(
        text in "\\$?([.\\[\\]'\"*:,?@$\\\\ \\-a-c0-3éu()]|\\.\\.|\\u{1f600}|\\n){0,12}",
    ) {
        if let Err(error) = Path::parse(&text) {
            prop_assert!(error.offset <= text.chars().count());
        }
    }

    #[test]
    fn every_name_can_be_quoted(name in any::<String>()) {
        let quoted: String = name
            .chars()
            .map(|character| match character {
                '\'' | '\\' => format!("\\{character}"),
                '\0'..='\x1f' => format!("\\u{:04x}", u32::from(character)),
                _ => character.to_string(),
            })
            .collect();
        let path = Path::parse(&format!("$['{quoted}']"));
        prop_assert!(path.is_ok(), "{path:?}");
    }
}
