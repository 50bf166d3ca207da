"""What the events of each provider's stream say.

Events are read by their attributes, as the SDKs' classes have them, so that neither SDK is needed
here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headrace.following.answer import LiveAnswer, LiveToolCall

__all__ = ["Reader", "reader_for"]

Reader = Callable[[Any], None]
"""Takes one event into the answer."""


def reader_for(event: Any, answer: LiveAnswer, choice: int) -> Reader:
    """Choose what reads a stream, by its first event.

    Args:
        event: The event.
        answer: What the events are read into.
        choice: Which answer to follow, where there are several.

    Returns:
        What reads the event and those after it.

    Raises:
        TypeError: If it is no event of a stream that is known.
    """
    kind = getattr(event, "type", None)
    if isinstance(kind, str):
        if kind.startswith("response.") or kind in ("error", "keepalive"):
            return ResponsesReader(answer).take
        if kind.startswith(("message_", "content_block_")) or kind == "ping":
            return MessagesReader(answer).take
    if hasattr(event, "choices"):
        return ChatReader(answer, choice).take
    raise TypeError(
        "follow() reads streams of client.chat.completions.create, client.responses.create and "
        f"client.messages.create with stream=True, and was given {type(event).__name__}"
    )


def _also(thing: Any, name: str) -> Any:
    """Give what not all providers send, else None.

    The SDKs' classes are pydantic's, on which looking for an attribute that is not there is slow.
    """
    found = vars(thing).get(name)
    if found is None:
        more = getattr(thing, "__pydantic_extra__", None)
        if more:
            found = more.get(name)
    return found


class ChatReader:
    """Reads the chunks of OpenAI's chat completions, and of those who speak like it."""

    __slots__ = ("_answer", "_calls", "_choice", "_last")

    def __init__(self, answer: LiveAnswer, choice: int) -> None:
        self._answer = answer
        self._choice = choice
        self._calls: dict[int, LiveToolCall] = {}
        self._last: LiveToolCall | None = None

    def take(self, chunk: Any) -> None:
        """Take a chunk."""
        answer = self._answer
        usage = getattr(chunk, "usage", None)
        if usage is not None:
            answer.usage = usage
        for choice in chunk.choices:
            if choice.index != self._choice:
                continue
            delta = choice.delta
            if delta is not None:
                if delta.content:
                    answer.say(delta.content)
                refusal = _also(delta, "refusal")
                if refusal:
                    answer.refuse(refusal)
                reasoning = _also(delta, "reasoning_content")
                if isinstance(reasoning, str) and reasoning:
                    answer.reason(reasoning)
                for part in delta.tool_calls or ():
                    self._call(part)
            if choice.finish_reason is not None:
                answer.stop_reason = choice.finish_reason
                answer.end()

    def _call(self, part: Any) -> None:
        custom = _also(part, "custom")
        said = part.function if custom is None else custom
        index = _also(part, "index") or 0  # some who speak like OpenAI leave it out
        call = self._calls.get(index)
        if call is None:
            if self._last is not None:
                self._last.end()
            name = None if said is None else said.name
            call = self._answer.call(part.id, name, is_json=custom is None)
            self._calls[index] = self._last = call
        else:
            call.id = call.id or part.id
            if said is not None:
                call.name = call.name or said.name
        if said is not None:
            call.add((said.arguments if custom is None else said.input) or "")


_RESPONSE_CALLS = {"function_call": True, "mcp_call": True, "custom_tool_call": False}
"""The items of a response that are calls of tools, and whether their arguments are JSON."""

_ENDS = ("response.completed", "response.incomplete", "response.failed")


class ResponsesReader:
    """Reads the events of OpenAI's responses."""

    __slots__ = ("_answer", "_calls")

    def __init__(self, answer: LiveAnswer) -> None:
        self._answer = answer
        self._calls: dict[int, LiveToolCall] = {}

    def take(self, event: Any) -> None:
        """Take an event."""
        kind = event.type
        answer = self._answer
        if kind == "response.output_text.delta":
            answer.say(event.delta)
        elif kind in (
            "response.function_call_arguments.delta",
            "response.custom_tool_call_input.delta",
            "response.mcp_call_arguments.delta",
        ):
            call = self._calls.get(event.output_index)
            if call is not None:
                call.add(event.delta)
        elif kind == "response.output_item.added":
            item = event.item
            if item.type in _RESPONSE_CALLS:
                is_json = _RESPONSE_CALLS[item.type]
                id = getattr(item, "call_id", None) or item.id
                call = answer.call(id, item.name, is_json=is_json)
                call.add((item.arguments if is_json else item.input) or "")
                self._calls[event.output_index] = call
        elif kind == "response.output_item.done":
            call = self._calls.get(event.output_index)
            if call is not None:
                if not call.text:  # they came whole, without deltas
                    call.add((event.item.arguments if call.is_json else event.item.input) or "")
                call.end()
        elif kind == "response.refusal.delta":
            answer.refuse(event.delta)
        elif kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            answer.reason(event.delta)
        elif kind in _ENDS:
            answer.usage = event.response.usage
            details = event.response.incomplete_details
            answer.stop_reason = getattr(details, "reason", None) or event.response.status
            answer.end()


_BLOCK_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")


class MessagesReader:
    """Reads the events of Anthropic's messages."""

    __slots__ = ("_answer", "_calls")

    def __init__(self, answer: LiveAnswer) -> None:
        self._answer = answer
        self._calls: dict[int, LiveToolCall] = {}

    def take(self, event: Any) -> None:
        """Take an event."""
        kind = event.type
        answer = self._answer
        if kind == "content_block_delta":
            delta = event.delta
            if delta.type == "text_delta":
                answer.say(delta.text)
            elif delta.type == "input_json_delta":
                call = self._calls.get(event.index)
                if call is not None:
                    call.add(delta.partial_json)
            elif delta.type == "thinking_delta":
                answer.reason(delta.thinking)
        elif kind == "content_block_start":
            block = event.content_block
            if block.type in _BLOCK_CALLS:
                given = block.input if isinstance(block.input, dict) else None
                self._calls[event.index] = answer.call(block.id, block.name, given=given)
            elif block.type == "text" and block.text:
                answer.say(block.text)
            elif block.type == "thinking" and block.thinking:
                answer.reason(block.thinking)
        elif kind == "content_block_stop":
            call = self._calls.get(event.index)
            if call is not None:
                call.end()
        elif kind == "message_delta":
            answer.usage = event.usage
            if event.delta.stop_reason is not None:
                answer.stop_reason = event.delta.stop_reason
        elif kind == "message_start":
            answer.usage = event.message.usage
        elif kind == "message_stop":
            answer.end()
