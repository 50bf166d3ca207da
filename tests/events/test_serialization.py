"""Events as JSON, and back."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from headrace.documents import Document
from headrace.events import from_json, to_json
from headrace.language_models.fake_chat_models import GenericFakeChatModel
from headrace.load import dumpd
from headrace.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from headrace.prompts import ChatPromptTemplate
from headrace.providers.openai import ChatOpenAI
from headrace.runnables import RunnableLambda


def event(**data: Any) -> dict[str, Any]:
    return {"event": "on_chain_end", "name": "x", "run_id": "1", "parent_ids": [], "data": data}


def returned(**data: Any) -> Any:
    line = to_json(event(**data))
    assert b"\n" not in line
    return from_json(line)["data"]


def chain() -> Any:
    model = GenericFakeChatModel(messages=iter([AIMessage("hello to you")]))
    prompt = ChatPromptTemplate.from_messages([("human", "{name}")])
    return prompt | model | RunnableLambda(lambda said: Document(said.text, metadata={"n": 1}))


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_events_of_a_chain_come_back(version: Any) -> None:
    events = list(chain().stream_events({"name": "Ann"}, version=version))
    assert len(events) > 8
    assert [from_json(to_json(each)) for each in events] == events

    async def read() -> list[Any]:
        return [each async for each in chain().astream_events({"name": "Ann"}, version=version)]

    events = asyncio.run(read())
    assert [from_json(to_json(each)) for each in events] == events


def test_creation_times_come_back() -> None:
    for each in chain().stream_events({"name": "Ann"}, created_at=True, on_error=True):
        assert from_json(to_json(each)) == each
        assert isinstance(each["created_at"], datetime)


@pytest.mark.parametrize(
    "value",
    [
        HumanMessage("ä\u2028\n"),
        AIMessageChunk(
            "",
            tool_call_chunks=[{"name": "f", "args": '{"a', "id": "1", "index": 0, "type": None}],
            usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
        ),
        ToolMessage([{"type": "text", "text": "x"}], tool_call_id="1", artifact={"rows": [1.5]}),
        [Document("d", id="1")],
        {"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {"lc": 2}},
        {"__lc_escaped__": {"lc": 1}},
        dumpd(AIMessage("data of a user")),
        2**80,
        "half a pair \ud83d",
        True,
        None,
    ],
)
def test_values_come_back(value: Any) -> None:
    assert returned(output=value) == {"output": value}


class Color(Enum):
    RED = "red"


class Level(int):
    pass


class Row(BaseModel):
    when: datetime
    key: SecretStr


@dataclass
class Pair:
    left: Any
    right: Any


class Opaque:
    def __repr__(self) -> str:
        return "<opaque>"


def test_values_without_a_form_in_json() -> None:
    when = datetime(2020, 1, 2, tzinfo=timezone.utc)
    found = returned(
        error=ValueError("no"),
        row=Row(when=when, key=SecretStr("hidden")),
        pair=Pair((1, 2), {3}),
        color=Color.RED,
        level=Level(3),
        floats=[float("nan"), float("inf"), 0.5],
        id=UUID(int=1),
        raw=b"ab",
        keys={1: "a", None: "b", (1, 2): "c"},
        opaque=Opaque(),
        step=RunnableLambda(str),
    )
    assert found == {
        "error": {"type": "ValueError", "message": "no"},
        "row": {"when": when.isoformat(), "key": "SecretStr('**********')"},
        "pair": {"left": [1, 2], "right": [3]},
        "color": "red",
        "level": 3,
        "floats": [None, None, 0.5],
        "id": str(UUID(int=1)),
        "raw": "YWI=",
        "keys": {"1": "a", "null": "b", "(1, 2)": "c"},
        "opaque": "<opaque>",
        "step": "RunnableLambda(str)",
    }


def test_secrets_are_left_out() -> None:
    model = ChatOpenAI(model="m", api_key="sk-secret")  # type: ignore[call-arg, arg-type]
    assert b"sk-secret" not in to_json(event(input=model))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("lc"), inner),
)


@given(JSON_VALUES)
def test_json_comes_back(value: Any) -> None:
    line = to_json(event(output=value))
    assert from_json(line) == event(output=value)
    assert from_json(line.decode()) == event(output=value)


def test_nesting() -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    line = to_json(event(output=deep))
    assert json.loads(line)["data"]["output"] == deep
    with pytest.raises(ValueError, match="200 levels"):
        from_json(line)
    deep.append(deep)
    with pytest.raises(ValueError, match="Cannot serialize on_chain_end: it is nested too deeply"):
        to_json(event(output=deep))
    with pytest.raises(ValueError, match="nested too deeply"):
        from_json("[" * 200_000)


@pytest.mark.parametrize("line", ["3", '{"data": 1}', '{"event": 1}', "null", b'["event"]'])
def test_what_is_not_an_event(line: str | bytes) -> None:
    with pytest.raises(ValueError, match="Not an event"):
        from_json(line)


@pytest.mark.parametrize("line", ["", "{", b"\xff"])
def test_what_is_not_json(line: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|UTF-8"):
        from_json(line)


def test_other_classes_are_refused() -> None:
    danger = {
        "lc": 1,
        "type": "constructor",
        "id": ["subprocess", "Popen"],
        "kwargs": {"args": ["x"]},
    }
    with pytest.raises(ValueError, match="Popen"):
        from_json(json.dumps({"event": "x", "data": danger}))
