"""`JsonOutputParser`: incremental parsing of a model's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, SkipValidation, model_validator

from headrace.exceptions import JsonStreamError, OutputParserException
from headrace.json import (
    PartialJsonParser,
    finish,
    parse_and_check_json_markdown,
    parse_json_markdown,
    parse_partial_json,
)
from headrace.output_parsers.base import is_own
from headrace.output_parsers.format_instructions import JSON_FORMAT_INSTRUCTIONS
from headrace.output_parsers.refusal import raise_if_refused
from headrace.output_parsers.text import text_of
from headrace.output_parsers.transform import BaseCumulativeTransformOutputParser
from headrace.outputs import ChatGeneration, Generation
from headrace.utils.json_patch import make_patch

__all__ = [
    "JsonOutputParser",
    "SimpleJsonOutputParser",
    "parse_and_check_json_markdown",
    "parse_partial_json",
]


_NO_DOCUMENT = "no JSON document found"


class JsonOutputParser(BaseCumulativeTransformOutputParser[Any]):
    """Parser of a model's answer as JSON.

    `invoke` returns the document; `stream` and `transform` yield the document so far with each
    change, at a cost that grows only with the new text. Treat the values as read-only.

    With `diff`, a stream yields the changes as JSON Patch operations (RFC 6902); applied to None
    one after another they produce the document.

    As in LangChain, a stream that can no longer be JSON yields nothing more; `invoke` raises.
    """

    pydantic_object: Annotated[type[BaseModel] | None, SkipValidation()] = None
    """Model whose schema the format instructions show. The data is not validated."""

    numbers: Literal["partial", "complete"] = "partial"
    """`"partial"` shows unfinished numbers: a `6` before `67413000`."""

    strings: Literal["partial", "complete"] = "partial"
    """`"partial"` shows unfinished strings: an `Sp` before `Spain`."""

    on_incomplete: Literal["ignore", "raise"] = "ignore"
    """How to handle a stream that ends before its document, or that can no longer be JSON. It ends
    silently, as in LangChain, or raises an `OutputParserException` with the position and the text.
    Values already yielded remain valid."""

    select: str | list[str] | None = None
    """JSONPath or several (RFC 9535, without filters). A stream yields each match once, when it is
    complete, and `invoke` returns a list of all. With several paths, each item is a pair of the
    path and the value."""

    partial: bool = False
    """Whether to also yield unfinished matches of `select` with each change."""

    details: bool = False
    """Whether to yield each match of `select` as a `JsonMatch`."""

    @model_validator(mode="after")
    def _check_paths(self) -> JsonOutputParser:
        if self.select is None:
            if self.partial or self.details:
                raise ValueError("partial and details are of use with select alone")
        elif self.diff:
            raise ValueError("diff is of whole documents: not with select")
        else:
            SelectReader(self)
        return self

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the first candidate.

        Args:
            result: The candidates.
            partial: If true, the answer is still streaming.

        Returns:
            The document; None if `partial` and it has not started.

        Raises:
            OutputParserException: If the text has no JSON, unless `partial`.
            ModelRefusalError: If the model refused.
        """
        if not partial and isinstance(result[0], ChatGeneration):
            raise_if_refused(result[0].message)
        text = result[0].text.strip()
        if self.select is not None:
            return self._selected(text, partial)
        try:
            return parse_json_markdown(text)
        except ValueError as error:
            if partial:
                return None
            raise OutputParserException(f"Invalid json output: {text}", llm_output=text) from error

    def parse(self, text: str) -> Any:
        """Parse a whole text.

        Args:
            text: The text; the document may be in a Markdown fence, and may be truncated.

        Returns:
            The document.

        Raises:
            OutputParserException: If the text has no JSON.
        """
        return self.parse_result([Generation(text=text)])

    def get_format_instructions(self) -> str:
        """Return instructions to answer in JSON, with the schema if there is one."""
        if self.pydantic_object is None:
            return "Answer with one JSON object."
        return JSON_FORMAT_INSTRUCTIONS.format(schema=schema_of(self.pydantic_object))

    def _selected(self, text: str, partial: bool) -> list[Any] | None:
        whole = self.model_copy(update={"partial": False}) if self.partial else self
        try:
            return SelectReader(whole).whole(text)
        except OutputParserException:
            if partial:
                return None
            raise

    @property
    def _type(self) -> str:
        return "simple_json_output_parser"

    def _stream_reader(self) -> JsonReader | None:
        if not is_own(type(self), ("parse_result", "_diff")):
            return None
        if self.select is not None:
            return SelectReader(self)
        return DiffReader(self) if self.diff else JsonReader(self)

    def _diff(self, prev: Any, next: Any) -> Any:
        return make_patch(prev, next)


