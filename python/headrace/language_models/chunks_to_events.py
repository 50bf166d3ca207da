"""Conversion of message chunks to content-block events.

A stream of events starts with `message-start`. Each content block then has a `content-block-start`,
a `content-block-delta` for each part of it, and a `content-block-finish` with the whole block.
`message-finish` ends the stream. Blocks are numbered in the order in which they start.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headrace.messages import AIMessageChunk
from headrace.runnables.closing import aclose_all, close_all
from headrace.utils._merge import merge_dicts

if TYPE_CHECKING:
    from headrace.messages import BaseMessage
    from headrace.outputs import ChatGenerationChunk

__all__ = [
    "BlockEvents",
    "Event",
    "OpenBlock",
    "achunks_to_events",
    "block_delta",
    "block_start",
    "blocks_of",
    "chunks_to_events",
    "finalize_tool_call_chunk",
    "finished_block",
    "message_finish",
    "message_start",
]

Event = dict[str, Any]
"""A content-block event: one of the TypedDicts in `MessagesData` of `langchain_protocol`."""

GATEWAY_METADATA = "lc_gateway_metadata"
"""The key of metadata that is for traces only and never reaches the message."""

_CALL_CHUNKS = ("tool_call_chunk", "server_tool_call_chunk")
_GROWING = {
    "text": "text",
    "reasoning": "reasoning",
    "tool_call_chunk": "args",
    "server_tool_call_chunk": "args",
}
"""The field that grows with each delta, by the type of block."""
_PAYLOADS = frozenset({"args", "data", "output", "transcript", "value"})
_PLAIN_PROVIDERS = frozenset({None, "openai", "anthropic"})
"""The providers whose text and tool call chunks need no translation."""
_PLAIN_TEXT: Hashable = ("text", 0)


def blocks_of(message: BaseMessage) -> list[tuple[Hashable, dict[str, Any]]]:
    """Return the content blocks of a message, each with the key that identifies it in its stream.

    Args:
        message: A chunk or a complete message.

    Returns:
        Pairs of a key and a copy of the block. The key is the block's `index`. A block without
        an index has its type and position as the key.
    """
    try:
        blocks: list[Any] = message.content_blocks
    except Exception:  # noqa: BLE001 - as in LangChain, content that cannot be read has no blocks
        return []
    found: list[tuple[Hashable, dict[str, Any]]] = []
    for position, block in enumerate(blocks):
        if isinstance(block, dict):
            index = block.get("index")
            key = (block.get("type"), position) if index is None else index
            found.append((key, dict(block)))
    if not isinstance(message, AIMessageChunk):
        for call in getattr(message, "invalid_tool_calls", None) or ():
            fields = ("id", "name", "args", "error")
            kept = {name: call[name] for name in fields if call.get(name) is not None}
            found.append((len(found), {"type": "invalid_tool_call", **kept}))
    return found


def block_start(index: int, block: Mapping[str, Any]) -> Event:
    """Return the event that starts a block, without the content that other events carry."""
    return {"event": "content-block-start", "index": index, "content": _empty(block)}


def _empty(block: Mapping[str, Any]) -> dict[str, Any]:
    kind = block.get("type", "text")
    if kind == "text":
        dropped = ("text", "index", "annotations")
        return {**{k: v for k, v in block.items() if k not in dropped}, "text": ""}
    if kind == "reasoning":
        return {
            **{k: v for k, v in block.items() if k not in ("reasoning", "index")},
            "reasoning": "",
        }
    if kind in _CALL_CHUNKS:
        index = block.get("index")
        known = {name: block.get(name) for name in ("id", "name")}
        if kind == "server_tool_call_chunk":
            known = {name: value for name, value in known.items() if value is not None}
        more = {} if index is None else {"index": index}
        return {"type": kind, **known, "args": "", **more}
    empty = {name: value for name, value in block.items() if name not in _PAYLOADS}
    if kind in ("tool_call", "server_tool_call"):
        empty["args"] = {}
    elif kind == "non_standard":
        empty["value"] = {}
    return empty


def block_delta(index: int, block: Mapping[str, Any]) -> Event | None:
    """Return the event for a part of a block; None if the part has nothing to append."""
    kind = block.get("type")
    field = _GROWING.get(kind)  # type: ignore[arg-type]
    if field is not None:
        value = block.get(field)
        if not value:
            return None
        name = "tool-call" if field == "args" else field
        delta = {"type": f"{name}-delta", field: value}
    elif block.get("data"):
        delta = {"type": "data-delta", "data": block["data"]}
        if block.get("encoding") == "base64":
            delta["encoding"] = "base64"
    else:
        return None
    return {"event": "content-block-delta", "index": index, "delta": delta}


def finalize_tool_call_chunk(
    *,
    raw_args: str | None,
    id_: str | None,
    name: str | None,
    extras: Mapping[str, Any],
    finalized_type: str,
) -> dict[str, Any]:
    """Parse the arguments of a tool call and return the finished block.

    Args:
        raw_args: The arguments as JSON text; none stand for an empty object.
        id_: The id of the call.
        name: The name of the tool.
        extras: Further fields of the block.
        finalized_type: `tool_call` or `server_tool_call`.

    Returns:
        The block; its type is `invalid_tool_call` if the arguments are not JSON, or not an object.
    """
    raw = raw_args or "{}"
    try:
        args = json.loads(raw)
        if finalized_type == "tool_call" and not isinstance(args, dict):
            raise TypeError("the arguments of a tool call are an object")
    except (ValueError, TypeError, RecursionError):
        return {
            "type": "invalid_tool_call",
            "id": id_,
            "name": name,
            "args": raw,
            "error": "Failed to parse tool call arguments as JSON",
            **extras,
        }
    return {"type": finalized_type, "id": id_ or "", "name": name or "", "args": args, **extras}


def finished_block(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return the finished form of a whole block: chunks of tool calls become tool calls."""
    kind = block.get("type")
    if kind not in _CALL_CHUNKS:
        return dict(block)
    is_client = kind == "tool_call_chunk"
    dropped = {"type", "id", "name", "args", *(("index",) if is_client else ())}
    return finalize_tool_call_chunk(
        raw_args=block.get("args"),
        id_=block.get("id"),
        name=block.get("name"),
        extras={k: v for k, v in block.items() if k not in dropped and v is not None},
        finalized_type="tool_call" if is_client else "server_tool_call",
    )


