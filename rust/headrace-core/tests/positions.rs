//! Places: bytes from the start, lines, characters in the line.

mod common;

use common::{bare, seen};
use headrace_core::json::Position;
use proptest::prelude::*;

/// The same, counted as a person would.
fn counted(text: &str) -> Position {
    Position {
        offset: text.len(),
        line: 1 + text.matches('\n').count(),
        column: 1 + text.rsplit('\n').next().unwrap_or_default().chars().count(),
    }
}

#[test]
fn the_place_behind_a_text() {
    let table = [
        ("", (0, 1, 1)),
        ("abc", (3, 1, 4)),
        ("\n", (1, 2, 1)),
        ("a\nbc", (4, 2, 3)),
        ("a\r\nb", (4, 2, 2)),
        ("a\rb", (3, 1, 4)),
        ("é€\u{1f600}", (9, 1, 4)),
        ("e\u{301}", (3, 1, 3)),
        ("\u{2028}x", (4, 1, 3)),
        ("a line that is long enough for vectors\nand é", (45, 2, 6)),
        ("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", (20, 21, 1)),
    ];
    for (text, (offset, line, column)) in table {
        let expected = Position { offset, line, column };
        assert_eq!(Position::start().after(text.as_bytes()), expected, "{text:?}");
        assert_eq!(counted(text), expected, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_add_up_however_the_text_is_cut(
        text in "[a-c\né€\u{1f600}\r ]{0,80}",
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = text.as_bytes();
        let (head, tail) = bytes.split_at(cut.index(bytes.len() + 1));
        prop_assert_eq!(Position::start().after(head).after(tail), counted(&text));
        let steps = bytes.chunks(1).fold(Position::start(), Position::after);
        prop_assert_eq!(steps, counted(&text));
    }

    #[test]
    fn errors_stand_where_a_person_would_count_them(
        before in "[ \n\r\t]{0,40}",
        content in "[a-z\né€\u{1f600} ]{0,40}",
        size in 1_usize..9,
    ) {
        let good = format!("{before}[\"{content}\",\n ");
        let text = format!("{good}?");
        let end = seen(text.as_bytes().chunks(size), bare(), true);
        prop_assert_eq!(end.error.map(|error| error.position), Some(counted(&good)));
    }
}
