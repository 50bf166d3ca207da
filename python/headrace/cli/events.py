"""What a provider's stream says, event by event: which text and which tool call it adds to.

Read are the streams of OpenAI (chat completions, completions, responses) and of those that speak
the same, and of Anthropic (messages). An event that says nothing about text or tool calls is passed
over.

These are not the chunks of a message that `headrace.language_models.recorded` reads: a document is
followed to where it ends, which chunks do not say, and piece by piece also where they have its text
only as a whole; and whatever stands in a file, an event of an unexpected shape says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

__all__ = ["End", "Failure", "Kind", "Piece", "Start", "Step", "StreamReader"]


class Kind(Enum):
    """What a piece of a stream belongs to."""

    TEXT = "text"
    """What the model says: JSON or prose."""
    TOOL = "tool call"
    """The arguments of a tool call: JSON."""
    CUSTOM = "custom tool call"
    """The input of a tool that takes any text: JSON or not."""


@dataclass(frozen=True, slots=True)
class Start:
    """A text or a tool call begins."""

    key: Hashable
    kind: Kind
    name: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A text or a tool call goes on; one that is not open begins with it."""

    key: Hashable
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class End:
    """A text or a tool call has ended, or everything that is open."""

    key: Hashable = None
    kind: Kind = Kind.TEXT
    whole: str = ""
    """All of it, where the provider says so once more: it counts where no piece came before."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The provider reports an error."""

    message: str


Step = Start | Piece | End | Failure


class StreamReader:
    """Tells the events of the providers apart and reads each."""

    __slots__ = ("_call_ids", "_whole_inputs")

    def __init__(self) -> None:
        self._call_ids: dict[Hashable, str] = {}  # of chat completions: by index
        self._whole_inputs: dict[Hashable, str] = {}  # of Anthropic's blocks: by index

    def read(self, event: Any) -> Iterator[Step]:
        """Yield what an event says.

        Args:
            event: Its data, as parsed from JSON. One of an unexpected shape says nothing.

        Yields:
            What it says, in order.
        """
        if not isinstance(event, dict):
            return
        kind = event.get("type")
        if isinstance(event.get("choices"), list):
            yield from self._read_choices(event)
        if isinstance(kind, str) and kind.startswith("response."):
            yield from _read_response(kind.removeprefix("response."), event)
        elif isinstance(kind, str) and kind != "error":
            yield from self._read_message(kind, event)
        elif kind == "error" or isinstance(event.get("error"), dict):
            yield Failure(_error_message(event.get("error") or event))

    def _read_choices(self, event: dict[str, Any]) -> Iterator[Step]:
        """OpenAI's completions and chat completions, and those of the many that speak the same."""
        for choice in _objects(event["choices"]):
            if choice.get("index") not in (0, None):
                continue  # another answer to the same question
            delta = choice.get("delta") or choice.get("message")
            yield from _text("text", choice.get("text"))
            if isinstance(delta, dict):
                yield from _text("text", delta.get("content"))
                yield from self._read_calls(delta)
            if choice.get("finish_reason"):
                self._call_ids.clear()
                yield End()

    def _read_calls(self, delta: dict[str, Any]) -> Iterator[Step]:
        calls = _objects(delta.get("tool_calls"))
        if isinstance(delta.get("function_call"), dict):  # the older interface
            calls.append({"index": "function_call", "function": delta["function_call"]})
        for position, call in enumerate(calls):
            key = _hashable(call.get("index", position))
            identity = str(call.get("id") or "")
            function = call.get("function")
            function = function if isinstance(function, dict) else {}
            # Some give each call the same index: then a new id is a new call.
            if key not in self._call_ids or (identity and identity != self._call_ids[key]):
                self._call_ids[key] = identity
                yield Start(key, Kind.TOOL, str(function.get("name") or ""))
            yield from _pieces(key, Kind.TOOL, function.get("arguments"))

    def _read_message(self, kind: str, event: dict[str, Any]) -> Iterator[Step]:
        """Anthropic's messages: blocks one after another, each of a type of its own."""
        key = _hashable(event.get("index"))
        if kind in ("message_start", "message_stop"):
            self._whole_inputs.clear()
            yield End()
        elif kind == "content_block_start":
            block = _object(event.get("content_block"))
            block_type = str(block.get("type"))
            if block_type == "text":
                yield Start(key, Kind.TEXT)
                yield from _pieces(key, Kind.TEXT, block.get("text"))
            elif block_type.endswith("tool_use"):
                # A call that was made from within another tool comes whole.
                if block.get("input"):
                    self._whole_inputs[key] = json.dumps(block["input"])
                yield Start(key, Kind.TOOL, str(block.get("name") or ""))
        elif kind == "content_block_delta":
            delta = _object(event.get("delta"))
            if delta.get("type") == "text_delta":
                yield from _pieces(key, Kind.TEXT, delta.get("text"))
            elif delta.get("type") == "input_json_delta":
                yield from _pieces(key, Kind.TOOL, delta.get("partial_json"))
        elif kind == "content_block_stop":
            yield End(key, Kind.TOOL, self._whole_inputs.pop(key, ""))


def _read_response(kind: str, event: dict[str, Any]) -> Iterator[Step]:
    """OpenAI's responses: items by index, and the texts in them by another."""
    key = _hashable(event.get("output_index"))
    subject, _, happened = kind.rpartition(".")
    if subject == "output_text":
        yield from _part((key, _hashable(event.get("content_index"))), Kind.TEXT, event, "text")
    elif subject in ("function_call_arguments", "mcp_call_arguments"):
        yield from _part(key, Kind.TOOL, event, "arguments")
    elif subject == "custom_tool_call_input":
        yield from _part(key, Kind.CUSTOM, event, "input")
    elif subject == "output_item":
        item = _object(event.get("item"))
        item_type = item.get("type")
        if item_type in ("function_call", "mcp_call", "custom_tool_call"):
            is_custom = item_type == "custom_tool_call"
            call = Kind.CUSTOM if is_custom else Kind.TOOL
            if happened == "added":
                yield Start(key, call, str(item.get("name") or ""))
            elif happened == "done":
                whole = item.get("input" if is_custom else "arguments")
                yield End(key, call, whole if isinstance(whole, str) else "")
    elif kind in ("created", "completed", "incomplete", "failed"):
        yield End()
        error = _object(event.get("response")).get("error")
        if error:
            yield Failure(_error_message(error))


def _part(key: Hashable, kind: Kind, event: dict[str, Any], whole: str) -> Iterator[Step]:
    """A piece of a response, or its end, which says all of it again under the name `whole`."""
    if str(event.get("type")).endswith(".delta"):
        yield from _pieces(key, kind, event.get("delta"))
    elif isinstance(event.get(whole), str):
        yield End(key, kind, event[whole])


def _text(key: Hashable, content: Any) -> Iterator[Step]:
    """A text as a string, or as parts of which some are text."""
    if isinstance(content, list):
        for part in _objects(content):
            if part.get("type") == "text":
                yield from _pieces(key, Kind.TEXT, part.get("text"))
    else:
        yield from _pieces(key, Kind.TEXT, content)


def _pieces(key: Hashable, kind: Kind, text: Any) -> Iterator[Step]:
    if isinstance(text, str) and text:
        yield Piece(key, kind, text)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _hashable(index: Any) -> Hashable:
    """An index as a key; what should be a number may be anything."""
    return index if isinstance(index, int | str | None) else repr(index)


def _error_message(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or "an error without a message")
