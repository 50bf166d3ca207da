"""The parts that accelerate streaming parsers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from headrace.langchain import streaming
from headrace.langchain.part import Part
from headrace.langchain.replacing import AttributeReplacement, Replacement

__all__ = ["JsonStreaming", "TextStreaming", "ToolsStreaming"]

Transform = Callable[[Any, Iterator[Any]], Iterator[Any]]
ATransform = Callable[[Any, AsyncIterator[Any]], AsyncIterator[Any]]


class _Streaming(Part):
    """Base class of the parts that replace `_transform` and `_atransform` of a parser."""

    _further = ("parse", "aparse_result", "_diff")
    """The other methods that a subclass must not override."""

    def __init__(self) -> None:
        self._original: Any = None

    def _class(self) -> Any:
        raise NotImplementedError

    def _parsing(self) -> frozenset[Any]:
        """Return the `parse_result` methods of the parsers that are supported."""
        return frozenset({self._class().parse_result})

    def subjects(self) -> tuple[Any, ...]:
        """Return the class."""
        return (self._class(),)

    def _methods(self, transform: Transform, atransform: ATransform) -> Iterable[Replacement]:
        cls = self._class()
        original, aoriginal = cls._transform, cls._atransform
        self._original = original
        parsing = self._parsing()
        further = [(name, getattr(cls, name)) for name in self._further if hasattr(cls, name)]

        def is_own(parser: Any) -> bool:
            kind = type(parser)
            return kind.parse_result in parsing and all(
                getattr(kind, name) is method for name, method in further
            )

        def _transform(self: Any, input: Iterator[Any]) -> Iterator[Any]:
            return transform(self, input) if is_own(self) else original(self, input)

        def _atransform(self: Any, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
            return atransform(self, input) if is_own(self) else aoriginal(self, input)

        whole, awhole = cls.transform, cls.atransform

        def transform_(self: Any, input: Iterator[Any], config: Any = None, **kwargs: Any) -> Any:
            # Without callbacks, a run needs neither a manager nor the sum of its input.
            if is_own(self) and not kwargs and not is_watched(config):
                return transform(self, input)
            return whole(self, input, config, **kwargs)

        def atransform_(
            self: Any, input: AsyncIterator[Any], config: Any = None, **kwargs: Any
        ) -> Any:
            if is_own(self) and not kwargs and not is_watched(config):
                return atransform(self, input)
            return awhole(self, input, config, **kwargs)

        yield AttributeReplacement(cls, "_transform", _transform)
        yield AttributeReplacement(cls, "_atransform", _atransform)
        yield AttributeReplacement(cls, "transform", transform_)
        yield AttributeReplacement(cls, "atransform", atransform_)


def is_watched(config: Any) -> bool:
    """Return True if a LangChain run with this config has handlers."""
    from langchain_core.runnables.config import ensure_config, get_callback_manager_for_config

    return bool(get_callback_manager_for_config(ensure_config(config)).handlers)


class TextStreaming(_Streaming):
    """The part that streams `StrOutputParser` without a thread."""

    name = "langchain_core.output_parsers.string.StrOutputParser"

    def _class(self) -> Any:
        from langchain_core.output_parsers.string import StrOutputParser

        return StrOutputParser

    def replacements(self) -> Iterable[Replacement]:
        """Return the replacements of the methods that extract text."""
        return self._methods(streaming.texts, streaming.atexts)

    def prove(self) -> None:
        """Compare the results for a stream of strings and messages."""
        from langchain_core.messages.ai import AIMessageChunk

        parser = self._class()()
        blocks: Any = [{"type": "text", "text": "b", "index": 0}, {"type": "other"}]
        chunks = ["a", AIMessageChunk(content="x"), AIMessageChunk(content=blocks)]
        ours = [repr(text) for text in parser._transform(iter(chunks))]
        self.same(ours, [repr(text) for text in self._original(parser, iter(chunks))])


class JsonStreaming(_Streaming):
    """The part that streams `JsonOutputParser` incrementally."""

    name = "langchain_core.output_parsers.json.JsonOutputParser"

    def _class(self) -> Any:
        from langchain_core.output_parsers.json import JsonOutputParser

        return JsonOutputParser

    def replacements(self) -> Iterable[Replacement]:
        """Return the replacements of the methods that parse the stream."""
        return self._methods(streaming.json_outputs, streaming.ajson_outputs)

    def prove(self) -> None:
        """Compare the results for a stream of strings."""
        parser = self._class()()
        chunks = ['```json\n{"a": [1', ', 2, {"b": "x ', 'y"}], "c', '": 1.', "0}\n`", "``"]
        ours = [repr(value) for value in parser._transform(iter(chunks))]
        theirs = [repr(value) for value in self._original(parser, iter(chunks))]
        self.same(ours, theirs)


class ToolsStreaming(_Streaming):
    """The part that streams `JsonOutputToolsParser` and its subclasses."""

    name = "langchain_core.output_parsers.openai_tools.JsonOutputToolsParser"

    def _module(self) -> Any:
        from langchain_core.output_parsers import openai_tools

        return openai_tools

    def _class(self) -> Any:
        return self._module().JsonOutputToolsParser

    def _parsing(self) -> frozenset[Any]:
        module = self._module()
        classes = (
            module.JsonOutputToolsParser,
            module.JsonOutputKeyToolsParser,
            module.PydanticToolsParser,
        )
        return frozenset(cls.__dict__["parse_result"] for cls in classes)

    def replacements(self) -> Iterable[Replacement]:
        """Return the replacements of the methods that create a generation for each sum."""
        return self._methods(streaming.tool_outputs, streaming.atool_outputs)

    def prove(self) -> None:
        """Compare the results for a stream of tool call chunks."""
        from langchain_core.messages.ai import AIMessageChunk

        parser = self._class()(return_id=True)
        first = {"name": "f", "args": '{"a": [1', "id": "1", "index": 0}
        second = {"name": None, "args": ', 2], "b": "x', "id": None, "index": 0}
        parts: list[Any] = [first, second]
        chunks = [AIMessageChunk(content="", tool_call_chunks=[it]) for it in parts]
        ours = [repr(value) for value in parser._transform(iter(chunks))]
        theirs = [repr(value) for value in self._original(parser, iter(chunks))]
        self.same(ours, theirs)
