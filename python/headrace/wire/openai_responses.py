"""The format of OpenAI's responses.

A response is a list of items, and an item may have several texts. The content of a message is one
list of blocks, so a single number, the block's `index`, identifies both item and text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

from headrace.compat import Flag, flags
from headrace.wire.decoder import TRUNCATED, error_of
from headrace.wire.deltas import (
    Block,
    Delta,
    End,
    Finish,
    Reasoning,
    Refusal,
    Start,
    Text,
    ToolArguments,
    ToolStart,
    Usage,
)
from headrace.wire.fields import call_chunk, fields_of, key_of, plain, string
from headrace.wire.openai_usage import response_usage

__all__ = ["WHOLE_ITEMS", "ResponsesDecoder", "annotation_of", "response_facts"]

WHOLE_ITEMS = frozenset(
    {
        "apply_patch_call",
        "apply_patch_call_output",
        "code_interpreter_call",
        "compaction",
        "computer_call",
        "file_search_call",
        "image_generation_call",
        "mcp_approval_request",
        "mcp_call",
        "mcp_list_tools",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
    }
)
"""The types of items that become one content block each, once they are complete."""

_CALLS = {"function_call": "arguments", "mcp_call": "arguments", "custom_tool_call": "input"}
"""The types of items that are tool calls, and the field with their input."""

_FACTS = (
    "created_at",
    "id",
    "incomplete_details",
    "metadata",
    "model",
    "object",
    "service_tier",
    "status",
    "user",
)

_TEXT = "response.output_text.delta"

_Fields: TypeAlias = Mapping[str, Any]
_Deltas: TypeAlias = Sequence[Delta] | None


def response_facts(response: _Fields, provider: str = "openai") -> dict[str, Any]:
    """Return a response's facts about itself, as message metadata.

    Args:
        response: The fields of the response.
        provider: The provider's name.

    Returns:
        The facts, among them `status`, `model_name` and `model_provider`.
    """
    facts = {name: plain(response[name]) for name in _FACTS if response.get(name) is not None}
    facts["model_provider"] = provider
    facts["model_name"] = facts.get("model")
    return facts


def annotation_of(annotation: Any) -> dict[str, Any]:
    """Return an annotation; `index`, which content blocks are merged by, is renamed in it."""
    data: dict[str, Any] = plain(annotation)
    if data.get("type") == "file_citation" and "index" in data:
        data["file_index"] = data.pop("index")
    return data


class _Call:
    """A tool call that is open."""

    __slots__ = ("has_arguments", "in_message", "index", "is_started", "name", "pending", "type")

    def __init__(self, type: str, index: int, *, is_started: bool) -> None:
        self.type = type
        self.index = index
        self.in_message = type == "function_call"
        self.is_started = is_started
        self.has_arguments = False
        # the text before the item
        self.pending = ""
        self.name: Any = None


class ResponsesDecoder:
    """Decodes the events of one response."""

    __slots__ = (
        "_call_ids",
        "_calls",
        "_index",
        "_is_exact",
        "_is_finished",
        "_item",
        "_output",
        "_parts",
        "_places",
        "_provider",
        "_sub",
    )

    def __init__(self, provider: str = "openai") -> None:
        """Create a decoder.

        Args:
            provider: The provider's name, for the metadata of the message.
        """
        self._provider = provider
        self._is_exact = not flags() & Flag.REPAIRED_STREAMS
        self._restart()

    def _restart(self) -> None:
        self._index = -1
        self._output: Any = -1
        self._sub: Any = -1
        # the item whose text the last event extended
        self._item: Any = None
        self._places: dict[str, Any] = {}
        self._calls: dict[Hashable, _Call] = {}
        self._call_ids: set[Any] = set()
        # the texts, refusals, summaries and reasoning of which something has come
        self._parts: set[tuple[str, Hashable, Hashable]] = set()
        self._is_finished = False

    def decode(self, event: Any) -> _Deltas:
        """Return the deltas of an event; see `Decoder`."""
        if type(event) is not dict:
            try:
                # almost all events extend the text that the event before them extended
                if (
                    event.type == _TEXT
                    and event.item_id == self._item
                    and event.content_index == self._sub
                ):
                    return (self._text_delta(event.delta, self._index),)
            except AttributeError:
                pass
        fields = fields_of(event)
        kind = fields.get("type")
        reader = _READERS.get(kind) if isinstance(kind, str) else None
        return None if reader is None else reader(self, fields)

    def text(self, event: Any) -> tuple[str, int] | None:
        """Return text and block index of an event that extends the text of the event before it.

        Args:
            event: The SDK's object.

        Returns:
            Both; None if `decode` has to decode the event.
        """
        try:
            if (
                event.type == _TEXT
                and event.item_id == self._item
                and event.content_index == self._sub
            ):
                return event.delta, self._index
        except AttributeError:
            pass
        return None

    def close(self) -> Sequence[Delta]:
        """Return an error if the response has not ended; see `Decoder`."""
        return () if self._is_finished else (TRUNCATED,)

    # -- places ------------------------------------------------------------------------------------

    def _place(self, fields: _Fields, sub: Any = None) -> int:
        """Return the number of the block that an event belongs to."""
        output = fields.get("output_index") or 0
        item = fields.get("item_id") or fields_of(fields.get("item")).get("id")
        if isinstance(item, str):
            # after calls of built-in tools an item may end at another index than it began
            output = self._places.setdefault(item, output)
        self._item = None
        if output != self._output or (sub is not None and sub != self._sub):
            self._index += 1
        if sub is not None:
            self._sub = sub
        self._output = output
        return self._index

    def _note(self, fields: _Fields, item: _Fields) -> None:
        if isinstance(item.get("id"), str):
            self._places.setdefault(item["id"], fields.get("output_index") or 0)

    def _part(self, kind: str, fields: _Fields, sub: str) -> tuple[str, Hashable, Hashable]:
        """Return the key of a part of an item."""
        return kind, self._key(fields), key_of(fields.get(sub) or 0)

    def _key(self, fields: _Fields) -> Hashable:
        """Return the key of an item."""
        item = fields.get("item_id") or fields_of(fields.get("item")).get("id")
        output = fields.get("output_index")
        if isinstance(item, str) and item in self._places:
            output = self._places[item]
        return key_of(output or 0)

    # -- the response ------------------------------------------------------------------------------

    def _created(self, fields: _Fields) -> _Deltas:
        self._restart()
        id = fields_of(fields.get("response")).get("id")
        return (Start(id, {"id": id}),)

    def _completed(self, fields: _Fields) -> _Deltas:
        self._is_finished = True
        response = fields_of(fields.get("response"))
        deltas: list[Delta] = []
        if not self._is_exact:
            self._add_missing_items(response, deltas)
        if response.get("error"):
            return (*deltas, error_of(response["error"]))
        usage, tier = response.get("usage"), response.get("service_tier")
        if usage:
            deltas.append(Usage(response_usage(usage, tier), usage))
        facts = response_facts(response, self._provider)
        facts.pop("id", None)
        details = fields_of(response.get("incomplete_details"))
        deltas.append(Finish(details.get("reason") or response.get("status"), facts))
        return deltas

    def _add_missing_items(self, response: _Fields, deltas: list[Delta]) -> None:
        """Add the fields that only the last event has."""
        output = response.get("output")
        kinds = {key[0] for key in self._parts}
        for index, given in enumerate(output if isinstance(output, (list, tuple)) else ()):
            item = fields_of(given)
            place = {"output_index": index, "item": item}
            kind = item.get("type")
            if kind == "message" and not kinds & {"text", "refusal"}:
                self._finish_message(place, item, deltas)
            elif kind == "reasoning" and not kinds & {"summary", "reasoning"}:
                self._finish_reasoning(place, item, deltas)
            elif kind in _CALLS and item.get("call_id", item.get("id")) not in self._call_ids:
                self._finish_call(str(kind), place, item, deltas)
        for key, call in self._calls.items():
            if not call.is_started:
                # nothing ever named it, so that it is an invalid call
                call.is_started = True
                call.index = self._place({"output_index": key})
                item = {"name": call.name}
                deltas.append(self._start_call(key, call, item, call.pending))
                deltas.append(End(call.index if call.in_message else _hidden(key)))

    def _failed(self, fields: _Fields) -> _Deltas:
        response = fields_of(fields.get("response"))
        default = f"Response {response.get('id')} failed."
        return (error_of(response.get("error"), default),)

    def _error(self, fields: _Fields) -> _Deltas:
        return (error_of(fields.get("error") or fields),)

    # -- text --------------------------------------------------------------------------------------

    def _text(self, fields: _Fields) -> _Deltas:
        index = self._place(fields, fields.get("content_index"))
        self._item = fields.get("item_id")
        self._parts.add(self._part("text", fields, "content_index"))
        return (self._text_delta(string(fields.get("delta")), index),)

    def _text_delta(self, text: str, index: int) -> Text:
        return Text(text, index, {"type": "text", "text": text, "index": index})

    def _text_done(self, fields: _Fields) -> _Deltas:
        index = self._place(fields, fields.get("content_index"))
        key = self._part("text", fields, "content_index")
        text = ""
        if not self._is_exact and key not in self._parts:
            self._parts.add(key)
            text = string(fields.get("text"))
        block = {"type": "text", "text": text, "id": fields.get("item_id"), "index": index}
        return Text(text, index, block), End(index, is_tool=False)

    def _annotation(self, fields: _Fields) -> _Deltas:
        index = self._place(fields, fields.get("content_index"))
        annotations = [annotation_of(fields.get("annotation") or {})]
        return (Block({"type": "text", "annotations": annotations, "index": index}),)

    def _refusal(self, fields: _Fields) -> _Deltas:
        self._parts.add(self._part("refusal", fields, "content_index"))
        return (Refusal(string(fields.get("delta")), in_message=False),)

    def _refusal_done(self, fields: _Fields) -> _Deltas:
        refusal = string(fields.get("refusal"))
        block = {"type": "refusal", "refusal": refusal}
        key = self._part("refusal", fields, "content_index")
        if key in self._parts:
            # the deltas had it already, which messages leave out
            return (Block(block),)
        self._parts.add(key)
        return (Refusal(refusal, block),)

    def _finish_message(self, fields: _Fields, item: _Fields, deltas: list[Delta]) -> None:
        """Add texts that no delta has had."""
        parts = item.get("content")
        for sub, given in enumerate(parts if isinstance(parts, (list, tuple)) else ()):
            part = fields_of(given)
            place = {**fields, "item_id": item.get("id"), "content_index": sub}
            if part.get("type") == "output_text" and part.get("text"):
                if self._part("text", place, "content_index") not in self._parts:
                    deltas.extend(self._text_done({**place, "text": part["text"]}) or ())
            elif (
                part.get("type") == "refusal"
                and part.get("refusal")
                and self._part("refusal", place, "content_index") not in self._parts
            ):
                deltas.extend(self._refusal_done({**place, **part}) or ())

    # -- items -------------------------------------------------------------------------------------

    def _item_added(self, fields: _Fields) -> _Deltas:
        item = fields_of(fields.get("item"))
        kind = item.get("type")
        if kind == "message":
            if not item.get("phase"):
                # the place follows from the text
                self._note(fields, item)
                return ()
            index = self._place(fields, 0)
            block = {"type": "text", "text": "", "phase": item["phase"], "index": index}
            return (Block(block),)
        if kind == "reasoning":
            index = self._place(fields)
            self._sub = 0
            block = plain(item)
            # it is complete only when the item is, and would be there twice
            block.pop("encrypted_content", None)
            self._note_summary(fields, block)
            return (Reasoning(_summary_text(block.get("summary")), {**block, "index": index}),)
        if kind in _CALLS:
            return self._call_added(str(kind), fields, item)
        self._note(fields, item)
        return None

    def _item_done(self, fields: _Fields) -> _Deltas:
        item = fields_of(fields.get("item"))
        kind = item.get("type")
        deltas: list[Delta] = []
        if kind in _CALLS:
            self._finish_call(str(kind), fields, item, deltas)
        elif kind == "message" and not self._is_exact:
            self._finish_message(fields, item, deltas)
        elif kind == "reasoning" and not self._is_exact:
            self._finish_reasoning(fields, item, deltas)
        if kind in WHOLE_ITEMS:
            index = self._place(fields)
            deltas += Block({**plain(item), "index": index}), End(index, is_tool=False)
        elif kind == "custom_tool_call":
            index = self._place(fields)
            args = json.dumps({"__arg1": item.get("input")})
            call = call_chunk(item.get("name"), args, item.get("call_id"), index)
            deltas += Block({**plain(item), "index": index}, call), End(index, is_tool=False)
        elif kind == "reasoning" and item.get("encrypted_content"):
            block = {
                "type": "reasoning",
                "id": item.get("id"),
                "summary": [],
                "encrypted_content": item["encrypted_content"],
                "index": self._place(fields),
            }
            deltas.append(Block(block))
        if kind == "reasoning" and self._places.get(item.get("id")) == self._output:  # type: ignore[arg-type]
            deltas.append(End(self._index, is_tool=False))
        return deltas or None

    # -- tool calls --------------------------------------------------------------------------------

    def _call_added(self, kind: str, fields: _Fields, item: _Fields) -> _Deltas:
        self._note(fields, item)
        key = self._key(fields)
        before = self._calls.get(key)
        arguments = _text_or_json(item.get(_CALLS[kind]))
        index = self._place(fields) if kind == "function_call" else -1
        call = _Call(kind, index, is_started=True)
        if before is not None and not before.is_started:
            # the deltas came before their item
            arguments = arguments or before.pending
        call.has_arguments = bool(arguments)
        self._calls[key] = call
        return (self._start_call(key, call, item, arguments),)

    def _start_call(self, key: Hashable, call: _Call, item: _Fields, arguments: str) -> ToolStart:
        name, call_id = item.get("name"), item.get("call_id")
        self._call_ids.add(item.get("call_id", item.get("id")))
        if not call.in_message:
            id = call_id or item.get("id")
            is_json = call.type != "custom_tool_call"
            return ToolStart(_hidden(key), id, name, arguments, is_json, in_message=False)
        block = {
            "type": "function_call",
            "name": name,
            "arguments": arguments,
            "call_id": call_id,
            "id": item.get("id"),
            "index": call.index,
        }
        if item.get("namespace") is not None:
            block["namespace"] = item["namespace"]
        is_async = item.get("async_", item.get("async"))
        if is_async is not None:
            block["async"] = is_async
        return ToolStart(call.index, call_id, name, arguments, block=block)

    def _arguments(self, fields: _Fields) -> _Deltas:
        return self._more_arguments(fields, string(fields.get("delta")), "function_call")

    def _other_arguments(self, fields: _Fields) -> _Deltas:
        kind = str(fields.get("type"))
        other = "custom_tool_call" if "custom" in kind else "mcp_call"
        return self._more_arguments(fields, string(fields.get("delta")), other)

    def _more_arguments(self, fields: _Fields, delta: str, kind: str) -> _Deltas:
        key = self._key(fields)
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _Call(kind, -1, is_started=self._is_exact)
        if not call.is_started:
            call.pending += delta
            return None
        call.has_arguments = call.has_arguments or bool(delta)
        return (self._extend_call(key, call, fields, delta),)

    def _extend_call(
        self, key: Hashable, call: _Call, fields: _Fields, delta: str
    ) -> ToolArguments:
        if not call.in_message:
            return ToolArguments(_hidden(key), delta, in_message=False)
        index = self._place(fields)
        block = {"type": "function_call", "arguments": delta, "index": index}
        return ToolArguments(index, delta, block=block)

    def _arguments_done(self, fields: _Fields) -> _Deltas:
        """Read the whole input of a call, which counts if no delta had it."""
        key = self._key(fields)
        call = self._calls.get(key)
        whole = _text_or_json(fields.get("arguments", fields.get("input")))
        if call is None:
            kind = str(fields.get("type"))
            types = [name for name in _CALLS if kind.startswith(f"response.{name}_")]
            call = self._calls[key] = _Call(types[0], -1, is_started=self._is_exact)
        if self._is_exact and call.in_message:
            return None
        call.name = fields.get("name")
        if not call.is_started:
            call.pending = whole or call.pending
            return None
        if call.has_arguments or not whole:
            return None
        call.has_arguments = True
        return (self._extend_call(key, call, fields, whole),)

    def _finish_call(self, kind: str, fields: _Fields, item: _Fields, deltas: list[Delta]) -> None:
        self._note(fields, item)
        key = self._key(fields)
        call = self._calls.get(key)
        whole = _text_or_json(item.get(_CALLS[kind]))
        if call is None or not call.is_started:
            if self._is_exact and kind == "function_call":
                return
            pending = "" if call is None else call.pending
            index = self._place(fields) if kind == "function_call" else -1
            call = self._calls[key] = _Call(kind, index, is_started=True)
            deltas.append(self._start_call(key, call, item, whole or pending))
        elif not call.has_arguments and whole and not (self._is_exact and call.in_message):
            deltas.append(self._extend_call(key, call, fields, whole))
        call.has_arguments = True
        deltas.append(End(call.index if call.in_message else _hidden(key)))

    # -- reasoning ---------------------------------------------------------------------------------

    def _note_summary(self, fields: _Fields, item: _Fields) -> None:
        summary = item.get("summary")
        for sub, part in enumerate(summary if isinstance(summary, (list, tuple)) else ()):
            if fields_of(part).get("text"):
                place = {**fields, "summary_index": sub}
                self._parts.add(self._part("summary", place, "summary_index"))

    def _summary_part(self, fields: _Fields) -> _Deltas:
        return (self._summary(fields, "", id=fields.get("item_id")),)

    def _summary_text(self, fields: _Fields) -> _Deltas:
        self._parts.add(self._part("summary", fields, "summary_index"))
        return (self._summary(fields, string(fields.get("delta"))),)

    def _summary_done(self, fields: _Fields) -> _Deltas:
        """Read a whole summary, which counts if no delta had it."""
        key = self._part("summary", fields, "summary_index")
        text = string(fields.get("text") or fields_of(fields.get("part")).get("text"))
        if self._is_exact or key in self._parts or not text:
            return None
        self._parts.add(key)
        return (self._summary(fields, text),)

    def _summary(self, fields: _Fields, text: str, **more: Any) -> Reasoning:
        part = {"index": fields.get("summary_index"), "type": "summary_text", "text": text}
        block = {"summary": [part], "index": self._place(fields), "type": "reasoning", **more}
        return Reasoning(text, block)

    def _reasoning_text(self, fields: _Fields) -> _Deltas:
        """Read reasoning itself, which open models send instead of a summary."""
        self._parts.add(self._part("reasoning", fields, "content_index"))
        return self._reasoning_content(fields, string(fields.get("delta")))

    def _reasoning_text_done(self, fields: _Fields) -> _Deltas:
        key, text = self._part("reasoning", fields, "content_index"), string(fields.get("text"))
        if key in self._parts or not text:
            return None
        self._parts.add(key)
        return self._reasoning_content(fields, text)

    def _reasoning_content(self, fields: _Fields, text: str) -> _Deltas:
        if self._is_exact:
            return (Reasoning(text, in_message=False),)
        sub = fields.get("content_index")
        part = {"index": sub, "type": "reasoning_text", "text": text}
        index = self._place(fields)
        return (Reasoning(text, {"content": [part], "index": index, "type": "reasoning"}),)

    def _finish_reasoning(self, fields: _Fields, item: _Fields, deltas: list[Delta]) -> None:
        """Add summaries and reasoning that no delta has had."""
        place = {**fields, "item_id": item.get("id")}
        for name, sub_name, read in (
            ("summary", "summary_index", self._summary_done),
            ("content", "content_index", self._reasoning_text_done),
        ):
            parts = item.get(name)
            for sub, part in enumerate(parts if isinstance(parts, (list, tuple)) else ()):
                text = fields_of(part).get("text")
                deltas.extend(read({**place, sub_name: sub, "text": text}) or ())

    def _partial_image(self, _fields: _Fields) -> _Deltas:
        return ()


def _hidden(key: Hashable) -> Hashable:
    """Return the key of a call that has no block: it differs from the numbers of blocks."""
    return "call", key


def _summary_text(summary: Any) -> str:
    parts = summary if isinstance(summary, (list, tuple)) else ()
    return "".join(string(fields_of(part).get("text")) for part in parts)


def _text_or_json(arguments: Any) -> str:
    """Return arguments as text; some servers send them parsed."""
    return json.dumps(arguments) if isinstance(arguments, dict) else string(arguments)


_READERS: dict[str, Callable[[ResponsesDecoder, _Fields], _Deltas]] = {
    "error": ResponsesDecoder._error,
    "response.completed": ResponsesDecoder._completed,
    "response.created": ResponsesDecoder._created,
    "response.custom_tool_call_input.delta": ResponsesDecoder._other_arguments,
    "response.custom_tool_call_input.done": ResponsesDecoder._arguments_done,
    "response.failed": ResponsesDecoder._failed,
    "response.function_call_arguments.delta": ResponsesDecoder._arguments,
    "response.function_call_arguments.done": ResponsesDecoder._arguments_done,
    "response.image_generation_call.partial_image": ResponsesDecoder._partial_image,
    "response.incomplete": ResponsesDecoder._completed,
    "response.mcp_call_arguments.delta": ResponsesDecoder._other_arguments,
    "response.mcp_call_arguments.done": ResponsesDecoder._arguments_done,
    "response.output_item.added": ResponsesDecoder._item_added,
    "response.output_item.done": ResponsesDecoder._item_done,
    "response.output_text.annotation.added": ResponsesDecoder._annotation,
    "response.output_text.delta": ResponsesDecoder._text,
    "response.output_text.done": ResponsesDecoder._text_done,
    "response.reasoning_summary_part.added": ResponsesDecoder._summary_part,
    "response.reasoning_summary_part.done": ResponsesDecoder._summary_done,
    "response.reasoning_summary_text.delta": ResponsesDecoder._summary_text,
    "response.reasoning_summary_text.done": ResponsesDecoder._summary_done,
    "response.reasoning_text.delta": ResponsesDecoder._reasoning_text,
    "response.reasoning_text.done": ResponsesDecoder._reasoning_text_done,
    "response.refusal.delta": ResponsesDecoder._refusal,
    "response.refusal.done": ResponsesDecoder._refusal_done,
}
