"""The parts that replace plain functions: partial JSON, and merging dicts and lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from inspect import signature
from types import FunctionType
from typing import Any

from headrace import _core
from headrace.langchain.dialect import merges
from headrace.langchain.part import Part
from headrace.langchain.replacing import CodeReplacement, Replacement, original_of

__all__ = ["FUNCTIONS"]

Making = Callable[[Callable[..., Any]], Callable[..., Any]]


class _Function(Part):
    """A part that replaces the code of a function."""

    def __init__(self, name: str, header: str, call: str, make: Making, *samples: Any) -> None:
        """Initialize the part.

        Args:
            name: The full name of the function.
            header: The expected parameters.
            call: The arguments that are passed to the replacement.
            make: Creates the replacement from the original.
            *samples: Tuples of arguments to compare results for.
        """
        self.name = name
        self._header = header
        self._call = call
        self._make = make
        self._samples = samples
        self._original: Callable[..., Any] | None = None

    def _function(self) -> FunctionType:
        module, _, name = self.name.rpartition(".")
        function = getattr(import_module(module), name)
        if not isinstance(function, FunctionType):
            raise TypeError(f"{self.name} is not a plain function")
        return function

    def subjects(self) -> tuple[Any, ...]:
        """Return the function."""
        return (self._function(),)

    def replacements(self) -> Iterable[Replacement]:
        """Return the replacement of its code."""
        function = self._function()
        expected = [part.split("=")[0].strip("* ") for part in self._header.split(",")]
        found = list(signature(function).parameters)
        if found != [name for name in expected if name]:
            raise TypeError(f"its parameters are {', '.join(found)}")
        self._original = original_of(function)
        yield CodeReplacement(function, self._header, self._call, self._make(self._original))

    def prove(self) -> None:
        """Compare the results with those of the original."""
        function = self._function()
        if self._original is None:
            raise TypeError("the function was not replaced")
        for sample in self._samples:
            self.same(function(*sample), self._original(*sample))


def _partial_json(_: Callable[..., Any]) -> Callable[..., Any]:
    def parse_partial_json(s: Any, strict: bool) -> Any:
        return _core.parse_partial_json(s, strict=strict)

    return parse_partial_json


def _json_markdown(original: Callable[..., Any]) -> Callable[..., Any]:
    default = getattr(original, "__kwdefaults__", {})["parser"]
    parse = _core.parse_json_markdown

    def parse_json_markdown(json_string: Any, parser: Any) -> Any:
        if parser is default:
            return parse(json_string)
        return original(json_string, parser=parser)

    return parse_json_markdown


FUNCTIONS: tuple[Part, ...] = (
    _Function(
        "langchain_core.utils.json.parse_partial_json",
        "s, *, strict=False",
        "s, strict=strict",
        _partial_json,
        ('{"a": [1, {"b": "x',),
        ('{"a": tru',),
    ),
    _Function(
        "langchain_core.utils.json.parse_json_markdown",
        "json_string, *, parser=None",
        "json_string, parser=parser",
        _json_markdown,
        ('Look:\n```json\n{"a": [1, {"b": "x',),
        ('{"action_input": "a\nb"}',),
    ),
    _Function(
        "langchain_core.utils._merge.merge_dicts",
        "left, *others",
        "left, *others",
        lambda _: merges().dicts,
        ({"a": "x", "b": {"c": 1}, "d": None}, {"a": "y", "b": {"c": 2}, "d": [1]}, {"e": 1}),
        ({"index": "lc_a", "id": "x", "f": 1.5}, {"index": "lc_b", "id": "x", "f": 1.5}),
    ),
    _Function(
        "langchain_core.utils._merge.merge_lists",
        "left, *others",
        "left, *others",
        lambda _: merges().lists,
        ([{"index": 0, "text": "a"}], None, [{"index": 0, "text": "b"}, {"index": 1}], ["c"]),
        ([{"index": 0, "type": "a"}], [{"index": 0, "type": "non_standard", "value": {"b": 1}}]),
    ),
)
