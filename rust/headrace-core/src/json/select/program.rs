//! Paths as one machine: its states are how far along each path a value stands.

use super::super::path::{Path, Segment, Selector};
use super::super::slice::{Length, Picked};

/// A set of states, one bit each.
pub(super) type Bits = [u64];

/// What stands for a value's place in its container.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Name(&'a [u8]),
    Element(usize, Length),
}

/// The paths. A path of n segments has n + 1 states: in the last, the value is a match.
#[derive(Debug)]
pub(super) struct Program {
    /// For each state, the segment that its children are held against; none where the path ends.
    segments: Vec<Option<Segment>>,
    /// For each state, its path.
    paths: Vec<usize>,
    /// How many words a set takes.
    words: usize,
    /// The states in which the document stands.
    roots: Vec<u64>,
    /// Those in which a value is a match.
    accepting: Vec<u64>,
    /// Those whose segment looks at every depth.
    descendant: Vec<u64>,
}

impl Program {
    pub(super) fn new(paths: Vec<Path>) -> Self {
        let states: usize = paths.iter().map(|path| path.segments.len() + 1).sum();
        let words = states.div_ceil(64).max(1);
        let mut program = Self {
            segments: Vec::with_capacity(states),
            paths: Vec::with_capacity(states),
            words,
            roots: vec![0; words],
            accepting: vec![0; words],
            descendant: vec![0; words],
        };
        for (number, path) in paths.into_iter().enumerate() {
            insert(&mut program.roots, program.segments.len());
            for segment in path.segments {
                if segment.descendant {
                    insert(&mut program.descendant, program.segments.len());
                }
                program.segments.push(Some(segment));
                program.paths.push(number);
            }
            insert(&mut program.accepting, program.segments.len());
            program.segments.push(None);
            program.paths.push(number);
        }
        program
    }

    pub(super) const fn words(&self) -> usize {
        self.words
    }

    pub(super) fn roots(&self) -> &Bits {
        &self.roots
    }

    pub(super) fn path(&self, state: usize) -> usize {
        self.paths[state]
    }

    /// Whether a value in one of these states is a match.
    #[inline]
    pub(super) fn accepts(&self, states: &Bits) -> bool {
        states.iter().zip(&self.accepting).any(|(states, accepting)| states & accepting != 0)
    }

    /// Those of the states in which a value is a match.
    pub(super) fn accepted(&self, states: &Bits) -> Vec<usize> {
        let mut accepted = Vec::new();
        if self.accepts(states) {
            for_each(states, |state| {
                if contains(&self.accepting, state) {
                    accepted.push(state);
                }
            });
        }
        accepted
    }

    /// Whether none of the states has anything to look for in a value.
    #[inline]
    pub(super) fn is_passive(&self, states: &Bits) -> bool {
        states.iter().zip(&self.accepting).all(|(states, accepting)| states & !accepting == 0)
    }

    /// From a container's states to those of a child.
    ///
    /// `certain` and `possible` are the container's; `child` gets three sets: the child's certain states, its
    /// possible ones, and the container's states whose segment picks the child. Returns the length of the
    /// array at which it shows whether the child is picked, where that is not known yet.
    #[inline]
    pub(super) fn enter(
        &self,
        certain: &Bits,
        possible: &Bits,
        place: Place<'_>,
        child: &mut Bits,
    ) -> Option<usize> {
        let words = self.words;
        child.fill(0);
        let mut unknown_until = None;
        for_each(possible, |state| {
            let Some(segment) = &self.segments[state] else { return };
            let is_certain = contains(certain, state);
            let (word, bit) = (state / 64, 1 << (state % 64));
            if segment.descendant {
                child[words + word] |= bit;
                if is_certain {
                    child[word] |= bit;
                }
            }
            let (next_word, next_bit) = ((state + 1) / 64, 1 << ((state + 1) % 64));
            match segment.picks(place) {
                Picked::Yes => {
                    child[2 * words + word] |= bit;
                    child[words + next_word] |= next_bit;
                    if is_certain {
                        child[next_word] |= next_bit;
                    }
                }
                Picked::No => {}
                Picked::Unknown { until } => {
                    child[words + next_word] |= next_bit;
                    unknown_until = unknown_until.max(Some(until));
                }
            }
        });
        unknown_until
    }

    /// The container's states whose segment picks the element, of which that is known by now.
    pub(super) fn picking(&self, possible: &Bits, place: Place<'_>) -> Vec<u64> {
        let mut picking = vec![0; self.words];
        for_each(possible, |state| {
            if let Some(segment) = &self.segments[state]
                && segment.picks(place) == Picked::Yes
            {
                insert(&mut picking, state);
            }
        });
        picking
    }

    /// From states that a child must have to those that its container must have: those whose segment picks
    /// the child and leads to one, and those that stay because their segment looks at every depth.
    pub(super) fn leave(&self, possible: &Bits, picking: &Bits, wanted: &Bits) -> Vec<u64> {
        let mut left = vec![0; self.words];
        for_each(possible, |state| {
            let leads = contains(picking, state) && contains(wanted, state + 1);
            let stays = contains(&self.descendant, state) && contains(wanted, state);
            if leads || stays {
                insert(&mut left, state);
            }
        });
        left
    }
}

impl Segment {
    #[inline]
    fn picks(&self, place: Place<'_>) -> Picked {
        let mut picked = Picked::No;
        for selector in &self.selectors {
            let this = match (selector, place) {
                (Selector::Wildcard, _) => Picked::Yes,
                (Selector::Name(wanted), Place::Name(name)) if wanted == name => Picked::Yes,
                (Selector::Slice(slice), Place::Element(index, length)) => {
                    slice.picks(index, length)
                }
                _ => Picked::No,
            };
            picked = match (picked, this) {
                (_, Picked::Yes) => return Picked::Yes,
                (Picked::Unknown { until: one }, Picked::Unknown { until: other }) => {
                    Picked::Unknown { until: one.max(other) }
                }
                (Picked::No, _) => this,
                (Picked::Unknown { .. }, Picked::No) => picked,
                (Picked::Yes, _) => return picked,
            };
        }
        picked
    }
}

/// Calls `visit` with each state of a set.
#[inline]
fn for_each(states: &Bits, mut visit: impl FnMut(usize)) {
    for (index, &word) in states.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            visit(index * 64 + word.trailing_zeros() as usize);
            word &= word - 1;
        }
    }
}

fn contains(states: &Bits, state: usize) -> bool {
    states.get(state / 64).is_some_and(|word| word >> (state % 64) & 1 != 0)
}

pub(super) fn insert(states: &mut Bits, state: usize) {
    if let Some(word) = states.get_mut(state / 64) {
        *word |= 1 << (state % 64);
    }
}

pub(super) fn meet(one: &Bits, other: &Bits) -> bool {
    one.iter().zip(other).any(|(one, other)| one & other != 0)
}
