"""Parsers of tool calls: as dictionaries, those of one tool, or as pydantic models."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, SkipValidation, ValidationError

from headrace.exceptions import OutputParserException
from headrace.messages import AIMessage, BaseMessage
from headrace.output_parsers.base import is_own
from headrace.output_parsers.tool_calls import (
    make_invalid_tool_call,
    parse_tool_call,
    parse_tool_calls,
)
from headrace.output_parsers.transform import (
    BaseCumulativeTransformOutputParser,
    as_message_chunk,
)
from headrace.outputs import ChatGeneration, Generation

__all__ = [
    "JsonOutputKeyToolsParser",
    "JsonOutputToolsParser",
    "PydanticToolsParser",
    "make_invalid_tool_call",
    "parse_tool_call",
    "parse_tool_calls",
]

_logger = logging.getLogger(__name__)


class JsonOutputToolsParser(BaseCumulativeTransformOutputParser[Any]):
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
        return self._result(self._calls(message, partial), message, partial)

    def parse(self, text: str) -> Any:
        """Not possible: text has no tool calls.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError

    def _calls(self, message: BaseMessage, partial: bool) -> list[dict[str, Any]] | None:
        """The calls of a message, made for the caller; None where there cannot be any."""
        if isinstance(message, AIMessage) and message.tool_calls:
            return [self._shown(call) for call in message.tool_calls]
        raw = message.additional_kwargs.get("tool_calls")
        if raw is None:
            return None
        calls = parse_tool_calls(raw, partial=partial, strict=self.strict, return_id=self.return_id)
        return [self._shown(call) for call in calls]

    def _shown(self, call: Any) -> dict[str, Any]:
        if self.return_id:
            return {"args": call["args"], "id": call["id"], "type": call["name"]}
        return {"args": call["args"], "type": call["name"]}

    def _result(
        self, calls: list[dict[str, Any]] | None, message: BaseMessage, partial: bool
    ) -> Any:
        """What the parser makes of the calls."""
        if calls is None:
            return []
        if self.first_tool_only:
            return calls[0] if calls else None
        return calls

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[Any]:
        if self.diff or not is_own(type(self), ("parse_result",)):
            yield from super()._transform(input)
            return
        total: Any = None
        previous: Any = None
        for chunk in input:
            total = _plus(total, chunk)
            parsed = self._result(self._calls(total, True), total, True)
            if parsed is not None and parsed != previous:
                yield parsed
                previous = parsed

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[Any]:
        if self.diff or not is_own(type(self), ("parse_result",)):
            async for parsed in super()._atransform(input):
                yield parsed
            return
        total: Any = None
        previous: Any = None
        async for chunk in input:
            total = _plus(total, chunk)
            parsed = self._result(self._calls(total, True), total, True)
            if parsed is not None and parsed != previous:
                yield parsed
                previous = parsed


class JsonOutputKeyToolsParser(JsonOutputToolsParser):
    """Give the calls of one tool: their arguments, or with `return_id` the calls."""

    key_name: str
    """The tool."""

    def _result(
        self, calls: list[dict[str, Any]] | None, message: BaseMessage, partial: bool
    ) -> Any:
        fitting: list[Any] = [call for call in calls or () if call["type"] == self.key_name]
        if not self.return_id:
            fitting = [call["args"] for call in fitting]
        if not self.first_tool_only:
            return fitting
        return fitting[0] if fitting else None


class PydanticToolsParser(JsonOutputToolsParser):
    """Give the tool calls of a message as objects of pydantic models, found by the tool's name.

    Streamed, a call is given from when what has come of it makes an object.
    """

    tools: Annotated[list[type[BaseModel]], SkipValidation()]
    """The models. Those of `pydantic.v1` will do, too."""

    def _result(
        self, calls: list[dict[str, Any]] | None, message: BaseMessage, partial: bool
    ) -> Any:
        if self.first_tool_only and calls:
            calls = calls[:1]
        models = {_tool_name(tool): tool for tool in self.tools}
        objects = []
        for call in calls or ():
            made = self._object(call, models, message, partial)
            if made is not None:
                objects.append(made)
        if self.first_tool_only:
            return objects[0] if objects else None
        return objects

    def _object(
        self,
        call: dict[str, Any],
        models: dict[str, type[BaseModel]],
        message: BaseMessage,
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
        try:
            return models[call["type"]](**call["args"])
        except (ValidationError, ValueError):
            if partial:
                return None
            if message.response_metadata.get("stop_reason") == "max_tokens":
                _logger.exception(
                    "The model stopped at max_tokens, so the call %r is probably cut off: "
                    "allow more tokens, or ask for less.",
                    call["type"],
                )
            raise


def message_of(result: list[Generation]) -> BaseMessage:
    """Give the message of the first candidate.

    Raises:
        OutputParserException: If it is text.
    """
    generation = result[0]
    if not isinstance(generation, ChatGeneration):
        raise OutputParserException("This output parser can only be used with a chat generation.")
    return generation.message


def _plus(total: Any, chunk: BaseMessage | str) -> Any:
    if not isinstance(chunk, BaseMessage):
        raise OutputParserException("This output parser can only be used with a chat generation.")
    part = as_message_chunk(chunk)
    return part if total is None else total + part


def _tool_name(tool: Any) -> str:
    config = getattr(tool, "model_config", None) or {}
    name: str = config.get("title") or tool.__name__
    return name
