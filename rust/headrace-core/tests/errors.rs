//! The exact error messages for a text, and their positions.

mod common;

use common::{Counting, Enough, bare, seen, strict};
use headrace_core::json::{Container, ErrorKind, JsonError, Options, Parser, Position, ValueSink};

#[test]
fn each_error_has_its_words_and_its_place() {
    let shallow = Options { max_depth: 2, ..bare() };
    let table = [
        ("[?", bare(), "expected a value at line 1 column 2 (byte 1)"),
        ("?", bare(), "expected a value at line 1 column 1 (byte 0)"),
        ("[,", bare(), "expected a value at line 1 column 2 (byte 1)"),
        ("[1,,", bare(), "expected a value at line 1 column 4 (byte 3)"),
        ("{\"a\":}", bare(), "expected a value at line 1 column 6 (byte 5)"),
        ("[\u{a0}", bare(), "expected a value at line 1 column 2 (byte 1)"),
        ("[1,]", bare(), "expected a value after the comma at line 1 column 4 (byte 3)"),
        ("{\"a\":1, }", bare(), "expected a value after the comma at line 1 column 9 (byte 8)"),
        ("{a", bare(), "expected a member name in double quotes at line 1 column 2 (byte 1)"),
        ("{'a", bare(), "expected a member name in double quotes at line 1 column 2 (byte 1)"),
        ("{,", bare(), "expected a member name in double quotes at line 1 column 2 (byte 1)"),
        (
            "{\"a\":1,2",
            bare(),
            "expected a member name in double quotes at line 1 column 8 (byte 7)",
        ),
        ("{\"a\"\n1", bare(), "expected ':' after the member name at line 2 column 1 (byte 5)"),
        ("{\"a\"}", bare(), "expected ':' after the member name at line 1 column 5 (byte 4)"),
        ("[1 2", bare(), "expected ',' or ']' at line 1 column 4 (byte 3)"),
        ("[1}", bare(), "expected ',' or ']' at line 1 column 3 (byte 2)"),
        ("[\"a\"\"", bare(), "expected ',' or ']' at line 1 column 5 (byte 4)"),
        ("[true1", bare(), "expected ',' or ']' at line 1 column 6 (byte 5)"),
        ("{\"a\":1]", bare(), "expected ',' or '}' at line 1 column 7 (byte 6)"),
        ("{\"a\":{}:", bare(), "expected ',' or '}' at line 1 column 8 (byte 7)"),
        ("[trUe", bare(), "expected true, false or null at line 1 column 4 (byte 3)"),
        ("[fals,", bare(), "expected true, false or null at line 1 column 6 (byte 5)"),
        ("nil", bare(), "expected true, false or null at line 1 column 2 (byte 1)"),
        ("[NAN", bare(), "expected true, false or null at line 1 column 3 (byte 2)"),
        ("[-Inf]", bare(), "expected true, false or null at line 1 column 6 (byte 5)"),
        ("[01", bare(), "invalid number at line 1 column 3 (byte 2)"),
        ("[-]", bare(), "invalid number at line 1 column 3 (byte 2)"),
        ("[--1", bare(), "invalid number at line 1 column 3 (byte 2)"),
        ("[1.]", bare(), "invalid number at line 1 column 4 (byte 3)"),
        ("[1.e5", bare(), "invalid number at line 1 column 4 (byte 3)"),
        ("[1e]", bare(), "invalid number at line 1 column 4 (byte 3)"),
        ("[1e+]", bare(), "invalid number at line 1 column 5 (byte 4)"),
        ("[1.5.", bare(), "invalid number at line 1 column 5 (byte 4)"),
        ("[1-", bare(), "invalid number at line 1 column 3 (byte 2)"),
        ("[-N", bare(), "invalid number at line 1 column 3 (byte 2)"),
        ("[NaN", strict(), "NaN and Infinity are not JSON at line 1 column 2 (byte 1)"),
        ("Infinity", strict(), "NaN and Infinity are not JSON at line 1 column 1 (byte 0)"),
        ("[-Infinity", strict(), "NaN and Infinity are not JSON at line 1 column 3 (byte 2)"),
        ("[\"\\x", bare(), "invalid escape at line 1 column 4 (byte 3)"),
        ("[\"\\u00g", bare(), "expected four hexadecimal digits at line 1 column 7 (byte 6)"),
        ("[\"é\n", strict(), "control character in a string at line 1 column 4 (byte 4)"),
        ("{\"\t", strict(), "control character in a string at line 1 column 3 (byte 2)"),
        ("[[[", shallow, "too deeply nested at line 1 column 3 (byte 2)"),
        ("[[{", shallow, "too deeply nested at line 1 column 3 (byte 2)"),
        ("[]\n 7", strict(), "text after the document at line 2 column 2 (byte 4)"),
        ("", bare(), "the text ended before the document did at line 1 column 1 (byte 0)"),
        ("[\n1", bare(), "the text ended before the document did at line 2 column 2 (byte 3)"),
        ("{\"é", bare(), "the text ended before the document did at line 1 column 4 (byte 4)"),
        ("tru", bare(), "the text ended before the document did at line 1 column 4 (byte 3)"),
        ("-", bare(), "the text ended before the document did at line 1 column 2 (byte 1)"),
        ("1.", bare(), "the text ended before the document did at line 1 column 3 (byte 2)"),
        (" a", Options::default(), "no JSON document found at line 1 column 2 (byte 1)"),
    ];
    for (text, options, message) in table {
        for size in [1, 2, text.len().max(1)] {
            let end = seen(text.as_bytes().chunks(size), options, true);
            assert_eq!(end.message(), message, "{text:?} in pieces of {size}");
            assert!(!end.complete);
        }
    }
}

