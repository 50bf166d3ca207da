//! A filter of runs and their events; compiled once, evaluated once for each run.
//!
//! A run has a name, a kind and tags, none of which change after its start. A [`Filter`] answers for a run as
//! a whole with the [`Phases`] that are wanted of it; where that is none, nothing is built for the run.

mod phases;
mod words;

use phases::EventNames;
pub use phases::{Phase, Phases, is_event};
use words::Words;

/// Filter criteria; `None` does not filter, an empty list selects nothing.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of runs.
    pub names: Option<Vec<String>>,
    /// Kinds of runs: `chain`, `tool` and so on.
    pub kinds: Option<Vec<String>>,
    /// Tags, of which a run has one.
    pub tags: Option<Vec<String>>,
    /// Events: whole names (`on_tool_end`) or phases (`end`).
    pub events: Option<Vec<String>>,
}

/// The included runs that are not excluded.
#[derive(Clone, Debug)]
pub struct Filter {
    include: Compiled,
    exclude: Compiled,
    chooses_runs: bool,
}

#[derive(Clone, Debug)]
struct Compiled {
    names: Words,
    kinds: Words,
    tags: Words,
    events: Option<EventNames>,
}

impl Compiled {
    fn new(selection: Selection) -> Self {
        Self {
            names: Words::new(selection.names),
            kinds: Words::new(selection.kinds),
            tags: Words::new(selection.tags),
            events: selection.events.map(EventNames::new),
        }
    }

    fn hits<'a>(&self, name: &str, kind: &str, mut tags: impl Iterator<Item = &'a str>) -> bool {
        self.names.has(name)
            || self.kinds.has(kind)
            || !self.tags.is_empty() && tags.any(|tag| self.tags.has(tag))
    }
}

impl Filter {
    /// Compiles a filter that lets through what is included and not excluded. A run is included where
    /// nothing is chosen by name, kind or tag, or where one of those that are fits it.
    #[must_use]
    pub fn new(include: Selection, exclude: Selection) -> Self {
        let chooses_runs =
            include.names.is_some() || include.kinds.is_some() || include.tags.is_some();
        Self { include: Compiled::new(include), exclude: Compiled::new(exclude), chooses_runs }
    }

    /// Returns whether a run is wanted at all, by its name, kind and tags.
    #[must_use]
    pub fn admits<'a, T>(&self, name: &str, kind: &str, tags: T) -> bool
    where
        T: Iterator<Item = &'a str> + Clone,
    {
        (!self.chooses_runs || self.include.hits(name, kind, tags.clone()))
            && !self.exclude.hits(name, kind, tags)
    }

    /// The phases of a run of which events are wanted.
    #[must_use]
    pub fn phases<'a, T>(&self, name: &str, kind: &str, tags: T) -> Phases
    where
        T: Iterator<Item = &'a str> + Clone,
    {
        if self.admits(name, kind, tags) { self.events(kind) } else { Phases::NONE }
    }

    /// The phases of which events are wanted of the runs of a kind that are wanted.
    #[must_use]
    pub fn events(&self, kind: &str) -> Phases {
        let included = self.include.events.as_ref().map_or(Phases::ALL, |events| events.of(kind));
        let excluded = self.exclude.events.as_ref().map_or(Phases::NONE, |events| events.of(kind));
        included.without(excluded)
    }
}
