"""Objects of which not everything is there yet."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Discriminator, Field, Tag, model_validator

from headrace.exceptions import OutputParserException
from headrace.output_parsers import PydanticOutputParser
from headrace.output_parsers.partial_model import partial_model


def until_the_end(parser: PydanticOutputParser[Any], text: str) -> list[Any]:
    """Return the objects of a text that breaks off; the stream ends with an error."""
    values: list[Any] = []

    def read() -> None:
        for value in parser.transform(iter(text)):
            values.append(value)

    with pytest.raises(OutputParserException, match="Field required"):
        read()
    return values


class River(BaseModel):
    kind: Literal["river"]
    km: int


class Lake(BaseModel):
    kind: Literal["lake"] = "lake"
    depth: int


class Range(BaseModel):
    waters: list[Annotated[River | Lake, Field(discriminator="kind")]] = []
    first: int
    last: int

    @model_validator(mode="after")
    def in_order(self) -> "Range":
        if self.first > self.last:
            raise ValueError("not in order")
        return self


def test_partial_models_of_unions_that_are_told_apart() -> None:
    parser = PydanticOutputParser(pydantic_object=Range, partial_models=True)
    text = '{"first": 1, "last": 2, "waters": [{"kind": "river", "km": 3}, {"kind": "lake"'
    *_, last = until_the_end(parser, text)
    assert [type(water).__name__ for water in last.waters] == ["PartialRiver", "PartialLake"]
    assert isinstance(last.waters[0], River)
    assert [last.waters[0].km, last.waters[1].depth] == [3, None]


def kind_of(water: Any) -> Any:
    return water["kind"] if isinstance(water, dict) else water.kind


def test_partial_models_of_unions_that_a_function_tells_apart() -> None:
    class Told(BaseModel):
        water: Annotated[
            Annotated[River, Tag("river")] | Annotated[Lake, Tag("lake")], Discriminator(kind_of)
        ]

    parser = PydanticOutputParser(pydantic_object=Told, partial_models=True)
    first, *_, last = until_the_end(parser, '{"water": {"kind": "lake", "depth')
    assert first.water is None
    assert (type(last.water).__name__, last.water.depth) == ("PartialLake", None)


def test_partial_models_in_any_collection() -> None:
    class Holds(BaseModel):
        some: Sequence[Lake]
        named: Mapping[str, Lake]

    parser = PydanticOutputParser(pydantic_object=Holds, partial_models=True)
    *_, last = until_the_end(parser, '{"named": {"x": {}}, "some": [{')
    assert [last.some[0].depth, last.named["x"].depth] == [None, None]


def test_validators_that_expect_what_is_missing() -> None:
    # Comparing None with None is a TypeError: there is no object yet.
    parser = PydanticOutputParser(pydantic_object=Range, partial_models=True)
    values = list(parser.transform(iter(['{"first": 1', ', "last": 2', ', "waters": []}'])))
    assert [(one.first, one.last) for one in values] == [(1, 2), (1, 2)]
    assert [type(one).__name__ for one in values] == ["PartialRange", "Range"]


def test_partial_models_of_all_kinds_of_fields() -> None:
    class Part(BaseModel):
        size: int

    class Whole(BaseModel):
        model_config = {"extra": "forbid"}
        by_name: dict[str, Part]
        pair: tuple[Part, int]
        either: Part | str
        some: set[int]
        renamed: int = Field(alias="as", ge=10)
        given: str = "default"

    partial = partial_model(Whole)
    assert partial is partial_model(Whole)
    empty = partial.model_validate({})
    assert empty.model_dump() == {
        "by_name": None,
        "pair": None,
        "either": None,
        "some": None,
        "renamed": None,
        "given": "default",
    }
    text = '{"by_name": {"x": {}}, "pair": [{}, 2], "either": {"size": 1}, "some": [1], "as": 12}'
    parser = PydanticOutputParser(pydantic_object=Whole, partial_models=True)
    values = [value.model_dump() for value in until_the_end(parser, text)]
    assert values[-1] == {
        "by_name": {"x": {"size": None}},
        "pair": ({"size": None}, 2),
        "either": {"size": 1},
        "some": {1},
        "renamed": 12,
        "given": "default",
    }
    # 1 is no such number yet
    assert 1 not in [value["renamed"] for value in values]
    assert Whole.model_fields["renamed"].is_required()


def test_partial_models_are_of_pydantic_2() -> None:
    class Old:
        @classmethod
        def parse_obj(cls, value: Any) -> Any:
            return value

    parser = PydanticOutputParser(pydantic_object=Old, partial_models=True)
    with pytest.raises(TypeError, match="Old"):
        list(parser.transform(iter(["{}"])))
