"""`JsonOutputParser`: an incremental version of LangChain's parser."""

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
    """A `JsonOutputParser` for LangChain chains whose cost per chunk depends only on the new text.

    It is a LangChain Runnable and a drop-in replacement for
    `langchain_core.output_parsers.JsonOutputParser`. With the default fields the results are the
    same. Treat the results as read-only.
    """

    numbers: Literal["partial", "complete"] = "partial"
    """`complete` holds back unfinished numbers, so you never see `6` before `67413000`."""

    strings: Literal["partial", "complete"] = "partial"
    """`complete` holds back unfinished strings, so you never see `Sp` before `Spain`."""

    on_incomplete: Literal["ignore", "raise"] = "ignore"
    """`raise` raises an `OutputParserException` if the stream ends before the document."""

    select: str | list[str] | None = None
    """JSONPath expressions (RFC 9535, without filters) whose matches are streamed."""

    partial: bool = False
    """Whether to stream incomplete matches of `select` each time they change."""

    details: bool = False
    """Whether to yield matches of `select` as `headrace.json.JsonMatch`."""

    @model_validator(mode="after")
    def _check_settings(self) -> Self:
        self._headrace_parser()
        return self

    def _headrace_parser(self) -> OurParser:
        """Return the headrace parser with the same settings, which validates them."""
        return OurParser(
            numbers=self.numbers,
            strings=self.strings,
            on_incomplete=self.on_incomplete,
            select=self.select,
            partial=self.partial,
            details=self.details,
            diff=self.diff and self.select is not None,
        )

    def _extends_langchain(self) -> bool:
        """Return True if a setting goes beyond LangChain's parser."""
        return (
            self.select is not None
            or self.numbers == "complete"
            or self.strings == "complete"
            or self.on_incomplete == "raise"
        )

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the first generation.

        Args:
            result: The generations.
            partial: If true, the text may be incomplete.

        Returns:
            The document, or a list of matches with `select`; None if `partial` is true and the
            document has not started.

        Raises:
            langchain_core.exceptions.OutputParserException: If the text does not contain JSON.
        """
        if self.select is None:
            return super().parse_result(result, partial=partial)
        text = result[0].text.strip()
        try:
            return SelectReader(
                self._headrace_parser().model_copy(update={"partial": False})
            ).whole(text)
        except OutputParserException as error:
            if partial:
                return None
            raise _theirs(error) from error

    def _transform(self, input: Iterator[Any]) -> Iterator[Any]:
        if not self._extends_langchain():
            return streaming.json_outputs(self, input)
        return self._read(input)

    def _atransform(self, input: AsyncIterator[Any]) -> AsyncIterator[Any]:
        if not self._extends_langchain():
            return streaming.ajson_outputs(self, input)
        return self._aread(input)

    def _reader(self) -> JsonReader:
        return (
            SelectReader(self._headrace_parser())
            if self.select is not None
            else JsonReader(self._headrace_parser())
        )

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
