//! Turns the parser's events into changes of the tree.

use headrace_core::json::{Build, Container, Number, Sink};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use super::level::Level;
use super::objects::{self, Names};
use super::tree::Tree;

/// The sink of one call: it holds the interpreter, which a parser between calls cannot.
pub(crate) struct Builder<'a, 'py> {
    pub(crate) py: Python<'py>,
    pub(crate) tree: &'a mut Tree,
    pub(crate) names: &'a mut Names,
}

impl Sink for Builder<'_, '_> {
    type Error = PyErr;

    fn restart(&mut self) -> PyResult<()> {
        self.tree.restart(self.py)
    }

    fn begin(&mut self, container: Container) -> PyResult<()> {
        self.tree.begin(self.py, Level::new(self.py, container))
    }

    fn end(&mut self) -> PyResult<()> {
        self.tree.end(self.py)
    }

    fn key(&mut self, name: &[u8]) -> PyResult<()> {
        self.tree.set_name(self.names.get(self.py, name)?);
        Ok(())
    }

    fn null(&mut self) -> PyResult<()> {
        self.tree.whole(self.py, self.py.None().bind(self.py))
    }

    fn boolean(&mut self, value: bool) -> PyResult<()> {
        self.tree.whole(self.py, PyBool::new(self.py, value).as_any())
    }

    fn number(&mut self, number: Number<'_>) -> PyResult<()> {
        self.tree.number(self.py, objects::number(self.py, number)?, false)
    }

    fn string(&mut self, text: &[u8]) -> PyResult<()> {
        self.tree.whole(self.py, objects::string(self.py, text)?.as_any())
    }

    fn open_number(&mut self, number: Number<'_>) -> PyResult<()> {
        self.tree.number(self.py, objects::number(self.py, number)?, true)
    }

    fn open_string(&mut self) -> PyResult<()> {
        self.tree.open_string(self.py)
    }

    fn append(&mut self, text: &[u8]) -> PyResult<()> {
        self.tree.append(text);
        Ok(())
    }

    fn close_string(&mut self) -> PyResult<()> {
        self.tree.end_leaf(self.py)
    }
}

impl Build for Builder<'_, '_> {
    type Value = Py<PyAny>;

    fn ended(&mut self) -> PyResult<Py<PyAny>> {
        let value = self.tree.last_ended(self.py)?;
        Ok(value.map_or_else(|| self.py.None(), Bound::unbind))
    }

    fn clear(&mut self) {
        self.tree.clear();
    }
}
