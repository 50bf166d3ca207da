"""Reading of an SDK's events into a `LiveAnswer`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from headrace import wire
from headrace.following.answer import LiveAnswer, LiveToolCall
from headrace.wire.formats import WireDecoder, format_of
from headrace.wire.streams import StreamWatch

if TYPE_CHECKING:
    from headrace.messages import UsageMetadata

__all__ = ["AnswerReader"]

_KEEP_ALIVES = ("error", "keepalive", "ping")
"""Types of events that a stream of any format may start with."""


class AnswerReader:
    """Reader of the events of one stream into an answer."""

    __slots__ = ("_answer", "_calls", "_counted", "_decoder", "_is_new", "_last")

    def __init__(self, answer: LiveAnswer, choice: int) -> None:
        """Create a reader.

        Args:
            answer: The answer to read events into.
            choice: The answer to read, if a chat completion has several.
        """
        self._answer = answer
        self._decoder = WireDecoder(choice)
        self._calls: dict[Hashable, LiveToolCall] = {}
        self._last: LiveToolCall | None = None
        self._is_new = True
        # the token counts of the messages before this one, in a stream of several
        self._counted: UsageMetadata | None = None

    def read(self, event: Any) -> None:
        """Read an event.

        Raises:
            TypeError: If the first event is not one of a format that is known.
            ModelStreamError: If the provider reports an error.
        """
        if self._is_new:
            self._check(event)
        deltas = self._decoder.decode(event)
        if deltas:
            for delta in deltas:
                self._add(delta)

    def close(self, watch: StreamWatch) -> None:
        """Check that the answer has ended.

        Args:
            watch: The watch over the decoder of the stream's bytes.

        Raises:
            ModelConnectionError: If the stream ended before the answer did.
        """
        watch.check_end(self._decoder.close())

    def _check(self, event: Any) -> None:
        self._is_new = False
        if format_of(event) is None and getattr(event, "type", None) not in _KEEP_ALIVES:
            raise TypeError(
                "follow() reads streams of client.chat.completions.create, "
                "client.responses.create and client.messages.create with stream=True, and was "
                f"given {type(event).__name__}"
            )

    def _add(self, delta: wire.Delta) -> None:
        answer = self._answer
        if isinstance(delta, wire.Text):
            answer.add_text(delta.text)
        elif isinstance(delta, wire.ToolArguments):
            call = self._calls.get(delta.key)
            if call is not None:
                call.id = call.id or delta.id
                call.name = call.name or delta.name
                call.add(delta.arguments or "")
        elif isinstance(delta, wire.Reasoning):
            answer.add_reasoning(delta.text)
        elif isinstance(delta, wire.ToolStart):
            self._start_call(delta)
        elif isinstance(delta, wire.End):
            call = self._calls.get(delta.key) if delta.is_tool else None
            if call is not None:
                call.end()
        elif isinstance(delta, wire.Refusal):
            answer.add_refusal(delta.text)
        elif isinstance(delta, wire.Usage):
            answer.usage = delta.raw
            answer.usage_metadata = self._sum(delta.counts)
        elif isinstance(delta, wire.Start):
            self._counted = answer.usage_metadata
            if delta.usage is not None:
                answer.usage = delta.usage
        elif isinstance(delta, wire.Finish):
            if delta.reason is not None:
                answer.stop_reason = delta.reason
                answer.end()
        elif isinstance(delta, wire.Error):
            raise delta.exception()

    def _sum(self, counts: UsageMetadata) -> UsageMetadata:
        """Add the counts of the messages so far to those of the current one."""
        if self._counted is None:
            return counts
        from headrace.messages.usage import add_usage  # it imports pydantic

        return add_usage(self._counted, counts)

    def _start_call(self, delta: wire.ToolStart) -> None:
        if self._last is not None and self._decoder.format == "chat":
            # chat completions do not report the end of a call
            self._last.end()
        whole = (delta.block or {}).get("input")
        call = self._answer.call(
            delta.id,
            delta.name,
            is_json=delta.is_json,
            given=whole if isinstance(whole, dict) else None,
        )
        call.add(delta.arguments or "")
        self._calls[delta.key] = self._last = call