def message_start(message: BaseMessage, message_id: str | None) -> Event:
    """Return the event that starts a message.

    Args:
        message: The message, or its first chunk.
        message_id: Its id; by default the message's own.
    """
    id = message.id if message_id is None else message_id
    event: Event = {"event": "message-start", "role": "ai", "id": id or ""}
    metadata = message.response_metadata or {}
    names = {"provider": "model_provider", "model": "model_name"}
    known = {name: metadata[key] for name, key in names.items() if key in metadata}
    if known:
        event["metadata"] = known
    return event


def message_finish(
    usage: Mapping[str, Any] | None = None,
    response_metadata: Mapping[str, Any] | None = None,
    additional_kwargs: Mapping[str, Any] | None = None,
) -> Event:
    """Return the event that ends a message, with copies of its fields."""
    event: Event = {"event": "message-finish"}
    if usage:
        event["usage"] = {k: dict(v) if isinstance(v, dict) else v for k, v in usage.items()}
    if response_metadata:
        event["metadata"] = dict(response_metadata)
    if additional_kwargs:
        event["additional_kwargs"] = dict(additional_kwargs)
    return event


def _add_usage(total: dict[str, Any], usage: Mapping[str, Any]) -> None:
    for name in ("input_tokens", "output_tokens", "total_tokens"):
        if name in usage:
            total[name] = total.get(name, 0) + usage[name]
    for name in ("input_token_details", "output_token_details"):
        details = usage.get(name)
        if details:
            total[name] = {**total.get(name, {}), **details}


