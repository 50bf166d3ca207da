//! Paths as one machine: its states are how far along the paths a value stands.
//!
//! Paths that begin alike share their states, and a state finds the segments that pick a member by its name: what
//! a value costs depends on the segments that fit it, not on the number of paths.

use std::collections::HashMap;

use super::super::path::{Path, Segment, Selector};
use super::super::slice::{Length, Picked, Slice};

/// A state of the machine. Each node of the tree of paths has two: one for segments that look at children, and
/// behind it one for those that look at every depth.
pub(super) type State = usize;

/// A state in which a value is, or a node that picked it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    state: State,
    flags: u8,
}

/// The states of a value, in order.
pub(super) type States = [Entry];

/// The value is in this state.
const CERTAIN: u8 = 1;
/// It may be, depending on the lengths of the arrays around it.
const POSSIBLE: u8 = 2;
/// The segment that leads to this state's node has picked the value.
const PICKED: u8 = 4;

/// A value's place in its container.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Name(&'a [u8]),
    Element(usize, Length),
}

/// The paths.
#[derive(Debug)]
pub(super) struct Program {
    /// Two for each node.
    tables: Vec<Table>,
    /// For each node, the paths that end there.
    ends: Vec<Vec<usize>>,
    /// For each node, the state whose segment leads to it.
    parents: Vec<State>,
}

/// The segments that go on from a state, by what they pick. The values are nodes.
#[derive(Debug, Default)]
struct Table {
    /// Of every child.
    all: Vec<usize>,
    /// Of members, sorted by name.
    names: Vec<(Vec<u8>, Vec<usize>)>,
    /// Of elements at fixed indexes, sorted by index.
    indexes: Vec<(usize, Vec<usize>)>,
    /// Of other elements.
    slices: Vec<(Vec<Slice>, usize)>,
    is_empty: bool,
}

impl Program {
    pub(super) fn new(paths: Vec<Path>) -> Self {
        let mut program = Self { tables: Vec::new(), ends: Vec::new(), parents: Vec::new() };
        program.add_node(0);
        let mut nodes: HashMap<(State, Vec<Selector>), usize> = HashMap::new();
        let mut names: HashMap<(State, Vec<u8>), Vec<usize>> = HashMap::new();
        let mut indexes: HashMap<(State, usize), Vec<usize>> = HashMap::new();
        for (number, path) in paths.into_iter().enumerate() {
            let mut node = 0;
            for Segment { descendant, selectors } in path.segments {
                let state = 2 * node + usize::from(descendant);
                let key = (state, selectors);
                if let Some(known) = nodes.get(&key) {
                    node = *known;
                    continue;
                }
                node = program.add_node(state);
                let table = &mut program.tables[state];
                table.is_empty = false;
                if key.1.contains(&Selector::Wildcard) {
                    table.all.push(node);
                } else {
                    let mut slices = Vec::new();
                    for selector in &key.1 {
                        match selector {
                            Selector::Wildcard => {}
                            Selector::Name(name) => {
                                push(names.entry((state, name.clone())).or_default(), node);
                            }
                            Selector::Slice(slice) => slices.push(*slice),
                        }
                    }
                    match slices.iter().map(Slice::fixed).collect::<Option<Vec<_>>>() {
                        Some(fixed) => {
                            for index in fixed {
                                push(indexes.entry((state, index)).or_default(), node);
                            }
                        }
                        None => table.slices.push((slices, node)),
                    }
                }
                nodes.insert(key, node);
            }
            program.ends[node].push(number);
        }
        for ((state, name), nodes) in names {
            program.tables[state].names.push((name, nodes));
        }
        for ((state, index), nodes) in indexes {
            program.tables[state].indexes.push((index, nodes));
        }
        for table in &mut program.tables {
            table.names.sort();
            table.indexes.sort();
        }
        program
    }

    fn add_node(&mut self, parent: State) -> usize {
        self.parents.push(parent);
        self.ends.push(Vec::new());
        for _ in 0..2 {
            self.tables.push(Table { is_empty: true, ..Table::default() });
        }
        self.ends.len() - 1
    }

    /// The states of the document itself.
    pub(super) fn enter_root(&self, states: &mut Vec<Entry>) {
        states.clear();
        self.enter_node(0, CERTAIN | POSSIBLE, states);
    }

    /// Returns whether a value in these states may be a match.
    #[inline]
    pub(super) fn accepts(&self, states: &States) -> bool {
        states.iter().any(|entry| entry.is(POSSIBLE) && self.is_end(entry.state))
    }

    /// The paths that end in these states, in their order: each with the state, and whether that is certain.
    pub(super) fn accepted(&self, states: &States) -> Vec<(usize, State, bool)> {
        let mut accepted = Vec::new();
        for entry in states.iter().filter(|entry| entry.is(POSSIBLE) && self.is_end(entry.state)) {
            let paths = &self.ends[entry.state / 2];
            accepted.extend(paths.iter().map(|path| (*path, entry.state, entry.is(CERTAIN))));
        }
        accepted.sort_unstable();
        accepted
    }

    /// Returns whether none of the states has anything to look for in a value.
    #[inline]
    pub(super) fn is_passive(&self, states: &States) -> bool {
        states.iter().all(|entry| !entry.is(POSSIBLE) || self.tables[entry.state].is_empty)
    }

