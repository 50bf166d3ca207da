"""Where values differ from the reference's on purpose: docs/differences.md as code.

Each difference says for which texts it holds and what is shown there instead. All else is equal,
which test_reference.py holds over texts of all kinds.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.output_parsers import JsonOutputParser
from langchain_core.utils import json as reference

from headrace.json import (
    PartialJsonParser,
    iter_json,
    parse_and_check_json_markdown,
    parse_partial_json,
)

from .completions import can_go_on, end_of_brackets
from .oracle import Raised, shown_by_reference

_AROUND = " \n\r\t`"
_VALUE_STARTS = '{["-0123456789tfnNI'
_EVEN = r"(?<!\\)(?:\\\\)*"  # an escape is none if its backslash is itself escaped
_UNICODE_ESCAPE = re.compile(_EVEN + r"(?P<escape>\\u[0-9a-fA-F]{0,3})\Z")
_HALF_PAIR = re.compile(
    _EVEN + r"(?P<escape>\\u[dD][89abAB][0-9a-fA-F]{2}(\\(u[0-9a-fA-F]{0,3})?)?)\Z"
)
_LONG_NUMBER = re.compile(r"(?<![-+.\w])-?[0-9][-+.eE0-9]{127}(?P<more>[-+.eE0-9]+)\Z")
_ESCAPED_LINE_END = re.compile(r'"action_input":\s*"[^"]*\\[\n\r\t]')


@dataclass(frozen=True)
class Moment:
    """A text so far, and what was shown just before its last character."""

    text: str
    before: Any
    parser: PartialJsonParser
    by_reference: Callable[[str], Any] = shown_by_reference
    """The reference's value of a text so far; `None` where it has none."""


@dataclass(frozen=True)
class Difference:
    """One row of the table."""

    name: str
    example: str
    """A text that shows it."""
    reference: Any
    """What the reference makes of the example; `DIFFERS` where Python's version decides that."""
    headrace: Any
    """What headrace makes of it."""
    applies: Callable[[Moment], bool] = lambda moment: False
    instead: Callable[[Moment], Any] = lambda moment: moment.before
    ask_reference: Callable[[str], Any] = reference.parse_json_markdown
    ask_headrace: Callable[[str], Any] | None = None
    """Where it is not the value of a text so far."""


def value_so_far(text: str) -> Any:
    parser = PartialJsonParser()
    parser.feed(text)
    return parser.value


def _ends_in_escape(moment: Moment) -> bool:
    return _UNICODE_ESCAPE.search(moment.text) is not None


def _ends_in_half_pair(moment: Moment) -> bool:
    return _HALF_PAIR.search(moment.text) is not None


def _up_to_the_backslash(pattern: re.Pattern[str]) -> Callable[[Moment], Any]:
    """What stands before the escape; with a backslash, behind which nothing is held back."""

    def instead(moment: Moment) -> Any:
        found = pattern.search(moment.text)
        assert found is not None
        return moment.by_reference(moment.text[: found.start("escape") + 1])

    return instead


def _fence_behind_prose(text: str) -> str | None:
    """The text from the fence on before which stands what only looks like a document."""
    lead = text.lstrip(_AROUND)
    if not _has_fence(lead) or lead[0] not in _VALUE_STARTS or _has_fence(text.removesuffix(lead)):
        return None
    document, end = _document(lead)
    if isinstance(document, dict | list):
        return None
    if lead[0] in "{[":
        # No fence begins inside brackets that a broken document left open.
        end = end_of_brackets(lead)
    for fence in re.compile("```").finditer(lead, end):
        if not can_go_on(lead[: fence.end()]):
            return lead[fence.start() :]
    return None


def _prose_looks_like_json(moment: Moment) -> bool:
    return _fence_behind_prose(moment.text) is not None


def _in_the_fence(moment: Moment) -> Any:
    fenced = _fence_behind_prose(moment.text)
    assert fenced is not None
    return expected(replace(moment, text=fenced))


def _has_fence(text: str) -> bool:
    return "```" in text


