"""`PydanticOutputParser`: what a model says as an object of a pydantic model."""

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
"""What the models are. Those of `pydantic.v1` will do, too."""

TBaseModel = TypeVar("TBaseModel", bound=PydanticBaseModel)


class PydanticOutputParser(JsonOutputParser, Generic[TBaseModel]):
    """Read a model's output as an object of a pydantic model.

    `invoke` gives the object, or raises an `OutputParserException` that names the field that is
    wrong. `stream` and `transform` give an object each time that what has come makes a new one: the
    first when all that the model requires is there. With `partial_models`, they give one from the
    beginning. A stream whose document makes no object in the end says nothing of it, as in the
    reference; with `on_incomplete="raise"` it raises what `invoke` does.

    With `select`, they give an object of each value that the path leads to:
    `PydanticOutputParser(pydantic_object=Country, select="$.countries[*]")` gives one country after
    another, each when it is whole.
    """

    pydantic_object: Annotated[type[TBaseModel], SkipValidation()]
    """The model."""

    select: str | None = None
    """A JSONPath (RFC 9535): what it leads to are the objects; `invoke` gives a list of them."""

    partial_models: bool = False
    """Whether a stream gives objects before all that the model requires is there: of a subclass of
    the model, in which a field that is missing, or not valid yet, is None."""

    @model_validator(mode="after")
    def _check_objects(self) -> PydanticOutputParser[TBaseModel]:
        if self.partial or self.details:
            raise ValueError("partial and details are for JSON: an object is whole")
        return self

    @property
    def OutputType(self) -> Any:
        """The type of the output: the model."""
        return self.pydantic_object

    @property
    def _type(self) -> str:
        return "pydantic"

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the first of the candidates.

        Args:
            result: The candidates.
            partial: Whether it is still being streamed.

        Returns:
            The object; None where `partial` and there is none yet.

        Raises:
            OutputParserException: If there is no JSON in it, or not that of an object of the model,
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
        """Give what to tell a model so that it answers with an object of the model."""
        return PYDANTIC_FORMAT_INSTRUCTIONS.format(schema=schema_of(self.pydantic_object))

    def _object(self, value: Any) -> Any:
        """The object that a document says.

        Raises:
            OutputParserException: If it says none; it names the field.
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
    """Give what makes an object of a model of either version of pydantic.

    Raises:
        OutputParserException: If it is no such model.
    """
    validate = getattr(model, "model_validate", None) or getattr(model, "parse_obj", None)
    if validate is None:
        raise OutputParserException(
            f"Unsupported model version for PydanticOutputParser: {model.__class__}"
        )
    return validate  # type: ignore[no-any-return]


class ModelReader(JsonReader):
    """A stream's text on its way into objects."""

    __slots__ = ("_given", "_object", "_validate")

    def __init__(self, settings: PydanticOutputParser[Any]) -> None:
        super().__init__(settings)
        self._given: Any = None
        self._object = settings._object
        if settings.partial_models:
            from headrace.output_parsers.partial_model import partial_validator

            self._validate = partial_validator(settings.pydantic_object)
        else:
            self._validate = validator(settings.pydantic_object)

    def values(self) -> Sequence[Any]:
        """The object that the document so far says; nothing if it says none, or the same again."""
        document = self._parser.value
        if document is None:
            return ()
        try:
            made = self._validate(document)
        except ValueError:
            return ()
        if made == self._given:
            return ()
        self._given = made
        return (made,)

    def rest(self) -> Iterable[Any]:
        """What the end of the text adds; see `JsonReader.rest`.

        Raises:
            OutputParserException: Also if the document makes no object, where errors are wanted.
        """
        last = super().rest()
        if self._texts is not None:
            self._object(self._parser.value)
        return last


class _ObjectsReader(SelectReader):
    """A stream's text on its way to objects of what a path leads to in it."""

    __slots__ = ("_object",)

    def __init__(self, settings: PydanticOutputParser[Any]) -> None:
        super().__init__(settings)
        self._object = settings._object

    def values(self) -> Sequence[Any]:
        """The objects that have ended since this was last asked.

        Raises:
            OutputParserException: If a value makes none.
        """
        return [self._object(value) for value in super().values()]

    def rest(self) -> Iterable[Any]:
        """The objects that only the end of the text has made certain; see `values`."""
        return [self._object(value) for value in super().rest()]
