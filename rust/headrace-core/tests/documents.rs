//! One document after another.

use headrace_core::json::{Build, Documents, Options, ValueSink};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// The documents that have ended, as JSON, and what is wrong.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, String) {
    let (mut documents, mut sink) = (Documents::new(Options::default()), ValueSink::default());
    let mut found = Vec::new();
    let mut ended = |sink: &mut ValueSink| {
        found.push(sink.value().to_string());
        sink.clear();
        Ok(())
    };
    for piece in pieces {
        documents.feed(piece, &mut sink, &mut ended).unwrap();
    }
    documents.close(&mut sink, &mut ended).unwrap();
    let error = documents.error().map(|error| error.to_string()).unwrap_or_default();
    assert_eq!(documents.index(), found.len());
    (found, error)
}

#[test]
fn where_each_ends() {
    for (text, expected, error) in [
        ("", vec![], ""),
        ("\u{feff} \n", vec![], ""),
        ("[1]\n\n{}", vec!["[1]", "{}"], ""),
        ("1 2\n3", vec!["1", "2", "3"], ""),
        ("\"a\"\"b\"[]null", vec!["\"a\"", "\"b\"", "[]", "null"], ""),
        ("[1] x", vec!["[1]"], "expected a value at line 1 column 5 (byte 4)"),
        (
            "[1]\n[2",
            vec!["[1]"],
            "the text ended before the document did at line 2 column 3 (byte 6)",
        ),
        ("1\n2]", vec!["1", "2"], "expected a value at line 2 column 2 (byte 3)"),
    ] {
        let (found, message) = read([text.as_bytes()]);
        assert_eq!(
            (found, message.as_str()),
            (expected.iter().map(ToString::to_string).collect(), error),
            "{text:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn any_cut_reads_as_one_piece_does(
        parts in vec(select(vec!["1", "-2.5e1", "\"é\\n\"", "[1, {\"a\": []}]", "null", " ", "\n", "]", "{\"a\"", "\u{feff}"]), 0..12),
        size in 1_usize..9,
    ) {
        let text = parts.concat();
        prop_assert_eq!(read(text.as_bytes().chunks(size)), read([text.as_bytes()]));
    }
}