def _document(text: str) -> tuple[Any, int]:
    """The whole document that the text begins with, and where it ends."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)
    except json.JSONDecodeError:
        return None, 0


def _ended_document(moment: Moment) -> Any:
    """The document at the beginning of the text, or of its first fence."""
    text = moment.text
    body = text.lstrip(_AROUND)
    fenced = _has_fence(text.removesuffix(body))
    if not fenced and body[:1] not in _VALUE_STARTS:
        _, fence, body = body.partition("```")
        fenced = bool(fence)
    if fenced:
        body = body.lstrip("`").removeprefix("json").lstrip(_AROUND)
    return _document(body)[0]


def _document_has_ended(moment: Moment) -> bool:
    return moment.parser.complete and _ended_document(moment) is not None


def _failed(moment: Moment) -> bool:
    return moment.parser.error is not None


def _ends_in_long_number(moment: Moment) -> bool:
    return _LONG_NUMBER.search(moment.text) is not None


def _first_128_characters(moment: Moment) -> Any:
    found = _LONG_NUMBER.search(moment.text)
    assert found is not None
    return moment.by_reference(moment.text[: found.start("more")])


def _changes_of_reference(text: str) -> list[Any]:
    return list(JsonOutputParser().transform(iter(text)))


def _changes_of_headrace(text: str) -> list[Any]:
    return list(iter_json(text))


class _Differs:
    """Equal to nothing: what the reference does depends on the Python version."""

    def __repr__(self) -> str:
        return "DIFFERS"


DIFFERS = _Differs()

_LIST = "Expected JSON object (dict), but got: list. "
_LINK = "https://docs.langchain.com/oss/python/langchain/errors/OUTPUT_PARSING_FAILURE"

_128 = "1" * 128

# In the order in which they are asked: what concerns the whole text before what concerns its end.
DIFFERENCES = [
    Difference(
        name="escaped-line-end-in-action-input",
        example='{"action_input": "one\\\ntwo"}',
        reference={"action_input": "one\\ntwo"},
        headrace={"action_input": "one"},
        applies=lambda moment: _failed(moment) and bool(_ESCAPED_LINE_END.search(moment.text)),
    ),
    Difference(
        name="error-keeps-the-value",
        example='{"a": [1, {"b": 2x}',
        reference={"a": [1]},
        headrace={"a": [1, {"b": 2}]},
        applies=_failed,
    ),
    Difference(
        name="prose-is-not-the-document",
        example='5 of 7:\n```json\n{"a": 1}',
        reference=5,
        headrace={"a": 1},
        applies=_prose_looks_like_json,
        instead=_in_the_fence,
    ),
    Difference(
        name="text-behind-the-document",
        example='[1]\n```json\n{"a": 2',
        reference={"a": 2},
        headrace=[1],
        applies=_document_has_ended,
        instead=_ended_document,
    ),
    Difference(
        name="half-pair-held-back",
        example=r'["a\ud83d',
        reference=["a\ud83d"],
        headrace=["a"],
        applies=_ends_in_half_pair,
        instead=_up_to_the_backslash(_HALF_PAIR),
    ),
    Difference(
        name="inside-unicode-escape",
        example=r'{"a": "caf\u00e',
        reference={},
        headrace={"a": "caf"},
        applies=_ends_in_escape,
        instead=_up_to_the_backslash(_UNICODE_ESCAPE),
    ),
    Difference(
        name="long-number",
        example=f"[{_128}234",
        reference=[int(f"{_128}234")],
        headrace=[int(_128)],
        applies=_ends_in_long_number,
        instead=_first_128_characters,
    ),
    Difference(
        name="change-of-type",
        example="[1.0]",
        reference=[[], [1]],
        headrace=[[], [1], [1.0]],
        ask_reference=_changes_of_reference,
        ask_headrace=_changes_of_headrace,
    ),
    Difference(
        name="byte-order-mark",
        example='\ufeff{"a": 1}',
        reference=Raised(
            "JSONDecodeError",
            "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)",
        ),
        headrace={"a": 1},
    ),
    Difference(
        name="other-fence-tags",
        example='```python\n{"a": 1}\n```',
        reference=Raised("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)"),
        headrace={"a": 1},
    ),
    Difference(
        name="nesting-limit",
        example="[" * 1001 + "]" * 1001,
        reference=DIFFERS,
        headrace=Raised("RecursionError", "maximum depth exceeded while reading JSON"),
        ask_reference=reference.parse_partial_json,
        ask_headrace=parse_partial_json,
    ),
    Difference(
        name="no-troubleshooting-link",
        example="[1]",
        reference=Raised("OutputParserException", f"{_LIST}\nFor troubleshooting, visit: {_LINK} "),
        headrace=Raised("OutputParserException", _LIST),
        ask_reference=lambda text: reference.parse_and_check_json_markdown(text, []),
        ask_headrace=lambda text: parse_and_check_json_markdown(text, []),
    ),
]


def find_difference(moment: Moment) -> Difference | None:
    """The difference, if any, that holds for this text."""
    return next((it for it in DIFFERENCES if it.applies(moment)), None)


def expected(moment: Moment) -> Any:
    """What must be shown of a text; `None` where the reference has no value to compare with."""
    difference = find_difference(moment)
    if difference is None:
        return moment.by_reference(moment.text)
    return difference.instead(moment)
