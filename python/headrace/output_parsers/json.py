"""`JsonOutputParser`: JSON from a model, as it comes."""

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
from headrace.output_parsers.text import text_of
from headrace.output_parsers.transform import BaseCumulativeTransformOutputParser
from headrace.outputs import Generation
from headrace.utils.json_patch import make_patch

__all__ = [
    "JsonOutputParser",
    "SimpleJsonOutputParser",
    "parse_and_check_json_markdown",
    "parse_partial_json",
]


_NO_DOCUMENT = "no JSON document found"


class JsonOutputParser(BaseCumulativeTransformOutputParser[Any]):
    """Read a model's output as JSON.

    `invoke` gives the document, `stream` and `transform` the document so far each time that it has
    changed, at a cost that grows with the new text alone. Do not change what they give.

    With `diff`, a stream gives what has changed as JSON Patch operations (RFC 6902); applied one
    after another to None they make the document.

    A stream that can no longer be JSON goes quiet, as in the reference; `invoke` raises.
    """

    pydantic_object: Annotated[type[BaseModel] | None, SkipValidation()] = None
    """The model whose schema the format instructions show. Nothing is validated."""

    numbers: Literal["partial", "complete"] = "partial"
    """Whether a number is shown before it has ended: a `6` before `67413000`."""

    strings: Literal["partial", "complete"] = "partial"
    """Whether a string is shown before it has ended: an `Sp` before `Spain`."""

    on_incomplete: Literal["ignore", "raise"] = "ignore"
    """What becomes of a stream that ends before its document does, or that can no longer be JSON:
    it ends silently, as in the reference, or raises an `OutputParserException` that has the place
    and the text. What had been given stays given."""

    select: str | list[str] | None = None
    """A JSONPath (RFC 9535, without filters), or several: a stream gives what they lead to, each
    value once, when it has ended, and `invoke` a list of all. Of several, each value comes with its
    path, as a pair."""

    partial: bool = False
    """With `select`, whether a stream also gives what is open, each time that it has changed."""

    details: bool = False
    """With `select`, whether each value is given as a `JsonMatch`."""

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
        """Read the first of the candidates.

        Args:
            result: The candidates.
            partial: Whether it is still being streamed.

        Returns:
            The document; None where `partial` and there is none yet.

        Raises:
            OutputParserException: If there is no JSON in it, unless `partial`.
        """
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
        """Read a whole text.

        Args:
            text: The text; the document may stand in a Markdown fence, and may be cut off.

        Returns:
            The document.

        Raises:
            OutputParserException: If there is no JSON in it.
        """
        return self.parse_result([Generation(text=text)])

    def get_format_instructions(self) -> str:
        """Give what to tell a model so that it answers in JSON, of the schema if there is one."""
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
"""An older name."""


def schema_of(model: Any) -> str:
    """Give the JSON schema of a model for a prompt: without what every schema of a model has."""
    schema = model.model_json_schema() if hasattr(model, "model_json_schema") else model.schema()
    shown = {key: value for key, value in schema.items() if key not in ("title", "type")}
    return json.dumps(shown, ensure_ascii=False)


class JsonReader:
    """A stream's text on its way into the incremental parser."""

    __slots__ = ("_parser", "_texts", "feed")

    of = staticmethod(text_of)
    """Gives the text of a chunk."""

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
        """What is to be given of the document so far."""
        value = self._parser.value
        return () if value is None else (value,)

    def rest(self) -> Iterable[Any]:
        """What the end of the text adds; nothing where it came too early.

        Raises:
            OutputParserException: In that case, if it is wanted.
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
    """A stream's text on its way into changes."""

    __slots__ = ()

    def __init__(self, settings: JsonOutputParser) -> None:
        super().__init__(settings, changes=True)

    def values(self) -> Sequence[Any]:
        """What the last text has changed."""
        return () if self._parser.value is None else (self._parser.patch(),)


class SelectReader(JsonReader):
    """A stream's text on its way into what paths lead to."""

    __slots__ = ()

    def __init__(self, settings: JsonOutputParser) -> None:
        super().__init__(
            settings, select=settings.select, partial=settings.partial, details=settings.details
        )

    def values(self) -> Sequence[Any]:
        """What was found since this was last asked."""
        return self._parser.matches()

    def rest(self) -> Iterable[Any]:
        """What only the end of the text has made certain; see `JsonReader.rest`."""
        try:
            found: list[Any] = self._parser.close()
        except JsonStreamError as error:
            if self._texts is not None:
                raise self._fault(error) from error
            return self._parser.matches()
        return found

    def whole(self, text: str) -> list[Any]:
        """What is found in a whole text, which may be cut off.

        Raises:
            OutputParserException: If there is no JSON in it, or it breaks off in its midst.
        """
        self._texts = [text]
        self._parser.feed(text)
        found = self._parser.matches()
        broken = self._parser.error
        try:
            return [*found, *self._parser.close()]
        except JsonStreamError as error:
            # A text that is cut off had no error before it ended.
            if broken is None and text and error.message != _NO_DOCUMENT:
                return found
            raise self._fault(error) from error
