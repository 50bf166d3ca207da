//! Which fields a message has.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// The kinds of message that differ in their fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// No fields beyond those that all have.
    Plain,
    Ai,
    Tool,
    /// The name must be given.
    Function,
    Chat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) family: Family,
    pub(super) chunk: bool,
}

impl Kind {
    pub(super) const UNKNOWN: Self = Self { family: Family::Plain, chunk: false };

    pub(super) const fn is_ai_chunk(self) -> bool {
        self.chunk && matches!(self.family, Family::Ai)
    }
}

const CLASSES: [(&str, &str, Family, bool); 14] = [
    ("ai", "AIMessageChunk", Family::Ai, true),
    ("ai", "AIMessage", Family::Ai, false),
    ("human", "HumanMessage", Family::Plain, false),
    ("human", "HumanMessageChunk", Family::Plain, true),
    ("system", "SystemMessage", Family::Plain, false),
    ("system", "SystemMessageChunk", Family::Plain, true),
    ("tool", "ToolMessage", Family::Tool, false),
    ("tool", "ToolMessageChunk", Family::Tool, true),
    ("chat", "ChatMessage", Family::Chat, false),
    ("chat", "ChatMessageChunk", Family::Chat, true),
    ("function", "FunctionMessage", Family::Function, false),
    ("function", "FunctionMessageChunk", Family::Function, true),
    ("base", "BaseMessageChunk", Family::Plain, true),
    ("base", "BaseMessage", Family::Plain, false),
];

/// The kind of a class, and whether it is one of the package's own rather than a subclass of one.
pub(super) fn kind_of(class: &Bound<'_, PyType>) -> PyResult<(Kind, bool)> {
    let py = class.py();
    let known = classes(py)?;
    if let Some((_, kind)) = known.iter().find(|(own, _)| own.is(class)) {
        return Ok((*kind, true));
    }
    let mut inherited = Kind::UNKNOWN;
    let mut found = false;
    for base in class.mro() {
        if let Some((_, kind)) = known.iter().find(|(own, _)| own.is(&base)) {
            if !found {
                inherited = *kind;
                found = true;
            }
            inherited.chunk |= kind.chunk;
        }
    }
    Ok((inherited, false))
}

fn classes(py: Python<'_>) -> PyResult<&'static [(Py<PyType>, Kind)]> {
    static KNOWN: PyOnceLock<Vec<(Py<PyType>, Kind)>> = PyOnceLock::new();
    let known = KNOWN.get_or_try_init(py, || {
        CLASSES
            .iter()
            .map(|&(module, name, family, chunk)| {
                let module = py.import(format!("headrace.messages.{module}"))?;
                let class = module.getattr(name)?.cast_into::<PyType>()?;
                Ok((class.unbind(), Kind { family, chunk }))
            })
            .collect::<PyResult<Vec<_>>>()
    })?;
    Ok(known)
}
