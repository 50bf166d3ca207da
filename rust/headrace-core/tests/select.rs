//! A selection finds the same values as a search in the finished document.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::strict;
use headrace_core::json::{
    Build, Container, Match, Number, Options, Parser, Path, Select, Selection, Sink, Step, Value,
    ValueSink,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A path, written down once for the parser of paths and once for the plain evaluation below.
#[derive(Clone, Debug)]
struct Segment {
    descendant: bool,
    selectors: Vec<Selector>,
}

#[derive(Clone, Debug)]
enum Selector {
    Name(&'static str),
    Wildcard,
    Index(i64),
    Slice(Option<i64>, Option<i64>, Option<i64>),
}

const NAMES: [&str; 4] = ["a", "b", "é", "it's"];

fn written(path: &[Segment]) -> String {
    let bound = |bound: &Option<i64>| bound.map(|it| it.to_string()).unwrap_or_default();
    let mut text = "$".to_owned();
    for segment in path {
        let selectors: Vec<String> = segment
            .selectors
            .iter()
            .map(|selector| match selector {
                Selector::Name(name) => format!("\"{name}\""),
                Selector::Wildcard => "*".to_owned(),
                Selector::Index(index) => index.to_string(),
                Selector::Slice(start, end, None) => format!("{}:{}", bound(start), bound(end)),
                Selector::Slice(start, end, step) => {
                    format!("{}:{}:{}", bound(start), bound(end), bound(step))
                }
            })
            .collect();
        text += if segment.descendant { "..[" } else { "[" };
        text += &selectors.join(",");
        text += "]";
    }
    text
}

/// The places that a path leads to, by RFC 9535 word for word, each once.
fn evaluated(path: &[Segment], document: &serde_json::Value) -> Vec<Vec<Step>> {
    let mut nodes = vec![(Vec::new(), document)];
    for segment in path {
        let mut next = Vec::new();
        for (location, value) in nodes {
            let mut visited = Vec::new();
            if segment.descendant {
                descend(&location, value, &mut visited);
            } else {
                visited.push((location, value));
            }
            for (location, value) in visited {
                for (step, child) in children(value) {
                    if segment.selectors.iter().any(|selector| picks(selector, &step, value)) {
                        let mut inner = location.clone();
                        inner.push(step);
                        next.push((inner, child));
                    }
                }
            }
        }
        nodes = next;
    }
    let mut places: Vec<_> = nodes.into_iter().map(|(location, _)| location).collect();
    places.sort();
    places.dedup();
    places
}

fn children(value: &serde_json::Value) -> Vec<(Step, &serde_json::Value)> {
    match value {
        serde_json::Value::Array(elements) => {
            elements.iter().enumerate().map(|(index, it)| (Step::Index(index), it)).collect()
        }
        serde_json::Value::Object(members) => {
            members.iter().map(|(name, it)| (Step::Name(name.clone().into_bytes()), it)).collect()
        }
        _ => Vec::new(),
    }
}

fn descend<'a>(
    location: &[Step],
    value: &'a serde_json::Value,
    visited: &mut Vec<(Vec<Step>, &'a serde_json::Value)>,
) {
    visited.push((location.to_owned(), value));
    for (step, child) in children(value) {
        let mut inner = location.to_owned();
        inner.push(step);
        descend(&inner, child, visited);
    }
}

fn picks(selector: &Selector, step: &Step, around: &serde_json::Value) -> bool {
    match (selector, step) {
        (Selector::Wildcard, _) => true,
        (Selector::Name(wanted), Step::Name(name)) => wanted.as_bytes() == name,
        (Selector::Index(wanted), Step::Index(index)) => {
            let length = around.as_array().unwrap().len();
            let wanted =
                if *wanted < 0 { *wanted + i64::try_from(length).unwrap() } else { *wanted };
            usize::try_from(wanted) == Ok(*index)
        }
        (Selector::Slice(start, end, step), Step::Index(index)) => {
            let length = i64::try_from(around.as_array().unwrap().len()).unwrap();
            sliced(*start, *end, step.unwrap_or(1), length)
                .contains(&i64::try_from(*index).unwrap())
        }
        _ => false,
    }
}

fn sliced(start: Option<i64>, end: Option<i64>, step: i64, length: i64) -> Vec<i64> {
    let normal = |index: i64| if index >= 0 { index } else { length + index };
    let mut picked = Vec::new();
    if step > 0 {
        let mut at = normal(start.unwrap_or(0)).max(0).min(length);
        let upper = normal(end.unwrap_or(length)).max(0).min(length);
        while at < upper {
            picked.push(at);
            at += step;
        }
    } else if step < 0 {
        let mut at = normal(start.unwrap_or(length - 1)).max(-1).min(length - 1);
        let lower = normal(end.unwrap_or(-length - 1)).max(-1).min(length - 1);
        while at > lower {
            picked.push(at);
            at += step;
        }
    }
    picked
}

fn path() -> impl Strategy<Value = Vec<Segment>> {
    let bound = || prop_oneof![Just(None), (-4_i64..=4).prop_map(Some)];
    let step = prop_oneof![Just(None), (-3_i64..=3).prop_map(Some)];
    let selector = prop_oneof![
        3 => select(NAMES.to_vec()).prop_map(Selector::Name),
        2 => Just(Selector::Wildcard),
        2 => (-4_i64..=4).prop_map(Selector::Index),
        2 => (bound(), bound(), step).prop_map(|(a, b, c)| Selector::Slice(a, b, c)),
    ];
    let segment = (any::<bool>(), vec(selector, 1..4))
        .prop_map(|(descendant, selectors)| Segment { descendant, selectors });
    vec(segment, 0..5)
}

fn document() -> impl Strategy<Value = serde_json::Value> {
    let scalar = prop_oneof![
        (-99_i64..99).prop_map(serde_json::Value::from),
        select(vec!["", "x", "long é text"]).prop_map(serde_json::Value::from),
        select(vec![serde_json::Value::Null, true.into(), 1.5.into()]),
    ];
    scalar.prop_recursive(5, 40, 5, |inner| {
        let member = (select(NAMES.to_vec()).prop_map(str::to_owned), inner.clone());
        prop_oneof![
            vec(inner, 0..6).prop_map(serde_json::Value::from),
            vec(member, 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The matches of a text in pieces of some size.
fn matches(texts: &[&str], text: &str, size: usize, options: Options) -> Vec<Match<Value>> {
    let paths = texts.iter().map(|text| Path::parse(text).unwrap()).collect();
    let (mut selection, mut values) = (Selection::new(paths, true), ValueSink::default());
    let mut parser = Parser::new(options);
    let mut found = Vec::new();
    for piece in text.as_bytes().chunks(size) {
        selection.begin_piece();
        parser.feed(piece, &mut Select::new(&mut selection, &mut values)).unwrap();
        found.append(&mut selection.take_matches());
    }
    parser.close(&mut Select::new(&mut selection, &mut values)).unwrap();
    assert_eq!(parser.error(), None);
    found.append(&mut selection.take_matches());
    assert_eq!(selection.values().count(), 0);
    found
}

fn at<'a>(document: &'a serde_json::Value, location: &[Step]) -> &'a serde_json::Value {
    location.iter().fold(document, |value, step| match step {
        Step::Index(index) => &value[index],
        Step::Name(name) => &value[std::str::from_utf8(name).unwrap()],
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn what_is_found_is_what_the_standard_says(
        document in document(),
        path in path(),
        size in 1_usize..40,
        complete_numbers in any::<bool>(),
    ) {
        let (text, path_text) = (document.to_string(), written(&path));
        let options = Options { complete_numbers, ..strict() };
        let found = matches(&[&path_text], &text, size, options);
        let mut places: Vec<_> = found.iter().map(|it| it.location.clone()).collect();
        places.sort();
        prop_assert_eq!(places, evaluated(&path, &document), "{} {}", path_text, text);
        for it in &found {
            let value: serde_json::Value = serde_json::from_str(&it.value.to_string()).unwrap();
            prop_assert_eq!(&value, at(&document, &it.location));
        }
        // However the text is cut, the matches and their order are the same.
        let strip = |found: Vec<Match<Value>>| -> Vec<_> {
            found.into_iter().map(|it| (it.location, it.value)).collect()
        };
        let whole = matches(&[&path_text], &text, text.len(), options);
        prop_assert_eq!(strip(found), strip(whole));
    }

    #[test]
    fn paths_together_find_what_each_finds_alone(
        document in document(),
        paths in vec(path(), 1..12),
        size in 1_usize..40,
    ) {
        let text = document.to_string();
        let texts: Vec<String> = paths.iter().map(|path| written(path)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = matches(&texts, &text, size, strict());
        for (number, path) in paths.iter().enumerate() {
            let own = together.iter().filter(|it| it.path == number);
            let mut places: Vec<_> = own.map(|it| it.location.clone()).collect();
            places.sort();
            prop_assert_eq!(places, evaluated(path, &document), "{} {}", texts[number], text);
        }
    }
}

/// A sink that counts the values it builds.
#[derive(Default)]
struct Counted {
    inner: ValueSink,
    events: usize,
    bytes: usize,
}

macro_rules! counted {
    ($($name:ident($($argument:ident: $kind:ty),*) $bytes:expr;)*) => {
        $(fn $name(&mut self, $($argument: $kind),*) -> Result<(), Self::Error> {
            self.events += 1;
            self.bytes += $bytes;
            self.inner.$name($($argument),*)
        })*
    };
}

impl Sink for Counted {
    type Error = <ValueSink as Sink>::Error;

    counted! {
        restart() 0;
        begin(container: Container) 0;
        end() 0;
        key(name: &[u8]) name.len();
        null() 0;
        boolean(value: bool) 0;
        number(number: Number<'_>) 0;
        string(text: &[u8]) text.len();
        open_number(number: Number<'_>) 0;
        open_string() 0;
        append(text: &[u8]) text.len();
        close_string() 0;
    }
}

impl Build for Counted {
    type Value = Value;

    fn ended(&mut self) -> Result<Value, Self::Error> {
        self.inner.ended()
    }

    fn clear(&mut self) {
        self.inner.clear();
    }
}

#[test]
fn nothing_but_what_is_selected_is_built() {
    let row = r#"{"id": 1, "name": "four", "tags": ["x", {"name": [1, 2]}], "text": "long text"},"#;
    let text = format!("[{} 0]", row.repeat(50));
    for (path, events, bytes) in [
        ("$[*].name", 50, 200),
        ("$[*].id", 50, 0),
        ("$[0].tags", 10, 1 + 4),
        ("$[*].nothing", 0, 0),
        ("$[*].tags[1].name[0]", 50, 0),
        ("$[50]", 1, 0),
        ("$..nothing", 0, 0),
    ] {
        let paths = vec![Path::parse(path).unwrap()];
        let (mut selection, mut sink) = (Selection::new(paths, false), Counted::default());
        let mut parser = Parser::new(Options { complete_numbers: true, ..strict() });
        parser.feed(text.as_bytes(), &mut Select::new(&mut selection, &mut sink)).unwrap();
        assert!(parser.is_complete());
        assert_eq!((sink.events, sink.bytes), (events, bytes), "{path}");
    }
}

#[test]
fn what_waits_is_what_may_still_be_selected() {
    for (path, most) in [("$[-1]", 1), ("$[-3:]", 3), ("$[:-2]", 2), ("$[1:-4].a", 4), ("$[5]", 0)]
    {
        let paths = vec![Path::parse(path).unwrap()];
        let (mut selection, mut values) = (Selection::new(paths, false), ValueSink::default());
        let mut parser = Parser::new(Options::default());
        parser.feed(b"[", &mut Select::new(&mut selection, &mut values)).unwrap();
        for _ in 0..100 {
            let piece = b"{\"a\": 1, \"b\": 2}, ";
            parser.feed(piece, &mut Select::new(&mut selection, &mut values)).unwrap();
            selection.take_matches();
            assert!(selection.values().count() <= most, "{path}");
        }
    }
}

#[test]
fn the_open_matches_are_those_that_are_certain() {
    let paths = ["$..a", "$[-1]", "$[0]"].map(|path| Path::parse(path).unwrap());
    let (mut selection, mut values) = (Selection::new(paths.into(), true), ValueSink::default());
    let mut parser = Parser::new(Options::default());
    parser
        .feed(br#"[{"b": {"a": {"a": "x"#, &mut Select::new(&mut selection, &mut values))
        .unwrap();
    let name = |name: &str| Step::Name(name.as_bytes().to_vec());
    let open: Vec<_> = selection
        .open_matches()
        .into_iter()
        .map(|it| (it.path, it.location, it.depth, it.is_scalar))
        .collect();
    assert_eq!(
        open,
        [
            (2, vec![Step::Index(0)], 0, false),
            (0, vec![Step::Index(0), name("b"), name("a")], 2, false),
            (0, vec![Step::Index(0), name("b"), name("a"), name("a")], 3, true),
        ]
    );
}

#[test]
fn another_document_begins_anew() {
    let text = "{\"a\": [{\"b\": x}]}\n```json\n{\"a\": [{\"b\": 2}]}";
    let found = matches(&["$..b", "$.a[-1]"], text, 3, Options::default());
    let values: Vec<_> = found.iter().map(|it| it.value.to_string()).collect();
    assert_eq!(values, ["2", r#"{"b":2}"#]);
    assert_eq!(found[0].location.len(), 3);
}
