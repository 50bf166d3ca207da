//! Picks values out of a document as it is read, and lets nothing else be built.
//!
//! A [`Selection`] follows its paths through the containers that are open. For each of them it knows in which
//! states of the machine ([`program`]) it stands: `certain` ones, and `possible` ones that hang on how long
//! the arrays around it turn out to be (`[-1]`). A match that hangs on that waits at the element of the
//! innermost such array, and goes outwards from there as the arrays end.

mod program;
mod sink;

use std::collections::VecDeque;
use std::mem::take;

use self::program::{Entry, Place, Program, State, is_anywhere, is_certain};
use super::path::Path;
use super::sink::{Container, Sink};
use super::slice::Length;

pub use self::sink::Select;

/// Builder of the selected values.
///
/// It gets the events of each outermost selected value, one value after another, and is asked for those that
/// are selected as they end.
pub trait Build: Sink {
    /// The type it builds.
    type Value;

    /// The value that has ended last. It may be inside another value that is still open.
    ///
    /// # Errors
    /// The error of the sink; the parser then stops.
    fn ended(&mut self) -> Result<Self::Value, Self::Error>;

    /// The outermost value has ended: forget it.
    fn clear(&mut self);
}

/// A value that a path leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<V> {
    /// Which of the paths.
    pub path: usize,
    /// Where the value stands; empty unless the selection keeps locations.
    pub location: Vec<Step>,
    /// The value.
    pub value: V,
    /// Whether it was open when the last piece of text began.
    pub was_open: bool,
}

/// A step from a container to one of its children.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The member of this name: UTF-8 in which half a surrogate pair may stand alone.
    Name(Vec<u8>),
    /// The element at this index.
    Index(usize),
}

/// An open value that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMatch {
    /// Which of the paths.
    pub path: usize,
    /// Where the value stands; empty unless the selection keeps locations.
    pub location: Vec<Step>,
    /// How many open containers stand around it within the value that is built.
    pub depth: usize,
    /// Whether it is a string or a number.
    pub is_scalar: bool,
}

/// Follows paths through a document and keeps what they lead to.
///
/// ```
/// use headrace_core::json::{Options, Parser, Path, Select, Selection, ValueSink};
///
/// let path = Path::parse("$.countries[*].name").unwrap();
/// let (mut selection, mut values) = (Selection::new(vec![path], false), ValueSink::default());
/// let mut parser = Parser::new(Options::default());
/// let text = br#"{"countries": [{"name": "France", "area": 551"#;
/// parser.feed(text, &mut Select::new(&mut selection, &mut values)).unwrap();
/// let found = selection.take_matches();
/// assert_eq!(found[0].value.to_string(), "\"France\"");
/// ```
#[derive(Debug)]
pub struct Selection<V> {
    program: Program,
    keeps_locations: bool,
    /// The open containers in which paths go on or end, outermost first.
    frames: Vec<Frame<V>>,
    /// Their states, frame after frame.
    states: Vec<Entry>,
    /// Those of the value that comes next, or is open and no container.
    child: Vec<Entry>,
    /// Where it shows whether that value is picked, if it does not yet: see [`Frame::unknown_until`].
    child_unknown_until: Option<usize>,
    /// How many containers are open inside the innermost frame: no path leads into them.
    untracked: usize,
    /// The frame, or the place of one, at which the value begins that is being built.
    built_from: Option<usize>,
    /// The string or number that is open.
    leaf: Leaf,
    /// The names of the open members, one after another.
    names: Vec<u8>,
    /// How many frames have been open since the last piece of text began, and whether the leaf has.
    old_frames: usize,
    old_leaf: bool,
    matches: Vec<Match<V>>,
}

/// A string or number that may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaf {
    None,
    /// Nobody has asked for it.
    Ignored,
    /// It is built: a part of something, or if `true`, perhaps a match itself.
    Built(bool),
}

#[derive(Debug)]
struct Frame<V> {
    container: Container,
    /// Whether no path goes on inside it.
    is_passive: bool,
    /// Where its states begin.
    states: usize,
    /// How many elements an array has had.
    length: usize,
    /// Where its open member's name begins in `names`.
    name: usize,
    /// The length of the array around it at which it shows whether it is picked itself; none where that is
    /// known.
    unknown_until: Option<usize>,
    /// Entries that wait for this array to continue or end.
    waiting: VecDeque<Waiting<V>>,
}

/// Matches inside an element of which it is not known whether it is picked.
#[derive(Debug)]
struct Waiting<V> {
    index: usize,
    unknown_until: usize,
    matches: Vec<Held<V>>,
}

/// A match that hangs on something.
#[derive(Debug)]
struct Held<V> {
    found: Match<V>,
    /// The states of the value it waits at, any of which makes it a match.
    wanted: Vec<State>,
}

