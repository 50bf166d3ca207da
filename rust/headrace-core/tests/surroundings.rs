//! The text around a document: blanks, a byte order mark, prose, Markdown fences.

mod common;

use common::{Seen, bare, byte_wise, seen, strict, whole};
use headrace_core::json::{HoldBack, Options};

/// The visible state of an ended text, however it is split.
fn end(text: &str, options: Options) -> Seen {
    let end = whole(text, options);
    for size in [1, 2, 3, 5, 7] {
        let cut = seen(text.as_bytes().chunks(size), options, true);
        assert_eq!(cut, end, "{text:?} in pieces of {size}");
    }
    end
}

#[test]
fn documents_are_found() {
    let table = [
        // alone
        ("{\"a\":1}", "{\"a\":1}"),
        (" \n\r\t[1] \n", "[1]"),
        ("7", "7"),
        ("\"a\"", "\"a\""),
        ("null", "null"),
        ("\u{feff}[1]", "[1]"),
        ("\u{feff} ```json\n[1]", "[1]"),
        // in backticks and fences
        ("`[1]`", "[1]"),
        ("``[1]``", "[1]"),
        ("```[1]```", "[1]"),
        ("```\n[1]\n```", "[1]"),
        ("```json\n[1]\n```", "[1]"),
        ("```json[1]```", "[1]"),
        ("```json [1]", "[1]"),
        ("``` json\n[1]", "[1]"),
        ("````json\n[1]\n````", "[1]"),
        ("```json\n\n\n[1]", "[1]"),
        ("```\n7\n```", "7"),
        ("```json\n\"a\"```", "\"a\""),
        ("```\nnull\n```", "null"),
        // with other words on the fence's line
        ("```JSON\n[1]", "[1]"),
        ("```jsonc\n[1]", "[1]"),
        ("```js\n[1]", "[1]"),
        ("```python title=\"[2]\"\n[1]", "[1]"),
        ("```json title=\"[2]\"\n[1]", "[1]"),
        ("```true story\n[1]", "true"),
        ("```nul\n[1]", "[1]"),
        // with prose around them
        ("Here:\n```json\n[1]\n```\nDone [2].", "[1]"),
        ("`a` and ``b`` then ```json\n[1]", "[1]"),
        ("é\u{1f600} ```\n[1]", "[1]"),
        ("one\n```\ntwo\n```\n[1]", "[1]"),
        ("[1] and ```json\n[2]", "[1]"),
        ("```json\n[1]\n```\nor\n```json\n[2]\n```", "[1]"),
        ("{\"a\":\"```json\\n[2]\"}", "{\"a\":\"```json\\u000a[2]\"}"),
        // with prose that looks like a document
        ("1. This:\n```json\n[1]", "[1]"),
        ("7 ```json\n[1]", "[1]"),
        ("\"quoted\" ```json\n[1]", "[1]"),
        ("true, and ```json\n[1]", "[1]"),
        ("null ```json\n[1]", "[1]"),
        ("- ```json\n[1]", "[1]"),
        ("[note] ```json\n[1]", "[1]"),
        ("{x: [\"}\"]} ```json\n[1]", "[1]"),
        ("[a \"]\\\"]\" ] ```json\n[1]", "[1]"),
        ("[x] {y} ```\n7 \n```", "7"),
        ("-Infinity ```json\n[1]", "[1]"),
    ];
    for (text, expected) in table {
        let end = end(text, Options::default());
        assert_eq!(end.json(), expected, "{text:?}");
        assert!(end.complete, "{text:?}");
        assert_eq!(end.error, None, "{text:?}");
    }
}

