"""The format of Anthropic's messages."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headrace.compat import Flag, flags
from headrace.wire.decoder import TRUNCATED, error_of
from headrace.wire.deltas import (
    Block,
    Delta,
    End,
    Finish,
    Reasoning,
    Start,
    Text,
    ToolArguments,
    ToolStart,
    Usage,
)
from headrace.wire.fields import fields_of, key_of, string, without_none

if TYPE_CHECKING:
    from headrace.messages import UsageMetadata

__all__ = ["MessagesDecoder", "usage_of"]

_BY_LIFETIME = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
_WHOLE_BLOCKS = ("tool_use", "tool_result", "document", "redacted_thinking")
"""Parts of the types of blocks whose start event has all of them but the arguments."""

_ADVISOR_FIELDS = ("type", "tool_use_id", "content", "cache_control")


class _Call:
    """A tool call that is open."""

    __slots__ = ("has_arguments", "in_message", "input")

    def __init__(self, *, in_message: bool, input: str) -> None:
        self.in_message = in_message
        # the input of the start event, which counts only if no delta follows
        self.input = input
        self.has_arguments = False


class MessagesDecoder:
    """Decodes the events of one message."""

    __slots__ = (
        "_calls",
        "_counts",
        "_finished",
        "_highest",
        "_is_exact",
        "_moved",
        "_reads_usage",
        "_used",
        "plain",
    )

    def __init__(self, *, plain: bool = False, usage: bool = True) -> None:
        """Create a decoder.

        Args:
            plain: If true, text has no content blocks: the request has nothing that needs them.
            usage: If false, the token counts are left out, and the model at the start with them.
        """
        self.plain = plain
        self._reads_usage = usage
        self._is_exact = not flags() & Flag.REPAIRED_STREAMS
        self._calls: dict[Hashable, _Call] = {}
        # indexes of blocks so far, and the new indexes of blocks that repeat one
        self._used: set[int] = set()
        self._highest = -1
        self._moved: dict[int, int] = {}
        self._counts: Any = None
        self._finished = False

    def text(self, event: Any) -> str | None:
        """Return the text of an event that has nothing else, if text has no content blocks.

        Args:
            event: The SDK's object.

        Returns:
            The text; None if `decode` has to decode the event.
        """
        if self.plain:
            fields = event.__dict__
            if fields.get("type") == "content_block_delta":
                delta = fields["delta"].__dict__
                if delta.get("type") == "text_delta":
                    text: str = delta["text"]
                    return text
        return None

    def decode(self, event: Any) -> Sequence[Delta] | None:
        """Return the deltas of an event; see `Decoder`."""
        fields = fields_of(event)
        kind = fields.get("type")
        if kind == "content_block_delta":
            return self._read_delta(fields.get("delta"), self._index_of(fields.get("index")))
        if kind == "content_block_start":
            return self._read_start(fields.get("content_block"), self._open(fields.get("index")))
        if kind == "content_block_stop":
            return self._read_stop(self._index_of(fields.get("index")))
        if kind == "message_start":
            return self._start(fields_of(fields.get("message")))
        if kind == "message_delta":
            return self._end(fields)
        if kind == "message_stop":
            self._finished = True
        if kind == "error" or fields.get("error"):
            return (error_of(fields.get("error") or event),)
        return None

    def close(self) -> Sequence[Delta]:
        """Return an error if the message has not ended; see `Decoder`."""
        return () if self._finished else (TRUNCATED,)

    def _start(self, message: Mapping[str, Any]) -> Sequence[Delta] | None:
        self._calls.clear()
        # A stream of several messages becomes one: used indexes stay used, or blocks would merge.
        self._moved.clear()
        self._finished = False
        self._counts = message.get("usage")
        if not self._reads_usage:
            return None
        model = message.get("model")
        metadata = {} if model is None else {"model_name": model}
        return (Start(message.get("id"), metadata, self._counts),)

    def _open(self, index: Any) -> Any:
        """Return the index of a block that starts: a new one if an earlier block has the same."""
        if self._is_exact or not isinstance(index, int):
            return index
        place = index
        if place in self._used:
            place = self._highest + 1
            self._moved[index] = place
        else:
            self._moved.pop(index, None)
        self._used.add(place)
        self._highest = max(self._highest, place)
        return place

    def _index_of(self, index: Any) -> Any:
        """Return the index of the block that an event belongs to."""
        return self._moved.get(index, index) if self._moved and isinstance(index, int) else index

    def _read_delta(self, given: Any, index: Any) -> Sequence[Delta] | None:
        delta = fields_of(given)
        kind = delta.get("type")
        if kind == "text_delta":
            text = string(delta.get("text"))
            block = None if self.plain else _block(delta, "text", index)
            return (Text(text, key_of(index), block),)
        if kind == "input_json_delta":
            return self._read_arguments(delta, index)
        if kind == "thinking_delta":
            block = _block(delta, "thinking", index)
            return (Reasoning(string(delta.get("thinking")), block),)
        if kind == "signature_delta":
            block = _block(delta, "thinking", index)
            block.setdefault("thinking", "")
            return (Block(block),)
        if kind == "citations_delta":
            block = {**_dump(given), "type": "text", "index": index}
            if "citation" in block:
                block["citations"] = [block.pop("citation")]
            return (Block(block),)
        if kind == "compaction_delta":
            block = {**_dump(given), "type": "compaction", "index": index}
            return (Block(_drop_none(block, "encrypted_content")),)
        return None

    def _read_arguments(self, delta: Mapping[str, Any], index: Any) -> Sequence[Delta]:
        key = key_of(index)
        call = self._calls.get(key)
        block = _block(delta, "input_json_delta", index)
        arguments = delta.get("partial_json")
        if isinstance(arguments, Mapping):
            block["partial_json"] = arguments = json.dumps(arguments)
        arguments = string(arguments)
        if call is None:
            # without a start, or for a block whose deltas messages keep as they are
            return (ToolArguments(key, arguments, block=block, in_message=False),)
        if arguments:
            call.has_arguments = True
        return (ToolArguments(key, arguments, block=block, in_message=call.in_message),)

    def _read_start(self, given: Any, index: Any) -> Sequence[Delta] | None:
        fields = fields_of(given)
        kind = str(fields.get("type"))
        key = key_of(index)
        self._calls.pop(key, None)
        if kind in ("text", "thinking"):
            return self._read_prose(given, fields, kind, index)
        if not any(part in kind for part in _WHOLE_BLOCKS):
            return None
        block = _drop_none(_dump(given), "caller")
        if kind == "advisor_tool_result":
            block = {name: block[name] for name in _ADVISOR_FIELDS if name in block}
        block["index"] = index
        if not kind.endswith("tool_use"):
            return (Block(block),)
        in_message = kind == "tool_use"
        given_input = block.get("input")
        whole = json.dumps(given_input) if given_input and isinstance(given_input, dict) else ""
        if isinstance(given_input, str):
            whole = given_input
        call = _Call(in_message=in_message, input="" if self._is_exact else whole)
        self._calls[key] = call
        arguments = whole if self._is_exact else ""
        id, name = block.get("id"), block.get("name")
        return (ToolStart(key, id, name, arguments, block=block, in_message=in_message),)

    def _read_prose(
        self, given: Any, fields: Mapping[str, Any], kind: str, index: Any
    ) -> Sequence[Delta] | None:
        """Read the start of text or thinking, which is mostly empty."""
        content = string(fields.get(kind))
        if not (content or (kind == "thinking" and fields.get("signature"))):
            return None
        if kind == "text" and self.plain:
            return (Text(content, key_of(index)),)
        block = _dump(given)
        block["index"] = index
        if kind == "text":
            return (Text(content, key_of(index), _drop_none(block, "citations")),)
        return (Reasoning(content, block),)

    def _read_stop(self, index: Any) -> Sequence[Delta] | None:
        key = key_of(index)
        call = self._calls.pop(key, None)
        if call is None:
            return (End(key, is_tool=False),)
        if call.has_arguments or not call.input:
            return (End(key),)
        arguments = ToolArguments(key, call.input, in_message=call.in_message)
        return arguments, End(key)

    def _end(self, fields: Mapping[str, Any]) -> Sequence[Delta] | None:
        delta = fields_of(fields.get("delta"))
        reason = delta.get("stop_reason")
        if reason is not None:
            self._finished = True
        metadata = {"stop_reason": reason, "stop_sequence": delta.get("stop_sequence")}
        for name, place in (("stop_details", delta), ("context_management", fields)):
            detail = place.get(name)
            if detail:
                metadata[name] = _dump(detail)
        container = delta.get("container")
        if container:
            metadata["container"] = _dump(container, mode="json")
        finish = Finish(reason, metadata, is_last=bool(reason))
        if not self._reads_usage:
            return (finish,)
        usage = fields.get("usage")
        counts = usage_of(usage, self._counts, is_exact=self._is_exact)
        return Usage(counts, usage), finish


def _dump(thing: Any, **options: Any) -> dict[str, Any]:
    """Return an SDK object or a dictionary as a new dictionary."""
    if not hasattr(thing, "model_dump"):
        return dict(fields_of(thing))
    dumped: dict[str, Any] = thing.model_dump(**options)
    return dumped


def _block(delta: Mapping[str, Any], kind: str, index: Any) -> dict[str, Any]:
    """Return the content block of a delta, with fields that the SDK does not know."""
    block = dict(delta)
    block["type"] = kind
    block["index"] = index
    return block


def _drop_none(block: dict[str, Any], name: str) -> dict[str, Any]:
    """Remove a field that is None: the SDK sets it so if the provider does not send it."""
    if name in block and block[name] is None:
        del block[name]
    return block


def usage_of(usage: Any, start: Any = None, *, is_exact: bool = False) -> UsageMetadata:
    """Return token counts as `UsageMetadata`; tokens read from the cache are input tokens.

    Args:
        usage: The counts that the provider sends, at the end if it streams.
        start: The counts at the start of the stream. They stand in for counts that are missing or
            zero at the end.
        is_exact: If true, only a missing `input_tokens` lets the start's counts stand in, and
            then all of them.

    Returns:
        The counts.
    """
    end, begin = fields_of(usage), fields_of(start)
    if not is_exact:
        read: Mapping[str, Any] = {
            **begin,
            **{
                name: count
                for name, count in end.items()
                if count or (count is not None and not begin.get(name))
            },
        }
        by_lifetime = fields_of(begin.get("cache_creation"))
        created_at_end = end.get("cache_creation_input_tokens")
        if created_at_end and created_at_end != sum(by_lifetime.get(n) or 0 for n in _BY_LIFETIME):
            # the start's counts by lifetime are not those of the total at the end
            read = {**read, "cache_creation": end.get("cache_creation")}
    elif start is not None and end.get("input_tokens") is None:
        read = begin
    else:
        read = end
    lifetimes = fields_of(read.get("cache_creation"))
    details = {
        "cache_read": read.get("cache_read_input_tokens"),
        "cache_creation": read.get("cache_creation_input_tokens"),
        **{name: lifetimes.get(name) for name in _BY_LIFETIME if lifetimes},
    }
    created = sum(details.get(name) or 0 for name in _BY_LIFETIME)
    if created:
        details["cache_creation"] = 0  # the counts by lifetime have it: it would count twice
    else:
        created = details["cache_creation"] or 0
    input_tokens = (read.get("input_tokens") or 0) + (details["cache_read"] or 0) + created
    output_tokens = (end.get("output_tokens") or 0) if is_exact else read.get("output_tokens") or 0
    counts: Any = {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
        "input_token_details": without_none(details),
    }
    reasoning = fields_of(end.get("output_tokens_details")).get("thinking_tokens")
    if reasoning is not None:
        counts["output_token_details"] = {"reasoning": reasoning}
    metadata: UsageMetadata = counts
    return metadata
