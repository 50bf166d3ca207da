//! Numbers: what is one, what is seen of an open one, what is too long to be seen.

mod common;

use common::{bare, byte_wise, seen, so_far, strict, values, whole};
use headrace_core::json::{Options, Value};

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
fn an_open_number_is_shown_as_far_as_it_is_one() {
    assert_eq!(values("[-12.50e+3]", bare()), ["[]", "[-1]", "[-12]", "[-12.5]", "[-12500.0]"]);
    assert_eq!(values("[0]", bare()), ["[]", "[0]"]);
    assert_eq!(values("[1.0]", bare()), ["[]", "[1]", "[1.0]"]);
    assert_eq!(values("[1E5]", bare()), ["[]", "[1]", "[100000.0]"]);
    let complete = Options { complete_numbers: true, ..bare() };
    assert_eq!(values("[-12.50e+3 , 7]", complete), ["[]", "[-12500.0]", "[-12500.0,7]"]);
}