SimpleJsonOutputParser = JsonOutputParser
"""Older name of `JsonOutputParser`."""


def schema_of(model: Any) -> str:
    """Return a model's JSON schema for a prompt, without the keys that every such schema has."""
    schema = model.model_json_schema() if hasattr(model, "model_json_schema") else model.schema()
    shown = {key: value for key, value in schema.items() if key not in ("title", "type")}
    return json.dumps(shown, ensure_ascii=False)


class JsonReader:
    """Reader that feeds a stream's text to the incremental parser."""

    __slots__ = ("_parser", "_texts", "feed")

    of = staticmethod(text_of)
    """Returns the text of a chunk."""

    def __init__(self, settings: JsonOutputParser, **options: Any) -> None:
        self._parser = PartialJsonParser(
            numbers=settings.numbers, strings=settings.strings, strip="unicode", **options
        )
        self._texts: list[str] | None = None
        self.feed: Callable[[str], bool] = self._parser.feed
        """Reads more text; gives whether the document has changed."""
        if settings.on_incomplete == "raise":
            self._texts = []
            self.feed = self._feed_or_raise

    def values(self) -> Sequence[Any]:
        """Return the values to yield for the document so far."""
        value = self._parser.value
        return () if value is None else (value,)

    def rest(self) -> Iterable[Any]:
        """Return the values that the end of the text adds; none if the document is incomplete.

        Raises:
            OutputParserException: If the document is incomplete and errors are requested.
        """
        try:
            return self._ended()
        except JsonStreamError as error:
            if self._texts is None:
                return ()
            raise self._fault(error) from error

    def _ended(self) -> Sequence[Any]:
        return self.values() if finish(self._parser) else ()

    def _feed_or_raise(self, text: str) -> bool:
        self._texts.append(text)  # type: ignore[union-attr]
        if self._parser.feed(text):
            return True
        error = self._parser.error
        if error is not None:
            raise self._fault(error) from error
        return False

    def _fault(self, error: JsonStreamError) -> OutputParserException:
        text = "".join(self._texts or ())
        return OutputParserException(f"Invalid json output: {error}: {text}", llm_output=text)


class DiffReader(JsonReader):
    """Reader that converts a stream's text into changes."""

    __slots__ = ()

    def __init__(self, settings: JsonOutputParser) -> None:
        super().__init__(settings, changes=True)

    def values(self) -> Sequence[Any]:
        """Return the changes of the last chunk."""
        return () if self._parser.value is None else (self._parser.patch(),)


class SelectReader(JsonReader):
    """Reader that converts a stream's text into the matches of paths."""

    __slots__ = ()

    def __init__(self, settings: JsonOutputParser) -> None:
        super().__init__(
            settings, select=settings.select, partial=settings.partial, details=settings.details
        )

    def values(self) -> Sequence[Any]:
        """Return the matches since the last call."""
        return self._parser.matches()

    def rest(self) -> Iterable[Any]:
        """Return the matches that end with the text; see `JsonReader.rest`."""
        try:
            found: list[Any] = self._parser.close()
        except JsonStreamError as error:
            if self._texts is not None:
                raise self._fault(error) from error
            return self._parser.matches()
        return found

    def whole(self, text: str) -> list[Any]:
        """Return the matches in a whole text, which may be truncated.

        Raises:
            OutputParserException: If the text has no JSON, or breaks off inside the document.
        """
        self._texts = [text]
        self._parser.feed(text)
        found = self._parser.matches()
        broken = self._parser.error
        try:
            return [*found, *self._parser.close()]
        except JsonStreamError as error:
            # A truncated text had no error before its end.
            if broken is None and text and error.message != _NO_DOCUMENT:
                return found
            raise self._fault(error) from error
