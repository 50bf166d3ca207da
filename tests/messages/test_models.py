"""Messages as fields of pydantic models, and the methods of models that they have."""

import inspect
import json
from typing import Any

import pytest
from langchain_core import messages as reference
from pydantic import BaseModel, SerializeAsAny, TypeAdapter, ValidationError

from headrace import messages
from headrace.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage

EACH: dict[str, dict[str, Any]] = {
    "AIMessage": {"content": "x", "tool_calls": [{"name": "f", "args": {"a": 1}, "id": "1"}]},
    "AIMessageChunk": {
        "content": ["a", {"type": "text", "text": "b"}],
        "tool_call_chunks": [{"name": "f", "args": '{"a', "id": "1", "index": 0}],
        "usage_metadata": {
            "input_tokens": 1,
            "output_tokens": 2,
            "total_tokens": 3,
            "input_token_details": {"audio": 1},
        },
        "chunk_position": "last",
    },
    "HumanMessage": {"content": "x", "name": "bob", "extra": [1]},
    "HumanMessageChunk": {"content": "x", "id": 5},
    "SystemMessage": {"content": "x", "additional_kwargs": {"a": {"b": 1}}},
    "SystemMessageChunk": {"content": "x", "response_metadata": {"a": 1}},
    "ToolMessage": {"content": "x", "tool_call_id": "1", "artifact": {"a": 1}, "status": "error"},
    "ToolMessageChunk": {"content": "x", "tool_call_id": "1"},
    "FunctionMessage": {"content": "x", "name": "f"},
    "FunctionMessageChunk": {"content": "x", "name": "f"},
    "ChatMessage": {"content": "x", "role": "r"},
    "ChatMessageChunk": {"content": "x", "role": "r"},
    "RemoveMessage": {"id": "1"},
}


def both(name: str) -> tuple[Any, Any]:
    return getattr(messages, name)(**EACH[name]), getattr(reference, name)(**EACH[name])


@pytest.mark.parametrize("name", EACH)
def test_dumps_are_those_of_the_reference(name: str) -> None:
    ours, theirs = both(name)
    if name == "AIMessageChunk":
        # Its end has come, and its arguments were cut off.
        ours = ours.model_copy(update={"tool_calls": theirs.tool_calls, "invalid_tool_calls": []})
    for options in (
        {},
        {"mode": "json"},
        {"exclude_none": True},
        {"exclude_defaults": True},
        {"include": {"content", "type"}},
        {"exclude": {"content": True}},
    ):
        assert ours.model_dump(**options) == theirs.model_dump(**options)
    assert json.loads(ours.model_dump_json()) == json.loads(theirs.model_dump_json())
    assert repr(ours) == repr(theirs)
    assert str(ours) == str(theirs)
    assert ours.pretty_repr() == theirs.pretty_repr()
    assert ours.to_json() == theirs.to_json()


@pytest.mark.parametrize("name", EACH)
def test_schemas_are_those_of_the_reference(name: str) -> None:
    def plain(schema: Any) -> Any:
        if isinstance(schema, dict):
            return {k: plain(v) for k, v in schema.items() if k != "description"}
        return [plain(it) for it in schema] if isinstance(schema, list) else schema

    ours = plain(getattr(messages, name).model_json_schema())
    theirs = plain(getattr(reference, name).model_json_schema())
    assert sorted(ours["properties"]) == sorted(theirs["properties"])
    assert sorted(ours.get("required", [])) == sorted(theirs.get("required", []))


class Talk(BaseModel):
    messages: list[AnyMessage]
    last: AIMessage | None = None
    first: BaseMessage | None = None


def test_fields_of_models() -> None:
    said = [both(name)[0] for name in EACH if name != "RemoveMessage"]
    talk = Talk(messages=said, last=AIMessage("x"))
    assert talk.messages[0] is said[0]
    assert Talk.model_validate(talk.model_dump()) == talk
    assert Talk.model_validate_json(talk.model_dump_json()) == talk
    assert talk.model_dump(mode="json")["last"]["content"] == "x"
    assert set(Talk.model_json_schema()["$defs"]) >= {"AIMessage", "HumanMessage"}
    written = Talk.model_json_schema(mode="serialization")
    assert "tool_calls" in json.dumps(written["properties"]["last"])
    with pytest.raises(ValidationError, match="content"):
        Talk.model_validate({"messages": [{"type": "ai", "content": 5}]})
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        Talk.model_validate({"messages": [{"type": "unknown", "content": ""}]})


