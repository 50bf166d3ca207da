//! The work grows with the text: counted in events and in the bytes they carry, never in seconds.

mod common;

use common::Counting;
use headrace_core::json::{Options, Parser};

fn work(text: &str, size: usize, options: Options) -> Counting {
    let (mut parser, mut sink) = (Parser::new(options), Counting::default());
    for piece in text.as_bytes().chunks(size) {
        assert_eq!(parser.feed(piece, &mut sink), Ok(()));
    }
    assert_eq!(parser.close(&mut sink), Ok(()));
    sink
}

/// Texts with `count` times the same inside.
fn texts(count: usize) -> Vec<(&'static str, String)> {
    vec![
        ("elements", format!("[{}0]", "1,".repeat(count))),
        ("rows", format!("[{}0]", "{\"a\": [1, \"x y\"], \"b\": null},".repeat(count))),
        ("a string", format!("[\"{}\"]", "text `` é".repeat(count))),
        ("escapes", format!("[\"{}\"]", r"\n\ud83d\ude00".repeat(count))),
        ("blanks held back", format!("[\"a{}", " `".repeat(count))),
        ("a name", format!("{{\"{}\": 1}}", "name \\n".repeat(count))),
        ("members", format!("{{{}\"b\":1}}", "\"a\":2,".repeat(count))),
        ("a number", format!("[{}", "12345678".repeat(count))),
        ("a fraction", format!("[0.{}", "12345678".repeat(count))),
        ("prose", "1 [x] {a: \"b\" true `c` \n".repeat(count)),
        ("fences", "```x\n[7 ```\n8 ".repeat(count)),
        ("backticks", "`` ``` ` ".repeat(count)),
        ("brackets", "[".repeat(count * 4)),
        ("text behind", format!("[1]{}", " more".repeat(count))),
    ]
}

#[test]
fn twice_the_text_is_at_most_twice_the_work() {
    const COUNT: usize = 2000;
    for (once, twice) in texts(COUNT).into_iter().zip(texts(2 * COUNT)) {
        for size in [1, 4, 1 << 20] {
            for options in [
                Options::default(),
                Options { complete_numbers: true, complete_strings: true, ..Options::default() },
            ] {
                let (less, more) = (work(&once.1, size, options), work(&twice.1, size, options));
                let what = format!("{} in pieces of {size}", once.0);
                assert!(more.events <= 2 * less.events + 300, "{what}");
                assert!(more.bytes <= 2 * less.bytes + 40_000, "{what}");
            }
        }
    }
}

#[test]
fn each_byte_of_a_string_is_told_once() {
    for size in [1, 3, 100, 1 << 20] {
        let content = "text  with `` blanks é\u{1f600} ".repeat(500);
        let text = format!("{{\"{content}\": [\"{content}\", \"{content}\"]}}");
        assert_eq!(work(&text, size, Options::default()).bytes, 3 * content.len(), "{size}");
    }
}

#[test]
fn a_long_number_is_told_only_while_it_is_short_and_at_its_end() {
    let text = format!("[{}]", "1".repeat(100_000));
    let work = work(&text, 1, Options::default());
    assert_eq!(work.numbers, 128 + 1);
}

#[test]
fn what_is_shown_complete_is_one_event() {
    let text = "[12345, \"a long text\", -1.5e3]";
    let options = Options { complete_numbers: true, complete_strings: true, ..Options::default() };
    assert_eq!(work(text, 1, options).events, 5);
}
