//! Properties of every document and of every text.

mod common;

use common::{Seen, bare, byte_wise, seen, strict, whole};
use headrace_core::json::{HoldBack, Options, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn blanks() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", "", " ", "\n", "\t", "\r\n", "  "])
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        // Not "-0", an integer by its looks, of which serde_json makes a float.
        "0|-?[1-9][0-9]{0,24}",
        "-?(0|[1-9][0-9]{0,18})\\.[0-9]{1,20}",
        "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,3})?[eE][+-]?[0-9]{1,2}",
        any::<i64>().prop_map(|integer| integer.to_string()),
        any::<f64>()
            .prop_filter("finite", |float| float.is_finite())
            .prop_map(|float| format!("{float:e}")),
    ]
}

/// A string; with halves of surrogate pairs that have no other half, if `halves`.
fn string(halves: bool) -> impl Strategy<Value = String> {
    let mut pieces = vec![
        "a",
        "é",
        "€",
        "\u{1f600}",
        " ",
        "`",
        "```json",
        "{",
        "]",
        ",",
        "\u{7f}",
        "\u{2028}",
        r#"\""#,
        r"\\",
        r"\/",
        r"\b",
        r"\f",
        r"\n",
        r"\r",
        r"\t",
        r"\u0041",
        r"\u0000",
        r"\u20ac",
        r"\ud83d\ude00",
        r"\uDBFF\uDFFF",
        "  ",
        "` ",
    ];
    if halves {
        pieces.extend([r"\ud83d", r"\ude00", r"\uD834", r"\ud83d "]);
    }
    let piece = prop_oneof![
        3 => select(pieces).prop_map(str::to_owned),
        1 => "[^\"\\\\\\p{Cc}]{0,6}",
    ];
    vec(piece, 0..8).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn document(halves: bool) -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        number(),
        string(halves),
        select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    let value = scalar.prop_recursive(4, 24, 4, move |inner| {
        let element =
            (blanks(), inner.clone(), blanks()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let name = prop_oneof![Just("\"a\"".to_owned()), string(halves)];
        let member = (blanks(), name, blanks(), blanks(), inner, blanks())
            .prop_map(|(a, name, b, c, value, d)| format!("{a}{name}{b}:{c}{value}{d}"));
        prop_oneof![
            vec(element, 0..5).prop_map(|elements| format!("[{}]", elements.join(","))),
            vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    });
    (blanks(), value, blanks()).prop_map(|(a, value, b)| format!("{a}{value}{b}"))
}

/// A model's answer: prose, a fence, a document, more prose.
fn answer() -> impl Strategy<Value = String> {
    let before = select(vec![
        "", "", "So:\n", "1. ", "[x] ", "\"q\" ", "true ", "- ", "`c` ", "{a} ", "[[x ",
    ]);
    let fence = select(vec!["", "```json\n", "```", "```JSON x\n", "````json\n", "``` \n"]);
    let after = select(vec!["", "\n```", " and {more", "\n```\n```json\n[1]", "``` ]"]);
    (before, fence, document(true), after)
        .prop_map(|(before, fence, document, after)| format!("{before}{fence}{document}{after}"))
}

/// Bytes that mean something, and some that do not, in any order.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b"\"",
        b",",
        b":",
        b"\\",
        b"`",
        b"```",
        b"json",
        b"\n",
        b" ",
        b"0",
        b"1",
        b"9",
        b"-",
        b"+",
        b".",
        b"e",
        b"tru",
        b"true",
        b"fals",
        b"null",
        b"NaN",
        b"-I",
        b"Infinity",
        b"\\u",
        b"\\ud83d",
        b"\\ude00",
        b"00",
        b"a",
        b"\0",
        b"\x1f",
        b"\x7f",
        "é".as_bytes(),
        "\u{1f600}".as_bytes(),
        "\u{feff}".as_bytes(),
        "\u{a0}".as_bytes(),
        b"\xff",
        b"\xc3",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\x80",
        b"{\"a\":",
        b"[1,",
    ];
    vec(select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

fn options() -> impl Strategy<Value = Options> {
    let hold_back = select(vec![HoldBack::Blanks, HoldBack::UnicodeBlanks]);
    let depth = select(vec![0, 1, 3, 1000]);
    (any::<[bool; 4]>(), hold_back, depth).prop_map(
        |([strict, fences, complete_numbers, complete_strings], hold_back, max_depth)| {
            let options = Options {
                fences,
                complete_numbers,
                complete_strings,
                hold_back,
                max_depth,
                ..Options::default()
            };
            if strict { options.strict() } else { options }
        },
    )
}

/// The text in pieces.
fn cut<'a>(text: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(text.len() + 1)).collect();
    places.sort_unstable();
    let starts = [0].into_iter().chain(places.iter().copied());
    let ends = places.iter().copied().chain([text.len()]);
    starts.zip(ends).map(|(start, end)| &text[start..end]).collect()
}

/// Floats compare as they look: `NaN` is itself, and the two zeros are two.
fn written(seen: &Seen) -> String {
    format!("{seen:?}")
}

/// What `serde_json` would make of it.
fn as_serde(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        // Integers that fit into no word are floats there.
        Value::BigInteger(digits) => match digits.parse::<u64>() {
            Ok(value) => value.into(),
            Err(_) => digits.parse::<f64>().map_or(serde_json::Value::Null, Into::into),
        },
        Value::Float(value) => (*value).into(),
        Value::String(text) => String::from_utf8_lossy(text).into(),
        Value::Array(elements) => elements.iter().map(as_serde).collect::<Vec<_>>().into(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (String::from_utf8_lossy(name).into(), as_serde(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_document_is_what_serde_json_reads(text in document(false)) {
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        for options in [strict(), bare(), Options::default()] {
            let end = whole(&text, options);
            prop_assert!(end.complete, "{text} {end:?}");
            let value = end.value.unwrap();
            prop_assert_eq!(as_serde(&value), expected.clone());
            // Integers and floats are told apart, which the comparison above does too.
            prop_assert_eq!(as_serde(&value).to_string(), expected.to_string());
        }
    }

    #[test]
    fn what_serde_json_refuses_is_refused(text in document(false), at in any::<prop::sample::Index>(), with in "[\\[\\]{}:,\"\\\\ 0-9a-z.\\-]{0,2}") {
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..=at, with.chars());
        let text: String = characters.into_iter().collect();
        let end = byte_wise(&text, strict(), true);
        let accepted = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        // Halves of surrogate pairs and floats beyond all bounds are well-formed by RFC 8259.
        if text.contains("\\u") || text.contains(['e', 'E']) {
            prop_assert!(end.complete || !accepted, "{text:?} {end:?}");
        } else {
            prop_assert_eq!(end.complete, accepted, "{:?} {:?}", text, end);
        }
    }

    #[test]
    fn any_cut_ends_as_one_piece_does(
        text in prop_oneof![
            answer().prop_map(String::into_bytes),
            document(true).prop_map(String::into_bytes),
            garbage(),
        ],
        places in vec(any::<prop::sample::Index>(), 0..8),
        options in options(),
        close in any::<bool>(),
    ) {
        let expected = written(&seen([text.as_slice()], options, close));
        prop_assert_eq!(written(&byte_wise(&text, options, close)), expected.clone());
        prop_assert_eq!(written(&seen(cut(&text, &places), options, close)), expected);
    }

    #[test]
    fn any_text_is_a_document_or_has_an_error_in_it(text in garbage(), options in options()) {
        let end = whole(&text, options);
        match end.error {
            None => prop_assert!(end.complete),
            Some(error) => {
                prop_assert!(!end.complete);
                prop_assert!(error.position.offset <= text.len());
                let before = &text[..error.position.offset];
                let lines = before.split(|byte| *byte == b'\n').count();
                prop_assert_eq!(error.position.line, lines);
            }
        }
    }

    #[test]
    fn no_beginning_of_a_document_is_an_error(text in document(true)) {
        for length in 0..text.len() {
            let so_far = seen([&text.as_bytes()[..length]], strict(), false);
            prop_assert_eq!(so_far.error, None, "{:?}", &text.as_bytes()[..length]);
        }
    }

    #[test]
    fn the_error_leaves_the_value_as_it_was(text in garbage()) {
        let end = whole(&text, bare());
        if let Some(error) = end.error {
            let before = seen([&text[..error.position.offset]], bare(), false);
            prop_assert_eq!(format!("{:?}", before.value), format!("{:?}", end.value));
        }
    }

    #[test]
    fn what_has_been_shown_only_grows(text in document(true)) {
        // Members that come again are kept apart here, so nothing is ever replaced.
        let mut before = None;
        for length in 1..=text.len() {
            let now = byte_wise(&text.as_bytes()[..length], strict(), false).value;
            if let Some(before) = &before {
                prop_assert!(now.as_ref().is_some_and(|now| grown(before, now)), "{before:?} {now:?}");
            }
            before = now.or(before);
        }
    }
}

/// Returns whether the second value may be what the first has become.
fn grown(before: &Value, now: &Value) -> bool {
    let last = |index: usize, length: usize| index + 1 == length;
    match (before, now) {
        (Value::String(before), Value::String(now)) => now.starts_with(before),
        (Value::Array(before), Value::Array(now)) => {
            before.len() <= now.len()
                && before.iter().zip(now).enumerate().all(|(index, (one, other))| {
                    if last(index, before.len()) { grown(one, other) } else { one == other }
                })
        }
        (Value::Object(before), Value::Object(now)) => {
            before.len() <= now.len()
                && before.iter().zip(now).enumerate().all(|(index, (one, other))| {
                    one.0 == other.0
                        && if last(index, before.len()) {
                            grown(&one.1, &other.1)
                        } else {
                            one.1 == other.1
                        }
                })
        }
        (
            Value::Integer(_) | Value::BigInteger(_) | Value::Float(_),
            Value::Integer(_) | Value::BigInteger(_) | Value::Float(_),
        ) => true,
        _ => before == now,
    }
}
