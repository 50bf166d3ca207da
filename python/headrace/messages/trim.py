"""As many messages as a model can take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from headrace.compat import Flag, flags
from headrace.messages.ai import AIMessage
from headrace.messages.base import BaseMessage
from headrace.messages.convert import MessageLikeRepresentation, convert_to_messages
from headrace.messages.select import is_of_type, runnable_without_messages
from headrace.messages.system import SystemMessage
from headrace.messages.tokens import count_tokens_approximately
from headrace.messages.tool import ToolMessage

__all__ = ["trim_messages"]

_Types = str | type[BaseMessage] | Sequence[str | type[BaseMessage]]
_Count = Callable[[list[BaseMessage]], int]
_Split = Callable[[str], list[str]]


@runnable_without_messages
def trim_messages(
    messages: Iterable[MessageLikeRepresentation],
    *,
    max_tokens: int,
    token_counter: Any,
    strategy: Literal["first", "last"] = "last",
    allow_partial: bool = False,
    end_on: _Types | None = None,
    start_on: _Types | None = None,
    include_system: bool = False,
    text_splitter: Any = None,
) -> list[BaseMessage]:
    """Trim messages to a number of tokens.

    Args:
        messages: The messages. Without them, the function returns a runnable.
        max_tokens: The maximum number of tokens.
        token_counter: A function that counts the tokens of a list of messages, or of one message;
            a model, whose own count is used; or `"approximate"`.
        strategy: `"first"` or `"last"`: the messages to keep.
        allow_partial: If true, a message may be split to fit.
        end_on: The type of the last message; messages after it are dropped.
        start_on: The type of the first message, after a system message.
        include_system: If true, keep the system message at the start.
        text_splitter: Splits a text into parts that can be dropped; by default, lines.

    Returns:
        The messages.

    Raises:
        ValueError: If the arguments conflict.

    A result whose tool call is dropped is dropped too, since no provider accepts it alone.
    `headrace.compat.exact()` keeps it, as LangChain does.
    """
    if strategy == "first" and start_on:
        raise ValueError("start_on parameter is only valid with strategy='last'")
    if strategy == "first" and include_system:
        raise ValueError("include_system parameter is only valid with strategy='last'")
    given = convert_to_messages(messages)
    trimming = _Trimming(max_tokens, _counter(token_counter), _splitter(text_splitter))
    if strategy == "first":
        return trimming.first(given, allow_partial, end_on)
    if strategy == "last":
        kept = trimming.last(list(given), allow_partial, include_system, start_on, end_on)
        return _without_orphans(given, kept) if flags() & Flag.WHOLE_TOOL_TURNS else kept
    raise ValueError(f"Unrecognized {strategy=}. Supported strategies are 'last' and 'first'.")


class _Trimming:
    def __init__(self, max_tokens: int, count: _Count, split: _Split) -> None:
        self._max_tokens = max_tokens
        self._count = count
        self._split = split

    def first(
        self,
        messages: list[BaseMessage],
        allow_partial: bool,
        end_on: _Types | None,
        *,
        backwards: bool = False,
    ) -> list[BaseMessage]:
        """Keep from the first on. Where that is the last, `backwards`, a text keeps its end."""
        if self._fits(messages):
            kept = list(messages)
        else:
            kept = messages[: self._how_many(messages)]
            if allow_partial and len(kept) < len(messages):
                part = self._part(kept, messages[len(kept)], backwards)
                kept = [*kept, part] if part is not None else kept
        while end_on and kept and not is_of_type(kept[-1], end_on):
            kept.pop()
        return kept

    def last(
        self,
        messages: list[BaseMessage],
        allow_partial: bool,
        include_system: bool,
        start_on: _Types | None,
        end_on: _Types | None,
    ) -> list[BaseMessage]:
        while end_on and messages and not is_of_type(messages[-1], end_on):
            messages.pop()
        system = []
        if include_system and messages and isinstance(messages[0], SystemMessage):
            system, messages = messages[:1], messages[1:]
        left = self._max_tokens - (self._count(system) if system else 0)
        trimming = _Trimming(max(left, 0), self._count, self._split)
        kept = trimming.first(messages[::-1], allow_partial, start_on, backwards=True)
        return system + kept[::-1]

    def _fits(self, messages: list[BaseMessage]) -> bool:
        return self._count(messages) <= self._max_tokens

    def _how_many(self, messages: list[BaseMessage]) -> int:
        """Return how many messages fit. More messages never have fewer tokens."""
        return _most(len(messages), lambda count: self._fits(messages[:count]))

    def _part(
        self, kept: list[BaseMessage], message: BaseMessage, backwards: bool
    ) -> BaseMessage | None:
        content = message.content
        order = -1 if backwards else 1
        if isinstance(content, list):
            blocks = content[::order]

            def with_blocks(count: int) -> BaseMessage:
                return message.model_copy(update={"content": blocks[:count][::order]})

            count = _most(len(blocks) - 1, lambda count: self._fits([*kept, with_blocks(count)]))
            if count:
                return with_blocks(count)
            # As in LangChain, only the first of the blocks is truncated.
            content = blocks[:1]
        text = _text(content)
        if not text:
            return None
        pieces = self._split(text)[::order]
        before = self._count(kept)

        # LangChain counts the pieces in the order in which they are kept, also from the end.
        def fits(count: int) -> bool:
            part = message.model_copy(update={"content": "".join(pieces[:count])})
            return before + self._count([part]) <= self._max_tokens

        count = _most(len(pieces), fits)
        if not count:
            return None
        return message.model_copy(update={"content": "".join(pieces[:count][::order])})


def _without_orphans(given: list[BaseMessage], kept: list[BaseMessage]) -> list[BaseMessage]:
    """Drop the results of tools whose calls were among the messages and are no longer."""
    dropped = _calls(given) - _calls(kept)
    return [
        message
        for message in kept
        if not (isinstance(message, ToolMessage) and message.tool_call_id in dropped)
    ]


def _calls(messages: list[BaseMessage]) -> set[str | None]:
    return {
        call["id"]
        for message in messages
        if isinstance(message, AIMessage)
        for call in (*message.tool_calls, *message.invalid_tool_calls)
    }


def _most(limit: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to a limit that fits, given that all smaller ones do."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _text(content: Any) -> str | None:
    """Return the text at the start of the content."""
    if isinstance(content, str):
        return content
    block = content[0] if content else ""
    if isinstance(block, str):
        return block
    text: str | None = block.get("text") if block.get("type") == "text" else None
    return text


def _counter(counter: Any) -> _Count:
    if counter == "approximate":
        return count_tokens_approximately
    if isinstance(counter, str):
        raise ValueError(
            f"Invalid token_counter shortcut '{counter}'. Available shortcuts: 'approximate'."
        )
    of_model = getattr(counter, "get_num_tokens_from_messages", None)
    if of_model is not None:
        return of_model  # type: ignore[no-any-return]
    if not callable(counter):
        raise ValueError(
            "'token_counter' expected to be a model that implements "
            "'get_num_tokens_from_messages()' or a function. Received object of type "
            f"{type(counter)}."
        )
    if _takes_one(counter):
        return lambda messages: sum(counter(message) for message in messages)
    return counter  # type: ignore[no-any-return]


def _takes_one(counter: Callable[..., Any]) -> bool:
    """Return True if a function is annotated to count one message."""
    try:
        first = next(iter(inspect.signature(counter).parameters.values()))
    except (ValueError, TypeError, StopIteration):
        return False
    return first.annotation is BaseMessage or first.annotation == "BaseMessage"


def _splitter(splitter: Any) -> _Split:
    if splitter is None:
        return _lines
    split = getattr(splitter, "split_text", None)
    return split if split is not None else splitter  # type: ignore[no-any-return]


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), last]
