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
    """Parse JSON text that may be truncated and may be in a Markdown fence.

    Results and errors are those of `langchain_core.utils.json.parse_json_markdown`.

    Args:
        json_string: The text.
        parser: The function that parses the JSON inside the fence.

    Returns:
        The document, completed if the text is truncated.

    Raises:
        json.JSONDecodeError: If the text contains no document.
    """
    # A text of another type fails below, as it does in LangChain.
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
        OutputParserException: If the text is not a JSON object, or lacks one of the keys. The
            message names the key.
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
    """Strip the surroundings of the JSON, and escape raw line breaks of agents."""
    return _ACTION_INPUT.sub(_escape_line_ends, text.strip(_BLANKS_AND_BACKTICKS))


def _escape_line_ends(match: re.Match[str]) -> str:
    """Escape the raw line breaks that agents write into this one member."""
    text = match[2].replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")
    return match[1] + text


def _is_decode_error(error: ValueError) -> bool:
    """Return True for a `json.JSONDecodeError`; `json` is imported only after an error."""
    from json import JSONDecodeError

    return isinstance(error, JSONDecodeError)
