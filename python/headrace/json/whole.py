"""Whole texts, read once, with the results and the errors of `langchain_core.utils.json`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from headrace import _core
from headrace._core import parse_partial_json
from headrace.exceptions import OutputParserException

__all__ = ["parse_and_check_json_markdown", "parse_json_markdown"]

_ACTION_INPUT = re.compile(r'("action_input":\s*")([^"]*")')
_BLANKS_AND_BACKTICKS = " \n\r\t`"


def parse_json_markdown(
    json_string: str, *, parser: Callable[[str], Any] = parse_partial_json
) -> Any:
    """Parse a JSON text that may have been cut off and may stand in a Markdown fence.

    The results, and the errors, are those of `langchain_core.utils.json.parse_json_markdown`.

    Args:
        json_string: The text.
        parser: What reads the JSON, once the fence is taken off.

    Returns:
        The document, completed where the text was cut off.

    Raises:
        json.JSONDecodeError: If there is no document in the text.
    """
    # A text of another type fails below as it does in the reference.
    quick = type(json_string) is str and "action_input" not in json_string
    if quick and parser is parse_partial_json:
        return _core.parse_json_markdown(json_string)
    try:
        return parser(_bare(json_string))
    except ValueError as error:
        if not _is_decode_error(error):
            raise
    _, fence, content = json_string.partition("```")
    return parser(_bare(content.removeprefix("json") if fence else json_string))


def parse_and_check_json_markdown(text: str, expected_keys: list[str]) -> dict[str, Any]:
    """Parse a JSON object as `parse_json_markdown` does, and check that it has some keys.

    Args:
        text: The text.
        expected_keys: The keys that must be there.

    Returns:
        The object.

    Raises:
        OutputParserException: If the text is no JSON object, or lacks one of the keys, which it
        names.
    """
    try:
        value = parse_json_markdown(text)
    except ValueError as error:
        if not _is_decode_error(error):
            raise
        raise OutputParserException(f"Got invalid JSON object. Error: {error}") from error
    if not isinstance(value, dict):
        raise OutputParserException(
            f"Expected JSON object (dict), but got: {type(value).__name__}. ", llm_output=text
        )
    for key in expected_keys:
        if key not in value:
            raise OutputParserException(
                f"Got invalid return object. Expected key `{key}` to be present, but got {value}"
            )
    return value


def _bare(text: str) -> str:
    """The text without what surrounds it, and with what agents write raw escaped."""
    return _ACTION_INPUT.sub(_escape_line_ends, text.strip(_BLANKS_AND_BACKTICKS))


def _escape_line_ends(match: re.Match[str]) -> str:
    """Agents put raw line ends into this one member: a backslash must not escape them."""
    text = match[2].replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")
    return match[1] + text


def _is_decode_error(error: ValueError) -> bool:
    """Whether it is a `json.JSONDecodeError`; `json` is imported only where something failed."""
    from json import JSONDecodeError

    return isinstance(error, JSONDecodeError)
