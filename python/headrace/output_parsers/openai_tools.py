"""Parsers of tool calls: as dictionaries, those of one tool, or as pydantic models."""

from __future__ import annotations

import logging
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, SkipValidation, ValidationError

from headrace._core import ToolCallReader
from headrace.compat import Flag, flags
from headrace.exceptions import OutputParserException
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage, BaseMessageChunk
from headrace.output_parsers.base import is_own
from headrace.output_parsers.calls import CallsParser, CallsReader, message_of
from headrace.output_parsers.partial_model import partial_validator
from headrace.output_parsers.tool_calls import (
    RawCalls,
    make_invalid_tool_call,
    parse_tool_call,
    parse_tool_calls,
)
from headrace.outputs import Generation

__all__ = [
    "JsonOutputKeyToolsParser",
    "JsonOutputToolsParser",
    "PydanticToolsParser",
    "make_invalid_tool_call",
    "parse_tool_call",
    "parse_tool_calls",
]

Call = dict[str, Any]
"""A tool call: its `args`, perhaps its `id`, and the tool as its `type`."""

_logger = logging.getLogger(__name__)


class JsonOutputToolsParser(CallsParser):
    """Give the tool calls of a message: of each the tool as `type`, and its `args`.

    Streamed, what has come of the calls is given each time that it has changed, at a cost that
    grows with the new text alone. Do not change what is given.
    """

    strict: bool = False
    """Whether control characters in strings are refused, in calls of the older raw form."""

    return_id: bool = False
    """Whether the calls have their `id`."""

    first_tool_only: bool = False
    """Whether to give the first call alone instead of a list."""

    _may_repeat: ClassVar[bool] = False
    """Whether calls that look different may have the same result."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the calls of the first of the candidates.

        Args:
            result: The candidates; the first is a chat model's.
            partial: Whether it is still being streamed.

        Returns:
            The calls, or the first one.

        Raises:
            OutputParserException: If the first candidate is no message, or the arguments of a call
                of the older raw form are no JSON.
        """
        message = message_of(result)
        if isinstance(message, AIMessage) and message.tool_calls:
            calls = [self._shown(call) for call in message.tool_calls]
        else:
            raw = message.additional_kwargs.get("tool_calls")
            if raw is None:
                return self._without_calls()
            parsed = parse_tool_calls(
                raw, partial=partial, strict=self.strict, return_id=self.return_id
            )
            calls = [self._shown(call) for call in parsed]
        return self._result(self._chosen(calls), message, partial)

    def _shown(self, call: Any) -> Call:
        if self.return_id:
            return {"args": call["args"], "id": call["id"], "type": call["name"]}
        return {"args": call["args"], "type": call["name"]}

    def _without_calls(self) -> Any:
        """What is given for a message that has none."""
        return []

    def _chosen(self, calls: list[Call]) -> list[Call]:
        """Those of the calls that the result is made of."""
        return calls[:1] if self.first_tool_only else calls

    def _result(self, calls: list[Call], message: BaseMessage | None, partial: bool) -> Any:
        """What is made of the chosen calls, of a message where it is there as a whole."""
        if self.first_tool_only:
            return calls[0] if calls else None
        return calls

    def _stream_reader(self) -> _Reader | None:
        own = is_own(type(self), ("parse_result",)) and Flag.STEADY_ARGUMENTS in flags()
        return _Reader(self) if own and not self.diff else None


class JsonOutputKeyToolsParser(JsonOutputToolsParser):
    """Give the calls of one tool: their arguments, or with `return_id` the calls."""

    key_name: str
    """The tool."""

    def _without_calls(self) -> Any:
        return None if self.first_tool_only else []

    def _chosen(self, calls: list[Call]) -> list[Call]:
        fitting = [call for call in calls if call["type"] == self.key_name]
        return super()._chosen(fitting)

    def _result(self, calls: list[Call], message: BaseMessage | None, partial: bool) -> Any:
        chosen: list[Any] = calls if self.return_id else [call["args"] for call in calls]
        return super()._result(chosen, message, partial)


