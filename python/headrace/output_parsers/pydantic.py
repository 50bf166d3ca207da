"""`PydanticOutputParser`: a model's answer as an object of a pydantic model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import pydantic
from pydantic import SkipValidation, model_validator

from headrace.exceptions import OutputParserException
from headrace.output_parsers.base import is_own
from headrace.output_parsers.format_instructions import PYDANTIC_FORMAT_INSTRUCTIONS
from headrace.output_parsers.json import (
    JsonOutputParser,
    JsonReader,
    SelectReader,
    schema_of,
)
from headrace.outputs import Generation

__all__ = ["PydanticBaseModel", "PydanticOutputParser", "TBaseModel"]

PydanticBaseModel = pydantic.BaseModel
"""Base class of the models. Models of `pydantic.v1` are supported."""

TBaseModel = TypeVar("TBaseModel", bound=PydanticBaseModel)


class PydanticOutputParser(JsonOutputParser, Generic[TBaseModel]):
    """Parser of a model's answer as an object of a pydantic model.

    `invoke` returns the object, or raises an `OutputParserException` that names the invalid field.
    `stream` and `transform` yield a new object with each change, the first when all required fields
    have arrived, or with `partial_models` from the beginning. As in LangChain, a stream whose
    document is invalid in the end does not report it; with `on_incomplete="raise"` it raises the
    same error as `invoke`.

    With `select`, they yield an object for each match of the path:
    `PydanticOutputParser(pydantic_object=Country, select="$.countries[*]")` yields one country
    after another, each when it is complete.
    """

    pydantic_object: Annotated[type[TBaseModel], SkipValidation()]
    """The model."""

    select: str | None = None
    """JSONPath (RFC 9535) of the objects; `invoke` returns a list of them."""

    partial_models: bool = False
    """Whether to yield objects before all required fields have arrived. They belong to a subclass
    of the model in which a field that is missing, or not valid yet, is None. The last value of a
    stream is an object of the model itself."""

    @model_validator(mode="after")
    def _check_objects(self) -> PydanticOutputParser[TBaseModel]:
        if self.partial or self.details:
            raise ValueError("partial and details are for JSON: an object is whole")
        return self

    @property
    def OutputType(self) -> Any:
        """Output type: the model."""
        return self.pydantic_object

    @property
    def _type(self) -> str:
        return "pydantic"

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the first candidate.

        Args:
            result: The candidates.
            partial: If true, the answer is still streaming.

        Returns:
            The object; None if `partial` and it is not valid yet.

        Raises:
            OutputParserException: If the text has no JSON, or the JSON is not valid for the model,
                unless `partial`.
        """
        try:
            value = super().parse_result(result, partial=partial)
            if self.select is None:
                return self._object(value)
            return [self._object(one) for one in value]
        except OutputParserException:
            if partial:
                return None
            raise

    def get_format_instructions(self) -> str:
        """Return instructions to answer with an object of the model."""
        return PYDANTIC_FORMAT_INSTRUCTIONS.format(schema=schema_of(self.pydantic_object))

    def _object(self, value: Any) -> Any:
        """Return the object of a document.

        Raises:
            OutputParserException: If the document is invalid; it names the field.
        """
        try:
            return validator(self.pydantic_object)(value)
        except ValueError as error:
            if not hasattr(error, "errors"):
                raise
            text = json.dumps(value, ensure_ascii=False)
            raise OutputParserException(
                f"Failed to parse {self.pydantic_object.__name__} from completion {text}. "
                f"Got: {error}",
                llm_output=text,
            ) from error

    def _stream_reader(self) -> JsonReader | None:
        if self.diff or not is_own(type(self), ("parse_result", "_diff")):
            return None
        return ModelReader(self) if self.select is None else _ObjectsReader(self)

    def _diff(self, prev: Any, next: Any) -> Any:
        before = None if prev is None else prev.model_dump(mode="json")
        return super()._diff(before, next.model_dump(mode="json"))


def validator(model: Any) -> Callable[[Any], Any]:
    """Return a function that validates a document with a model of either pydantic version.

    Raises:
        OutputParserException: If `model` is not such a model.
    """
    validate = getattr(model, "model_validate", None) or getattr(model, "parse_obj", None)
    if validate is None:
        raise OutputParserException(
            f"Unsupported model version for PydanticOutputParser: {model.__class__}"
        )
    return validate  # type: ignore[no-any-return]


class ModelReader(JsonReader):
    """Reader that converts a stream's text into objects."""

    __slots__ = ("_is_partial", "_last", "_object", "_validate")

    def __init__(self, settings: PydanticOutputParser[Any]) -> None:
        super().__init__(settings)
        self._last: Any = None
        self._object = settings._object
        self._is_partial = settings.partial_models
        if settings.partial_models:
            from headrace.output_parsers.partial_model import partial_validator

            self._validate = partial_validator(settings.pydantic_object)
        else:
            self._validate = validator(settings.pydantic_object)

    def values(self) -> Sequence[Any]:
        """Return the object of the document so far; nothing if it is invalid or unchanged."""
        document = self._parser.value
        if document is None:
            return ()
        try:
            made = self._validate(document)
        except ValueError:
            return ()
        if made == self._last:
            return ()
        self._last = made
        return (made,)

    def rest(self) -> Iterable[Any]:
        """Return the values that the end of the text adds; see `JsonReader.rest`.

        Raises:
            OutputParserException: Also if the document is invalid, and errors are requested or
                partial objects have been returned.
        """
        last = super().rest()
        document = self._parser.value
        if self._is_partial and document is not None:
            return [*last, self._object(document)]
        if self._texts is not None:
            self._object(document)
        return last


class _ObjectsReader(SelectReader):
    """Reader that converts a stream's text into objects of the matches of a path."""

    __slots__ = ("_object",)

    def __init__(self, settings: PydanticOutputParser[Any]) -> None:
        super().__init__(settings)
        self._object = settings._object

    def values(self) -> Sequence[Any]:
        """Return the objects that have ended since the last call.

        Raises:
            OutputParserException: If a value is invalid.
        """
        return [self._object(value) for value in super().values()]

    def rest(self) -> Iterable[Any]:
        """Return the objects that end with the text; see `values`."""
        return [self._object(value) for value in super().rest()]
