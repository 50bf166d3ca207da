//! The filter against a plain statement of what it means.

use headrace_core::filter::{Filter, Phase, Phases, Selection};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

type Choice = (Option<Vec<String>>, Option<Vec<String>>, Option<Vec<String>>);

fn selection((names, kinds, tags): Choice) -> Selection {
    Selection { names, kinds, tags, events: None }
}

fn fits((names, kinds, tags): &Choice, name: &str, kind: &str, own: &[String]) -> bool {
    let among =
        |list: &Option<Vec<String>>, word: &str| list.iter().flatten().any(|one| one == word);
    among(names, name) || among(kinds, kind) || own.iter().any(|tag| among(tags, tag))
}

fn choice() -> impl Strategy<Value = Choice> {
    let words = || option::of(vec("[ab]{1,2}", 0..12));
    (words(), words(), words())
}

proptest! {
    #[test]
    fn included_and_not_excluded(
        include in choice(),
        exclude in choice(),
        name in "[ab]{1,2}",
        kind in "[ab]{1,2}",
        tags in vec("[ab]{1,2}", 0..4),
    ) {
        let filter = Filter::new(selection(include.clone()), selection(exclude.clone()));
        let chooses = include.0.is_some() || include.1.is_some() || include.2.is_some();
        let expected = (!chooses || fits(&include, &name, &kind, &tags))
            && !fits(&exclude, &name, &kind, &tags);
        let own = tags.iter().map(String::as_str);
        prop_assert_eq!(filter.admits(&name, &kind, own.clone()), expected);
        let phases = if expected { Phases::ALL } else { Phases::NONE };
        prop_assert_eq!(filter.phases(&name, &kind, own), phases);
    }
}

#[test]
fn events_of_admitted_runs() {
    let words = |list: &[&str]| Some(list.iter().map(|word| (*word).to_owned()).collect());
    let filter = Filter::new(
        Selection { events: words(&["stream", "on_tool_end"]), ..Selection::default() },
        Selection {
            names: words(&["quiet"]),
            events: words(&["on_parser_stream"]),
            ..Selection::default()
        },
    );
    let stream = Phases::NONE.with(Phase::Stream);
    let of = |name: &str, kind: &str| filter.phases(name, kind, std::iter::empty());
    assert_eq!(of("any", "chain"), stream);
    assert_eq!(of("any", "tool"), stream.with(Phase::End));
    assert_eq!(of("any", "parser"), Phases::NONE);
    assert_eq!(of("quiet", "tool"), Phases::NONE);
    assert_eq!(filter.events("tool"), stream.with(Phase::End));
}

#[test]
fn an_empty_list_chooses_nothing() {
    let filter = Filter::new(
        Selection { names: Some(Vec::new()), ..Selection::default() },
        Selection::default(),
    );
    assert!(!filter.admits("a", "chain", std::iter::empty()));
}
