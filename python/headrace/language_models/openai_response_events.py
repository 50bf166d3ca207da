"""The events of OpenAI's streamed responses, one by one, as the chunks of a message.

A response is a list of items, and an item may have several texts in it. The content of the message
is one list of blocks, so that item and text are told apart by one number, the block's `index`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from headrace.exceptions import ModelStreamError
from headrace.language_models.openai_events import (
    failure_of,
    fields_of,
    plain,
    response_usage,
)
from headrace.messages import AIMessageChunk

__all__ = ["WHOLE_ITEMS", "ResponseEvents", "annotation_of", "response_facts"]

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
"""The kinds of items that are a block of content as they are, once they are complete."""

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


def response_facts(response: _Fields, provider: str = "openai") -> dict[str, Any]:
    """Give what a response says about itself, as the metadata of its message.

    Args:
        response: Its fields.
        provider: Whose it is.

    Returns:
        The facts, among them `status`, `model_name` and `model_provider`.
    """
    facts = {name: plain(response[name]) for name in _FACTS if response.get(name) is not None}
    facts["model_provider"] = provider
    facts["model_name"] = facts.get("model")
    return facts


def annotation_of(annotation: Any) -> dict[str, Any]:
    """Give an annotation; `index`, by which blocks add up, has another name in it."""
    given: dict[str, Any] = plain(annotation)
    if given.get("type") == "file_citation" and "index" in given:
        given["file_index"] = given.pop("index")
    return given


class ResponseEvents:
    """Reads the events of one stream.

    It keeps the number of the block that is being said, and where each item was first said to be.
    """

    __slots__ = ("_index", "_item", "_output", "_places", "_provider", "_sub")

    def __init__(self, provider: str = "openai") -> None:
        """Begin a stream.

        Args:
            provider: Whose it is, as the metadata of the message tells it.
        """
        self._provider = provider
        self._index = -1
        self._output = -1
        self._sub = -1
        # whose text was said last, and is still being said
        self._item: Any = None
        self._places: dict[str, int] = {}

    def read(self, event: Any) -> AIMessageChunk | None:
        """Give what an event adds.

        Args:
            event: The SDK's object, or a dictionary parsed from JSON.

        Returns:
            The chunk; None for an event that adds nothing, or is unknown.

        Raises:
            ModelStreamError: If the provider reports that it failed.
        """
        if type(event) is not dict:
            try:
                # almost all events add to the text that the one before them added to
                if (
                    event.type == _TEXT
                    and event.item_id == self._item
                    and event.content_index == self._sub
                ):
                    return self._said(event.delta, self._index)
            except AttributeError:
                pass
        fields = fields_of(event)
        reader = _READERS.get(fields.get("type") or "")
        return None if reader is None else reader(self, fields)

    def _at(self, fields: _Fields, sub: int | None = None) -> int:
        """Give the number of the block that an event belongs to."""
        output = fields.get("output_index") or 0
        item = fields.get("item_id") or fields_of(fields.get("item") or {}).get("id")
        if item is not None:
            # after calls of built-in tools an item may end elsewhere than it began
            output = self._places.setdefault(item, output)
        self._item = None
        if output != self._output or (sub is not None and sub != self._sub):
            self._index += 1
        if sub is not None:
            self._sub = sub
        self._output = output
        return self._index

    def _chunk(self, *blocks: dict[str, Any], **fields: Any) -> AIMessageChunk:
        chunk = AIMessageChunk(list(blocks), **fields)
        if "response_metadata" not in fields:
            chunk.response_metadata = {"model_provider": self._provider}
        return chunk

    def _created(self, fields: _Fields) -> AIMessageChunk:
        id = fields_of(fields["response"]).get("id")
        return self._chunk(id=id, response_metadata={"id": id, "model_provider": self._provider})

    def _text(self, fields: _Fields) -> AIMessageChunk:
        index = self._at(fields, fields.get("content_index"))
        self._item = fields.get("item_id")
        return self._said(fields.get("delta") or "", index)

    def _said(self, text: str, index: int) -> AIMessageChunk:
        block = {"type": "text", "text": text, "index": index}
        return AIMessageChunk([block], response_metadata={"model_provider": self._provider})

    def _text_done(self, fields: _Fields) -> AIMessageChunk:
        index = self._at(fields, fields.get("content_index"))
        return self._chunk({"type": "text", "text": "", "id": fields["item_id"], "index": index})

    def _annotation(self, fields: _Fields) -> AIMessageChunk:
        index = self._at(fields, fields.get("content_index"))
        annotations = [annotation_of(fields["annotation"])]
        return self._chunk({"type": "text", "annotations": annotations, "index": index})

    def _refusal(self, fields: _Fields) -> AIMessageChunk:
        return self._chunk({"type": "refusal", "refusal": fields["refusal"]})

    def _item_added(self, fields: _Fields) -> AIMessageChunk | None:
        item = fields_of(fields["item"])
        kind = item.get("type")
        if kind == "message":
            if not item.get("phase"):
                # what it says will tell its place
                self._note(fields, item)
                return self._chunk()
            index = self._at(fields, 0)
            block = {"type": "text", "text": "", "phase": item["phase"], "index": index}
            return self._chunk(block)
        if kind == "function_call":
            return self._call_added(fields, item)
        if kind == "reasoning":
            index = self._at(fields)
            self._sub = 0
            block = plain(item)
            # it is complete only when the item is, and would be there twice
            block.pop("encrypted_content", None)
            return self._chunk({**block, "index": index})
        self._note(fields, item)
        return None

    def _note(self, fields: _Fields, item: _Fields) -> None:
        if item.get("id") is not None:
            self._places.setdefault(item["id"], fields.get("output_index") or 0)

    def _call_added(self, fields: _Fields, item: _Fields) -> AIMessageChunk:
        index = self._at(fields)
        name, args, call_id = item.get("name"), item.get("arguments") or "", item.get("call_id")
        block = {
            "type": "function_call",
            "name": name,
            "arguments": args,
            "call_id": call_id,
            "id": item.get("id"),
            "index": index,
        }
        if item.get("namespace") is not None:
            block["namespace"] = item["namespace"]
        later = item.get("async_", item.get("async"))
        if later is not None:
            block["async"] = later
        return self._chunk(block, tool_call_chunks=[_call(name, args, call_id, index)])

    def _arguments(self, fields: _Fields) -> AIMessageChunk:
        index, delta = self._at(fields), fields.get("delta") or ""
        block = {"type": "function_call", "arguments": delta, "index": index}
        return self._chunk(block, tool_call_chunks=[_call(None, delta, None, index)])

    def _item_done(self, fields: _Fields) -> AIMessageChunk | None:
        item = fields_of(fields["item"])
        kind = item.get("type")
        if kind in WHOLE_ITEMS:
            return self._chunk({**plain(item), "index": self._at(fields)})
        if kind == "custom_tool_call":
            index = self._at(fields)
            args = json.dumps({"__arg1": item.get("input")})
            call = _call(item.get("name"), args, item.get("call_id"), index)
            return self._chunk({**plain(item), "index": index}, tool_call_chunks=[call])
        if kind == "reasoning" and item.get("encrypted_content"):
            block = {
                "type": "reasoning",
                "id": item.get("id"),
                "summary": [],
                "encrypted_content": item["encrypted_content"],
                "index": self._at(fields),
            }
            return self._chunk(block)
        return None

    def _summary_part(self, fields: _Fields) -> AIMessageChunk:
        index = self._at(fields)
        summary = [{"index": fields.get("summary_index"), "type": "summary_text", "text": ""}]
        block = {
            "summary": summary,
            "index": index,
            "type": "reasoning",
            "id": fields.get("item_id"),
        }
        return self._chunk(block)

    def _summary_text(self, fields: _Fields) -> AIMessageChunk:
        index = self._at(fields)
        part = {
            "index": fields.get("summary_index"),
            "type": "summary_text",
            "text": fields.get("delta") or "",
        }
        return self._chunk({"summary": [part], "index": index, "type": "reasoning"})

    def _partial_image(self, _fields: _Fields) -> AIMessageChunk:
        return self._chunk()

    def _ended(self, fields: _Fields) -> AIMessageChunk:
        response = fields_of(fields["response"])
        facts = response_facts(response, self._provider)
        facts.pop("id", None)
        usage = response.get("usage")
        return self._chunk(
            response_metadata=facts,
            usage_metadata=response_usage(usage, response.get("service_tier")) if usage else None,
            chunk_position="last",
        )

    def _failed(self, fields: _Fields) -> AIMessageChunk | None:
        response = fields_of(fields.get("response") or {})
        raise ModelStreamError(
            failure_of(response.get("error"), f"Response {response.get('id')} failed.")
        )

    def _error(self, fields: _Fields) -> AIMessageChunk | None:
        raise ModelStreamError(failure_of(fields.get("error") or fields))


def _call(name: str | None, args: str, id: str | None, index: int) -> dict[str, Any]:
    return {"name": name, "args": args, "id": id, "index": index, "type": "tool_call_chunk"}


_READERS: dict[str, Callable[[ResponseEvents, _Fields], AIMessageChunk | None]] = {
    "error": ResponseEvents._error,
    "response.completed": ResponseEvents._ended,
    "response.created": ResponseEvents._created,
    "response.failed": ResponseEvents._failed,
    "response.function_call_arguments.delta": ResponseEvents._arguments,
    "response.image_generation_call.partial_image": ResponseEvents._partial_image,
    "response.incomplete": ResponseEvents._ended,
    "response.output_item.added": ResponseEvents._item_added,
    "response.output_item.done": ResponseEvents._item_done,
    "response.output_text.annotation.added": ResponseEvents._annotation,
    "response.output_text.delta": ResponseEvents._text,
    "response.output_text.done": ResponseEvents._text_done,
    "response.reasoning_summary_part.added": ResponseEvents._summary_part,
    "response.reasoning_summary_text.delta": ResponseEvents._summary_text,
    "response.refusal.done": ResponseEvents._refusal,
}
