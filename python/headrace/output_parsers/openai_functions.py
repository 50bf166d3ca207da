"""Parsers of function calls, OpenAI's older form of tool calls."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any, ClassVar

from pydantic import model_validator

from headrace.exceptions import OutputParserException
from headrace.json import PartialJsonParser, parse_partial_json
from headrace.messages import BaseMessage, BaseMessageChunk
from headrace.output_parsers.base import BaseGenerationOutputParser, is_own
from headrace.output_parsers.calls import CallsParser, CallsReader, message_of
from headrace.outputs import Generation
from headrace.utils._merge import merge_dicts
from headrace.utils.json_patch import make_patch

__all__ = [
    "JsonKeyOutputFunctionsParser",
    "JsonOutputFunctionsParser",
    "OutputFunctionsParser",
    "PydanticAttrOutputFunctionsParser",
    "PydanticOutputFunctionsParser",
]


class OutputFunctionsParser(BaseGenerationOutputParser[Any]):
    """Parser that returns the text of the arguments of a message's function call."""

    args_only: bool = True
    """Whether to return only the arguments, without the name."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the call of the first candidate.

        Args:
            result: The candidates; the first must be from a chat model.
            partial: Not used.

        Returns:
            The arguments as text, or the call.

        Raises:
            OutputParserException: If the message has no function call.
        """
        call = deepcopy(_call_of(message_of(result)))
        return call["arguments"] if self.args_only else call


