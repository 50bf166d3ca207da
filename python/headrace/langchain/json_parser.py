"""`JsonOutputParser`: LangChain's parser, reading what is new."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

from langchain_core.exceptions import OutputParserException as TheirException
from langchain_core.output_parsers import JsonOutputParser as TheirParser
from langchain_core.outputs import Generation
from pydantic import model_validator
from typing_extensions import Self

from headrace.exceptions import OutputParserException
from headrace.langchain import streaming
from headrace.output_parsers.json import JsonOutputParser as OurParser
from headrace.output_parsers.json import JsonReader, SelectReader

__all__ = ["JsonOutputParser"]


class JsonOutputParser(TheirParser):
    """LangChain's `JsonOutputParser`, whose stream costs what the new text costs.

    It is a LangChain Runnable and takes the place of
    `langchain_core.output_parsers.JsonOutputParser` in a chain. Without further fields it gives
    what that one gives. Do not change what it gives.
    """

    numbers: Literal["partial", "complete"] = "partial"
    """Whether a number is shown before it has ended: a `6` before `67413000`."""

    strings: Literal["partial", "complete"] = "partial"
    """Whether a string is shown before it has ended: an `Sp` before `Spain`."""

    on_incomplete: Literal["ignore", "raise"] = "ignore"
    """Whether a stream that ends before its document does raises an `OutputParserException`."""

    select: str | list[str] | None = None
    """A JSONPath (RFC 9535, without filters), or several: the stream gives what they lead to."""

    partial: bool = False
    """With `select`, whether the stream also gives what is open, each time that it has changed."""

    details: bool = False
    """With `select`, whether each value is given as a `headrace.json.JsonMatch`."""

    @model_validator(mode="after")
    def _check_settings(self) -> Self:
        self._ours()
        return self

    def _ours(self) -> OurParser:
        """Our own parser of the same settings, which refuses those that are wrong."""
        return OurParser(
            numbers=self.numbers,
            strings=self.strings,
            on_incomplete=self.on_incomplete,
            select=self.select,
            partial=self.partial,
            details=self.details,
            diff=self.diff and self.select is not None,
        )

    def _does_more(self) -> bool:
        """Whether it is to give what LangChain's parser does not."""
        return (
            self.select is not None
            or self.numbers == "complete"
            or self.strings == "complete"
            or self.on_incomplete == "raise"
        )

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the first of the candidates.

        Args:
            result: The candidates.
            partial: Whether it is still being streamed.

        Returns:
            The document, or with `select` a list of what the paths lead to; None where `partial`
            and there is none yet.

        Raises:
            langchain_core.exceptions.OutputParserException: If there is no JSON in it.
        """
        if self.select is None:
            return super().parse_result(result, partial=partial)
        text = result[0].text.strip()
        try:
            return SelectReader(self._ours().model_copy(update={"partial": False})).whole(text)
        except OutputParserException as error:
            if partial:
                return None
            raise _theirs(error) from error

    def _transform(self, input: Iterator[Any]) -> Iterator[Any]:
        if not self._does_more():
            return streaming.json_outputs(self, input)
        return self._read(input)

    def _atransform(self, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
        if not self._does_more():
            return streaming.ajson_outputs(self, input)
        return self._aread(input)

    def _reader(self) -> JsonReader:
        return SelectReader(self._ours()) if self.select is not None else JsonReader(self._ours())

    def _read(self, input: Iterator[Any]) -> Iterator[Any]:
        reader = self._reader()
        before: Any = None
        try:
            for chunk in input:
                if reader.feed(_text(chunk)):
                    for value in reader.values():
                        yield self._diff(before, value) if self.diff else value
                        before = value
            for value in reader.rest():
                yield self._diff(before, value) if self.diff else value
                before = value
        except OutputParserException as error:
            raise _theirs(error) from error

    async def _aread(self, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
        reader = self._reader()
        before: Any = None
        try:
            async for chunk in input:
                if reader.feed(_text(chunk)):
                    for value in reader.values():
                        yield self._diff(before, value) if self.diff else value
                        before = value
            for value in reader.rest():
                yield self._diff(before, value) if self.diff else value
                before = value
        except OutputParserException as error:
            raise _theirs(error) from error


def _text(chunk: Any) -> str:
    return chunk if isinstance(chunk, str) else str(chunk.text)


def _theirs(error: OutputParserException) -> TheirException:
    return TheirException(str(error), llm_output=error.llm_output)
