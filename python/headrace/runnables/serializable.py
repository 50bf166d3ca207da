"""`RunnableSerializable`: the base of components, whose fields are a pydantic model's."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from headrace.runnables.runnable import Input, Output, Runnable

__all__ = ["RunnableSerializable"]


class RunnableSerializable(BaseModel, Runnable[Input, Output]):
    """A component with fields: a model, a prompt, a parser, a tool, a retriever.

    Subclasses annotate their fields, as on any pydantic model.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    name: str | None = None
    """What the component is called in runs and errors; the class has a name for those without."""