class OpenBlock:
    """A block that has started: its fields, and the parts of the one that grows."""

    __slots__ = ("field", "fields", "index", "is_finished", "kind", "parts")

    def __init__(self, index: int, block: dict[str, Any]) -> None:
        self.index = index
        self.is_finished = False
        self._begin(block)

    def _begin(self, block: dict[str, Any]) -> None:
        self.fields = block
        self.kind = block.get("type")
        self.field = _GROWING.get(self.kind, "data" if "data" in block else None)  # type: ignore[arg-type]
        self.parts: list[str] = []
        if self.field is not None and block.get(self.field):
            self.parts.append(block[self.field])

    def add(self, block: dict[str, Any]) -> None:
        """Add a part of the block; a block of another type, or one that does not grow, replaces it.

        Args:
            block: The part.
        """
        field = self.field
        if block.get("type") != self.kind or (self.kind not in _GROWING and "data" not in block):
            self._begin(block)
            return
        field = self.field = field or "data"
        if block.get(field):
            self.parts.append(block[field])
        kept = ("id", "name") if field == "args" else block
        for name in kept:
            value = block.get(name)
            if name in ("type", field) or value is None:
                continue
            if name == "extras" and isinstance(value, dict):
                value = {**(self.fields.get("extras") or {}), **value}
            self.fields[name] = value

    def finish(self) -> Event:
        """Return the event that finishes the block."""
        self.is_finished = True
        if self.field is not None and (self.parts or self.field in self.fields):
            self.fields[self.field] = "".join(self.parts)
        content = finished_block(self.fields)
        return {"event": "content-block-finish", "index": self.index, "content": content}


class BlockEvents:
    """Builder of the events of one stream of message chunks.

    Each chunk costs only its own length. Plain text and the arguments of a tool call, which most
    chunks consist of, are read without converting the chunk to content blocks.
    """

    __slots__ = (
        "_count",
        "_extra",
        "_info",
        "_is_plain",
        "_metadata",
        "_open",
        "_sources",
        "_started",
        "_usage",
        "message_id",
    )

    def __init__(
        self, message_id: str | None = None, generation_info: dict[str, Any] | None = None
    ) -> None:
        """Start a stream.

        Args:
            message_id: The id of the message; by default that of the first chunk.
            generation_info: Receives metadata that is for traces only.
        """
        self.message_id = message_id
        self._info = generation_info
        self._open: dict[Hashable, OpenBlock] = {}
        self._count = 0
        # the blocks that the parts with an `index` have become
        self._sources: dict[Hashable, list[OpenBlock]] = {}
        self._started = False
        self._usage: dict[str, Any] = {}
        self._metadata: dict[str, Any] = {}
        self._extra: list[dict[str, Any]] = []
        self._is_plain = True

    def feed(self, message: Any, info: Mapping[str, Any] | None = None) -> list[Event]:
        """Return the events of a chunk.

        Args:
            message: The chunk. Messages that are not chunks are ignored.
            info: The `generation_info` of the chunk.
        """
        if not isinstance(message, AIMessageChunk):
            return []
        if not info and self._started:
            part = message._plain_part(self.provider)
            event = None if part is None else self._add_plain(part)
            if event is not None:
                return [event]
        metadata = message.response_metadata
        if info or metadata:
            self._note(metadata, info)
        extra = message.additional_kwargs
        if extra:
            self._extra.append(extra)
        events: list[Event] = []
        if not self._started:
            self._started = True
            events.append(message_start(message, self.message_id))
        if message.content or extra or not self._is_plain or message.tool_call_chunks:
            for key, block in blocks_of(message):
                opened = self._open.get(key)
                # After its end, a block is not reopened: the protocol has no event for that.
                if opened is None or opened.is_finished:
                    opened = self._open[key] = OpenBlock(self._count, dict(block))
                    self._count += 1
                    self._sources.setdefault(_source_of(message, key), []).append(opened)
                    events.append(block_start(opened.index, block))
                else:
                    opened.add(block)
                delta = block_delta(opened.index, block)
                if delta is not None:
                    events.append(delta)
        usage = message.usage_metadata
        if usage:
            _add_usage(self._usage, usage)
        return events

    def _note(self, metadata: Any, info: Mapping[str, Any] | None) -> None:
        """Collect the response metadata of a chunk."""
        merged = {**(info or {}), **metadata}
        private = merged.pop(GATEWAY_METADATA, None)
        if self._info is not None and isinstance(private, dict):
            self._info[GATEWAY_METADATA] = private
        self._metadata.update(merged)
        self._is_plain = self._is_plain and (
            metadata.get("model_provider") in _PLAIN_PROVIDERS
            and metadata.get("output_version") is None
        )

    @property
    def provider(self) -> Any:
        """The provider that chunks name, if its plain chunks need no translation."""
        return self._metadata.get("model_provider") if self._is_plain else None

    def plain_block(self, part: Any) -> OpenBlock | None:
        """Return the open block that the plain part of a chunk belongs to.

        Args:
            part: Text, or a pair of arguments and the index of a tool call.

        Returns:
            The block; None if it has not started, or chunks need translation.
        """
        if not self._is_plain:
            return None
        is_text = part.__class__ is str
        opened = self._open.get(_PLAIN_TEXT if is_text else part[1])
        if opened is None or opened.kind != ("text" if is_text else "tool_call_chunk"):
            return None
        if opened.is_finished:
            return None
        return opened

    def _add_plain(self, part: Any) -> Event | None:
        """Add the plain part of a chunk to its block and return the event, if that is all."""
        opened = self.plain_block(part)
        if opened is None:
            return None
        if part.__class__ is str:
            delta = {"type": "text-delta", "text": part}
        else:
            part = part[0]
            delta = {"type": "tool-call-delta", "args": part}
        opened.parts.append(part)
        return {"event": "content-block-delta", "index": opened.index, "delta": delta}

    def end(self, keys: Sequence[Hashable]) -> list[Event]:
        """Return the events that finish blocks before the message ends.

        Args:
            keys: The `index` of each block in the content of the message chunks. Unknown ones are
                ignored.
        """
        return [
            opened.finish()
            for key in keys
            for opened in self._sources.pop(key, ())
            if not opened.is_finished
        ]

    def finish(self) -> list[Event]:
        """Return the events that end the stream; none if no chunk arrived."""
        if not self._started:
            return []
        extra = merge_dicts({}, *self._extra) if self._extra else None
        return [
            *(opened.finish() for opened in self._open.values() if not opened.is_finished),
            message_finish(self._usage, self._metadata, extra),
        ]


