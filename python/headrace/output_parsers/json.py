"""`JsonOutputParser`: JSON from a model, as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from headrace.exceptions import JsonStreamError, OutputParserException
from headrace.json import PartialJsonParser, finish, parse_json_markdown
from headrace.messages import BaseMessage
from headrace.runnables.config import RunnableConfig
from headrace.runnables.serializable import RunnableSerializable

__all__ = ["JsonOutputParser", "SimpleJsonOutputParser"]


class JsonOutputParser(RunnableSerializable[BaseMessage | str, Any]):
    """Read a model's output as JSON.

    `invoke` gives the document, `stream` and `transform` the document so far each time that it has
    changed, at a cost that grows with the new text alone. Do not change what they give.

    A stream that ends before the document does ends silently, and one that can no longer be JSON
    goes quiet, as in the reference; `invoke` raises.
    """

    numbers: Literal["partial", "complete"] = "partial"
    """Whether a number is shown before it has ended: a `6` before `67413000`."""

    strings: Literal["partial", "complete"] = "partial"
    """Whether a string is shown before it has ended: an `Sp` before `Spain`."""

    def parse(self, text: str) -> Any:
        """Read a whole text.

        Args:
            text: The text; the document may stand in a Markdown fence, and may be cut off.

        Returns:
            The document.

        Raises:
            OutputParserException: If there is no JSON in it.
        """
        text = text.strip()
        try:
            return parse_json_markdown(text)
        except ValueError as error:
            raise OutputParserException(f"Invalid json output: {text}", llm_output=text) from error

    def invoke(
        self, input: BaseMessage | str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """Read a whole message or text; see `parse`."""
        return self._call_with_config(self._invoke, input, config, run_type="parser")

    async def ainvoke(
        self, input: BaseMessage | str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """Read a whole message or text; see `parse`."""
        return await self._acall_with_config(self._ainvoke, input, config, run_type="parser")

    def transform(
        self,
        input: Iterator[BaseMessage | str],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Yield the document so far, each time that a chunk has changed it."""
        return self._transform_stream_with_config(input, self._transform, config, run_type="parser")

    def atransform(
        self,
        input: AsyncIterator[BaseMessage | str],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Yield the document so far, each time that a chunk has changed it."""
        return self._atransform_stream_with_config(
            input, self._atransform, config, run_type="parser"
        )

    def _invoke(self, input: BaseMessage | str) -> Any:
        return self.parse(_text(input))

    async def _ainvoke(self, input: BaseMessage | str) -> Any:
        return self.parse(_text(input))

    def _transform(self, input: Iterator[BaseMessage | str]) -> Iterator[Any]:
        parser = self._parser()
        feed = parser.feed
        for chunk in input:
            if feed(chunk if isinstance(chunk, str) else chunk.text):
                value = parser.value
                if value is not None:
                    yield value
        yield from _rest(parser)

    async def _atransform(self, input: AsyncIterator[BaseMessage | str]) -> AsyncIterator[Any]:
        parser = self._parser()
        feed = parser.feed
        async for chunk in input:
            if feed(chunk if isinstance(chunk, str) else chunk.text):
                value = parser.value
                if value is not None:
                    yield value
        for value in _rest(parser):
            yield value

    def _parser(self) -> PartialJsonParser:
        return PartialJsonParser(numbers=self.numbers, strings=self.strings, strip="unicode")


SimpleJsonOutputParser = JsonOutputParser
"""An older name."""


def _text(input: BaseMessage | str) -> str:
    return input if isinstance(input, str) else input.text


def _rest(parser: PartialJsonParser) -> list[Any]:
    """What the end of the text adds; nothing where it came too early."""
    try:
        return finish(parser)
    except JsonStreamError:
        return []
