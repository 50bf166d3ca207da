"""Reading the raw tool calls of older messages, in OpenAI's form."""

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
    """Read a raw tool call.

    Args:
        raw_tool_call: The call, with its `function`.
        partial: Whether its arguments may have been cut off.
        strict: Whether control characters in strings are refused, as `json.loads` does.
        return_id: Whether the result has the call's id, and says that it is a tool call.

    Returns:
        The call; None where it has no function, or if `partial`, nothing that could be read yet.

    Raises:
        OutputParserException: If the arguments are no JSON, unless `partial`.
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
    """Read raw tool calls.

    Args:
        raw_tool_calls: The calls.
        partial: Whether their arguments may have been cut off.
        strict: Whether control characters in strings are refused.
        return_id: Whether the results have the calls' ids.

    Returns:
        Those that could be read.

    Raises:
        OutputParserException: If the arguments of some are no JSON, unless `partial`: it names them
            all.
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
    """Make a tool call that cannot be made of a raw one.

    Args:
        raw_tool_call: The call, with its `function`.
        error_msg: What is wrong with it.

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
    """Raw tool calls that come in pieces, whose arguments are read as they come.

    Args:
        strict: Whether control characters in strings are refused.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._calls: dict[Any, tuple[dict[str, Any], PartialJsonParser]] = {}

    def feed(self, pieces: list[dict[str, Any]]) -> None:
        """Read pieces, each of the call of its index, or of one of its own.

        Args:
            pieces: The pieces, in the form of raw calls.
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
        """Those of which arguments have come, with `name`, `args` and `id`."""
        return [
            {"name": head["name"] or "", "args": parser.value, "id": head["id"]}
            for head, parser in self._calls.values()
            if parser.value is not None
        ]

    def _parser(self) -> PartialJsonParser:
        return PartialJsonParser(fences=False, strip="nothing", strict=self._strict)
