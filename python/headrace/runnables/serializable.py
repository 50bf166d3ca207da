"""`RunnableSerializable`: the base class of runnables that are pydantic models."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from headrace.load.serializable import Serializable
from headrace.runnables.runnable import Input, Output, Runnable

__all__ = ["RunnableSerializable"]


class RunnableSerializable(Serializable, Runnable[Input, Output]):
    """Base class of serializable runnables: models, prompts, parsers, tools, retrievers.

    Subclasses declare fields, as in any pydantic model.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    name: str | None = None
    """The name of the runnable in runs and errors; defaults to the name of the class."""

    def to_json(self) -> dict[str, Any]:
        """Return the serialized form, with the name; see `Serializable.to_json`."""
        return {**super().to_json(), "name": self.get_name()}
