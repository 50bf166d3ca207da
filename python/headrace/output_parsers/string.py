"""`StrOutputParser`: the text of a model's answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from headrace.messages import BaseMessage
from headrace.output_parsers.base import is_own
from headrace.output_parsers.text import text_of
from headrace.output_parsers.transform import BaseTransformOutputParser

__all__ = ["StrOutputParser"]

_STREAMING = (
    "parse_result",
    "parse",
    "_atransform",
    "atransform",
    "_atransform_stream_with_config",
)
"""Methods that implement the async stream of this parser."""


class StrOutputParser(BaseTransformOutputParser[str]):
    """Parser that returns the text of a message, or yields the text of each chunk.

    ::

        chain = prompt | model | StrOutputParser()
        for text in chain.stream({"topic": "rivers"}):
            print(text, end="", flush=True)
    """

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the parser is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "output_parser"]

    @property
    def _type(self) -> str:
        return "default"

    def parse(self, text: str) -> str:
        """Return the text unchanged."""
        return text

    def _parse_input(self, input: BaseMessage | str) -> str:
        if is_own(type(self), ("parse_result", "parse")):
            return text_of(input)
        return super()._parse_input(input)

    async def _aparse_input(self, input: BaseMessage | str) -> str:
        if is_own(type(self), ("parse_result", "parse", "aparse_result")):
            return text_of(input)
        return await super()._aparse_input(input)

    def _chunk_function(self) -> Callable[[Any], str] | None:
        return text_of if is_own(type(self), _STREAMING) else None

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[str]:
        if not is_own(type(self), ("parse_result", "parse")):
            return super()._transform(input)
        return map(text_of, input)

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[str]:
        if not is_own(type(self), ("parse_result", "parse")):
            async for text in super()._atransform(input):
                yield text
            return
        async for chunk in input:
            yield text_of(chunk)
