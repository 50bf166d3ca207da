//! The phases of a run, and their events.

/// A phase of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It starts.
    Start,
    /// It emits a chunk of its output.
    Stream,
    /// It ends.
    End,
    /// It fails.
    Error,
    /// It emits a custom event.
    Custom,
}

const NAMES: [(Phase, &str); 5] = [
    (Phase::Start, "start"),
    (Phase::Stream, "stream"),
    (Phase::End, "end"),
    (Phase::Error, "error"),
    (Phase::Custom, "custom"),
];
const CUSTOM_EVENT: &str = "on_custom_event";

/// A set of phases, a bit each: 1 start, 2 stream, 4 end, 8 error, 16 custom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases(u8);

impl Phases {
    /// No phase.
    pub const NONE: Self = Self(0);
    /// Every phase.
    pub const ALL: Self = Self(0b1_1111);

    /// The bits.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Returns whether a phase is among these.
    #[must_use]
    pub fn has(self, phase: Phase) -> bool {
        self.0 & bit(phase) != 0
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, phase: Phase) -> Self {
        Self(self.0 | bit(phase))
    }

    /// Those of these that are not among others.
    #[must_use]
    pub fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }
}

fn bit(phase: Phase) -> u8 {
    1 << phase as u8
}

/// Splits `on_KIND_PHASE`; an event of a run's own making has no kind.
fn split(name: &str) -> Option<(Option<&str>, Phase)> {
    if name == CUSTOM_EVENT {
        return Some((None, Phase::Custom));
    }
    let (head, last) = name.rsplit_once('_').unwrap_or(("", name));
    let phase = NAMES.iter().find(|(_, word)| *word == last)?.0;
    if head.is_empty() {
        return (name == last).then_some((None, phase));
    }
    let kind = head.strip_prefix("on_")?;
    (!kind.is_empty() && phase != Phase::Custom).then_some((Some(kind), phase))
}

/// Returns whether a word names events: all of a phase (`stream`), or those of one kind of run
/// (`on_parser_stream`).
#[must_use]
pub fn is_event(word: &str) -> bool {
    split(word).is_some()
}

/// Events, by the phase alone or by kind and phase.
#[derive(Clone, Debug)]
pub(super) struct EventNames {
    any: Phases,
    of_kind: Vec<(String, Phases)>,
}

impl EventNames {
    /// Words that name no event choose nothing.
    pub(super) fn new(words: Vec<String>) -> Self {
        let mut names = Self { any: Phases::NONE, of_kind: Vec::new() };
        for word in words {
            match split(&word) {
                Some((None, phase)) => names.any = names.any.with(phase),
                Some((Some(kind), phase)) => {
                    names.of_kind.push((kind.to_owned(), Phases::NONE.with(phase)));
                }
                None => {}
            }
        }
        names
    }

    pub(super) fn of(&self, kind: &str) -> Phases {
        self.of_kind
            .iter()
            .filter(|(known, _)| known == kind)
            .fold(self.any, |all, (_, phases)| Phases(all.0 | phases.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{EventNames, NAMES, Phase, Phases, is_event};

    #[test]
    fn words_that_name_events() {
        for (word, expected) in [
            ("stream", true),
            ("custom", true),
            ("on_custom_event", true),
            ("on_chat_model_stream", true),
            ("on_my_kind_end", true),
            ("on_chain_custom", false),
            ("on__start", false),
            ("on_start", false),
            ("_start", false),
            ("chain_start", false),
            ("begin", false),
            ("", false),
        ] {
            assert_eq!(is_event(word), expected, "{word}");
        }
    }

    #[test]
    fn by_kind() {
        let events = EventNames::new(
            ["on_tool_end", "on_tool_start", "error", "nonsense"].map(str::to_owned).to_vec(),
        );
        let error = Phases::NONE.with(Phase::Error);
        assert_eq!(events.of("tool"), error.with(Phase::End).with(Phase::Start));
        assert_eq!(events.of("chain"), error);
    }

    #[test]
    fn bits_are_stable() {
        for (n, (phase, _)) in NAMES.into_iter().enumerate() {
            assert_eq!(Phases::NONE.with(phase).bits(), 1 << n);
            assert!(Phases::ALL.has(phase));
            assert!(!Phases::ALL.without(Phases::NONE.with(phase)).has(phase));
        }
    }
}
