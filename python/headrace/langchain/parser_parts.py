"""The parsers that stream JSON."""

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
    """`_transform` and `_atransform` of a parser that parses as the library's own class does."""

    _further = ("parse", "aparse_result", "_diff")
    """What else a parser must not have of its own."""

    def __init__(self) -> None:
        self._original: Any = None

    def _class(self) -> Any:
        raise NotImplementedError

    def _parsing(self) -> frozenset[Any]:
        """Give the methods `parse_result` with which a parser is one of the library's own."""
        return frozenset({self._class().parse_result})

    def subjects(self) -> tuple[Any, ...]:
        """Give the class."""
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
            # A run that nobody watches needs no manager, nor its input added up.
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
    """Whether anybody hears of a run of LangChain's with this configuration."""
    from langchain_core.runnables.config import ensure_config, get_callback_manager_for_config

    return bool(get_callback_manager_for_config(ensure_config(config)).handlers)


class TextStreaming(_Streaming):
    """`StrOutputParser`, which has nothing to parse on another thread."""

    name = "langchain_core.output_parsers.string.StrOutputParser"

    def _class(self) -> Any:
        from langchain_core.output_parsers.string import StrOutputParser

        return StrOutputParser

    def replacements(self) -> Iterable[Replacement]:
        """Give the methods that take the text."""
        return self._methods(streaming.texts, streaming.atexts)

    def prove(self) -> None:
        """Compare what a stream of texts and messages gives."""
        from langchain_core.messages.ai import AIMessageChunk

        parser = self._class()()
        blocks: Any = [{"type": "text", "text": "b", "index": 0}, {"type": "other"}]
        chunks = ["a", AIMessageChunk(content="x"), AIMessageChunk(content=blocks)]
        ours = [repr(text) for text in parser._transform(iter(chunks))]
        self.same(ours, [repr(text) for text in self._original(parser, iter(chunks))])


class JsonStreaming(_Streaming):
    """`JsonOutputParser`."""

    name = "langchain_core.output_parsers.json.JsonOutputParser"

    def _class(self) -> Any:
        from langchain_core.output_parsers.json import JsonOutputParser

        return JsonOutputParser

    def replacements(self) -> Iterable[Replacement]:
        """Give the methods that read what is new."""
        return self._methods(streaming.json_outputs, streaming.ajson_outputs)

    def prove(self) -> None:
        """Compare what a stream of texts gives."""
        parser = self._class()()
        chunks = ['```json\n{"a": [1', ', 2, {"b": "x ', 'y"}], "c', '": 1.', "0}\n`", "``"]
        ours = [repr(value) for value in parser._transform(iter(chunks))]
        theirs = [repr(value) for value in self._original(parser, iter(chunks))]
        self.same(ours, theirs)


class ToolsStreaming(_Streaming):
    """`JsonOutputToolsParser` and the parsers derived from it."""

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
        """Give the methods that make no generation of each sum."""
        return self._methods(streaming.tool_outputs, streaming.atool_outputs)

    def prove(self) -> None:
        """Compare what a stream of parts of a call gives."""
        from langchain_core.messages.ai import AIMessageChunk

        parser = self._class()(return_id=True)
        first = {"name": "f", "args": '{"a": [1', "id": "1", "index": 0}
        second = {"name": None, "args": ', 2], "b": "x', "id": None, "index": 0}
        parts: list[Any] = [first, second]
        chunks = [AIMessageChunk(content="", tool_call_chunks=[it]) for it in parts]
        ours = [repr(value) for value in parser._transform(iter(chunks))]
        theirs = [repr(value) for value in self._original(parser, iter(chunks))]
        self.same(ours, theirs)