class PydanticToolsParser(JsonOutputToolsParser):
    """Give the tool calls of a message as objects of pydantic models, found by the tool's name.

    Streamed, a call is given from when what has come of it makes an object; with `partial_models`,
    from the beginning.
    """

    tools: Annotated[list[type[BaseModel]], SkipValidation()]
    """The models. Those of `pydantic.v1` will do, too."""

    partial_models: bool = False
    """Whether a stream gives objects before all that a model requires is there: of a subclass of
    the model, in which a field that is missing, or not valid yet, is None."""

    _may_repeat: ClassVar[bool] = True

    def _without_calls(self) -> Any:
        return None if self.first_tool_only else []

    def _result(self, calls: list[Call], message: BaseMessage | None, partial: bool) -> Any:
        models = {_tool_name(tool): tool for tool in self.tools}
        made = [self._object(call, models, message, partial) for call in calls]
        objects: list[Any] = [one for one in made if one is not None]
        return super()._result(objects, message, partial)

    def _object(
        self,
        call: Call,
        models: dict[str, type[BaseModel]],
        message: BaseMessage | None,
        partial: bool,
    ) -> BaseModel | None:
        """The call as an object; None where `partial` and it does not make one yet."""
        if not isinstance(call["args"], dict):
            if partial:
                return None
            raise ValueError(
                f"Tool arguments must be specified as a dict, received: {call['args']}"
            )
        if call["type"] not in models:
            known = ", ".join(models) or "<no_tools>"
            raise OutputParserException(
                f"Unknown tool type: {call['type']!r}. Available tools: {known}"
            )
        model = models[call["type"]]
        try:
            if partial and self.partial_models:
                return partial_validator(model)(call["args"])
            return model(**call["args"])
        except (ValidationError, ValueError):
            if partial:
                return None
            if message and message.response_metadata.get("stop_reason") == "max_tokens":
                _logger.exception(
                    "The model stopped at max_tokens, so the call %r is probably cut off: "
                    "allow more tokens, or ask for less.",
                    call["type"],
                )
            raise


class _Reader(CallsReader):
    """A stream's tool calls: what has come of them, and whether that is news."""

    __slots__ = ("_chosen", "_parser", "_raw", "_reader")

    def __init__(self, parser: JsonOutputToolsParser) -> None:
        self._parser = parser
        self._reader = ToolCallReader(ids=parser.return_id)
        self._raw: RawCalls | None = None
        self._chosen: list[Call] | None = None
        self._new: Any = None

    def feed(self, part: BaseMessageChunk) -> bool:
        """Read a part of the message; see `CallsReader`."""
        raw = part.additional_kwargs.get("tool_calls")
        if raw and not isinstance(part, AIMessageChunk):
            calls = self._raw_calls(raw)
        else:
            calls = self._reader.calls if self._reader.feed(part) else []
        if calls:
            return self._news(calls)
        if self._chosen is None:
            self._chosen = []
            none = self._parser._without_calls
            return self._other(
                none() if self._raw is None else self._parser._result([], None, True)
            )
        return False

    def _raw_calls(self, raw: list[dict[str, Any]]) -> list[Call]:
        """The calls of a message that is not a model's, in the older raw form."""
        if self._raw is None:
            self._raw = RawCalls(strict=self._parser.strict)
        self._raw.feed(raw)
        return [self._parser._shown(call) for call in self._raw.calls]

    def _news(self, calls: list[Call]) -> bool:
        chosen = self._parser._chosen(calls)
        if self._chosen is not None and _same(chosen, self._chosen):
            return False
        self._chosen = chosen
        result = self._parser._result(chosen, None, True)
        return self._other(result) if self._parser._may_repeat else self._give(result)

    def _other(self, result: Any) -> bool:
        """Keep the result to be given, unless it is the last one again."""
        return result is not None and result != self._new and self._give(result)


def _same(some: list[Call], others: list[Call]) -> bool:
    """Whether calls look the same: arguments that did not change are the same object, or empty."""
    return len(some) == len(others) and all(
        (one["args"] is other["args"] or {} == one["args"] == other["args"])
        and one["type"] == other["type"]
        and one.get("id") == other.get("id")
        for one, other in zip(some, others, strict=True)
    )


def _tool_name(tool: Any) -> str:
    config = getattr(tool, "model_config", None) or {}
    name: str = config.get("title") or tool.__name__
    return name
