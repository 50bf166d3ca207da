"""What is asked of pydantic models, of both versions."""

import importlib
from typing import Any

import pytest
from pydantic import BaseModel, Field
from pydantic.v1 import BaseModel as BaseModelV1

PACKAGES = ("langchain_core", "headrace")
LIBRARIES = [importlib.import_module(f"{package}.utils.pydantic") for package in PACKAGES]


class New(BaseModel):
    """New."""

    a: int = Field(description="The a")
    b: str = "x"


class Old(BaseModelV1):
    """Old."""

    a: int
    b: str = "x"


@pytest.fixture(params=LIBRARIES, ids=lambda module: module.__name__)
def utils(request: pytest.FixtureRequest) -> Any:
    """The module, of each library."""
    return request.param


@pytest.mark.parametrize(
    ("thing", "subclass", "instance"),
    [
        (New, True, False),
        (Old, True, False),
        (New(a=1), False, True),
        (Old(a=1), False, True),
        (int, False, False),
        (list[int], False, False),
        (None, False, False),
    ],
)
def test_what_a_model_is(utils: Any, thing: Any, subclass: bool, instance: bool) -> None:
    assert utils.is_basemodel_subclass(thing) is subclass
    assert utils.is_basemodel_instance(thing) is instance


def test_fields(utils: Any) -> None:
    for model in (New, Old, New(a=1), Old(a=1)):
        assert list(utils.get_fields(model)) == ["a", "b"]
    with pytest.raises(TypeError, match="Expected a Pydantic model"):
        utils.get_fields(3)


def test_versions(utils: Any) -> None:
    assert utils.is_pydantic_v2_subclass(New)
    assert not utils.is_pydantic_v2_subclass(Old)
    assert utils.is_pydantic_v1_subclass(Old)
    assert not utils.is_pydantic_v1_subclass(New)
    assert utils.PYDANTIC_MAJOR_VERSION == 2
    assert utils.IS_PYDANTIC_V2
    assert not utils.IS_PYDANTIC_V1


def test_validating(utils: Any) -> None:
    for model in (New, Old):
        assert utils.model_validate(model, {"a": "1"}).a == 1
        assert utils.model_json_schema(model)["required"] == ["a"]


def test_making_models(utils: Any) -> None:
    made = utils.create_model("Made", a=(int, 1), b=(str, ...))
    assert made(b="x").a == 1
    assert made.model_json_schema()["title"] == "Made"
    root = utils.create_model("Root", __root__=(list[int], ...))
    assert root([1]).root == [1]
    assert root.model_json_schema() == {
        "items": {"type": "integer"},
        "title": "Root",
        "type": "array",
    }
    whole = utils.create_model_v2("Whole", root=int)
    assert whole.model_json_schema() == {"title": "Whole", "type": "integer"}
    with pytest.raises((ValueError, NotImplementedError), match="__root__"):
        utils.create_model("Both", __root__=(int, ...), a=(int, 1))


def test_names_that_pydantic_refuses(utils: Any) -> None:
    made = utils.create_model_v2(
        "Made", field_definitions={"model_x": (int, 1), "schema": (int, 2), "_p": (int, 3)}
    )
    schema = made.model_json_schema()["properties"]
    assert {name: it["default"] for name, it in schema.items()} == {
        "model_x": 1,
        "schema": 2,
        "_p": 3,
    }
    assert {name: it["title"] for name, it in schema.items()} == {
        "model_x": "Model X",
        "schema": "Schema",
        "_p": "P",
    }


def test_filling_in_defaults_before_validation(utils: Any) -> None:
    class Filled(BaseModel):
        a: int = 1
        b: list[int] = Field(default_factory=list)
        c: str

        @utils.pre_init
        def check(cls, values: dict[str, Any]) -> dict[str, Any]:
            """See the defaults."""
            return {**values, "c": f"{values['c']}{values['a']}{values['b']}"}

    assert Filled(c="x").c == "x1[]"
    assert Filled(c="x", a=2).c == "x2[]"


def test_models_of_some_fields() -> None:
    subset = LIBRARIES[1].subset_model
    made = subset("Some", New, ["a"], descriptions={"a": "Another"}, fn_description="Less.")
    assert made.model_json_schema() == {
        "title": "Some",
        "description": "Less.",
        "type": "object",
        "properties": {"a": {"title": "A", "type": "integer", "description": "Another"}},
        "required": ["a"],
    }
    assert New.model_json_schema()["properties"]["a"]["description"] == "The a"
    old = subset("Some", Old, ["b"])
    assert old.schema()["properties"] == {"b": {"title": "B", "type": "string", "default": "x"}}
    assert old.__doc__ == "Old."