#[test]
fn texts_without_a_document_are_errors_where_the_text_begins() {
    let table = [
        ("", "", "the text ended before the document did at line 1 column 1 (byte 0)"),
        (" \n", "", "the text ended before the document did at line 2 column 1 (byte 2)"),
        ("``", "", "the text ended before the document did at line 1 column 3 (byte 2)"),
        ("\u{feff}", "", "the text ended before the document did at line 1 column 2 (byte 3)"),
        (" no", "", "no JSON document found at line 1 column 2 (byte 1)"),
        ("\n-x", "", "no JSON document found at line 2 column 1 (byte 1)"),
        ("no ``` no", "", "no JSON document found at line 1 column 1 (byte 0)"),
        ("\u{feff}\u{feff}[]", "", "no JSON document found at line 1 column 2 (byte 3)"),
        // What was taken for a document stays its value.
        ("[1 x]", "[1]", "expected ',' or ']' at line 1 column 4 (byte 3)"),
        ("[1 x] ```", "[1]", "expected ',' or ']' at line 1 column 4 (byte 3)"),
        ("[1 x ```json\n[2]", "[1]", "expected ',' or ']' at line 1 column 4 (byte 3)"),
        ("1.x", "1", "invalid number at line 1 column 3 (byte 2)"),
        ("```json\n[1 x]\n```\n[2]", "[1]", "expected ',' or ']' at line 2 column 4 (byte 11)"),
        (
            "[x] ```json\n[2",
            "[2]",
            "the text ended before the document did at line 2 column 3 (byte 14)",
        ),
    ];
    for (text, value, message) in table {
        let end = end(text, Options::default());
        assert_eq!((end.json().as_str(), end.message().as_str()), (value, message), "{text:?}");
        assert!(!end.complete);
    }
}

#[test]
fn a_number_or_word_is_the_value_until_a_fenced_document_begins() {
    let values = common::values("7 of 9:\n```json\n[8]\n```", Options::default());
    assert_eq!(values, ["7", "[]", "[8]"]);
    let values = common::values("[x] so:\n```\n{\"a\":1}", Options::default());
    assert_eq!(values, ["[]", "{}", "{\"a\":1}"]);
}

#[test]
fn without_fences_the_text_is_the_document() {
    for text in ["```json\n[1]\n```", "`[1]", "prose", "So: [1]", "\u{a0}[1]"] {
        let end = end(text, bare());
        assert_eq!(end.message(), "expected a value at line 1 column 1 (byte 0)", "{text:?}");
    }
    assert!(end("\u{feff} [1]", bare()).complete);
}

#[test]
fn text_behind_the_document_is_ignored_unless_strict_without_fences() {
    for options in [Options::default(), Options::default().strict(), bare()] {
        let end = end("[1] x [2", options);
        assert_eq!((end.json().as_str(), end.complete), ("[1]", true));
    }
    for (text, place) in [("[1] x", 4), ("[1]]", 3), ("7 8", 2), ("\"a\"\n\0", 4), ("[1]`", 3)] {
        let end = end(text, strict());
        assert!(end.message().starts_with("text after the document at line "), "{text:?}");
        assert_eq!(end.error.map(|error| error.position.offset), Some(place));
        assert!(!end.complete);
    }
    assert!(end("[1] \r\n\t", strict()).complete);
}

#[test]
fn unicode_blanks_may_stand_before_the_document_where_they_are_stripped() {
    let unicode = Options { hold_back: HoldBack::UnicodeBlanks, ..Options::default() };
    for text in ["\u{a0}[1]", "\u{3000} \u{2003}\n[1]", "\u{b}\u{1c}[1]", "\u{85}```\u{a0}\n[1]"] {
        assert_eq!(end(text, unicode).json(), "[1]", "{text:?}");
    }
    assert!(!end("\u{a0}[1]", Options::default()).complete);
}

#[test]
fn a_broken_document_does_not_hide_a_fence_behind_its_brackets() {
    let text = format!("{}x{}```json\n[1]", "[{\"a\":".repeat(50), "}]".repeat(50));
    assert_eq!(end(&text, Options::default()).json(), "[1]");
    let open = format!("{}x```json\n[1]", "[{\"a\":".repeat(50));
    assert!(!end(&open, Options::default()).complete);
    let error = byte_wise(&open, Options::default(), true).error;
    assert_eq!(error.map(|error| error.position.offset), Some(300));
}
