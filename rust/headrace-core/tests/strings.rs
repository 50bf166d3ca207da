//! Strings: escapes, halves of surrogate pairs, what is held back at an open end.

mod common;

use common::{bare, seen, strict, whole};

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
