//! The changes of a piece of text to the document, as rows: path, operation, value.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::copy::deep_copy;
use super::journal::{Journal, Step};
use super::same::same;

/// How the children of a container on the open path differ from those it had.
#[derive(Default)]
pub(super) struct Grown<'py> {
    /// The child that was open, where it is another object now.
    pub(super) open: Option<Child<'py>>,
    /// Members that took the places of others and look different.
    pub(super) replaced: Vec<Child<'py>>,
    /// What follows: names or indexes, and values.
    pub(super) added: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

/// A child that was there before.
pub(super) struct Child<'py> {
    /// Its name or index.
    pub(super) key: Bound<'py, PyAny>,
    pub(super) before: Bound<'py, PyAny>,
    pub(super) after: Bound<'py, PyAny>,
}

/// Compares two states of the container at some depth of the open path. Nothing where they are not two states
/// of one container.
pub(super) fn grown<'py>(
    journal: &Journal,
    depth: usize,
    before: &Bound<'py, PyAny>,
    after: &Bound<'py, PyAny>,
) -> PyResult<Option<Grown<'py>>> {
    if let (Ok(before), Ok(after)) = (before.cast::<PyList>(), after.cast::<PyList>()) {
        return grown_list(journal, depth, before, after).map(Some);
    }
    if let (Ok(before), Ok(after)) = (before.cast::<PyDict>(), after.cast::<PyDict>()) {
        return grown_dict(journal, depth, before, after).map(Some);
    }
    Ok(None)
}

fn grown_list<'py>(
    journal: &Journal,
    depth: usize,
    before: &Bound<'py, PyList>,
    after: &Bound<'py, PyList>,
) -> PyResult<Grown<'py>> {
    let py = before.py();
    let mut grown = Grown::default();
    if let Some(&Step::Index(index)) = journal.open(depth)
        && index < before.len()
    {
        let key = index.into_pyobject(py)?.into_any();
        grown.note_open(key, before.get_item(index)?, after.get_item(index)?);
    }
    for index in before.len()..after.len() {
        grown.added.push((index.into_pyobject(py)?.into_any(), after.get_item(index)?));
    }
    Ok(grown)
}

fn grown_dict<'py>(
    journal: &Journal,
    depth: usize,
    before: &Bound<'py, PyDict>,
    after: &Bound<'py, PyDict>,
) -> PyResult<Grown<'py>> {
    let py = before.py();
    let mut grown = Grown::default();
    let open = match journal.open(depth) {
        Some(Step::Name(name)) => Some(name.bind(py)),
        _ => None,
    };
    let mut open_is_replaced = false;
    if journal.has_repeated() {
        let repeated = PyDict::new(py);
        for step in journal.repeated_in(depth) {
            if let Step::Name(name) = step {
                repeated.set_item(name, py.None())?;
            }
        }
        for name in repeated.keys() {
            if let (Some(before), Some(after)) = (before.get_item(&name)?, after.get_item(&name)?)
                && !same(&before, &after)?
            {
                grown.replaced.push(Child { key: name, before, after });
            }
        }
        if let Some(open) = open {
            open_is_replaced = repeated.contains(open)?;
        }
    }
    if let Some(open) = open
        && !open_is_replaced
        && let (Some(before), Some(after)) = (before.get_item(open)?, after.get_item(open)?)
    {
        grown.note_open(open.clone().into_any(), before, after);
    }
    let count = after.len().saturating_sub(before.len());
    if count > 0 {
        // New items are at the end.
        for name in after.call_method0("__reversed__")?.try_iter()?.take(count) {
            let name = name?;
            if let Some(value) = after.get_item(&name)? {
                grown.added.push((name, value));
            }
        }
        grown.added.reverse();
    }
    Ok(grown)
}