def _source_of(message: AIMessageChunk, key: Hashable) -> Hashable:
    """Return the `index` under which a provider's events know a block.

    Translation to content blocks may replace the `index`, or make several blocks of one.
    """
    content = message.content
    if isinstance(content, list):
        indexes = {block.get("index") for block in content if isinstance(block, dict)}
        if len(indexes) == 1:
            (index,) = indexes
            return key if index is None else index
    return key


def chunks_to_events(
    chunks: Iterator[ChatGenerationChunk],
    *,
    message_id: str | None = None,
    generation_info: dict[str, Any] | None = None,
) -> Iterator[Event]:
    """Convert the chunks of a model's `_stream` to events.

    Args:
        chunks: The chunks. They are closed with this generator.
        message_id: The id of the message; by default that of the first chunk.
        generation_info: Receives metadata that is for traces only.

    Yields:
        The events; none if there are no chunks.
    """
    builder = BlockEvents(message_id, generation_info)
    try:
        for chunk in chunks:
            yield from builder.feed(chunk.message, chunk.generation_info)
    finally:
        close_all(chunks)
    yield from builder.finish()


async def achunks_to_events(
    chunks: AsyncIterator[ChatGenerationChunk],
    *,
    message_id: str | None = None,
    generation_info: dict[str, Any] | None = None,
) -> AsyncIterator[Event]:
    """Async version of `chunks_to_events`."""
    builder = BlockEvents(message_id, generation_info)
    try:
        async for chunk in chunks:
            for event in builder.feed(chunk.message, chunk.generation_info):
                yield event
    finally:
        await aclose_all(chunks)
    for event in builder.finish():
        yield event