impl<V> Frame<V> {
    /// The first of what waits here, if this length decides it.
    fn next_decided(&mut self, length: Length) -> Option<Waiting<V>> {
        let first = self.waiting.front()?;
        let decided = match length {
            Length::Exactly(_) => true,
            Length::AtLeast(so_far) => first.unknown_until <= so_far,
        };
        if decided { self.waiting.pop_front() } else { None }
    }
}

impl<V> Selection<V> {
    /// A selection by some paths. `keeps_locations`: whether each match has its location.
    #[must_use]
    pub fn new(paths: Vec<Path>, keeps_locations: bool) -> Self {
        Self {
            program: Program::new(paths),
            keeps_locations,
            frames: Vec::new(),
            states: Vec::new(),
            child: Vec::new(),
            child_unknown_until: None,
            untracked: 0,
            built_from: None,
            leaf: Leaf::None,
            names: Vec::new(),
            old_frames: 0,
            old_leaf: false,
            matches: Vec::new(),
        }
    }

    /// A piece of text begins: what is open now was open before it.
    pub fn begin_piece(&mut self) {
        self.old_frames = self.frames.len();
        self.old_leaf = self.leaf != Leaf::None;
    }

    /// Returns whether matches are ready.
    #[must_use]
    pub const fn has_matches(&self) -> bool {
        !self.matches.is_empty()
    }

    /// The matches since this was last asked.
    pub fn take_matches(&mut self) -> Vec<Match<V>> {
        take(&mut self.matches)
    }

    /// The open values that are certain to be matches, outermost first.
    #[must_use]
    pub fn open_matches(&self) -> Vec<OpenMatch> {
        let Some(built_from) = self.built_from else { return Vec::new() };
        let mut open = Vec::new();
        let mut note = |states: &[Entry], place: usize, is_scalar: bool| {
            for (path, _, is_certain) in self.program.accepted(states) {
                if is_certain {
                    open.push(OpenMatch {
                        path,
                        location: self.location(place),
                        depth: place - built_from,
                        is_scalar,
                    });
                }
            }
        };
        for place in built_from..self.frames.len() {
            note(self.states_at(place), place, false);
        }
        if self.leaf == Leaf::Built(true) {
            note(&self.child, self.frames.len(), true);
        }
        open
    }