#[test]
fn all_kinds_have_words() {
    let table = [
        (ErrorKind::ExpectedValue, "expected a value"),
        (ErrorKind::TrailingComma, "expected a value after the comma"),
        (ErrorKind::ExpectedKey, "expected a member name in double quotes"),
        (ErrorKind::ExpectedColon, "expected ':' after the member name"),
        (ErrorKind::ExpectedCommaOrEnd(Container::Array), "expected ',' or ']'"),
        (ErrorKind::ExpectedCommaOrEnd(Container::Object), "expected ',' or '}'"),
        (ErrorKind::InvalidLiteral, "expected true, false or null"),
        (ErrorKind::InvalidNumber, "invalid number"),
        (ErrorKind::NotFinite, "NaN and Infinity are not JSON"),
        (ErrorKind::InvalidEscape, "invalid escape"),
        (ErrorKind::InvalidUnicodeEscape, "expected four hexadecimal digits"),
        (ErrorKind::ControlCharacter, "control character in a string"),
        (ErrorKind::InvalidUtf8, "invalid UTF-8"),
        (ErrorKind::TooDeep, "too deeply nested"),
        (ErrorKind::TrailingText, "text after the document"),
        (ErrorKind::UnexpectedEnd, "the text ended before the document did"),
        (ErrorKind::NoDocument, "no JSON document found"),
        (ErrorKind::Refused, "value refused"),
    ];
    for (kind, words) in table {
        assert_eq!(kind.to_string(), words);
        let error = JsonError { kind, position: Position { offset: 30, line: 2, column: 5 } };
        assert_eq!(error.to_string(), format!("{words} at line 2 column 5 (byte 30)"));
    }
}

#[test]
fn the_end_may_be_told_more_than_once_and_nothing_follows_an_error() {
    let mut parser = Parser::new(strict());
    let mut sink = ValueSink::default();
    parser.feed(b"[1", &mut sink).unwrap();
    for _ in 0..3 {
        parser.close(&mut sink).unwrap();
        assert_eq!(parser.error().unwrap().kind, ErrorKind::UnexpectedEnd);
    }
    let mut parser = Parser::new(strict());
    parser.feed(b"[1 2", &mut sink).unwrap();
    let error = parser.error();
    assert!(parser.is_settled());
    for text in ["]", "\0", "é"] {
        parser.feed(text.as_bytes(), &mut sink).unwrap();
        parser.feed_characters(text.as_bytes(), &mut sink).unwrap();
        parser.close(&mut sink).unwrap();
        assert_eq!(parser.error(), error);
    }
}

#[test]
fn a_sink_that_refuses_stops_the_parser_where_it_stands() {
    let text = b"7 ```\n{\"a\": [1, -2.5, \"b\", \"c d\", true, null, {}], \"e\\n\": \"f\"}";
    for size in [1, 4, text.len()] {
        let (mut parser, mut sink) = (Parser::new(Options::default()), Counting::default());
        text.chunks(size).for_each(|piece| parser.feed(piece, &mut sink).unwrap());
        assert!(parser.is_complete());
        let events = sink.events;
        assert!(events > 15);
        for allowed in 0..events {
            let (mut parser, mut sink) =
                (Parser::new(Options::default()), Counting::up_to(allowed));
            let refused = text.chunks(size).find_map(|piece| parser.feed(piece, &mut sink).err());
            assert_eq!(refused, Some(Enough));
            let error = parser.error().unwrap();
            assert_eq!(error.kind, ErrorKind::Refused);
            assert!(error.position.offset <= text.len());
            assert!(parser.is_settled() && !parser.is_complete());
            // Nothing more is asked of it.
            parser.feed(b"[1]", &mut Counting::up_to(0)).unwrap();
            parser.close(&mut Counting::up_to(0)).unwrap();
            assert_eq!(parser.error(), Some(error));
        }
    }
}

#[test]
fn a_number_refused_at_the_end_of_the_text_is_an_error_there() {
    let mut parser = Parser::new(Options { complete_numbers: true, ..bare() });
    parser.feed(b" 12", &mut Counting::up_to(0)).unwrap();
    assert_eq!(parser.close(&mut Counting::up_to(0)), Err(Enough));
    assert_eq!(parser.error().unwrap().to_string(), "value refused at line 1 column 4 (byte 3)");
}
