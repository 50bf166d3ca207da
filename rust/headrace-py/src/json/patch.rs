//! The changes of a piece of text to the document, as a JSON Patch (RFC 6902).
//!
//! The operations are those that `jsonpatch.make_patch` finds between the two documents, which is what
//! `langchain_core`'s `JsonOutputParser(diff=True)` gives. It compares whole documents; here it is known that
//! the document has grown along one path, and only that path is looked at. What it does by chance is done here
//! too: an element that looks like one that has changed counts as that one, pushed to a later place, and a
//! value that looks like one that was removed is moved.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::copy::deep_copy;
use super::diff::{Child, Grown, grown};
use super::journal::Journal;
use super::objects;
use super::same::same;

/// A JSON pointer (RFC 6901), in UTF-8 in which halves of surrogate pairs may stand alone.
type Pointer = Vec<u8>;

enum Kind {
    Add,
    Replace,
    /// From this pointer.
    Move(Pointer),
}

struct Operation<'py> {
    kind: Kind,
    pointer: Pointer,
    value: Bound<'py, PyAny>,
}

/// An element that was replaced, by removing it and adding another one.
struct Removed<'py> {
    value: Bound<'py, PyAny>,
    /// Its operation.
    operation: usize,
    /// Where it stands if it is not removed.
    pointer: Pointer,
}

/// A list on the open path, to which elements are added once what is inside it is done.
struct Outer<'py> {
    /// How long the pointer to it is, which is the beginning of the pointer to what is inside.
    pointer: usize,
    added: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

#[derive(Default)]
struct Patch<'py> {
    operations: Vec<Operation<'py>>,
    removed: Option<Removed<'py>>,
}

/// The operations.
pub(super) fn patch<'py>(
    py: Python<'py>,
    journal: &Journal,
    after: Option<Bound<'py, PyAny>>,
    fresh: bool,
) -> PyResult<Bound<'py, PyList>> {
    let mut patch = Patch::default();
    if let Some(after) = after {
        match journal.before() {
            Some(before) if !journal.is_restarted() => {
                patch.compare(journal, before.bind(py).clone(), after)?;
            }
            Some(before) if same(before.bind(py), &after)? => {}
            // A reader begins with null.
            None if after.is_none() => {}
            _ => patch.push(Kind::Replace, Pointer::new(), after),
        }
    }
    patch.written(py, fresh)
}

impl<'py> Patch<'py> {
    fn push(&mut self, kind: Kind, pointer: Pointer, value: Bound<'py, PyAny>) {
        self.operations.push(Operation { kind, pointer, value });
    }

    /// Compares two states of the document.
    fn compare(
        &mut self,
        journal: &Journal,
        mut before: Bound<'py, PyAny>,
        mut after: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let mut outer: Vec<Outer<'py>> = Vec::new();
        let mut pointer = Pointer::new();
        for depth in 0.. {
            if before.is(&after) {
                break;
            }
            let Some(Grown { open, replaced, added }) = grown(journal, depth, &before, &after)?
            else {
                if !same(&before, &after)? {
                    self.push(Kind::Replace, pointer.clone(), after);
                }
                break;
            };
            let is_list = after.is_instance_of::<PyList>();
            if is_list {
                if let Some(open) = &open
                    && self.pushed_back(&pointer, open, &added)?
                {
                    break;
                }
                outer.push(Outer { pointer: pointer.len(), added });
            } else {
                for (name, value) in added {
                    self.push(Kind::Add, joined(&pointer, &name)?, value);
                }
                for child in replaced {
                    self.push(Kind::Replace, joined(&pointer, &child.key)?, child.after);
                }
            }
            let Some(open) = open else { break };
            let is_container =
                open.after.is_instance_of::<PyList>() || open.after.is_instance_of::<PyDict>();
            if is_list && !is_container {
                if !same(&open.before, &open.after)? {
                    let added = outer.last().map_or(0, |list| list.added.len());
                    self.replace_element(&pointer, open, added)?;
                }
                break;
            }
            append(&mut pointer, &open.key)?;
            (before, after) = (open.before, open.after);
        }
        while let Some(list) = outer.pop() {
            pointer.truncate(list.pointer);
            for (index, value) in list.added {
                self.add_element(joined(&pointer, &index)?, value)?;
            }
        }
        Ok(())
    }