    /// From a container's states to those of a child. Returns the length of the array at which it shows whether
    /// the child is picked, where that is not known yet.
    #[inline]
    pub(super) fn enter(
        &self,
        container: &States,
        place: Place<'_>,
        child: &mut Vec<Entry>,
    ) -> Option<usize> {
        child.clear();
        let mut unknown_until = None;
        for entry in container.iter().filter(|entry| entry.is(POSSIBLE)) {
            let flags = entry.flags & (CERTAIN | POSSIBLE);
            if entry.state % 2 == 1 {
                child.push(Entry { state: entry.state, flags });
            }
            self.tables[entry.state].pick(place, |node, picked| match picked {
                Picked::Yes => self.enter_node(node, flags | PICKED, child),
                Picked::No => {}
                Picked::Unknown { until } => {
                    self.enter_node(node, POSSIBLE, child);
                    unknown_until = unknown_until.max(Some(until));
                }
            });
        }
        if child.len() > 1 {
            child.sort_unstable_by_key(|entry| entry.state);
            child.dedup_by(|later, earlier| {
                let same = later.state == earlier.state;
                if same {
                    earlier.flags |= later.flags;
                }
                same
            });
        }
        unknown_until
    }

    #[inline]
    fn enter_node(&self, node: usize, flags: u8, states: &mut Vec<Entry>) {
        states.push(Entry { state: 2 * node, flags });
        if !self.tables[2 * node + 1].is_empty {
            states.push(Entry { state: 2 * node + 1, flags: flags & !PICKED });
        }
    }

    fn is_end(&self, state: State) -> bool {
        state.is_multiple_of(2) && !self.ends[state / 2].is_empty()
    }

    /// The nodes whose segment picks the element, of which that is known by now.
    pub(super) fn picking(&self, container: &States, place: Place<'_>) -> Vec<usize> {
        let mut picking = Vec::new();
        for entry in container.iter().filter(|entry| entry.is(POSSIBLE)) {
            self.tables[entry.state].pick(place, |node, picked| {
                if picked == Picked::Yes {
                    picking.push(node);
                }
            });
        }
        picking.sort_unstable();
        picking
    }

    /// The nodes that have picked a value, by its states.
    pub(super) fn picked(states: &States) -> Vec<usize> {
        states.iter().filter(|entry| entry.is(PICKED)).map(|entry| entry.state / 2).collect()
    }

    /// From states that a child must have to those that its container must have: those whose segment picks
    /// the child and leads to one, and those that stay because their segment looks at every depth.
    pub(super) fn leave(
        &self,
        container: &States,
        picking: &[usize],
        wanted: &[State],
    ) -> Vec<State> {
        let mut left = Vec::new();
        for &state in wanted {
            let node = state / 2;
            let parent = self.parents[node];
            if picking.binary_search(&node).is_ok() && is_possible(container, parent) {
                push(&mut left, parent);
            }
            if state % 2 == 1 && is_possible(container, state) {
                push(&mut left, state);
            }
        }
        left
    }
}

impl Table {
    /// Calls `visit` with the nodes whose segments may pick a value.
    #[inline]
    fn pick(&self, place: Place<'_>, mut visit: impl FnMut(usize, Picked)) {
        for &node in &self.all {
            visit(node, Picked::Yes);
        }
        match place {
            Place::Name(name) => {
                let found = self.names.binary_search_by(|(known, _)| known.as_slice().cmp(name));
                if let Ok(found) = found {
                    for &node in &self.names[found].1 {
                        visit(node, Picked::Yes);
                    }
                }
            }
            Place::Element(index, length) => {
                if let Ok(found) = self.indexes.binary_search_by_key(&index, |(known, _)| *known) {
                    for &node in &self.indexes[found].1 {
                        visit(node, Picked::Yes);
                    }
                }
                for (slices, node) in &self.slices {
                    visit(*node, any(slices, index, length));
                }
            }
        }
    }
}

/// Returns whether one of the slices picks an element.
fn any(slices: &[Slice], index: usize, length: Length) -> Picked {
    let mut picked = Picked::No;
    for slice in slices {
        picked = match (picked, slice.picks(index, length)) {
            (_, Picked::Yes) => return Picked::Yes,
            (Picked::Unknown { until: one }, Picked::Unknown { until: other }) => {
                Picked::Unknown { until: one.max(other) }
            }
            (Picked::No, this) => this,
            (known, _) => known,
        };
    }
    picked
}

impl Entry {
    const fn is(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Returns whether a value may be in a state.
pub(super) fn is_possible(states: &States, state: State) -> bool {
    has(states, state, POSSIBLE)
}

/// Returns whether a value is certain to be in one of the states.
pub(super) fn is_certain(states: &States, wanted: &[State]) -> bool {
    wanted.iter().any(|state| has(states, *state, CERTAIN))
}

/// Returns whether a value may be in any state at all.
pub(super) fn is_anywhere(states: &States) -> bool {
    states.iter().any(|entry| entry.is(POSSIBLE))
}

fn has(states: &States, state: State, flag: u8) -> bool {
    states
        .binary_search_by_key(&state, |entry| entry.state)
        .is_ok_and(|found| states[found].is(flag))
}

fn push(list: &mut Vec<usize>, value: usize) {
    if !list.contains(&value) {
        list.push(value);
    }
}
