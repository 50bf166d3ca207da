"""Deltas: the parts of an answer, as a stream delivers them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from headrace.exceptions import ModelConnectionError, ModelError, ModelStreamError

__all__ = [
    "Block",
    "Delta",
    "End",
    "Error",
    "Extra",
    "Finish",
    "Info",
    "Reasoning",
    "Refusal",
    "Start",
    "Text",
    "ToolArguments",
    "ToolStart",
    "Usage",
]


@dataclass(slots=True)
class Start:
    """An answer starts."""

    id: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    usage: Any = None
    """The token counts so far, as the provider sends them."""


@dataclass(slots=True)
class Text:
    """Text of the answer."""

    text: str
    key: Hashable = None
    """Identifies the text among several of one answer."""
    block: dict[str, Any] | None = None
    """The content block that the message gets; None if its content is a string."""


@dataclass(slots=True)
class Reasoning:
    """Reasoning that the provider shows."""

    text: str
    block: dict[str, Any] | None = None
    in_message: bool = True
    """False if messages leave it out."""


@dataclass(slots=True)
class Refusal:
    """The reason why the model refuses."""

    text: str
    block: dict[str, Any] | None = None
    in_message: bool = True
    """False if messages leave it out, because a later delta has all of it."""


@dataclass(slots=True)
class ToolStart:
    """A tool call starts, perhaps with arguments."""

    key: Hashable
    """Identifies the call within the answer: the `index` of its chunks."""
    id: str | None
    name: str | None
    arguments: str | None = None
    is_json: bool = True
    """False for custom tools, whose input is any text."""
    block: dict[str, Any] | None = None
    in_message: bool = True
    """False if messages do not list it as a tool call: the provider runs it, or a `Block` will
    hold it as a whole."""


@dataclass(slots=True)
class ToolArguments:
    """Arguments of a tool call that has started."""

    key: Hashable
    arguments: str | None
    id: str | None = None
    name: str | None = None
    block: dict[str, Any] | None = None
    in_message: bool = True


@dataclass(slots=True)
class End:
    """A text or a tool call ends."""

    key: Hashable
    is_tool: bool = True


@dataclass(slots=True)
class Block:
    """A content block that is neither text nor reasoning."""

    block: dict[str, Any]
    call: dict[str, Any] | None = None
    """The tool call that the block stands for, as a chunk."""


@dataclass(slots=True)
class Extra:
    """Content without a place of its own, such as speech: `additional_kwargs` of the message."""

    name: str
    value: Any


@dataclass(slots=True)
class Info:
    """A fact about the answer, such as log probabilities."""

    metadata: dict[str, Any]


@dataclass(slots=True)
class Usage:
    """Token counts."""

    counts: Any
    """The counts under the names that messages use (`UsageMetadata`)."""
    raw: Any = None
    """The counts as the provider sends them."""


@dataclass(slots=True)
class Finish:
    """The answer ends."""

    reason: str | None
    metadata: dict[str, Any] = field(default_factory=dict)
    is_last: bool = True
    """False if more may follow, such as token counts."""


@dataclass(slots=True)
class Error:
    """The provider reports an error, or the stream is truncated."""

    message: str
    code: Any = None
    truncated: bool = False

    def exception(self) -> ModelError:
        """Return the exception that reports this error."""
        if self.truncated:
            return ModelConnectionError(self.message)
        return ModelStreamError(f"{self.code}: {self.message}" if self.code else self.message)


Delta: TypeAlias = (
    Start
    | Text
    | Reasoning
    | Refusal
    | ToolStart
    | ToolArguments
    | End
    | Block
    | Extra
    | Info
    | Usage
    | Finish
    | Error
)
"""Any delta."""
