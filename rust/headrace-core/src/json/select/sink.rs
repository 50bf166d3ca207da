//! The sink that stands between the parser and what builds the selected values.

use super::super::number::Number;
use super::super::sink::{Container, Sink};
use super::{Build, Leaf, Selection};

/// Lets a [`Selection`] decide what of a document is built. Made for one call of the parser.
#[derive(Debug)]
pub struct Select<'a, B: Build> {
    selection: &'a mut Selection<B::Value>,
    builder: &'a mut B,
}

impl<'a, B: Build> Select<'a, B> {
    /// Goes on with a selection.
    pub fn new(selection: &'a mut Selection<B::Value>, builder: &'a mut B) -> Self {
        Self { selection, builder }
    }

    /// A complete value: `give` passes it to the builder.
    #[inline]
    fn whole(&mut self, give: impl FnOnce(&mut B) -> Result<(), B::Error>) -> Result<(), B::Error> {
        let may_match = self.selection.begin_value();
        if may_match || self.selection.built_from.is_some() {
            give(self.builder)?;
            if may_match {
                self.found(false)?;
            }
        }
        Ok(())
    }

    /// A string or number begins that may grow: whether it is built.
    #[inline]
    fn begin_leaf(&mut self) -> bool {
        let may_match = self.selection.begin_value();
        let is_built = may_match || self.selection.built_from.is_some();
        self.selection.leaf = if is_built { Leaf::Built(may_match) } else { Leaf::Ignored };
        if may_match && self.selection.built_from.is_none() {
            self.selection.built_from = Some(self.selection.frames.len());
        }
        is_built
    }

    /// It ends: `give` notifies the builder.
    fn end_leaf(
        &mut self,
        give: impl FnOnce(&mut B) -> Result<(), B::Error>,
    ) -> Result<(), B::Error> {
        let leaf = std::mem::replace(&mut self.selection.leaf, Leaf::None);
        let was_open = std::mem::take(&mut self.selection.old_leaf);
        let Leaf::Built(may_match) = leaf else { return Ok(()) };
        give(self.builder)?;
        if may_match { self.found(was_open) } else { Ok(()) }
    }

    /// The value that has just ended may be a match.
    fn found(&mut self, was_open: bool) -> Result<(), B::Error> {
        self.selection.found(was_open, || self.builder.ended())?;
        if self.selection.built_from.is_none_or(|from| from == self.selection.frames.len()) {
            self.selection.built_from = None;
            self.builder.clear();
        }
        Ok(())
    }
}

impl<B: Build> Sink for Select<'_, B> {
    type Error = B::Error;

    fn restart(&mut self) -> Result<(), B::Error> {
        self.selection.restart();
        self.builder.clear();
        Ok(())
    }

    fn begin(&mut self, container: Container) -> Result<(), B::Error> {
        let may_match = self.selection.begin_value();
        self.selection.open(container, may_match);
        if self.selection.built_from.is_some() { self.builder.begin(container) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), B::Error> {
        let is_built = self.selection.built_from.is_some();
        if is_built {
            self.builder.end()?;
        }
        if self.selection.close_untracked() {
            return Ok(());
        }
        let was_open = self.selection.close();
        if is_built { self.found(was_open) } else { Ok(()) }
    }

    #[inline]
    fn key(&mut self, name: &[u8]) -> Result<(), B::Error> {
        self.selection.name(name);
        if self.selection.built_from.is_some() { self.builder.key(name) } else { Ok(()) }
    }

    fn null(&mut self) -> Result<(), B::Error> {
        self.whole(B::null)
    }

    fn boolean(&mut self, value: bool) -> Result<(), B::Error> {
        self.whole(|builder| builder.boolean(value))
    }

    fn number(&mut self, number: Number<'_>) -> Result<(), B::Error> {
        if self.selection.leaf == Leaf::None {
            return self.whole(|builder| builder.number(number));
        }
        self.end_leaf(|builder| builder.number(number))
    }

    fn string(&mut self, text: &[u8]) -> Result<(), B::Error> {
        self.whole(|builder| builder.string(text))
    }

    fn open_number(&mut self, number: Number<'_>) -> Result<(), B::Error> {
        let is_built = match self.selection.leaf {
            Leaf::None => self.begin_leaf(),
            Leaf::Ignored => false,
            Leaf::Built(_) => true,
        };
        if is_built { self.builder.open_number(number) } else { Ok(()) }
    }

    fn open_string(&mut self) -> Result<(), B::Error> {
        if self.begin_leaf() { self.builder.open_string() } else { Ok(()) }
    }

    #[inline]
    fn append(&mut self, text: &[u8]) -> Result<(), B::Error> {
        match self.selection.leaf {
            Leaf::Built(_) => self.builder.append(text),
            Leaf::None | Leaf::Ignored => Ok(()),
        }
    }

    fn close_string(&mut self) -> Result<(), B::Error> {
        self.end_leaf(B::close_string)
    }
}
