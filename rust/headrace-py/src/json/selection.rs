//! The state of a parser with paths, and the output of its matches.

use std::collections::HashMap;

use headrace_core::json::{OpenMatch, Options, Parser, Path, Select, Selection, Step};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::builder::Builder;
use super::copy::deep_copy;
use super::objects::{self, Names};
use super::text::Text;
use super::tree::Tree;

/// The paths, and what they have led to.
pub(super) struct Selecting {
    selection: Selection<Py<PyAny>>,
    /// The paths as they were given.
    paths: Vec<Py<PyString>>,
    form: Form,
    /// Whether each value is made of objects of its own.
    fresh: bool,
    /// Whether matches are shown while they are open.
    partial: bool,
    /// Those of the open matches that were shown last, by address.
    shown: HashMap<usize, Py<PyAny>>,
    /// The matches that are ready, if `partial`.
    ready: Vec<Py<PyAny>>,
}

/// The output format of a match.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Value,
    /// The path and the value, where several paths were given.
    Pair,
    /// A `JsonMatch`.
    Details,
}

impl Selecting {
    /// Reads the paths: one, or several in a list or tuple.
    pub(super) fn new(
        select: &Bound<'_, PyAny>,
        partial: bool,
        details: bool,
        fresh: bool,
    ) -> PyResult<Self> {
        let (texts, form) = match select.cast::<PyString>() {
            Ok(text) => (vec![text.clone()], Form::Value),
            Err(_) => (several(select)?, Form::Pair),
        };
        let paths = texts.iter().map(parse).collect::<PyResult<_>>()?;
        Ok(Self {
            selection: Selection::new(paths, details),
            paths: texts.into_iter().map(Bound::unbind).collect(),
            form: if details { Form::Details } else { form },
            fresh,
            partial,
            shown: HashMap::new(),
            ready: Vec::new(),
        })
    }

    /// How the parser has to read: nothing is shown of a number that is open unless somebody wants to see it.
    /// A string is given as it comes, since one that nobody has asked for is then kept nowhere.
    pub(super) fn options(&self, options: Options) -> Options {
        if self.partial {
            return options;
        }
        Options { complete_numbers: true, complete_strings: false, ..options }
    }

    /// Reads a piece of text, or without one its end.
    pub(super) fn read(
        &mut self,
        py: Python<'_>,
        parser: &mut Parser,
        tree: &mut Tree,
        names: &mut Names,
        text: Option<&Text<'_>>,
    ) -> PyResult<()> {
        self.selection.begin_piece();
        let mut builder = Builder { py, tree, names };
        let mut sink = Select::new(&mut self.selection, &mut builder);
        match text {
            Some(Text::Characters(text)) => parser.feed_characters(text, &mut sink),
            Some(Text::Bytes(text)) => parser.feed(text, &mut sink),
            None => parser.close(&mut sink),
        }
    }

    /// Notes what the open matches look like, where that is wanted.
    pub(super) fn show(&mut self, py: Python<'_>, tree: &mut Tree) -> PyResult<()> {
        if !self.partial {
            return Ok(());
        }
        for found in self.selection.take_matches() {
            let looks_the_same = found.was_open && self.was_shown(&found.value);
            if !looks_the_same || self.form == Form::Details {
                let item = self.form(py, found.path, &found.location, found.value, true)?;
                self.ready.push(item);
            }
        }
        let mut shown = HashMap::new();
        for open in self.selection.open_matches() {
            let OpenMatch { path, location, depth, is_scalar } = open;
            if let Some(value) = tree.open_part(py, (!is_scalar).then_some(depth))? {
                let value = value.unbind();
                if !self.was_shown(&value) {
                    let item = self.form(py, path, &location, value.clone_ref(py), false)?;
                    self.ready.push(item);
                }
                shown.insert(value.as_ptr().addr(), value);
            }
        }
        self.shown = shown;
        Ok(())
    }

    /// Returns whether matches are ready.
    pub(super) fn has_matches(&self) -> bool {
        !self.ready.is_empty() || self.selection.has_matches()
    }

    /// The matches since this was last asked.
    pub(super) fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let matches = PyList::new(py, std::mem::take(&mut self.ready))?;
        for found in self.selection.take_matches() {
            matches.append(self.form(py, found.path, &found.location, found.value, true)?)?;
        }
        Ok(matches)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let kept = self.shown.values().chain(&self.ready).chain(self.selection.values());
        kept.into_iter().try_for_each(|value| visit.call(value))
    }

    /// Forgets every value, for a garbage collector: the caller drops them.
    pub(super) fn clear(&mut self) -> (Selection<Py<PyAny>>, Vec<Py<PyAny>>) {
        let empty = Selection::new(Vec::new(), false);
        let selection = std::mem::replace(&mut self.selection, empty);
        let mut kept: Vec<_> = std::mem::take(&mut self.shown).into_values().collect();
        kept.append(&mut self.ready);
        (selection, kept)
    }

    /// Returns whether an open match is unchanged. The last snapshot is held, so it cannot have grown in place:
    /// had it changed, it would be another object.
    fn was_shown(&self, value: &Py<PyAny>) -> bool {
        self.shown.contains_key(&value.as_ptr().addr())
    }

    fn form(
        &self,
        py: Python<'_>,
        path: usize,
        location: &[Step],
        value: Py<PyAny>,
        complete: bool,
    ) -> PyResult<Py<PyAny>> {
        let value = if self.fresh { deep_copy(value.bind(py))?.unbind() } else { value };
        let path = &self.paths[path];
        Ok(match self.form {
            Form::Value => value,
            Form::Pair => (path, value).into_pyobject(py)?.into_any().unbind(),
            Form::Details => {
                static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
                let class = CLASS.import(py, "headrace.json", "JsonMatch")?;
                class.call1((path, steps(py, location)?, value, complete))?.unbind()
            }
        })
    }
}

/// A location as a tuple of names and indexes.
fn steps<'py>(py: Python<'py>, location: &[Step]) -> PyResult<Bound<'py, PyTuple>> {
    let steps = location.iter().map(|step| match step {
        Step::Name(name) => objects::string(py, name).map(Bound::into_any),
        Step::Index(index) => Ok(index.into_pyobject(py)?.into_any()),
    });
    PyTuple::new(py, steps.collect::<PyResult<Vec<_>>>()?)
}

fn several<'py>(select: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyString>>> {
    const REFUSAL: &str = "select must be a path, or a list of paths, not";
    if !select.is_instance_of::<PyList>() && !select.is_instance_of::<PyTuple>() {
        let name = select.get_type().qualname()?;
        return Err(PyTypeError::new_err(format!("{REFUSAL} {name}")));
    }
    let mut paths = Vec::new();
    for path in select.try_iter()? {
        let path = path?;
        let name = path.get_type().qualname()?;
        paths.push(path.cast_into::<PyString>().map_err(|_| {
            PyTypeError::new_err(format!("{REFUSAL} a list with an item of type {name}"))
        })?);
    }
    if paths.is_empty() {
        return Err(PyValueError::new_err("select must name at least one path"));
    }
    Ok(paths)
}

fn parse(text: &Bound<'_, PyString>) -> PyResult<Path> {
    let py = text.py();
    match Path::parse(text.to_str()?) {
        Ok(path) => Ok(path),
        Err(error) => {
            static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
            let class = CLASS.import(py, "headrace.exceptions", "JsonPathError")?;
            let arguments = (error.kind.to_string(), text, error.offset);
            Err(PyErr::from_value(class.call1(arguments)?))
        }
    }
}
