//! UTF-8 that is split anywhere, and invalid bytes.

mod common;

use common::{bare, seen, strict, whole};
use headrace_core::json::{ErrorKind, Options, Parser, ValueSink};

#[test]
fn characters_may_be_cut_anywhere() {
    let text = "{\"é€\": [\"\u{1f600}\", \"a\u{301}\u{10ffff}\u{7ff}\u{800}\u{ffff}\"]}".as_bytes();
    let end = whole(text, strict());
    assert!(end.complete);
    for first in 0..=text.len() {
        for second in first..=text.len() {
            let pieces = [&text[..first], &text[first..second], &text[second..]];
            assert_eq!(seen(pieces, strict(), true), end, "{first} {second}");
        }
    }
}

#[test]
fn a_character_that_has_begun_is_not_shown() {
    for length in 1..4 {
        let text = [b"[\"a", &"\u{1f600}".as_bytes()[..length]].concat();
        let so_far = seen([text.as_slice()], Options::default(), false);
        assert_eq!((so_far.json().as_str(), so_far.error), ("[\"a\"]", None));
    }
}

#[test]
fn what_is_no_utf_8_is_an_error_where_the_character_begins() {
    let table: [(&[u8], usize); 21] = [
        // bytes that begin no character
        (b"[\"\x80\"]", 2),
        (b"[\"a\xbf\"]", 3),
        (b"[\"\xfe\"]", 2),
        (b"[\"\xff\"]", 2),
        (b"\xff", 0),
        (b"[\xa0]", 1),
        (b"prose \xff", 6),
        // more bytes than the character needs
        (b"[\"\xc0\x80\"]", 2),
        (b"[\"\xc1\xbf\"]", 2),
        (b"[\"\xe0\x80\x80\"]", 2),
        (b"[\"\xf0\x80\x80\x80\"]", 2),
        // halves of surrogate pairs, and what is beyond Unicode
        (b"[\"\xed\xa0\x80\"]", 2),
        (b"[\"\xed\xbf\xbf\"]", 2),
        (b"[\"\xf4\x90\x80\x80\"]", 2),
        (b"[\"\xf5\x80\x80\x80\"]", 2),
        // characters that break off
        (b"[\"\xc3\"]", 2),
        (b"[\"\xe2\x82\"]", 2),
        (b"[\"\xf0\x9f\x98\"]", 2),
        (b"{\"\xe2\x82\": 1}", 2),
        (b"[\"\xc3\xa9\xc3", 4),
        (b"[\"\xf0\x9f\x98", 2),
    ];
    for (text, offset) in table {
        for size in [1, 2, 3, text.len()] {
            let end = seen(text.chunks(size), Options::default(), true);
            let error = end.error.unwrap();
            assert_eq!((error.kind, error.position.offset), (ErrorKind::InvalidUtf8, offset));
            assert!(!end.complete);
        }
    }
}

#[test]
fn what_stands_before_it_is_kept() {
    let end = whole(b"[1, \"a\xffb\"]", bare());
    assert_eq!(end.json(), "[1,\"a\"]");
    assert_eq!(end.message(), "invalid UTF-8 at line 1 column 7 (byte 6)");
}

#[test]
fn behind_the_document_nothing_is_read() {
    assert!(whole(b"[1]\xff", Options::default()).complete);
    assert!(!whole(b"[1]\xff", strict()).complete);
    assert!(!whole(b"[1]\xc3", strict()).complete);
}

#[test]
fn characters_inside_a_character_of_bytes_are_an_error() {
    let (mut parser, mut sink) = (Parser::new(Options::default()), ValueSink::default());
    parser.feed(b"[\"a\xe2\x82", &mut sink).unwrap();
    parser.feed_characters("b\"]".as_bytes(), &mut sink).unwrap();
    assert_eq!(parser.error().unwrap().to_string(), "invalid UTF-8 at line 1 column 4 (byte 3)");
    assert_eq!(sink.value().to_string(), "[\"a\"]");
}

#[test]
fn halves_of_pairs_may_come_as_characters() {
    let (mut parser, mut sink) = (Parser::new(strict()), ValueSink::default());
    for piece in [b"[\"\xed\xa0\xbd".as_slice(), b"\xed\xb8\x80\"]"] {
        parser.feed_characters(piece, &mut sink).unwrap();
    }
    parser.close(&mut sink).unwrap();
    assert!(parser.is_complete());
}
