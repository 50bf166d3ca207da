"""AI messages: the output of a chat model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from headrace.compat import UsagePolicy, using_usage
from headrace.messages import schema
from headrace.messages.base import BaseMessage, BaseMessageChunk
from headrace.messages.tool_calls import InvalidToolCall, ToolCall, ToolCallChunk
from headrace.messages.usage import (
    InputTokenDetails,
    OutputTokenDetails,
    UsageMetadata,
    add_usage,
    subtract_usage,
)

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "AIMessage",
    "AIMessageChunk",
    "InputTokenDetails",
    "OutputTokenDetails",
    "UsageMetadata",
    "add_ai_message_chunks",
    "add_usage",
    "subtract_usage",
]


class AIMessage(BaseMessage):
    """A complete message from a model.

    Attributes:
        tool_calls: The tool calls that the model requests.
        invalid_tool_calls: Tool calls whose arguments are not a JSON object.
        usage_metadata: Token counts, if the provider reports them.
    """

    __slots__ = ()

    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["ai"], "ai"),
        "tool_calls": (list[ToolCall], schema.new(list)),
        "invalid_tool_calls": (list[InvalidToolCall], schema.new(list)),
        "usage_metadata": (UsageMetadata | None, None),
    }

    type: ClassVar[str] = "ai"

    if TYPE_CHECKING:
        tool_calls: list[ToolCall]
        invalid_tool_calls: list[InvalidToolCall]
        usage_metadata: UsageMetadata | None
    else:
        tool_calls = BaseMessage._tool_calls
        invalid_tool_calls = BaseMessage._invalid_tool_calls
        usage_metadata = BaseMessage._usage_metadata

    @property
    def lc_attributes(self) -> Mapping[str, Any]:
        """Attributes that LangChain serializes even when they are empty."""
        return {"tool_calls": self.tool_calls, "invalid_tool_calls": self.invalid_tool_calls}

    def pretty_repr(self, html: bool = False) -> str:
        """Write the message for people to read, with its tool calls."""
        lines = [super().pretty_repr(html=html).strip()]
        if self.tool_calls:
            lines.append("Tool Calls:")
            lines += [_shown(call, call.get("args")) for call in self.tool_calls]
        if self.invalid_tool_calls:
            lines.append("Invalid Tool Calls:")
            lines += [_shown(call, call.get("args")) for call in self.invalid_tool_calls]
        return "\n".join(lines).strip()


class AIMessageChunk(AIMessage, BaseMessageChunk):
    """A chunk of a message from a model, as it streams.

    Adding two chunks returns a new chunk and leaves both unchanged. Adding up n chunks takes time
    linear in their total length.

    Attributes:
        tool_call_chunks: Chunks of tool calls.
        chunk_position: `"last"` for the end of the stream.
        tool_calls: The tool calls so far, with the arguments parsed so far.
    """

    __slots__ = ()

    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "type": (Literal["AIMessageChunk"], "AIMessageChunk"),
        "tool_call_chunks": (list[ToolCallChunk], schema.new(list)),
        "chunk_position": (Literal["last"] | None, None),
    }

    _joins_lists: ClassVar[bool] = True
    """If true, adding a list merges all its chunks at once. Subclasses of users turn this off."""

    type: ClassVar[str] = "AIMessageChunk"

    if TYPE_CHECKING:
        tool_call_chunks: list[ToolCallChunk]
        chunk_position: Literal["last"] | None
        tool_calls_complete: list[bool]
        """For each of `tool_calls`, whether its arguments have ended."""

        def __add__(self, other: Any) -> Self: ...
    else:
        tool_call_chunks = BaseMessage._tool_call_chunks
        chunk_position = BaseMessage._chunk_position
        tool_calls_complete = BaseMessage._tool_calls_complete


def add_ai_message_chunks(
    left: AIMessageChunk, *others: AIMessageChunk, usage: UsagePolicy = "sum"
) -> AIMessageChunk:
    """Add up chunks.

    Args:
        left: The first.
        *others: Those behind it.
        usage: What becomes of token counts: `"sum"`, or where the provider reports the count so far
            with each chunk, `"last"` or `"max"`.

    Returns:
        The sum.
    """
    with using_usage(usage):
        return left + list(others)


def _shown(call: Any, args: Any) -> str:
    lines = [f"  {call.get('name', 'Tool')} ({call.get('id')})", f" Call ID: {call.get('id')}"]
    if call.get("error"):
        lines.append(f"  Error: {call.get('error')}")
    lines.append("  Args:")
    if isinstance(args, str):
        lines.append(f"    {args}")
    elif isinstance(args, dict):
        lines += [f"    {name}: {value}" for name, value in args.items()]
    return "\n".join(lines)
