"""What the tests hold the parser against."""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from langchain_core.utils import json as reference

from headrace.json import PartialJsonParser


def same(left: Any, right: Any) -> bool:
    """Whether two values look alike: types, the order of members and the sign of zero included."""
    waiting = [(left, right)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, dict):
            if list(left) != list(right):
                return False
            waiting.extend(zip(left.values(), right.values(), strict=True))
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            waiting.extend(zip(left, right, strict=True))
        elif isinstance(left, float):
            if math.isnan(left) or math.isnan(right):
                if not (math.isnan(left) and math.isnan(right)):
                    return False
            elif (left, math.copysign(1, left)) != (right, math.copysign(1, right)):
                return False
        elif left != right:
            return False
    return True


def copied(value: Any) -> Any:
    """A deep copy, however deep."""
    if not isinstance(value, dict | list):
        return value
    root = type(value)()
    waiting = [(value, root)]
    while waiting:
        source, target = waiting.pop()
        for key, item in source.items() if isinstance(source, dict) else enumerate(source):
            entry = type(item)() if isinstance(item, dict | list) else item
            if isinstance(target, dict):
                target[key] = entry
            else:
                target.append(entry)
            if isinstance(item, dict | list):
                waiting.append((item, entry))
    return root


@dataclass(frozen=True)
class Raised:
    """What a call raised."""

    kind: str
    message: str


def outcome(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """What the call returns, or what it raises."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        return Raised(type(error).__name__, str(error))


def shown_by_reference(prefix: str) -> Any:
    """The reference's value of a text so far; `None` where it has none."""
    value = outcome(reference.parse_json_markdown, prefix)
    return None if isinstance(value, Raised) else value


def loads(text: str | bytes, *, strict: bool = False) -> Any:
    return json.loads(text, strict=strict)


@dataclass(frozen=True)
class End:
    """How a text ended."""

    value: Any
    complete: bool
    error: tuple[str, int, int, int] | None

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, End)
            and same(self.value, other.value)
            and (self.complete, self.error) == (other.complete, other.error)
        )

    __hash__ = None  # type: ignore[assignment]


def end_of(parser: PartialJsonParser) -> End:
    """What there is to see of a parser."""
    error = parser.error
    place = None if error is None else (error.message, error.offset, error.line, error.column)
    return End(copied(parser.value), parser.complete, place)


def fed(chunks: Iterable[str | bytes], *, close: bool = False, **options: Any) -> End:
    """How a text ends that comes in these chunks."""
    parser = PartialJsonParser(**options)
    for chunk in chunks:
        parser.feed(chunk)
    if close:
        outcome(parser.close)
    return end_of(parser)
