//! What is left to Python, since it is rare: validation of what does not fit at once, and reports.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

macro_rules! hook {
    ($(#[$doc:meta])* $name:ident, $module:literal, $function:literal) => {
        $(#[$doc])*
        pub(super) fn $name<'py, A>(py: Python<'py>, arguments: A) -> PyResult<Bound<'py, PyAny>>
        where
            A: IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
        {
            static FUNCTION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            FUNCTION
                .get_or_try_init(py, || {
                    py.import($module)?.getattr($function).map(Bound::unbind)
                })?
                .bind(py)
                .call1(arguments.into_pyobject(py)?)
        }
    };
}

hook!(
    /// `(class, field, value)`: the value as the field has it, or pydantic's error.
    checked,
    "headrace.messages.validation",
    "checked"
);
hook!(
    /// `(class, field)`: raises pydantic's error for a field that was not given.
    missing,
    "headrace.messages.validation",
    "missing"
);
hook!(
    /// `(message, extra)`: keeps the fields that a user's class declares and those that none declares.
    declared,
    "headrace.messages.validation",
    "keep_declared"
);
hook!(
    /// `(content_blocks, is_ai, tool_calls_given)`: the content and the tool calls in it.
    from_blocks,
    "headrace.messages.construction",
    "from_blocks"
);
hook!(
    /// `(raw_calls, is_chunk)`: tool calls and invalid ones, or the parts of them, from a provider's form.
    from_raw_calls,
    "headrace.messages.construction",
    "from_raw_calls"
);
hook!(
    /// `(tool_calls, invalid_tool_calls)`: the parts that tool calls would have come in.
    to_chunks,
    "headrace.messages.construction",
    "to_chunks"
);
hook!(
    /// `(content, tool_calls)`: makes calls of the parts of calls in typed content, at a stream's end.
    settle_blocks,
    "headrace.messages.construction",
    "settle_blocks"
);
hook!(
    /// `(content)`: the content of a tool message, made text where it is neither text nor blocks.
    tool_content,
    "headrace.messages.construction",
    "tool_content"
);
hook!(
    /// `(left, right)`: the sum of two usages.
    add_usage,
    "headrace.messages.usage",
    "add_by_policy"
);
hook!(
    /// `(left, right)`: a message and what follows it as a prompt.
    to_prompt,
    "headrace.messages.base",
    "to_prompt"
);
/// The flags of every context that does not choose its own.
static DEFAULT_FLAGS: AtomicU32 = AtomicU32::new(0b1111 | 1024);

/// Sets the flags of every context that does not choose its own.
#[pyfunction]
pub(crate) fn set_default_flags(value: u32) {
    DEFAULT_FLAGS.store(value, Ordering::Relaxed);
}

/// The deliberate differences from the reference that are decided here.
#[derive(Clone, Copy)]
pub(super) struct Flags(u32);

impl Flags {
    /// Those of the current context.
    pub(super) fn now(py: Python<'_>) -> PyResult<Self> {
        static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let variable = VARIABLE.get_or_try_init(py, || {
            py.import("headrace.compat")?.getattr("FLAGS").map(Bound::unbind)
        })?;
        let mut value = std::ptr::null_mut();
        // SAFETY: the variable is a live ContextVar with a default, checked below. The call returns -1 with an
        // exception set, or puts a new reference or null into `value`.
        let value = unsafe {
            if ffi::PyContextVar_Get(variable.as_ptr(), std::ptr::null_mut(), &raw mut value) < 0 {
                return Err(PyErr::fetch(py));
            }
            Bound::from_owned_ptr_or_opt(py, value)
        };
        let chosen: i64 = value.map_or(Ok(0), |value| value.extract())?;
        // A negative number stands for the flags of the process.
        Ok(Self(u32::try_from(chosen).unwrap_or_else(|_| DEFAULT_FLAGS.load(Ordering::Relaxed))))
    }

    /// A text that a provider repeats is not doubled.
    pub(super) const fn sticky(self) -> bool {
        self.0 & 1 != 0
    }

    /// Parts of parallel calls are told apart where they share or lack an index.
    pub(super) const fn route_calls(self) -> bool {
        self.0 & 2 != 0
    }

    /// Arguments that have ended are read strictly.
    pub(super) const fn strict_arguments(self) -> bool {
        self.0 & 4 != 0
    }

    /// Blocks of text, of reasoning and of calls stay apart where they share an index.
    pub(super) const fn separate_blocks(self) -> bool {
        self.0 & 1024 != 0
    }

    /// Live arguments never lose what they had.
    pub(super) const fn steady_arguments(self) -> bool {
        self.0 & 8 != 0
    }
}