def test_a_field_keeps_the_class_of_an_instance() -> None:
    class Mine(HumanMessage):
        mood: str = "calm"

    adapter = TypeAdapter(HumanMessage)
    mine = Mine("x", mood="merry")
    assert adapter.validate_python(mine) is mine
    assert adapter.dump_python(mine)["mood"] == "merry"
    assert adapter.validate_json('{"content": "x"}') == HumanMessage("x")
    with pytest.raises(ValidationError):
        adapter.validate_python(AIMessage("x"))


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_field_of_a_wider_class_is_dumped_whole() -> None:
    class Ours(BaseModel):
        said: BaseMessage

    class Theirs(BaseModel):
        said: reference.BaseMessage

    assert Ours(said=AIMessage("x")).model_dump()["said"]["tool_calls"] == []
    assert "tool_calls" not in Theirs(said=reference.AIMessage("x")).model_dump()["said"]


def test_a_field_of_any_type() -> None:
    class Anything(BaseModel):
        value: Any
        said: SerializeAsAny[BaseMessage]

    holder = Anything(value=[HumanMessage("x")], said=AIMessage("y"))
    dumped = json.loads(holder.model_dump_json())
    assert dumped["value"][0]["content"] == "x"
    assert dumped["said"]["tool_calls"] == []
    assert holder.model_dump()["said"]["tool_calls"] == []


def test_classes_say_how_they_are_called() -> None:
    class Rated(AIMessage):
        stars: int

    class Named(HumanMessage):
        def __init__(self, content: str) -> None:
            super().__init__(content)

    parameters = inspect.signature(Rated).parameters
    assert list(parameters)[:2] == ["content", "content_blocks"]
    assert {"tool_calls", "usage_metadata", "stars", "kwargs"} <= set(parameters)
    assert parameters["stars"].default is inspect.Parameter.empty
    assert parameters["tool_calls"].default is None
    assert list(inspect.signature(Named).parameters) == ["content"]
    for name, fields in EACH.items():
        bound = inspect.signature(getattr(messages, name)).bind(**fields)
        assert bound.kwargs.keys() | bound.arguments.keys() >= fields.keys()


def test_classes_of_other_types() -> None:
    class Noted(BaseMessage):
        type = "note"
        tags: tuple[str, ...] = ()

    class TheirNoted(reference.BaseMessage):
        type: str = "note"
        tags: tuple[str, ...] = ()

    ours, theirs = Noted("x", tags=("a",)), TheirNoted("x", tags=("a",))
    assert repr(ours) == repr(theirs).replace("TheirNoted", "Noted")
    assert ours.model_dump() == theirs.model_dump()


def test_copies_with_changes() -> None:
    message = ToolMessage("x", tool_call_id="1", artifact=[1])
    copy = message.model_copy(update={"content": "y", "more": 2})
    assert (copy.content, copy.more, copy.tool_call_id) == ("y", 2, "1")
    assert message.content == "x"
    deep = message.model_copy(deep=True)
    deep.artifact.append(2)
    assert message.artifact == [1]


def test_attributes_can_be_set() -> None:
    message = AIMessage("x")
    message.content = [{"type": "text", "text": "y"}]
    message.name = "bob"
    message.additional_kwargs = {"a": 1}
    message.tool_calls = [{"name": "f", "args": {}, "id": "1", "type": "tool_call"}]
    message.usage_metadata = None
    message.anything = 5
    assert message.text == "y"
    assert (message.name, message.additional_kwargs, message.anything) == ("bob", {"a": 1}, 5)
    assert message.tool_calls[0]["name"] == "f"
    assert not hasattr(HumanMessage("x"), "tool_calls")
    with pytest.raises(TypeError, match="unhashable"):
        hash(message)


def test_fields_by_name() -> None:
    class Rated(AIMessage):
        stars: int = 3

    assert list(Rated.model_fields) == [*reference.AIMessage.model_fields, "stars"]
    assert Rated.model_fields["stars"].default == 3
    message = Rated("a", other=1)
    assert dict(message) == {**message.model_dump(), "other": 1}
    assert dict(AIMessage("a")) == dict(reference.AIMessage("a"))