    /// Where one of the added elements looks like the open one before it changed, that one counts as pushed
    /// back by what was put in front of it: the last of them if it stands at the end, else the first.
    /// Returns whether that is so.
    fn pushed_back(
        &mut self,
        pointer: &[u8],
        open: &Child<'py>,
        added: &[(Bound<'py, PyAny>, Bound<'py, PyAny>)],
    ) -> PyResult<bool> {
        let Some((_, last)) = added.last() else { return Ok(false) };
        let mut twin = None;
        if same(last, &open.before)? {
            twin = Some(added.len() - 1);
        } else {
            for (position, (_, value)) in added.iter().enumerate() {
                if same(value, &open.before)? {
                    twin = Some(position);
                    break;
                }
            }
        }
        let Some(twin) = twin else { return Ok(false) };
        if same(&open.before, &open.after)? {
            return Ok(false);
        }
        self.push(Kind::Add, joined(pointer, &open.key)?, open.after.clone());
        for (position, (index, value)) in added.iter().enumerate() {
            if position != twin {
                self.push(Kind::Add, joined(pointer, index)?, value.clone());
            }
        }
        Ok(true)
    }

    /// An open string or number in a list has changed, and so many elements follow it.
    fn replace_element(
        &mut self,
        pointer: &[u8],
        open: Child<'py>,
        followed_by: usize,
    ) -> PyResult<()> {
        let place = joined(pointer, &open.key)?;
        for position in (0..self.operations.len()).rev() {
            let operation = &self.operations[position];
            if matches!(operation.kind, Kind::Add) && same(&operation.value, &open.before)? {
                let added = self.operations.remove(position);
                self.push(Kind::Move(place.clone()), added.pointer, added.value);
                self.push(Kind::Add, place, open.after);
                return Ok(());
            }
        }
        let index: usize = open.key.extract()?;
        self.removed = Some(Removed {
            value: open.before,
            operation: self.operations.len(),
            // Behind what took its place and what followed that.
            pointer: [pointer, format!("/{}", index + 1 + followed_by).as_bytes()].concat(),
        });
        self.push(Kind::Replace, place, open.after);
        Ok(())
    }

    fn add_element(&mut self, pointer: Pointer, value: Bound<'py, PyAny>) -> PyResult<()> {
        if let Some(removed) = &self.removed
            && same(&removed.value, &value)?
            && let Some(removed) = self.removed.take()
        {
            if let Some(operation) = self.operations.get_mut(removed.operation) {
                operation.kind = Kind::Add;
            }
            self.push(Kind::Move(removed.pointer), pointer, value);
        } else {
            self.push(Kind::Add, pointer, value);
        }
        Ok(())
    }

    fn written(self, py: Python<'py>, fresh: bool) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for Operation { kind, pointer, value } in self.operations {
            let operation = PyDict::new(py);
            let name = match &kind {
                Kind::Add => pyo3::intern!(py, "add"),
                Kind::Replace => pyo3::intern!(py, "replace"),
                Kind::Move(_) => pyo3::intern!(py, "move"),
            };
            operation.set_item(pyo3::intern!(py, "op"), name)?;
            if let Kind::Move(from) = &kind {
                operation.set_item(pyo3::intern!(py, "from"), objects::string(py, from)?)?;
            }
            operation.set_item(pyo3::intern!(py, "path"), objects::string(py, &pointer)?)?;
            if !matches!(kind, Kind::Move(_)) {
                let value = if fresh { deep_copy(&value)? } else { value };
                operation.set_item(pyo3::intern!(py, "value"), value)?;
            }
            list.append(operation)?;
        }
        Ok(list)
    }
}

/// The pointer to a child of what a pointer leads to.
fn joined(pointer: &[u8], key: &Bound<'_, PyAny>) -> PyResult<Pointer> {
    let mut joined = pointer.to_vec();
    append(&mut joined, key)?;
    Ok(joined)
}

fn append(pointer: &mut Pointer, key: &Bound<'_, PyAny>) -> PyResult<()> {
    pointer.push(b'/');
    let Ok(name) = key.cast::<PyString>() else {
        let index: usize = key.extract()?;
        pointer.extend_from_slice(index.to_string().as_bytes());
        return Ok(());
    };
    if let Ok(text) = name.to_str() {
        escape(text.as_bytes(), pointer);
    } else {
        let encoded = name.call_method1("encode", ("utf-8", "surrogatepass"))?;
        escape(encoded.cast::<PyBytes>()?.as_bytes(), pointer);
    }
    Ok(())
}

fn escape(name: &[u8], pointer: &mut Pointer) {
    for &byte in name {
        match byte {
            b'~' => pointer.extend_from_slice(b"~0"),
            b'/' => pointer.extend_from_slice(b"~1"),
            _ => pointer.push(byte),
        }
    }
}
