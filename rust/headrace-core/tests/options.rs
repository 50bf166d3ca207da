//! The caller's options, and documents of all shapes.

mod common;

use common::{Counting, bare, byte_wise, so_far, strict, values, whole};
use headrace_core::json::{Controls, HoldBack, Options, Parser, Value, ValueSink};

#[test]
fn the_defaults_accept_what_the_standard_library_of_python_accepts() {
    let options = Options::default();
    assert!(options.non_finite && options.trailing_text && options.fences);
    assert!(!options.complete_numbers && !options.complete_strings);
    assert_eq!((options.controls, options.hold_back), (Controls::All, HoldBack::Blanks));
    assert_eq!(options.max_depth, 1000);
    assert!(whole("[NaN, \"\n\"] x", options).complete);
}

#[test]
fn strict_is_rfc_8259_to_the_letter() {
    for fences in [true, false] {
        let options =
            Options { fences, complete_numbers: true, max_depth: 7, ..Options::default() };
        let strict = options.strict();
        assert!(!strict.non_finite && strict.complete_numbers);
        assert_eq!((strict.controls, strict.max_depth), (Controls::None, 7));
        assert_eq!((strict.fences, strict.trailing_text), (fences, fences));
    }
}

#[test]
fn documents_of_all_shapes() {
    for text in [
        "[]",
        "{}",
        "[[],{},[[]]]",
        "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":true}",
        "[true,false,null,\"\",0,-1,1.5]",
        "\"a\"",
        "null",
        "{\"a\":1,\"a\":2}",
    ] {
        assert_eq!(whole(text, strict()).json(), text);
        assert_eq!(byte_wise(text, strict(), true), whole(text, strict()));
    }
    let blanks = " [ 1 ,\n{ \"a\"\t:\r\n\"b\" } , [ ] ] \n";
    assert_eq!(whole(blanks, strict()).json(), "[1,{\"a\":\"b\"},[]]");
}

#[test]
fn the_document_is_shown_as_far_as_it_has_come() {
    assert_eq!(
        values("{\"a\": [true, {\"b\": \"c\"}], \"d\": -1}", bare()),
        [
            "{}",
            "{\"a\":[]}",
            "{\"a\":[true]}",
            "{\"a\":[true,{}]}",
            "{\"a\":[true,{\"b\":\"\"}]}",
            "{\"a\":[true,{\"b\":\"c\"}]}",
            "{\"a\":[true,{\"b\":\"c\"}],\"d\":-1}",
        ]
    );
    assert_eq!(values("[nul", bare()), ["[]"]);
}

#[test]
fn containers_may_stand_inside_each_other_as_deep_as_is_allowed() {
    for max_depth in [0, 1, 2, 1000, 100_000] {
        let options = Options { max_depth, ..strict() };
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        if max_depth > 0 {
            let (mut parser, mut sink) = (Parser::new(options), Counting::default());
            parser.feed(deep(max_depth).as_bytes(), &mut sink).unwrap();
            assert!(parser.is_complete());
        }
        let (mut parser, mut sink) = (Parser::new(options), Counting::default());
        parser.feed(deep(max_depth + 1).as_bytes(), &mut sink).unwrap();
        assert_eq!(parser.error().unwrap().position.offset, max_depth);
    }
    // It is the depth that counts, not the number.
    let wide = Options { max_depth: 2, ..strict() };
    assert!(whole(format!("[{}[]]", "{},[],".repeat(1000)), wide).complete);
}

#[test]
fn settling_shows_what_was_held_back_and_says_whether_the_text_can_be_completed() {
    let table = [
        ("[\"a  ", Some("[\"a  \"]")),
        ("[\"a\\", Some("[\"a\"]")),
        ("[\"a\\ud83d", Some("[\"a\u{fffd}\u{fffd}\u{fffd}\"]")),
        ("[\"a\\u12", None),
        ("{\"a\\u12", Some("{}")),
        ("{\"a", Some("{}")),
        ("[1.", Some("[1]")),
        ("[-", Some("[]")),
        ("[tru", Some("[]")),
        ("[1,", Some("[1]")),
        ("[]", Some("[]")),
        ("\"a ", Some("\"a \"")),
        ("12", Some("12")),
        ("-", None),
        ("tru", None),
        ("", None),
        (" ", None),
    ];
    for (text, expected) in table {
        let options = Options { trailing_text: false, ..bare() };
        let (mut parser, mut sink) = (Parser::new(options), ValueSink::default());
        parser.feed(text.as_bytes(), &mut sink).unwrap();
        let can = parser.settle(&mut sink).unwrap();
        let value = sink.into_value().map(|value| value.to_string());
        assert_eq!(can.then_some(value).flatten().as_deref(), expected, "{text:?}");
    }
}

#[test]
fn a_parser_says_when_nothing_more_can_change() {
    for (text, options, settled) in [
        ("[1", strict(), false),
        ("[1]", strict(), false),
        ("[1] x", strict(), true),
        ("[1]", bare(), true),
        ("[1 2", bare(), true),
        ("7 ", Options::default(), false),
        ("[1 2", Options::default(), false),
        ("[1]", Options::default(), true),
        ("```\n[1 2", Options::default(), true),
    ] {
        let (mut parser, mut sink) = (Parser::new(options), ValueSink::default());
        parser.feed(text.as_bytes(), &mut sink).unwrap();
        assert_eq!(parser.is_settled(), settled, "{text:?}");
    }
}

#[test]
fn values_are_written_as_json() {
    let text = "{\"a\\\"\\n\":[1,-2.5,123456789012345678901234567890,\"\\u0001\\\\\",null,false]}";
    let value = so_far(text).value.unwrap();
    assert_eq!(
        value.to_string(),
        "{\"a\\\"\\u000a\":[1,-2.5,123456789012345678901234567890,\"\\u0001\\\\\",null,false]}"
    );
    assert_eq!(whole(value.to_string(), strict()).value, Some(value));
    assert_eq!(ValueSink::default().value(), &Value::Null);
}
