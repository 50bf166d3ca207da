"""The parts that accelerate `AIMessageChunk + AIMessageChunk`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from headrace._core import ChunkSums, parse_partial_json_quietly
from headrace.langchain.dialect import merges, texts_join_blocks_in_place
from headrace.langchain.part import Part
from headrace.langchain.replacing import AttributeReplacement, Replacement

__all__ = ["ChunkAddition", "ChunkArguments"]


class ChunkArguments(Part):
    """The part that parses the arguments of tool calls when a message is created.

    The validator ignores parse errors, and most argument chunks are not valid JSON.
    """

    name = "langchain_core.messages.ai.parse_partial_json"

    def __init__(self) -> None:
        self._original: Any = None

    def _module(self) -> Any:
        from langchain_core.messages import ai

        return ai

    def subjects(self) -> tuple[Any, ...]:
        """Return the module and its function."""
        return (self._module(), self._module().AIMessageChunk)

    def replacements(self) -> Iterable[Replacement]:
        """Return the replacement of the name in that module only."""
        module = self._module()
        self._original = original = module.parse_partial_json

        def parse_partial_json(s: Any, *, strict: bool = False) -> Any:
            return original(s, strict=True) if strict else parse_partial_json_quietly(s)

        yield AttributeReplacement(module, "parse_partial_json", parse_partial_json)

    def prove(self) -> None:
        """Compare messages with arguments that are and are not JSON."""
        cls, module = self._module().AIMessageChunk, self._module()
        for text in ('{"a": [1', "x", "[1]", '{"a": 1}}', "", None):
            ours = _state(cls(content="", tool_call_chunks=[_part(text)]))
            quietly, module.parse_partial_json = module.parse_partial_json, self._original
            try:
                theirs = _state(cls(content="", tool_call_chunks=[_part(text)]))
            finally:
                module.parse_partial_json = quietly
            self.same(ours, theirs)


class ChunkAddition(Part):
    """The part that adds two chunks and parses their tool call arguments incrementally.

    Only plain `AIMessageChunk` pairs are accelerated. LangChain's own code adds subclasses, lists,
    token counts and fields of unexpected types.
    """

    name = "langchain_core.messages.ai.AIMessageChunk.__add__"

    def __init__(self) -> None:
        self._original: Any = None

    def _class(self) -> Any:
        from langchain_core.messages.ai import AIMessageChunk

        return AIMessageChunk

    def subjects(self) -> tuple[Any, ...]:
        """Return the class."""
        return (self._class(),)

    def replacements(self) -> Iterable[Replacement]:
        """Return the method, which wraps LangChain's."""
        cls = self._class()
        original = cls.__dict__["__add__"]
        self._original = original
        add: Callable[[Any, Any], Any] = ChunkSums(cls, merges())
        if texts_join_blocks_in_place():
            add = _without_texts_to_blocks(add)

        @wraps(original)
        def __add__(self: Any, other: Any) -> Any:
            total = add(self, other)
            return original(self, other) if total is None else total

        yield AttributeReplacement(cls, "__add__", __add__)

    def prove(self) -> None:
        """Compare sums field by field, including their order."""
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


def _without_texts_to_blocks(add: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Use LangChain's own code for sums that change an operand."""

    def added(one: Any, two: Any) -> Any:
        in_place = isinstance(one.content, list) and isinstance(getattr(two, "content", None), str)
        return None if in_place else add(one, two)

    return added


def _part(args: Any, name: Any = None, id: Any = None, index: int = 0) -> Any:
    return {"name": name, "args": args, "id": id, "index": index}


def _state(message: Any) -> Any:
    """Return the whole state of a pydantic model."""
    return (
        type(message),
        message.__dict__,
        sorted(message.__pydantic_fields_set__),
        message.__pydantic_extra__,
        message.__pydantic_private__,
    )