class JsonOutputFunctionsParser(CallsParser):
    """Parser of the arguments of a message's function call as JSON.

    A stream yields the arguments so far with each change, at a cost that grows only with the new
    text. Treat the values as read-only.
    """

    strict: bool = False
    """Whether to refuse control characters in strings."""

    args_only: bool = True
    """Whether to return only the arguments, without the name."""

    _selects_all: ClassVar[bool] = True
    """Whether `_select` returns the whole value."""

    @property
    def _type(self) -> str:
        return "json_functions"

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the call of the only candidate.

        Args:
            result: The candidate, from a chat model.
            partial: If true, the answer is still streaming.

        Returns:
            The arguments, or the call; None if `partial` and nothing has arrived yet.

        Raises:
            OutputParserException: If there is no call, or its arguments are not JSON, unless
                `partial`.
        """
        if len(result) != 1:
            raise OutputParserException(f"Expected exactly one result, but got {len(result)}")
        message = message_of(result)
        if partial and "function_call" not in message.additional_kwargs:
            return None
        call = _call_of(message)
        if "arguments" not in call:
            return None
        text = call["arguments"]
        try:
            if partial:
                arguments = parse_partial_json(text, strict=self.strict)
            else:
                arguments = json.loads(text, strict=self.strict)
        except json.JSONDecodeError as error:
            if partial:
                return None
            raise _fault(error, text) from error
        except TypeError as error:
            if partial:
                raise
            raise _fault(error, text) from error
        return arguments if self.args_only else {**call, "arguments": arguments}

    def _diff(self, prev: Any, next: Any) -> Any:
        return make_patch(prev, next)

    def _select(self, value: Any) -> Any:
        """Return the part of the parsed value that a stream yields."""
        return value

    def _stream_reader(self) -> _FunctionCallReader | None:
        return _FunctionCallReader(self) if is_own(type(self), ("parse_result", "_diff")) else None


class JsonKeyOutputFunctionsParser(JsonOutputFunctionsParser):
    """Parser that returns one argument of a message's function call."""

    key_name: str
    """Name of the argument."""

    _selects_all: ClassVar[bool] = False

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the call of the only candidate.

        Args:
            result: The candidate, from a chat model.
            partial: If true, the answer is still streaming.

        Returns:
            The argument; None if `partial` and it has not arrived yet.

        Raises:
            OutputParserException: If there is no call, or its arguments are not JSON, unless
                `partial`.
            KeyError: If there is no such argument, unless `partial`.
        """
        value = super().parse_result(result, partial=partial)
        if partial:
            return self._select(value)
        return value[self.key_name]

    def _select(self, value: Any) -> Any:
        return None if value is None else value.get(self.key_name)


class PydanticOutputFunctionsParser(OutputFunctionsParser):
    """Parser of a message's function call as an object of a pydantic model."""

    pydantic_schema: type[Any] | dict[str, type[Any]]
    """Model, or models by function name. Models of `pydantic.v1` are supported."""

    @model_validator(mode="before")
    @classmethod
    def validate_schema(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Set `args_only` if there is one model, and clear it if there are several.

        Args:
            values: The fields.

        Returns:
            The fields, `args_only` among them.

        Raises:
            ValueError: If there are several models and `args_only` is true.
        """
        schema = values["pydantic_schema"]
        several = isinstance(schema, dict)
        if values.get("args_only") and several:
            raise ValueError(
                "If multiple pydantic schemas are provided then args_only should be False."
            )
        return {"args_only": not several and hasattr(schema, "model_validate"), **values}

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the call of the first candidate.

        Args:
            result: The candidates; the first must be from a chat model.
            partial: Not used.

        Returns:
            The object.

        Raises:
            OutputParserException: If there is no call.
            ValueError: If its arguments are invalid (pydantic's `ValidationError`).
            KeyError: If there is no model for the function.
        """
        call = super().parse_result(result)
        model: Any = self.pydantic_schema
        text = call if self.args_only else call["arguments"]
        if isinstance(model, dict):
            if self.args_only:
                raise ValueError(f"Dict Pydantic schema unsupported with args_only: {model}")
            model = model[call["name"]]
        read = getattr(model, "model_validate_json", None) or getattr(model, "parse_raw", None)
        if read is None:
            raise ValueError(f"Unsupported Pydantic schema: {model}")
        return read(text)


class PydanticAttrOutputFunctionsParser(PydanticOutputFunctionsParser):
    """Parser that returns an attribute of the object of a message's function call."""

    attr_name: str
    """Name of the attribute."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the call of the first candidate.

        Args:
            result: The candidates; the first must be from a chat model.
            partial: Not used.

        Returns:
            The attribute.

        Raises:
            OutputParserException: If there is no call.
            ValueError: If its arguments are invalid (pydantic's `ValidationError`).
        """
        return getattr(super().parse_result(result), self.attr_name)


class _FunctionCallReader(CallsReader):
    """Reader that collects the function call of a stream."""

    def __init__(self, settings: JsonOutputFunctionsParser) -> None:
        self._settings = settings
        self._patches = settings.diff and settings.args_only and settings._selects_all
        self._parser = PartialJsonParser(
            fences=False, strip="nothing", strict=settings.strict, changes=self._patches
        )
        self._rest: dict[str, Any] = {}
        self._last: Any = None

    def feed(self, part: BaseMessageChunk) -> bool:
        """Add a chunk of the message; see `CallsReader`."""
        call = part.additional_kwargs.get("function_call")
        if not call:
            return False
        rest = {key: value for key, value in call.items() if key != "arguments"}
        before, self._rest = self._rest, merge_dicts(self._rest, rest)
        changed = bool(call.get("arguments")) and self._parser.feed(call["arguments"])
        if not changed and (self._settings.args_only or before == self._rest):
            return False
        value = self._parser.value
        if value is None:
            return False
        return self._set_result(self._parser.patch() if self._patches else self._news(value))

    def _news(self, value: Any) -> Any:
        settings = self._settings
        result = settings._select(
            value if settings.args_only else {**self._rest, "arguments": value}
        )
        if result is None or result is self._last:
            return None
        before, self._last = self._last, result
        return settings._diff(before, result) if settings.diff else result


def _call_of(message: BaseMessage) -> dict[str, Any]:
    try:
        call: dict[str, Any] = message.additional_kwargs["function_call"]
    except KeyError as error:
        raise OutputParserException(f"Could not parse function call: {error}") from error
    return call


def _fault(error: Exception, text: Any) -> OutputParserException:
    return OutputParserException(
        f"Could not parse function call data: {error}",
        llm_output=text if isinstance(text, str) else None,
    )
