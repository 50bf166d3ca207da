"""Tool schemas, of everything that people make them of, on both libraries."""

import copy
import importlib
import warnings
from typing import Any, TypedDict

import pytest
from pydantic import BaseModel
from tests.differences import check_table

from . import schema_inputs as inputs
from . import schema_tables as tables

THEIRS = importlib.import_module("langchain_core.utils.function_calling")
OURS = importlib.import_module("headrace.utils.function_calling")
CONVERSIONS = [
    ("convert_to_openai_tool", {}),
    ("convert_to_openai_tool", {"strict": True}),
    ("convert_to_openai_function", {}),
    ("convert_to_openai_function", {"strict": True}),
    ("convert_to_openai_function", {"strict": False}),
    ("convert_to_json_schema", {}),
    ("convert_to_json_schema", {"strict": True}),
]


def attempt(func: Any, *args: Any, **kwargs: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return func(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error)


def converted(thing: Any) -> list[tuple[Any, Any]]:
    """What each conversion gives, on both libraries."""
    pairs = []
    for name, options in CONVERSIONS:
        given = copy.deepcopy(thing) if isinstance(thing, (dict, list)) else thing
        ours = attempt(getattr(OURS, name), given, **options)
        if isinstance(thing, dict):
            assert given == thing, "what was given was changed"
        pairs.append((ours, attempt(getattr(THEIRS, name), given, **options)))
    return pairs


@pytest.mark.parametrize("name", [name for name in inputs.VALUES if name not in inputs.DIFFERENT])
def test_same_schema(name: str) -> None:
    for ours, theirs in converted(inputs.VALUES[name]):
        assert ours == theirs


@pytest.mark.parametrize(
    "thing", [3, [], {}, {"a": 1}, {"type": "object"}, {"properties": {}}, {"title": ""}], ids=str
)
def test_same_of_what_is_no_tool(thing: Any) -> None:
    for ours, theirs in converted(thing):
        assert ours == theirs


@pytest.mark.parametrize("name", tables.FIELD_TYPES)
def test_same_field_of_a_typed_dictionary(name: str) -> None:
    made: Any = TypedDict("made", {"v": tables.FIELD_TYPES[name]})  # type: ignore[misc]
    made.__doc__ = "Made."
    for ours, theirs in converted(made):
        assert ours == theirs


@pytest.mark.parametrize("docstring", tables.DOCSTRINGS)
def test_same_docstring(docstring: str | None) -> None:
    def function(a: int = 1, b: int = 1) -> None: ...

    function.__doc__ = docstring
    ours = importlib.import_module("headrace.utils.function_schema").create_schema_from_function
    theirs = importlib.import_module("langchain_core.tools").create_schema_from_function
    for options in (
        {"parse_docstring": True},
        {"parse_docstring": True, "error_on_invalid_docstring": True},
        {},
    ):
        mine = attempt(ours, "f", function, **options)
        other = attempt(theirs, "f", function, **options)
        if isinstance(other, type):
            assert mine.model_json_schema() == other.model_json_schema()
        else:
            assert mine == other
    for one, other in converted(function):
        assert one == other


@pytest.mark.parametrize("schema", tables.TO_CLOSE, ids=str)
def test_same_strict_schema(schema: dict[str, Any]) -> None:
    for ours, theirs in converted({"name": "f", "parameters": schema}):
        assert ours == theirs


@pytest.mark.parametrize("skip_keys", [None, [], ["items", "p"]], ids=str)
@pytest.mark.parametrize("part", tables.REFERENCES, ids=str)
def test_same_dereferencing(part: dict[str, Any], skip_keys: list[str] | None) -> None:
    ours = importlib.import_module("headrace.utils.json_schema").dereference_refs
    theirs = importlib.import_module("langchain_core.utils.json_schema").dereference_refs
    for schema in (
        {"p": part, "$defs": tables.DEFINITIONS},
        {**part, "$defs": tables.DEFINITIONS},
        {"items": {"q": part}, "$defs": tables.DEFINITIONS},
    ):
        mine = attempt(ours, copy.deepcopy(schema), skip_keys=skip_keys)
        assert mine == attempt(theirs, copy.deepcopy(schema), skip_keys=skip_keys)
    mine = attempt(ours, part, full_schema={"$defs": tables.DEFINITIONS})
    assert mine == attempt(theirs, part, full_schema={"$defs": tables.DEFINITIONS})


class Call(BaseModel):
    x: int


@pytest.mark.parametrize(
    ("calls", "outputs"),
    [
        ([Call(x=1)], None),
        ([Call(x=1), Call(x=2)], ["one", "two"]),
        ([], None),
        ([Call(x=1)], ["a", "b"]),
    ],
)
@pytest.mark.parametrize("answer", [None, "done"])
def test_same_messages(calls: list[BaseModel], outputs: list[str] | None, answer: str) -> None:
    seen = []
    for module in (OURS, THEIRS):
        made = attempt(module.tool_example_to_messages, "hi", calls, outputs, ai_response=answer)
        if isinstance(made, list):
            ids = [call["id"] for call in made[1].tool_calls]
            assert [m.tool_call_id for m in made if m.type == "tool"] == ids
            assert [c["id"] for c in made[1].additional_kwargs["tool_calls"]] == ids
            text = repr(made)
            for number, one in enumerate(ids):
                text = text.replace(one, str(number))
            made = text
        seen.append(made)
    assert seen[0] == seen[1]


# -- what is deliberately different ----------------------------------------------------------------


def parameters(module: Any, thing: Any, **options: Any) -> Any:
    made = attempt(module.convert_to_openai_function, thing, **options)
    return made["parameters"]["properties"] if isinstance(made, dict) else made


def config_parameter(module: Any) -> Any:
    config = importlib.import_module(f"{module.__name__.partition('.')[0]}.runnables.config")

    def function(a: int, config: Any) -> None: ...

    function.__annotations__["config"] = config.RunnableConfig
    return sorted(parameters(module, function))


def positional_only(module: Any) -> Any:
    return sorted(parameters(module, inputs.positional_only))


def plain_class(module: Any) -> Any:
    return parameters(module, inputs.PlainClass)


def undescribed(module: Any) -> Any:
    return module.convert_to_openai_function(inputs.Undescribed)["description"][:6]


def required_marks(module: Any) -> Any:
    made = attempt(module.convert_to_openai_function, inputs.Mixed)
    return made["parameters"]["required"] if isinstance(made, dict) else made[0]


def models_in_typed_dictionaries(module: Any) -> Any:
    made = parameters(module, inputs.ModelInDict)
    return sorted(made["model"]["properties"]) if isinstance(made, dict) else made[0]


def recursive_typed_dictionaries(module: Any) -> Any:
    made = parameters(module, inputs.RecursiveDict)
    return made["children"] if isinstance(made, dict) else made[0]


def containers(module: Any) -> Any:
    made = parameters(module, inputs.AbstractContainers)
    return made["a"] if isinstance(made, dict) else made[0]


def starred_arguments(module: Any) -> Any:
    def function(*args: int) -> None:
        """Do.

        Args:
            *args: Numbers.
        """

    made = parameters(module, function)
    return made["args"]["description"] if isinstance(made, dict) else made[0]


def untyped_arguments(module: Any) -> Any:
    def function(a) -> None:  # type: ignore[no-untyped-def]
        """Do.

        Args:
            a: Anything.
        """

    made = parameters(module, function)
    return made["a"] if isinstance(made, dict) else made[0]


def escaped_references(module: Any) -> Any:
    package = module.__name__.partition(".")[0]
    follow = importlib.import_module(f"{package}.utils.json_schema").dereference_refs
    schema = {"p": {"$ref": "#/$defs/a~1b"}, "$defs": {"a/b": {"type": "string"}}}
    made = attempt(follow, schema)
    return made["p"] if isinstance(made, dict) else made[0]


def property_called_ref(module: Any) -> Any:
    package = module.__name__.partition(".")[0]
    follow = importlib.import_module(f"{package}.utils.json_schema").dereference_refs
    made = attempt(follow, {"properties": {"$ref": {"type": "string"}}})
    return made["properties"] if isinstance(made, dict) else made[0]


A: dict[str, Any] = {"a": {"type": "integer"}}
DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "config-parameter": (config_parameter, ["a", "config"], ["a"]),
    "positional-only": (positional_only, ["a", "b", "v__positional_only"], ["a", "b"]),
    "plain-class": (plain_class, ("KeyError", "'a'"), A),
    "undescribed-dictionary": (undescribed, "dict()", ""),
    "required-marks": (required_marks, "TypeError", ["a", "c"]),
    "models-in-dictionaries": (models_in_typed_dictionaries, "RuntimeError", ["x", "y"]),
    "recursive-dictionaries": (
        recursive_typed_dictionaries,
        "RecursionError",
        {"type": "array", "items": {}},
    ),
    "abstract-containers": (
        containers,
        "TypeError",
        {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
    ),
    "starred-arguments": (starred_arguments, "ValueError", "Numbers."),
    "untyped-arguments": (untyped_arguments, "ValueError", {"description": "Anything."}),
    "escaped-references": (escaped_references, "KeyError", {"type": "string"}),
    "property-called-ref": (property_called_ref, "TypeError", {"$ref": {"type": "string"}}),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str) -> None:
    scenario, theirs, ours = DIFFERENCES[name]
    assert scenario(THEIRS) == theirs
    assert scenario(OURS) == ours


def test_the_page_lists_them() -> None:
    check_table("Tool schemas", __file__, DIFFERENCES)
