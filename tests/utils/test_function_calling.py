"""Tool schemas: what the comparison with the reference does not show."""

import subprocess
import sys
from typing import Any, List, TypedDict  # noqa: UP035 - see Folder

import pytest
from pydantic import BaseModel, Field

from headrace.utils.function_calling import (
    convert_to_json_schema,
    convert_to_openai_function,
    convert_to_openai_tool,
)
from headrace.utils.json_schema import closed, dereference_refs


class Weather(BaseModel):
    """Tell the weather."""

    city: str = Field(description="Where")
    days: int = 1


WEATHER = {
    "name": "Weather",
    "description": "Tell the weather.",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Where"},
            "days": {"type": "integer", "default": 1},
        },
        "required": ["city"],
    },
}


def test_the_same_tool_in_every_form() -> None:
    assert convert_to_openai_function(Weather) == WEATHER
    assert convert_to_openai_tool(Weather) == {"type": "function", "function": WEATHER}
    schema = convert_to_json_schema(Weather)
    assert convert_to_openai_function(schema) == WEATHER
    anthropic = {
        "name": "Weather",
        "description": "Tell the weather.",
        "input_schema": WEATHER["parameters"],
    }
    assert convert_to_openai_function(anthropic) == WEATHER
    bedrock = {
        "toolSpec": {
            "name": "Weather",
            "description": "Tell the weather.",
            "inputSchema": {"json": WEATHER["parameters"]},
        }
    }
    assert convert_to_openai_function(bedrock) == WEATHER
    assert convert_to_openai_function(convert_to_openai_function(bedrock)) == WEATHER


def test_strict_changes_nothing_that_was_given() -> None:
    given: dict[str, Any] = {
        "name": "f",
        "parameters": {"properties": {"a": {"properties": {"b": {}}}}},
    }
    made = convert_to_openai_function(given, strict=True)
    assert "strict" not in given
    assert given["parameters"] == {"properties": {"a": {"properties": {"b": {}}}}}
    assert made["parameters"]["properties"]["a"]["additionalProperties"] is False


def test_closing_twice_changes_nothing() -> None:
    once = closed(Weather.model_json_schema())
    assert closed(once) == once


def test_a_schema_that_is_used_often_is_put_in_each_place() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/X"}, "b": {"$ref": "#/$defs/X"}},
        "$defs": {"X": {"type": "object"}},
    }
    made = dereference_refs(schema)["properties"]
    made["a"]["type"] = "changed"
    assert made["b"] == {"type": "object"}
    assert schema["$defs"] == {"X": {"type": "object"}}


def test_mutual_typed_dictionaries() -> None:
    made = convert_to_openai_function(Folder)["parameters"]["properties"]
    assert made["files"]["items"]["properties"] == {"name": {"type": "string"}, "inside": {}}


class Folder(TypedDict):
    """A folder."""

    files: List["File"]  # noqa: UP006 - CPython 3.10 finds no names inside of list[...]


class File(TypedDict):
    """A file."""

    name: str
    inside: "Folder"


@pytest.mark.parametrize("thing", [3, None, "text", [], {}, {"type": "object"}])
def test_what_is_no_tool_is_named(thing: Any) -> None:
    with pytest.raises(ValueError, match="Unsupported function") as raised:
        convert_to_openai_tool(thing)
    assert str(thing) in str(raised.value)


def test_the_first_version_of_pydantic_is_not_imported() -> None:
    program = (
        "import sys\n"
        "from headrace.utils.function_calling import convert_to_openai_tool\n"
        "convert_to_openai_tool(lambda a: a)\n"
        "assert not any(name.startswith('pydantic.v1') for name in sys.modules)\n"
        "assert 'headrace.messages' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
