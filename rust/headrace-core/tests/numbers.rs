//! Numbers: what is one, what is seen of an open one, what is too long to be seen.

mod common;

use common::{bare, byte_wise, seen, so_far, strict, values, whole};
use headrace_core::json::{Options, Parser, Value, ValueSink};

#[test]
fn a_number_too_long_to_show_is_shown_up_to_its_128th_byte() {
    let digits = "1234567890".repeat(13);
    let table = [
        // the text, and where what is shown of its number ends
        (digits.clone(), 128),
        (format!("-{digits}"), 128),
        (format!("1.{digits}"), 128),
        (format!("{}.{digits}", &digits[..127]), 127),
        (format!("{}e5{digits}", &digits[..126]), 128),
        (format!("{}e{digits}", &digits[..127]), 127),
        (format!("{}e+{digits}", &digits[..126]), 126),
        (digits[..128].to_owned(), 128),
        (format!("{}.5", &digits[..128]), 128),
    ];
    for (text, shown) in table {
        let expected = so_far(&text[..shown]).value;
        assert!(expected.is_some());
        for pieces in [text.len(), 1, 7, 100, 128, 129] {
            let pieces = text.as_bytes().chunks(pieces);
            assert_eq!(seen(pieces, Options::default(), false).value, expected, "{text}");
        }
    }
}

#[test]
fn a_long_number_is_read_whole_at_its_end() {
    let digits = "1234567890".repeat(50);
    assert_eq!(whole(&digits, bare()).value, Some(Value::BigInteger(digits.clone())));
    assert_eq!(
        byte_wise(format!("[-{digits}]"), strict(), true).value,
        Some(Value::Array(vec![Value::BigInteger(format!("-{digits}"))]))
    );
    assert_eq!(byte_wise(format!("[0.{digits}]"), strict(), true).json(), "[0.12345678901234568]");
}

#[test]
fn what_is_a_number_and_what_is_none() {
    let table = [
        ("0", Some("0")),
        ("-0", Some("0")),
        ("7", Some("7")),
        ("-12", Some("-12")),
        ("999999999999999999", Some("999999999999999999")),
        ("9223372036854775807", Some("9223372036854775807")),
        ("-9223372036854775808", Some("-9223372036854775808")),
        ("9223372036854775808", Some("9223372036854775808")),
        ("-9223372036854775809", Some("-9223372036854775809")),
        ("0.0", Some("0.0")),
        ("-0.0", Some("-0.0")),
        ("1.50", Some("1.5")),
        ("1e5", Some("100000.0")),
        ("1E+2", Some("100.0")),
        ("25e-1", Some("2.5")),
        ("0e0", Some("0.0")),
        ("1e400", Some("inf")),
        ("-1e400", Some("-inf")),
        ("1e-400", Some("0.0")),
        ("5e-324", Some("5e-324")),
        ("9007199254740993.0", Some("9007199254740992.0")),
        ("-Infinity", Some("-inf")),
        ("Infinity", Some("inf")),
        ("NaN", Some("NaN")),
        ("00", None),
        ("-00", None),
        ("01", None),
        ("-", None),
        ("--1", None),
        ("+1", None),
        ("1.", None),
        (".5", None),
        ("-.5", None),
        ("1.e5", None),
        ("1e", None),
        ("1e+", None),
        ("1e5.", None),
        ("1e5e5", None),
        ("1.5.5", None),
        ("1-1", None),
        ("1+1", None),
        ("0x10", None),
        ("1_000", None),
        ("-NaN", None),
        ("-Inf", None),
        ("1a", None),
    ];
    for (text, expected) in table {
        let text = format!("[{text}]");
        let end = whole(&text, bare());
        assert_eq!(
            end.complete.then(|| end.json()),
            expected.map(|it| format!("[{it}]")),
            "{text}"
        );
        assert_eq!(format!("{:?}", byte_wise(&text, bare(), true)), format!("{end:?}"), "{text}");
    }
}

#[test]
fn integers_and_floats_are_told_apart() {
    let kinds = whole("[1, 1.0, 1e0, 9223372036854775808, -0, -0.0]", strict()).value;
    let Some(Value::Array(kinds)) = kinds else { unreachable!() };
    assert!(matches!(
        kinds.as_slice(),
        [
            Value::Integer(1),
            Value::Float(_),
            Value::Float(_),
            Value::BigInteger(_),
            Value::Integer(0),
            Value::Float(_),
        ]
    ));
}

#[test]
fn a_number_at_the_top_ends_with_the_text() {
    for (text, complete) in
        [("12", true), ("1.5", true), ("1e5", true), ("-", false), ("1.", false)]
    {
        assert!(!so_far(text).complete);
        assert_eq!(whole(text, bare()).complete, complete, "{text}");
    }
    assert!(so_far("12 ").complete);
}

#[test]
fn an_open_number_is_shown_as_far_as_it_is_one() {
    assert_eq!(values("[-12.50e+3]", bare()), ["[]", "[-1]", "[-12]", "[-12.5]", "[-12500.0]"]);
    assert_eq!(values("[0]", bare()), ["[]", "[0]"]);
    assert_eq!(values("[1.0]", bare()), ["[]", "[1]", "[1.0]"]);
    assert_eq!(values("[1E5]", bare()), ["[]", "[1]", "[100000.0]"]);
    let complete = Options { complete_numbers: true, ..bare() };
    assert_eq!(values("[-12.50e+3 , 7]", complete), ["[]", "[-12500.0]", "[-12500.0,7]"]);
}

#[test]
fn a_number_is_shown_whole_where_nothing_more_will_come() {
    for text in ["[1234567890", "[-0.5", "[1.", "[12e"] {
        let digits = text.replace('1', &"1234567890".repeat(20));
        for text in [text.to_owned(), digits] {
            let (mut parser, mut sink) = (Parser::new(bare()), ValueSink::default());
            parser.feed(text.as_bytes(), &mut sink).unwrap();
            assert!(parser.settle(&mut sink).unwrap());
            let number = text.trim_end_matches(['.', 'e']);
            assert_eq!(sink.into_value(), whole(format!("{number}]"), bare()).value);
        }
    }
}
