"""Parsing of raw tool calls of older messages, in OpenAI's format."""

from __future__ import annotations

import json
from typing import Any

from headrace.exceptions import OutputParserException
from headrace.json import PartialJsonParser, parse_partial_json
from headrace.messages.tool_calls import InvalidToolCall, invalid_tool_call, tool_call
from headrace.utils._merge import merge_dicts

__all__ = ["RawCalls", "make_invalid_tool_call", "parse_tool_call", "parse_tool_calls"]


def parse_tool_call(
    raw_tool_call: dict[str, Any],
    *,
    partial: bool = False,
    strict: bool = False,
    return_id: bool = True,
) -> dict[str, Any] | None:
    """Parse a raw tool call.

    Args:
        raw_tool_call: The call, with its `function`.
        partial: If true, its arguments may be truncated.
        strict: If true, refuse control characters in strings, as `json.loads` does.
        return_id: If true, the result has the call's id and the type `tool_call`.

    Returns:
        The call; None if it has no function, or if `partial` and it has no readable arguments yet.

    Raises:
        OutputParserException: If the arguments are not JSON, unless `partial`.
    """
    if "function" not in raw_tool_call:
        return None
    function = raw_tool_call["function"]
    text, name = function["arguments"], function["name"]
    args: Any = {}
    if partial:
        try:
            args = parse_partial_json(text, strict=strict)
        except (json.JSONDecodeError, TypeError):
            return None
    elif text:
        try:
            args = json.loads(text, strict=strict)
        except json.JSONDecodeError as error:
            raise OutputParserException(
                f"Function {name} arguments:\n\n{text}\n\nare not valid JSON. "
                f"Received JSONDecodeError {error}",
                llm_output=text,
            ) from error
    if return_id:
        call = tool_call(name=name or "", args=args or {}, id=raw_tool_call.get("id"))
        return dict(call)
    return {"name": name or "", "args": args or {}}


def parse_tool_calls(
    raw_tool_calls: list[dict[str, Any]],
    *,
    partial: bool = False,
    strict: bool = False,
    return_id: bool = True,
) -> list[dict[str, Any]]:
    """Parse raw tool calls.

    Args:
        raw_tool_calls: The calls.
        partial: If true, their arguments may be truncated.
        strict: If true, refuse control characters in strings.
        return_id: If true, the results have the ids of the calls.

    Returns:
        The calls that could be parsed.

    Raises:
        OutputParserException: If arguments are not JSON, unless `partial`; it names all such
            calls.
    """
    calls = []
    faults = []
    for raw in raw_tool_calls:
        try:
            call = parse_tool_call(raw, partial=partial, strict=strict, return_id=return_id)
        except OutputParserException as error:
            faults.append(error)
        else:
            if call is not None:
                calls.append(call)
    if faults:
        raise OutputParserException(
            "\n\n".join(map(str, faults)), llm_output=faults[0].llm_output
        ) from faults[0]
    return calls


def make_invalid_tool_call(raw_tool_call: dict[str, Any], error_msg: str | None) -> InvalidToolCall:
    """Create an invalid tool call from a raw one.

    Args:
        raw_tool_call: The call, with its `function`.
        error_msg: The error.

    Returns:
        The call.
    """
    function = raw_tool_call["function"]
    return invalid_tool_call(
        name=function["name"],
        args=function["arguments"],
        id=raw_tool_call.get("id"),
        error=error_msg,
    )


class RawCalls:
    """Raw tool calls that arrive in chunks, with their arguments parsed incrementally.

    Args:
        strict: If true, refuse control characters in strings.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._calls: dict[Any, tuple[dict[str, Any], PartialJsonParser]] = {}

    def feed(self, pieces: list[dict[str, Any]]) -> None:
        """Add chunks, each to the call of its index, or as a new call if it has none.

        Args:
            pieces: The chunks, in the format of raw calls.
        """
        for piece in pieces:
            if "function" not in piece:
                continue
            key = piece.get("index", ("alone", len(self._calls)))
            arguments = piece["function"].get("arguments")
            head = {"id": piece.get("id"), "name": piece["function"].get("name")}
            before, parser = self._calls.get(key) or ({}, self._parser())
            self._calls[key] = (merge_dicts(before, head), parser)
            if arguments:
                parser.feed(arguments)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Calls whose arguments have started, with `name`, `args` and `id`."""
        return [
            {"name": head["name"] or "", "args": parser.value, "id": head["id"]}
            for head, parser in self._calls.values()
            if parser.value is not None
        ]

    def _parser(self) -> PartialJsonParser:
        return PartialJsonParser(fences=False, strip="nothing", strict=self._strict)
