//! How deeply values are nested, and calls that need a large stack.
//!
//! Serializers written in native code recurse on the stack of the calling thread, and their own limits assume one
//! of several mebibytes. Threads with less crash, so the depth is known before such a serializer runs.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::thread;

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple,
};

/// The stack of a thread for deep values: 1,000 levels of the serializers need about a fifth of it.
const LARGE_STACK: usize = 16 * 1024 * 1024;

/// How many containers are visited before they are remembered. Shared ones multiply only beyond it.
const UNREMEMBERED: usize = 10_000;

thread_local! {
    static HAS_LARGE_STACK: Cell<bool> = const { Cell::new(false) };
}

/// Containers to visit, each with the number of those around it and itself.
struct Walk<'py> {
    pending: Vec<(Bound<'py, PyAny>, usize)>,
    count: usize,
    /// The greatest level at which a container was visited. It is held, so that its address stays its own.
    known: HashMap<usize, (Bound<'py, PyAny>, usize)>,
}

impl<'py> Walk<'py> {
    #[inline]
    fn add(&mut self, value: Bound<'py, PyAny>, level: usize) {
        if !is_scalar(&value) {
            self.pending.push((value, level));
        }
    }

    /// Whether the container was not visited before at this level or a greater one.
    fn is_new(&mut self, value: &Bound<'py, PyAny>, level: usize) -> bool {
        self.count += 1;
        if self.count <= UNREMEMBERED {
            return true;
        }
        match self.known.entry(value.as_ptr().addr()) {
            Entry::Vacant(place) => {
                place.insert((value.clone(), level));
                true
            }
            Entry::Occupied(mut place) => {
                let is_new = place.get().1 < level;
                place.get_mut().1 = level.max(place.get().1);
                is_new
            }
        }
    }

    /// Add what a container holds.
    fn add_parts(&mut self, value: &Bound<'py, PyAny>, level: usize) -> PyResult<()> {
        if let Ok(dict) = value.cast::<PyDict>() {
            for (key, part) in dict {
                self.add(key, level);
                self.add(part, level);
            }
        } else if let Ok(list) = value.cast::<PyList>() {
            list.iter().for_each(|part| self.add(part, level));
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            tuple.iter().for_each(|part| self.add(part, level));
        } else if let Ok(set) = value.cast::<PySet>() {
            set.iter().for_each(|part| self.add(part, level));
        } else if let Ok(set) = value.cast::<PyFrozenSet>() {
            set.iter().for_each(|part| self.add(part, level));
        } else {
            self.add_fields(value, level)?;
        }
        Ok(())
    }

    /// Add the fields of models and dataclasses. Serializers do not look into other objects.
    fn add_fields(&mut self, value: &Bound<'py, PyAny>, level: usize) -> PyResult<()> {
        let (py, class) = (value.py(), value.get_type());
        if class.hasattr(intern!(py, "__mirror__"))? {
            for field in value.call_method0(intern!(py, "_items"))?.try_iter()? {
                self.add(field?.get_item(1)?, level);
            }
        } else if class.hasattr(intern!(py, "__pydantic_serializer__"))?
            || class.hasattr(intern!(py, "__dataclass_fields__"))?
        {
            for name in [intern!(py, "__dict__"), intern!(py, "__pydantic_extra__")] {
                let fields = value.getattr_opt(name)?;
                if let Some(Ok(fields)) = fields.as_ref().map(|fields| fields.cast::<PyDict>()) {
                    fields.values().iter().for_each(|field| self.add(field, level));
                }
            }
        }
        Ok(())
    }
}

#[inline]
fn is_scalar(value: &Bound<'_, PyAny>) -> bool {
    value.is_none()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBytes>()
}

/// Whether containers are nested in a value more than `levels` deep. Costs the size of the value at most.
#[pyfunction]
pub(crate) fn is_nested_deeper(value: Bound<'_, PyAny>, levels: usize) -> PyResult<bool> {
    let mut walk = Walk { pending: Vec::new(), count: 0, known: HashMap::new() };
    walk.add(value, 0);
    while let Some((value, level)) = walk.pending.pop() {
        // The deepest parts are looked at first, so a value that contains itself soon exceeds any limit.
        let level = level + 1;
        if level > levels {
            return Ok(true);
        }
        if walk.is_new(&value, level) {
            walk.add_parts(&value, level)?;
        }
    }
    Ok(false)
}

/// Call a function on a thread whose stack is large enough for deep values, and wait for it.
#[pyfunction]
pub(crate) fn call_on_large_stack(function: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    if HAS_LARGE_STACK.get() {
        return Ok(function.call0()?.unbind());
    }
    let py = function.py();
    let function = function.unbind();
    py.detach(|| {
        let work = move || {
            HAS_LARGE_STACK.set(true);
            Python::attach(|py| {
                let result = function.call0(py);
                drop(function);
                result
            })
        };
        let thread = thread::Builder::new()
            .name("headrace-large-stack".into())
            .stack_size(LARGE_STACK)
            .spawn(work)?;
        thread
            .join()
            .map_err(|_| PyRuntimeError::new_err("the thread with a large stack panicked"))?
    })
}