impl<'py> Grown<'py> {
    fn note_open(
        &mut self,
        key: Bound<'py, PyAny>,
        before: Bound<'py, PyAny>,
        after: Bound<'py, PyAny>,
    ) {
        // Returned values are still held, so they cannot have changed in place.
        if !before.is(&after) {
            self.open = Some(Child { key, before, after });
        }
    }
}

/// What the last piece of text has done, innermost first: with each row applied to what a reader had before
/// it, the reader has what is there now.
pub(super) fn rows<'py>(
    py: Python<'py>,
    journal: &Journal,
    after: Option<Bound<'py, PyAny>>,
    fresh: bool,
) -> PyResult<Bound<'py, PyList>> {
    let mut rows = Rows { steps: Vec::new(), list: PyList::empty(py), fresh };
    let Some(after) = after else { return Ok(rows.list) };
    let Some(before) = journal.before() else {
        rows.push("add", &[], after)?;
        return Ok(rows.list);
    };
    let before = before.bind(py).clone();
    if before.is(&after) {
        return Ok(rows.list);
    }
    if journal.is_restarted() {
        if !same(&before, &after)? {
            rows.push("replace", &[], after)?;
        }
        return Ok(rows.list);
    }
    let mut waiting = Vec::new();
    let (mut before, mut after) = (before, after);
    loop {
        let Some(mut grown) = grown(journal, waiting.len(), &before, &after)? else {
            rows.leaf(&before, after)?;
            break;
        };
        let open = grown.open.take();
        waiting.push(grown);
        let Some(open) = open else { break };
        rows.steps.push(open.key);
        (before, after) = (open.before, open.after);
    }
    while let Some(grown) = waiting.pop() {
        rows.steps.truncate(waiting.len());
        for child in grown.replaced {
            rows.push("replace", &[child.key], child.after)?;
        }
        for (key, value) in grown.added {
            rows.push("add", &[key], value)?;
        }
    }
    Ok(rows.list)
}

struct Rows<'py> {
    /// The path to the container that is looked at.
    steps: Vec<Bound<'py, PyAny>>,
    list: Bound<'py, PyList>,
    fresh: bool,
}

impl<'py> Rows<'py> {
    fn push(
        &self,
        operation: &str,
        last: &[Bound<'py, PyAny>],
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let py = value.py();
        let path = if last.is_empty() {
            PyTuple::new(py, &self.steps)?
        } else {
            PyTuple::new(py, self.steps.iter().chain(last).collect::<Vec<_>>())?
        };
        let value = if self.fresh { deep_copy(&value)? } else { value };
        self.list.append((path, operation_name(py, operation), value))
    }

    /// A string or number that was open.
    fn leaf(&self, before: &Bound<'py, PyAny>, after: Bound<'py, PyAny>) -> PyResult<()> {
        if let (Ok(shorter), Ok(longer)) = (before.cast::<PyString>(), after.cast::<PyString>()) {
            let addition = behind(longer, shorter)?;
            return self.push("append", &[], addition.into_any());
        }
        if same(before, &after)? { Ok(()) } else { self.push("replace", &[], after) }
    }
}

fn operation_name<'py>(py: Python<'py>, operation: &str) -> Bound<'py, PyString> {
    match operation {
        "add" => pyo3::intern!(py, "add").clone(),
        "append" => pyo3::intern!(py, "append").clone(),
        _ => pyo3::intern!(py, "replace").clone(),
    }
}

/// The end of a string of which another one is the beginning.
fn behind<'py>(
    longer: &Bound<'py, PyString>,
    shorter: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyString>> {
    let py = longer.py();
    // SAFETY: both are live strs and the interpreter is attached; PyUnicode_Substring returns a new reference
    // to a str, or null with an exception set.
    let object = unsafe {
        let start = ffi::PyUnicode_GET_LENGTH(shorter.as_ptr());
        let end = ffi::PyUnicode_GET_LENGTH(longer.as_ptr());
        Bound::from_owned_ptr_or_err(py, ffi::PyUnicode_Substring(longer.as_ptr(), start, end))?
    };
    Ok(object.cast_into()?)
}
