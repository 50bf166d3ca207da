"""Some of the messages of a conversation, and runs of them made one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

from headrace.compat import Flag, flags
from headrace.messages.ai import AIMessage, AIMessageChunk
from headrace.messages.base import BaseMessage, BaseMessageChunk, merge_content
from headrace.messages.chat import ChatMessage, ChatMessageChunk
from headrace.messages.convert import MessageLikeRepresentation, convert_to_messages
from headrace.messages.function import FunctionMessage, FunctionMessageChunk
from headrace.messages.human import HumanMessage, HumanMessageChunk
from headrace.messages.serial import message_chunk_to_message
from headrace.messages.system import SystemMessage, SystemMessageChunk
from headrace.messages.tool import ToolMessage

__all__ = ["filter_messages", "is_of_type", "merge_message_runs", "runnable_without_messages"]

_F = TypeVar("_F", bound=Callable[..., Any])

_CHUNKS: dict[type[BaseMessage], type[BaseMessageChunk]] = {
    AIMessage: AIMessageChunk,
    HumanMessage: HumanMessageChunk,
    SystemMessage: SystemMessageChunk,
    FunctionMessage: FunctionMessageChunk,
    ChatMessage: ChatMessageChunk,
}


_CALLS = ("tool_calls", "invalid_tool_calls")


def runnable_without_messages(function: _F) -> _F:
    """Wrap a function to return a runnable if it is called without messages."""

    @wraps(function)
    def call(messages: Any = None, **options: Any) -> Any:
        if messages is not None:
            return function(messages, **options)
        # The runnables are a layer above this one.
        runnable = import_module("headrace.runnables").RunnableLambda
        return runnable(lambda given: function(given, **options), name=function.__name__)

    return call  # type: ignore[return-value]


def is_of_type(message: BaseMessage, types: Any) -> bool:
    """Return True if a message has one of the types, given as classes or values of `type`."""
    given = [types] if isinstance(types, (str, type)) else list(types)
    names = [it for it in given if isinstance(it, str)]
    classes = tuple(it for it in given if isinstance(it, type))
    return message.type in names or isinstance(message, classes)


@runnable_without_messages
def filter_messages(
    messages: Iterable[MessageLikeRepresentation],
    *,
    include_names: Sequence[str] | None = None,
    exclude_names: Sequence[str] | None = None,
    include_types: Sequence[str | type[BaseMessage]] | None = None,
    exclude_types: Sequence[str | type[BaseMessage]] | None = None,
    include_ids: Sequence[str] | None = None,
    exclude_ids: Sequence[str] | None = None,
    exclude_tool_calls: Sequence[str] | bool | None = None,
) -> list[BaseMessage]:
    """Return the messages that match the filters.

    A message is dropped if any `exclude` argument matches it. If there are `include` arguments, a
    message must match at least one of them.

    Args:
        messages: The messages. Without them, the function returns a runnable.
        include_names: Names of messages to include.
        exclude_names: Names of messages to exclude.
        include_types: Types of messages to include, as strings or classes.
        exclude_types: Types of messages to exclude.
        include_ids: Ids of messages to include.
        exclude_ids: Ids of messages to exclude.
        exclude_tool_calls: Ids of tool calls to exclude together with their results, or True for
            all. A message with other tool calls keeps them.

    Returns:
        The messages, unchanged or with fewer tool calls.
    """
    chosen: list[BaseMessage] = []
    for message in convert_to_messages(messages):
        if (
            (exclude_names and message.name in exclude_names)
            or (exclude_types and is_of_type(message, exclude_types))
            or (exclude_ids and message.id in exclude_ids)
        ):
            continue
        kept = _without_calls(message, exclude_tool_calls)
        if kept is None:
            continue
        if not (include_types or include_ids or include_names) or (
            (include_names and kept.name in include_names)
            or (include_types and is_of_type(kept, include_types))
            or (include_ids and kept.id in include_ids)
        ):
            chosen.append(kept)
    return chosen


def _without_calls(
    message: BaseMessage, excluded: Sequence[str] | bool | None
) -> BaseMessage | None:
    if not excluded or isinstance(excluded, str):
        return message
    if excluded is True:
        called = isinstance(message, AIMessage) and message.tool_calls
        return None if called or isinstance(message, ToolMessage) else message
    if isinstance(message, ToolMessage):
        return None if message.tool_call_id in excluded else message
    if not isinstance(message, AIMessage) or not message.tool_calls:
        return message
    calls = [call for call in message.tool_calls if call["id"] not in excluded]
    if not calls:
        return None
    content = message.content
    if isinstance(content, list):
        content = [
            block
            for block in content
            if not isinstance(block, dict)
            or block.get("type") != "tool_use"
            or block.get("id") not in excluded
        ]
    return message.model_copy(update={"tool_calls": calls, "content": content})


@runnable_without_messages
def merge_message_runs(
    messages: Iterable[MessageLikeRepresentation], *, chunk_separator: str = "\n"
) -> list[BaseMessage]:
    r"""Merge consecutive messages of the same type.

    Tool messages are not merged, since each answers its own call.

    Args:
        messages: The messages. Without them, the function returns a runnable.
        chunk_separator: Separator between merged texts.

    Returns:
        The messages; no two neighbours have the same type, except tool messages.
    """
    runs: list[list[BaseMessage]] = []
    for message in convert_to_messages(messages):
        if runs and not isinstance(message, ToolMessage) and isinstance(message, _kind(runs[-1])):
            runs[-1].append(message)
        else:
            runs.append([message])
    return [_merged(run, chunk_separator) for run in runs]


def _merged(run: list[BaseMessage], separator: str) -> BaseMessage:
    first = run[0]
    if len(run) == 1:
        return first.model_copy(deep=True)
    # One sum over the whole run: adding up message by message would copy the text again and again.
    contents: list[Any] = []
    plain = True
    for message in run:
        content = message.content
        # As in LangChain, there is no separator once the content is a list.
        plain = plain and isinstance(content, str)
        if plain and content and any(contents):
            contents.append(separator)
        contents.append(content)
    content = "".join(contents) if plain else merge_content(*contents)
    # Tool calls of finished messages are complete, so they are not merged.
    whole = Flag.ROUTED_TOOL_CALLS in flags() and not any(
        isinstance(message, BaseMessageChunk) for message in run
    )
    chunks = [_chunk(message, calls=not whole) for message in run]
    total = chunks[0] + chunks[1:]
    total.content = content
    merged = message_chunk_to_message(total)
    merged.response_metadata = dict(first.response_metadata)
    if whole and isinstance(merged, AIMessage):
        said: list[Any] = run
        merged.tool_calls = deepcopy([call for it in said for call in it.tool_calls])
        merged.invalid_tool_calls = deepcopy(
            [call for it in said for call in it.invalid_tool_calls]
        )
    return merged


def _kind(run: list[BaseMessage]) -> type[BaseMessage]:
    """Return the type that continues a run: as in LangChain, that of the merged message."""
    first = run[0]
    whole = (cls for cls in _CHUNKS if isinstance(first, cls))
    return type(first) if len(run) == 1 else next(whole, type(first))


def _chunk(message: BaseMessage, *, calls: bool) -> Any:
    """Return the message as a chunk without content, and without tool calls unless `calls`."""
    if isinstance(message, BaseMessageChunk):
        return message.model_copy(update={"content": "", "response_metadata": {}})
    for cls, chunk in _CHUNKS.items():
        if isinstance(message, cls):
            fields = {name: getattr(message, name) for name in cls.__known_fields__}
            given = {key: value for key, value in fields.items() if value is not None}
            if not calls:
                given = {key: value for key, value in given.items() if key not in _CALLS}
            given.update(content="", response_metadata={}, type=chunk.type)
            return chunk(**given)
    raise ValueError(
        f"Unrecognized message class {type(message)}. Supported classes are {list(_CHUNKS)}"
    )
