"""`AIMessageChunk + AIMessageChunk`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import wraps
from typing import Any

from headrace._core import ChunkSums
from headrace.langchain.part import Part
from headrace.langchain.replacing import AttributeReplacement, Replacement

__all__ = ["ChunkAddition"]


class ChunkAddition(Part):
    """The sum of two chunks, whose arguments of tool calls are read on from where they were.

    What is not plainly two `AIMessageChunk`s is added up by the library's own code: subclasses,
    lists, sums of token counts, fields of types that are not theirs.
    """

    name = "langchain_core.messages.ai.AIMessageChunk.__add__"

    def __init__(self) -> None:
        self._original: Any = None

    def _class(self) -> Any:
        from langchain_core.messages.ai import AIMessageChunk

        return AIMessageChunk

    def subjects(self) -> tuple[Any, ...]:
        """Give the class."""
        return (self._class(),)

    def replacements(self) -> Iterable[Replacement]:
        """Give the method, around that of the library."""
        cls = self._class()
        original = cls.__dict__["__add__"]
        self._original = original
        add = ChunkSums(cls)

        @wraps(original)
        def __add__(self: Any, other: Any) -> Any:  # noqa: N807 - its name is told in tracebacks
            total = add(self, other)
            return original(self, other) if total is None else total

        yield AttributeReplacement(cls, "__add__", __add__)

    def prove(self) -> None:
        """Compare sums, field by field and in their order."""
        cls = self._class()
        whole = {"a": [1, 2], "b": {"c": "x"}}
        parts = [
            cls(content="a", id="lc_run--1", response_metadata={"m": "x"}),
            cls(content="b", additional_kwargs=whole),
            cls(content="", tool_call_chunks=[_part('{"a": [1, "x', name="f", id="1")]),
            cls(content="", tool_call_chunks=[_part('y"], "b": tr')]),
            cls(content="", tool_call_chunks=[_part("5", index=1)], chunk_position="last"),
        ]
        ours = theirs = parts[0]
        for part in parts[1:]:
            ours, theirs = ours + part, self._original(theirs, part)
            self.same(_state(ours), _state(theirs))


def _part(args: str, name: Any = None, id: Any = None, index: int = 0) -> Any:
    return {"name": name, "args": args, "id": id, "index": index}


def _state(message: Any) -> Any:
    """All that there is to an instance of a pydantic model."""
    return (
        type(message),
        message.__dict__,
        sorted(message.__pydantic_fields_set__),
        message.__pydantic_extra__,
        message.__pydantic_private__,
    )
