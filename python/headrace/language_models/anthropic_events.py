"""The events of Anthropic's streamed messages, one by one, as the chunks of a message.

One reader serves both those who stream from the provider, whose SDK makes objects of the events,
and those who replay a recording, where they are dictionaries. The SDK is not imported here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from headrace.messages import AIMessageChunk

if TYPE_CHECKING:
    from headrace.messages import UsageMetadata

__all__ = ["AnthropicEvents", "RecordedEvent", "usage_of"]

_BY_ANTHROPIC = {"model_provider": "anthropic"}
"""What is said of each message, which makes a dictionary of its own of it."""

_BY_LIFETIME = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
_OPENED_WHOLE = ("tool_use", "tool_result", "document", "redacted_thinking")
"""What is in the names of the kinds of blocks that are said as a whole when they start."""


class RecordedEvent:
    """An event, or a part of one, that was parsed from JSON: its fields are attributes.

    A field that it does not have is None, as the SDK has it for those that need not be there.
    """

    __slots__ = ("__dict__", "_fields")

    __pydantic_extra__ = None

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields
        for name, value in fields.items():
            self.__dict__[name] = RecordedEvent(value) if isinstance(value, Mapping) else value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def model_dump(self, **_options: Any) -> dict[str, Any]:
        """Give the fields as they were parsed."""
        return dict(self._fields)


class AnthropicEvents:
    """Reads the events of one stream.

    It keeps no more than what the events do not repeat: which kind of block is being said, and
    what was read.
    """

    __slots__ = ("_calls", "_counted", "_plain", "_read")

    def __init__(self, *, plain: bool = False, usage: bool = True) -> None:
        """Begin a stream.

        Args:
            plain: Whether content is a text, where blocks of text are all that is expected.
            usage: Whether to give the chunks at both ends: model, stop reason, tokens.
        """
        self._plain = plain
        self._counted = usage
        self._calls = False
        self._read: Any = None

    def read(self, event: Any) -> AIMessageChunk | None:
        """Give what an event adds.

        Args:
            event: The SDK's object, or a `RecordedEvent`.

        Returns:
            The chunk; None for an event that adds nothing, or is unknown.
        """
        # most of most events are read here and now, and past what makes attributes of fields
        fields = event.__dict__
        kind = fields.get("type")
        if kind == "content_block_delta":
            delta = fields["delta"]
            if self._plain:
                said = delta.__dict__
                if said.get("type") == "text_delta":
                    return AIMessageChunk(said["text"], response_metadata=_BY_ANTHROPIC)
            return self._delta(delta, event.index)
        if kind == "content_block_start":
            return self._opened(event.content_block, event.index)
        if kind == "message_start" and self._counted:
            self._read = event.message.usage
            model = getattr(event.message, "model", None)
            return self._about({} if model is None else {"model_name": model})
        if kind == "message_delta" and self._counted:
            return self._ended(event)
        return None

    def _delta(self, delta: Any, index: Any) -> AIMessageChunk | None:
        kind = delta.type
        if kind == "text_delta":
            content = [_block(delta, "text", index)]
            return AIMessageChunk(content=content, response_metadata=_BY_ANTHROPIC)
        if kind == "input_json_delta":
            block = _block(delta, kind, index)
            if not self._calls:
                return self._chunk([block])
            return self._chunk([block], calls=[_call(None, delta.partial_json, None, index)])
        if kind == "thinking_delta":
            return self._chunk([_block(delta, "thinking", index)])
        if kind == "signature_delta":
            block = _block(delta, "thinking", index)
            block.setdefault("thinking", "")
            return self._chunk([block])
        if kind == "citations_delta":
            block = {**delta.model_dump(), "type": "text", "index": index}
            if "citation" in block:
                block["citations"] = [block.pop("citation")]
            return self._chunk([block])
        if kind == "compaction_delta":
            block = {**delta.model_dump(), "type": "compaction", "index": index}
            return self._chunk([_without_none(block, "encrypted_content")])
        return None

    def _opened(self, given: Any, index: Any) -> AIMessageChunk | None:
        kind = str(getattr(given, "type", None))
        if kind in ("text", "thinking"):
            self._calls = False
            return self._begun(given, kind, index)
        if not any(part in kind for part in _OPENED_WHOLE):
            return None
        self._calls = kind == "tool_use"
        block = _without_none(given.model_dump(), "caller")
        if kind == "advisor_tool_result":
            known = ("type", "tool_use_id", "content", "cache_control")
            block = {name: block[name] for name in known if name in block}
        block["index"] = index
        if not self._calls:
            return self._chunk([block])
        # mostly the arguments follow, but they may be here as a whole
        whole = block.get("input")
        args = json.dumps(whole) if whole and isinstance(whole, dict) else ""
        return self._chunk([block], calls=[_call(block["name"], args, block["id"], index)])

    def _begun(self, given: Any, kind: str, index: Any) -> AIMessageChunk | None:
        """A block of text or thinking: mostly empty, but what it begins with may be here."""
        if not (getattr(given, kind, None) or (kind == "thinking" and given.signature)):
            return None
        if kind == "text" and self._plain:
            return self._chunk(given.text)
        block = given.model_dump()
        if kind == "text":
            block = _without_none(block, "citations")
        block["index"] = index
        return self._chunk([block])

    def _ended(self, event: Any) -> AIMessageChunk:
        delta = event.delta
        metadata = {"stop_reason": delta.stop_reason, "stop_sequence": delta.stop_sequence}
        for name, of in (("stop_details", delta), ("context_management", event)):
            told = getattr(of, name, None)
            if told:
                metadata[name] = told.model_dump()
        container = getattr(delta, "container", None)
        if container:
            metadata["container"] = container.model_dump(mode="json")
        return self._about(metadata, usage_of(event.usage, self._read))

    def _about(self, metadata: dict[str, Any], usage: Any = None) -> AIMessageChunk:
        """Give a chunk that says nothing but what there is to know of the message."""
        return AIMessageChunk(
            content="" if self._plain else [],
            response_metadata={**metadata, **_BY_ANTHROPIC},
            usage_metadata=usage,
            chunk_position="last" if metadata.get("stop_reason") else None,
        )

    def _chunk(self, content: Any, calls: Any = None) -> AIMessageChunk:
        return AIMessageChunk(
            content=content, response_metadata=_BY_ANTHROPIC, tool_call_chunks=calls or []
        )


def _block(delta: Any, kind: str, index: Any) -> dict[str, Any]:
    """Give what a delta adds to a block, with whatever else is said in it."""
    block = dict(delta.__dict__)
    more = delta.__pydantic_extra__
    if more:
        block.update(more)
    block["type"] = kind
    block["index"] = index
    return block


def _without_none(block: dict[str, Any], name: str) -> dict[str, Any]:
    """Leave out a field that is None: the SDK has it so where the provider does not say it."""
    if name in block and block[name] is None:
        del block[name]
    return block


def _call(name: Any, args: Any, id: Any, index: Any) -> Any:
    return {"name": name, "args": args, "id": id, "index": index, "type": "tool_call_chunk"}


def usage_of(given: Any, read: Any = None) -> UsageMetadata:
    """Count tokens as LangChain does: what came from the cache is part of what was read.

    Args:
        given: What the provider reports, as the SDK's object or a `RecordedEvent`.
        read: What it reported at the start of the stream, for what it does not repeat.

    Returns:
        The counts.
    """
    of_reading = given
    if read is not None and getattr(given, "input_tokens", None) is None:
        of_reading = read
    details = dict(_read_details(of_reading))
    created = sum(details.get(name) or 0 for name in _BY_LIFETIME)
    if created:
        details["cache_creation"] = 0  # said by how long it is kept: it would count twice
    else:
        created = details.get("cache_creation") or 0
    read_tokens = (
        (getattr(of_reading, "input_tokens", None) or 0)
        + (details.get("cache_read") or 0)
        + created
    )
    written = getattr(given, "output_tokens", None) or 0
    usage: Any = {
        "input_tokens": read_tokens,
        "output_tokens": written,
        "total_tokens": read_tokens + written,
        "input_token_details": {k: v for k, v in details.items() if v is not None},
    }
    output = getattr(given, "output_tokens_details", None)
    reasoned = getattr(output, "thinking_tokens", None)
    if reasoned is not None:
        usage["output_token_details"] = {"reasoning": reasoned}
    counted: UsageMetadata = usage
    return counted


def _read_details(given: Any) -> Iterator[tuple[str, Any]]:
    yield "cache_read", getattr(given, "cache_read_input_tokens", None)
    yield "cache_creation", getattr(given, "cache_creation_input_tokens", None)
    lifetimes = getattr(given, "cache_creation", None)
    if lifetimes:
        for name in _BY_LIFETIME:
            yield (
                name,
                (
                    lifetimes.get(name)
                    if isinstance(lifetimes, Mapping)
                    else getattr(lifetimes, name, None)
                ),
            )
