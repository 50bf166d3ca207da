"""`RunnableSerializable`: the base of components, whose fields are a pydantic model's."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from headrace.load.serializable import Serializable
from headrace.runnables.runnable import Input, Output, Runnable

__all__ = ["RunnableSerializable"]


class RunnableSerializable(Serializable, Runnable[Input, Output]):
    """A component with fields: a model, a prompt, a parser, a tool, a retriever.

    Subclasses annotate their fields, as on any pydantic model.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    name: str | None = None
    """What the component is called in runs and errors; the class has a name for those without."""

    def to_json(self) -> dict[str, Any]:
        """Say how this was made, with its name; see `Serializable.to_json`."""
        return {**super().to_json(), "name": self.get_name()}
