"""Parsers of function calls: how OpenAI's models called tools before they had tools."""

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
    """Give the function call of a message: the text of its arguments."""

    args_only: bool = True
    """Whether to give the arguments alone, and not the name, too."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the call of the first of the candidates.

        Args:
            result: The candidates; the first is a chat model's.
            partial: Not used.

        Returns:
            The arguments as text, or the call.

        Raises:
            OutputParserException: If it has none.
        """
        call = deepcopy(_call_of(message_of(result)))
        return call["arguments"] if self.args_only else call


class JsonOutputFunctionsParser(CallsParser):
    """Give the function call of a message: its arguments, read as JSON.

    Streamed, what has come of them is given each time that it has changed, at a cost that grows
    with the new text alone. Do not change what is given.
    """

    strict: bool = False
    """Whether control characters in strings are refused."""

    args_only: bool = True
    """Whether to give the arguments alone, and not the name, too."""

    _shown_whole: ClassVar[bool] = True
    """Whether `_shown` gives all that has been read."""

    @property
    def _type(self) -> str:
        return "json_functions"

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the call of the only candidate.

        Args:
            result: The candidate, a chat model's.
            partial: Whether it is still being streamed.

        Returns:
            The arguments, or the call; None where `partial` and there is nothing yet.

        Raises:
            OutputParserException: If there is no call, or its arguments are no JSON, unless
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

    def _shown(self, value: Any) -> Any:
        """What is given in a stream of what has been read."""
        return value

    def _stream_reader(self) -> _Reader | None:
        return _Reader(self) if is_own(type(self), ("parse_result", "_diff")) else None


class JsonKeyOutputFunctionsParser(JsonOutputFunctionsParser):
    """Give one of the arguments of a message's function call."""

    key_name: str
    """The argument."""

    _shown_whole: ClassVar[bool] = False

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the call of the only candidate.

        Args:
            result: The candidate, a chat model's.
            partial: Whether it is still being streamed.

        Returns:
            The argument; None where `partial` and it has not come yet.

        Raises:
            OutputParserException: If there is no call, or its arguments are no JSON, unless
                `partial`.
            KeyError: If there is no such argument, unless `partial`.
        """
        value = super().parse_result(result, partial=partial)
        if partial:
            return self._shown(value)
        return value[self.key_name]

    def _shown(self, value: Any) -> Any:
        return None if value is None else value.get(self.key_name)


class PydanticOutputFunctionsParser(OutputFunctionsParser):
    """Give the function call of a message as an object of a pydantic model."""

    pydantic_schema: type[Any] | dict[str, type[Any]]
    """The model, or models by the names of the functions. Those of `pydantic.v1` will do, too."""

    @model_validator(mode="before")
    @classmethod
    def validate_schema(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take the arguments alone where there is one model, and the name where there are more.

        Args:
            values: The fields.

        Returns:
            The fields, `args_only` among them.

        Raises:
            ValueError: If there are several models, and `args_only`.
        """
        schema = values["pydantic_schema"]
        several = isinstance(schema, dict)
        if values.get("args_only") and several:
            raise ValueError(
                "If multiple pydantic schemas are provided then args_only should be False."
            )
        return {"args_only": not several and hasattr(schema, "model_validate"), **values}

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the call of the first of the candidates.

        Args:
            result: The candidates; the first is a chat model's.
            partial: Not used.

        Returns:
            The object.

        Raises:
            OutputParserException: If there is no call.
            ValueError: If its arguments do not make an object: pydantic's `ValidationError`.
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
    """Give an attribute of the object that a message's function call makes."""

    attr_name: str
    """The attribute."""

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the call of the first of the candidates.

        Args:
            result: The candidates; the first is a chat model's.
            partial: Not used.

        Returns:
            The attribute.

        Raises:
            OutputParserException: If there is no call.
            ValueError: If its arguments do not make an object: pydantic's `ValidationError`.
        """
        return getattr(super().parse_result(result), self.attr_name)


class _Reader(CallsReader):
    """A stream's function call: what has come of it, and whether that is news."""

    def __init__(self, settings: JsonOutputFunctionsParser) -> None:
        self._settings = settings
        self._patches = settings.diff and settings.args_only and settings._shown_whole
        self._parser = PartialJsonParser(
            fences=False, strip="nothing", strict=settings.strict, changes=self._patches
        )
        self._rest: dict[str, Any] = {}
        self._given: Any = None

    def feed(self, part: BaseMessageChunk) -> bool:
        """Read a part of the message; see `CallsReader`."""
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
        return self._give(self._parser.patch() if self._patches else self._news(value))

    def _news(self, value: Any) -> Any:
        settings = self._settings
        result = settings._shown(
            value if settings.args_only else {**self._rest, "arguments": value}
        )
        if result is None or result is self._given:
            return None
        before, self._given = self._given, result
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