    /// Every value that is kept, for a garbage collector.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        let waiting = self.frames.iter().flat_map(|frame| &frame.waiting);
        let held = waiting.flat_map(|waiting| &waiting.matches).map(|held| &held.found.value);
        self.matches.iter().map(|found| &found.value).chain(held)
    }

    /// The states of a frame.
    fn states_at(&self, place: usize) -> &[Entry] {
        let end = self.frames.get(place + 1).map_or(self.states.len(), |frame| frame.states);
        &self.states[self.frames[place].states..end]
    }

    /// Where the value stands that so many frames are around.
    fn location(&self, place: usize) -> Vec<Step> {
        if !self.keeps_locations {
            return Vec::new();
        }
        (0..place)
            .map(|at| {
                let frame = &self.frames[at];
                match frame.container {
                    Container::Array => Step::Index(frame.length.saturating_sub(1)),
                    Container::Object => {
                        let end = self.frames.get(at + 1).map_or(self.names.len(), |it| it.name);
                        Step::Name(self.names[frame.name..end].to_vec())
                    }
                }
            })
            .collect()
    }

    fn restart(&mut self) {
        self.frames.clear();
        self.states.clear();
        self.names.clear();
        self.untracked = 0;
        self.built_from = None;
        self.leaf = Leaf::None;
        self.old_frames = 0;
        self.old_leaf = false;
    }

    /// The name of the member that comes next.
    #[inline]
    fn name(&mut self, name: &[u8]) {
        let Some(frame) = self.frames.last().filter(|_| self.untracked == 0) else { return };
        if self.keeps_locations {
            self.names.truncate(frame.name);
            self.names.extend_from_slice(name);
        }
        if !frame.is_passive {
            self.enter(Place::Name(name));
        }
    }

    /// A value begins: finds out which states it has. Returns whether it may be a match.
    #[inline]
    fn begin_value(&mut self) -> bool {
        if self.untracked > 0 {
            return false;
        }
        let Some(frame) = self.frames.last_mut() else {
            self.program.enter_root(&mut self.child);
            self.child_unknown_until = None;
            return self.program.accepts(&self.child);
        };
        if frame.container == Container::Array {
            let index = frame.length;
            frame.length += 1;
            if frame.is_passive {
                return false;
            }
            if !frame.waiting.is_empty() {
                self.decide(self.frames.len() - 1, Length::AtLeast(index + 1));
            }
            self.enter(Place::Element(index, Length::AtLeast(index + 1)));
        } else if frame.is_passive {
            return false;
        }
        self.program.accepts(&self.child)
    }

    /// Computes the states of a child of the innermost frame.
    #[inline]
    fn enter(&mut self, place: Place<'_>) {
        let Some(frame) = self.frames.last() else { return };
        let states = &self.states[frame.states..];
        self.child_unknown_until = self.program.enter(states, place, &mut self.child);
    }

    /// A container opens. `may_match` is what [`begin_value`](Self::begin_value) said.
    #[inline]
    fn open(&mut self, container: Container, may_match: bool) {
        let is_untracked = self.untracked > 0 || {
            let passive_around = self.frames.last().is_some_and(|frame| frame.is_passive);
            passive_around || !is_anywhere(&self.child)
        };
        if is_untracked {
            self.untracked += 1;
            return;
        }
        if may_match && self.built_from.is_none() {
            self.built_from = Some(self.frames.len());
        }
        let states = self.states.len();
        self.states.extend_from_slice(&self.child);
        self.frames.push(Frame {
            container,
            is_passive: self.program.is_passive(&self.child),
            states,
            length: 0,
            name: self.names.len(),
            unknown_until: self.child_unknown_until,
            waiting: VecDeque::new(),
        });
    }

    /// Ends the innermost container if it is not a frame. Returns whether it did.
    #[inline]
    fn close_untracked(&mut self) -> bool {
        let is_untracked = self.untracked > 0;
        self.untracked -= usize::from(is_untracked);
        is_untracked
    }

    /// The innermost frame ends: what waits in it is decided, and it becomes the last child. Returns whether
    /// it was open when the piece began.
    fn close(&mut self) -> bool {
        let Some(place) = self.frames.len().checked_sub(1) else { return false };
        let length = self.frames[place].length;
        self.decide(place, Length::Exactly(length));
        if let Some(frame) = self.frames.pop() {
            self.names.truncate(frame.name);
            self.child.clear();
            self.child.extend_from_slice(&self.states[frame.states..]);
            self.states.truncate(frame.states);
            self.child_unknown_until = frame.unknown_until;
        }
        let was_open = place < self.old_frames;
        self.old_frames = self.old_frames.min(place);
        was_open
    }

    /// The last child has ended and may be a match: `value` gives it, once for each path.
    fn found<E>(
        &mut self,
        was_open: bool,
        mut value: impl FnMut() -> Result<V, E>,
    ) -> Result<(), E> {
        let place = self.frames.len();
        for (path, state, is_certain) in self.program.accepted(&self.child) {
            let location = self.location(place);
            let found = Match { path, location, value: value()?, was_open };
            if is_certain {
                self.matches.push(found);
            } else {
                let held = Held { found, wanted: vec![state] };
                self.hold(held, place, self.child_unknown_until);
            }
        }
        Ok(())
    }

    /// Goes on with what waits in an array, as far as its length allows.
    fn decide(&mut self, place: usize, length: Length) {
        while let Some(first) = self.frames[place].next_decided(length) {
            let element = Place::Element(first.index, length);
            let picking = self.program.picking(self.states_at(place), element);
            for held in first.matches {
                self.go_outwards(held, place, &picking);
            }
        }
    }

    /// Takes a match that waited at a child of a frame on to the frame, and from there outwards as far as it
    /// is known what is picked.
    fn go_outwards(&mut self, mut held: Held<V>, place: usize, picking: &[usize]) {
        held.wanted = self.program.leave(self.states_at(place), picking, &held.wanted);
        if is_certain(self.states_at(place), &held.wanted) {
            self.matches.push(held.found);
        } else if !held.wanted.is_empty() {
            self.hold(held, place, self.frames[place].unknown_until);
        }
    }

    /// Keeps a match at a value around which there are so many frames, or further outwards.
    fn hold(&mut self, held: Held<V>, place: usize, unknown_until: Option<usize>) {
        // Only what an array is around can hang on its length.
        let Some(around) = place.checked_sub(1) else { return };
        let Some(unknown_until) = unknown_until else {
            let picking = self.picking_of(place);
            self.go_outwards(held, around, &picking);
            return;
        };
        let frame = &mut self.frames[around];
        let index = frame.length.saturating_sub(1);
        match frame.waiting.back_mut() {
            Some(last) if last.index == index => last.matches.push(held),
            _ => {
                frame.waiting.push_back(Waiting { index, unknown_until, matches: vec![held] });
            }
        }
    }

    /// The nodes of the machine that picked a value: a frame, or the last child.
    fn picking_of(&self, place: usize) -> Vec<usize> {
        let is_frame = place < self.frames.len();
        Program::picked(if is_frame { self.states_at(place) } else { &self.child })
    }
}
