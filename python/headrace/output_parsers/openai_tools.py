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
from headrace.output_parsers.refusal import raise_if_refused
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
"""Tool call with its `args`, the tool's name as `type`, and optionally its `id`."""

_logger = logging.getLogger(__name__)


class JsonOutputToolsParser(CallsParser):
    """Parser of the tool calls of a message, each with the tool's name as `type` and its `args`.

    A stream yields the calls so far with each change, at a cost that grows only with the new text.
    Treat the values as read-only.
    """

    strict: bool = False
    """Whether to refuse control characters in strings in raw calls of older messages."""

    return_id: bool = False
    """Whether to include the `id` of the calls."""

    first_tool_only: bool = False
    """Whether to return only the first call instead of a list."""

    _may_repeat: ClassVar[bool] = False
    """Whether different calls may have the same result."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the calls of the first candidate.

        Args:
            result: The candidates; the first must be from a chat model.
            partial: If true, the answer is still streaming.

        Returns:
            The calls, or the first one.

        Raises:
            OutputParserException: If the first candidate is not a message, or the arguments of a
                raw call are not JSON.
            ModelRefusalError: If the model refused.
        """
        message = message_of(result)
        if not partial:
            raise_if_refused(message)
        if isinstance(message, AIMessage) and message.tool_calls:
            calls = [self._convert(call) for call in message.tool_calls]
        else:
            raw = message.additional_kwargs.get("tool_calls")
            if raw is None:
                return self._without_calls()
            parsed = parse_tool_calls(
                raw, partial=partial, strict=self.strict, return_id=self.return_id
            )
            calls = [self._convert(call) for call in parsed]
        return self._result(self._select(calls), message, partial)

    def _convert(self, call: Any) -> Call:
        if self.return_id:
            return {"args": call["args"], "id": call["id"], "type": call["name"]}
        return {"args": call["args"], "type": call["name"]}

    def _without_calls(self) -> Any:
        """Return the result for a message without calls."""
        return []

    def _select(self, calls: list[Call]) -> list[Call]:
        """Return the calls that the result includes."""
        return calls[:1] if self.first_tool_only else calls

    def _result(self, calls: list[Call], message: BaseMessage | None, partial: bool) -> Any:
        """Return the result for the selected calls; `message` is set if it is complete."""
        if self.first_tool_only:
            return calls[0] if calls else None
        return calls

    def _stream_reader(self) -> _ToolCallReader | None:
        own = is_own(type(self), ("parse_result",)) and Flag.STEADY_ARGUMENTS in flags()
        return _ToolCallReader(self) if own and not self.diff else None


class JsonOutputKeyToolsParser(JsonOutputToolsParser):
    """Parser of the calls of one tool: their arguments, or with `return_id` the calls."""

    key_name: str
    """Name of the tool."""

    def _without_calls(self) -> Any:
        return None if self.first_tool_only else []

    def _select(self, calls: list[Call]) -> list[Call]:
        fitting = [call for call in calls if call["type"] == self.key_name]
        return super()._select(fitting)

    def _result(self, calls: list[Call], message: BaseMessage | None, partial: bool) -> Any:
        chosen: list[Any] = calls if self.return_id else [call["args"] for call in calls]
        return super()._result(chosen, message, partial)


class PydanticToolsParser(JsonOutputToolsParser):
    """Parser of tool calls as objects of pydantic models, found by the tool's name.

    A stream yields a call as soon as its arguments so far are valid; with `partial_models`, from
    the beginning. A stream whose final arguments are wrong ends with an `OutputParserException`,
    except inside `headrace.compat.exact()`.
    """

    tools: Annotated[list[type[BaseModel]], SkipValidation()]
    """Models of the tools. Models of `pydantic.v1` are supported."""

    partial_models: bool = False
    """Whether to yield objects before all required fields have arrived. They belong to a subclass
    of the model in which a field that is missing, or not valid yet, is None. The last value of a
    stream has objects of the model itself."""

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
        """Return the call as an object; None if `partial` and it is not valid yet."""
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


class _ToolCallReader(CallsReader):
    """Reader that collects the tool calls of a stream."""

    __slots__ = ("_calls", "_parser", "_raw", "_reader")

    def __init__(self, parser: JsonOutputToolsParser) -> None:
        self._parser = parser
        self._reader = ToolCallReader(ids=parser.return_id)
        self._raw: RawCalls | None = None
        self._calls: list[Call] | None = None
        self._new: Any = None

    def feed(self, part: BaseMessageChunk) -> bool:
        """Add a chunk of the message; see `CallsReader`."""
        raw = part.additional_kwargs.get("tool_calls")
        if raw and not isinstance(part, AIMessageChunk):
            calls = self._raw_calls(raw)
        else:
            calls = self._reader.calls if self._reader.feed(part) else []
        if calls:
            return self._news(calls)
        if self._calls is None:
            self._calls = []
            none = self._parser._without_calls
            return self._set_if_changed(
                none() if self._raw is None else self._parser._result([], None, True)
            )
        return False

    def rest(self) -> tuple[Any, ...]:
        """Check the calls of the whole stream; return their objects if partial ones came before.

        Raises:
            OutputParserException: If the arguments of a call are wrong.
        """
        parser = self._parser
        if not isinstance(parser, PydanticToolsParser) or not self._calls:
            return ()
        if not (parser.partial_models or flags() & Flag.CHECKED_OBJECTS):
            return ()
        try:
            result = parser._result(self._calls, None, False)
        except OutputParserException:
            raise
        except ValueError as error:
            names = ", ".join(call["type"] for call in self._calls)
            raise OutputParserException(
                f"The stream ended with wrong arguments for {names}: {error}",
                llm_output=repr([call["args"] for call in self._calls]),
            ) from error
        return (result,) if parser.partial_models and result is not None else ()

    def _raw_calls(self, raw: list[dict[str, Any]]) -> list[Call]:
        """Return the raw calls of a message that is not an AI message."""
        if self._raw is None:
            self._raw = RawCalls(strict=self._parser.strict)
        self._raw.feed(raw)
        return [self._parser._convert(call) for call in self._raw.calls]

    def _news(self, calls: list[Call]) -> bool:
        chosen = self._parser._select(calls)
        if self._calls is not None and _same(chosen, self._calls):
            return False
        self._calls = chosen
        result = self._parser._result(chosen, None, True)
        return (
            self._set_if_changed(result) if self._parser._may_repeat else self._set_result(result)
        )

    def _set_if_changed(self, result: Any) -> bool:
        """Store the result for `values`, unless it equals the last one."""
        return result is not None and result != self._new and self._set_result(result)


def _same(some: list[Call], others: list[Call]) -> bool:
    """Return True if no call has changed: unchanged arguments are the same object, or empty."""
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
