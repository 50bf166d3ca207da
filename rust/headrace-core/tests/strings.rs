//! Strings: escapes, halves of surrogate pairs, what is held back at an open end.

mod common;

use common::{bare, byte_wise, seen, strict, values, whole};
use headrace_core::json::{Controls, ErrorKind, HoldBack, Options, Value};

/// The bytes of the string that a text, `["` before it and `"]` behind it, is.
fn content(text: &str, options: Options) -> Option<Vec<u8>> {
    let text = format!("[\"{text}\"]");
    let end = whole(&text, options);
    assert_eq!(end, byte_wise(&text, options, true));
    match end.value {
        Some(Value::Array(mut elements)) if end.complete => match elements.pop() {
            Some(Value::String(content)) => Some(content),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn escapes_stand_for_characters() {
    let table = [
        (r#"\"\\\/"#, r#""\/"#),
        (r"\b\f\n\r\t", "\u{8}\u{c}\n\r\t"),
        (r"\u0041\u00e9\u20AC\uFFFF", "Aé€\u{ffff}"),
        (r"\u0000\u001f\u0022\u005c", "\0\u{1f}\"\\"),
        (r"\ud83d\ude00\uD834\uDD1E", "\u{1f600}\u{1d11e}"),
        (r"\uD800\uDC00\udbff\udfff", "\u{10000}\u{10ffff}"),
        (r"\\u0041", r"\u0041"),
        ("é€\u{1f600}\u{2028}", "é€\u{1f600}\u{2028}"),
        ("", ""),
    ];
    for (text, expected) in table {
        assert_eq!(content(text, strict()), Some(expected.as_bytes().to_vec()), "{text}");
    }
}

#[test]
fn halves_of_pairs_without_their_other_half_stay_halves() {
    let high: &[u8] = b"\xed\xa0\xbd";
    let low: &[u8] = b"\xed\xb8\x80";
    let table: [(&str, &[&[u8]]); 9] = [
        (r"\ud83d", &[high]),
        (r"\ude00", &[low]),
        (r"\ude00\ud83d", &[low, high]),
        (r"\ud83dx", &[high, b"x"]),
        (r"\ud83d\n", &[high, b"\n"]),
        (r"\ud83d\u0041", &[high, b"A"]),
        (r"\ud83d\ud83d\ude00", &[high, "\u{1f600}".as_bytes()]),
        (r"\ud83d\ude00\ude00", &["\u{1f600}".as_bytes(), low]),
        (r"\ud83d é", &[high, " é".as_bytes()]),
    ];
    for (text, expected) in table {
        assert_eq!(content(text, strict()), Some(expected.concat()), "{text}");
    }
}

#[test]
fn escapes_that_are_none_break_the_string() {
    for (text, kind, at) in [
        (r#"["\x"#, ErrorKind::InvalidEscape, 3),
        (r#"["\ "#, ErrorKind::InvalidEscape, 3),
        (r#"["\0"#, ErrorKind::InvalidEscape, 3),
        ("[\"\\\n", ErrorKind::InvalidEscape, 3),
        (r#"["\U0041"#, ErrorKind::InvalidEscape, 3),
        (r#"["\u""#, ErrorKind::InvalidUnicodeEscape, 4),
        (r#"["\u12x"#, ErrorKind::InvalidUnicodeEscape, 6),
        (r#"["\u+123"#, ErrorKind::InvalidUnicodeEscape, 4),
        (r#"["\ud83d\u12""#, ErrorKind::InvalidUnicodeEscape, 12),
        (r#"{"\x"#, ErrorKind::InvalidEscape, 3),
        (r#"{"\u""#, ErrorKind::InvalidUnicodeEscape, 4),
    ] {
        let error = whole(text, bare()).error.unwrap();
        assert_eq!((error.kind, error.position.offset), (kind, at), "{text}");
        assert_eq!(byte_wise(text, bare(), true).error, Some(error), "{text}");
    }
}

#[test]
fn the_options_say_which_control_characters_may_stand_in_a_string() {
    for byte in 0..0x20_u8 {
        let character = char::from(byte);
        for text in [format!("a{character}b"), character.to_string()] {
            for (controls, allowed) in [
                (Controls::All, true),
                (Controls::LineFeeds, character == '\n'),
                (Controls::None, false),
            ] {
                let options = Options { controls, ..bare() };
                let expected = allowed.then(|| text.clone().into_bytes());
                assert_eq!(content(&text, options), expected, "{text:?} {controls:?}");
            }
        }
        let name = format!("{{\"{character}\": 1}}");
        assert_eq!(whole(&name, strict()).error.unwrap().kind, ErrorKind::ControlCharacter);
        assert!(whole(&name, bare()).complete);
    }
    assert_eq!(content("\u{7f}\u{80}", strict()), Some("\u{7f}\u{80}".into()));
}

#[test]
fn what_may_yet_turn_out_to_surround_the_document_is_held_back() {
    let unicode = Options { hold_back: HoldBack::UnicodeBlanks, ..bare() };
    let table = [
        // the text of an open string, and what is shown of it: while blanks, and while Unicode blanks are held back
        ("a b", ["a b", "a b"]),
        ("a ", ["a", "a"]),
        ("a \n\r\t`", ["a", "a"]),
        ("a`b` ``", ["a`b", "a`b"]),
        (" ", ["", ""]),
        ("```", ["", ""]),
        ("a\u{a0}", ["a\u{a0}", "a"]),
        ("a\u{3000}\u{2003} ", ["a\u{3000}\u{2003}", "a"]),
        // A backtick lets only blanks and backticks before it be held back.
        ("a\u{a0}`", ["a\u{a0}", "a\u{a0}"]),
        ("a `\u{a0}", ["a `\u{a0}", "a"]),
        ("a\u{a0} `\u{a0} ", ["a\u{a0} `\u{a0}", "a\u{a0}"]),
        ("a\u{b}\u{1c}\u{85}", ["a\u{b}\u{1c}\u{85}", "a"]),
        ("a\u{200b}", ["a\u{200b}", "a\u{200b}"]),
        // An escape does not belong to the text around a document.
        (r"a \n", ["a \n", "a \n"]),
        (r"a\u0020", ["a ", "a "]),
        (r"a\u00a0", ["a\u{a0}", "a\u{a0}"]),
        (r"a \", ["a ", "a "]),
        (r"a \u00", ["a ", "a "]),
        (r"a\ud83d", ["a", "a"]),
        (r"a\ud83d\ude0", ["a", "a"]),
    ];
    for (text, shown) in table {
        let text = format!("[\"{text}");
        for (options, shown) in [bare(), unicode].into_iter().zip(shown) {
            let expected = Some(Value::Array(vec![Value::String(shown.into())]));
            for size in [1, 2, 3, text.len()] {
                let seen = seen(text.as_bytes().chunks(size), options, false);
                // Pieces that end inside a character keep it back as well.
                assert_eq!(seen.value, expected, "{text:?} {options:?} {size}");
            }
        }
    }
}

#[test]
fn what_was_held_back_is_shown_once_something_follows() {
    assert_eq!(values("[\"a  b\"]", bare()), ["[]", "[\"\"]", "[\"a\"]", "[\"a  b\"]"]);
    assert_eq!(values("[\"a `\"]", bare()), ["[]", "[\"\"]", "[\"a\"]", "[\"a `\"]"]);
    assert_eq!(values("\"` x\"", bare()), ["\"\"", "\"` x\""]);
    let complete = Options { complete_strings: true, ..bare() };
    assert_eq!(values("[\"ab\",\"c\"]", complete), ["[]", "[\"ab\"]", "[\"ab\",\"c\"]"]);
}

#[test]
fn what_breaks_a_string_shows_nothing_more_of_it() {
    for broken in [r#"["a\ud83d\q"#, r#"["a\ud83d\u00zz"#, "[\"a\\ud83d\n", "[\"a\\ud83d\0"] {
        for piece in [1, 3, broken.len()] {
            let seen = seen(broken.as_bytes().chunks(piece), strict(), false);
            assert_eq!(seen.json(), r#"["a"]"#, "{broken}");
            assert!(seen.error.is_some());
        }
    }
    // What stands before it has followed the half.
    assert_eq!(whole("[\"a\\ud83db\n", strict()).json(), "[\"a\u{fffd}\u{fffd}\u{fffd}b\"]");
    assert_eq!(whole(r#"["a\ud83d\n\q"#, bare()).json(), "[\"a\u{fffd}\u{fffd}\u{fffd}\\u000a\"]");
}

#[test]
fn names_are_read_as_strings_are_and_shown_with_their_values() {
    assert_eq!(
        values(r#"{"a\u00e9 ": 1, "": "x", "a\u00e9 ": 2}"#, bare()),
        [
            r"{}",
            r#"{"aé ":1}"#,
            r#"{"aé ":1,"":""}"#,
            r#"{"aé ":1,"":"x"}"#,
            r#"{"aé ":1,"":"x","aé ":2}"#
        ]
    );
    assert_eq!(whole(r#"{"\ud83d": 1}"#, bare()).value, {
        Some(Value::Object(vec![(b"\xed\xa0\xbd".to_vec(), Value::Integer(1))]))
    });
}
