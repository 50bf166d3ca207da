"""Answers of a given shape, and what keeps a model from giving one."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel
from tests.providers.openai.kit import (
    RESPONSES,
    aclosing_model,
    closing_model,
    delta,
    events,
    response,
)
from tests.replay_server import ReplayServer

from headrace.exceptions import ModelRefusalError, OutputParserException
from headrace.providers.openai import OpenAIRefusalError


class Point(BaseModel):
    x: int
    y: int


POINT = [delta('{"x": 1, '), delta('"y": 2}'), delta(ended="stop")]


def asked(chat: Any, how: str = "stream", schema: Any = Point, **options: Any) -> Any:
    fields = options.pop("fields", {})
    with ReplayServer(chat) as server, closing_model(server, streaming=True, **fields) as model:
        chain = model.with_structured_output(schema, **options)
        if how == "stream":
            return list(chain.stream("hi"))
        return chain.invoke("hi")


@pytest.mark.parametrize("how", ["stream", "invoke"])
def test_json_schema(how: str) -> None:
    expected: Any = Point(x=1, y=2)
    assert asked(POINT, how) == ([expected] if how == "stream" else expected)


def test_dictionaries_grow_as_they_come() -> None:
    schema = {"title": "Point", "type": "object", "properties": {"x": {"type": "integer"}}}
    assert asked(POINT, schema=schema) == [{"x": 1}, {"x": 1, "y": 2}]


def test_json_mode() -> None:
    assert asked(POINT, "invoke", method="json_mode") == Point(x=1, y=2)
    assert asked(POINT, "invoke", None, method="json_mode") == {"x": 1, "y": 2}


def test_the_text_of_a_response_is_parsed() -> None:
    said = events(
        ("created", {"response": response()}),
        (
            "output_text.delta",
            {
                "output_index": 0,
                "content_index": 0,
                "item_id": "m",
                "delta": '{"x":1,"y":2}',
                "logprobs": [],
            },
        ),
        ("completed", {"response": response()}),
    )
    with ReplayServer(said) as server, closing_model(server, use_responses_api=True) as model:
        chunks = list(model.bind(response_format=Point).stream("hi"))
    assert chunks[-1].additional_kwargs == {"parsed": Point(x=1, y=2)}
    assert server.requests[0].body["text"]["format"]["schema"]["required"] == ["x", "y"]


def test_refusal() -> None:
    chat = [delta(refusal="I'd "), delta(refusal="rather not."), delta(ended="stop")]
    with pytest.raises(OpenAIRefusalError, match=r"I'd rather not\.") as refused:
        asked(chat, "invoke")
    assert isinstance(refused.value, ModelRefusalError)
    found = asked(chat, "invoke", include_raw=True)
    assert isinstance(found["parsing_error"], OpenAIRefusalError)
    assert found["parsed"] is None
    assert found["raw"].additional_kwargs["refusal"] == "I'd rather not."


def test_refusal_of_a_response() -> None:
    said = [
        event
        for event in RESPONSES
        if event["type"].split(".", 1)[1] in ("created", "refusal.done", "completed")
    ]
    with pytest.raises(OpenAIRefusalError, match=r"No\."):
        asked(said, "invoke", fields={"use_responses_api": True})


def test_an_answer_that_was_cut_off_says_so() -> None:
    chat = [delta('{"x": 1'), delta(ended="length")]
    with pytest.raises(OutputParserException, match=r"no Point\. It was cut off"):
        asked(chat, "invoke")
    found = asked(chat, "invoke", include_raw=True)
    assert isinstance(found["parsing_error"], OutputParserException)
    assert found["raw"].content == '{"x": 1'


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"method": "magic"}, "Unrecognized method argument"),
        ({"schema": None}, "schema must be specified"),
        ({"method": "json_mode", "strict": True}, "`strict` is not supported"),
    ],
)
def test_what_makes_no_sense(options: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        asked(POINT, **options)


def test_old_models_answer_by_a_call() -> None:
    with (
        ReplayServer(POINT) as server,
        closing_model(server, model="gpt-4") as model,
        pytest.warns(UserWarning, match="function_calling"),
    ):
        model.with_structured_output(Point)


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize("include_raw", [False, True])
def test_what_streams_adds_up_to_what_invoke_gives(method: str, include_raw: bool) -> None:
    call = {"id": "c1", "type": "function"}
    by_call = [
        delta(tool_calls=[{"index": 0, **call, "function": {"name": "Point", "arguments": ""}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '{"x": 1, "y": 2}'}}]),
        delta(ended="tool_calls"),
    ]
    said = by_call if method == "function_calling" else POINT
    options: Any = {"method": method, "include_raw": include_raw}
    parts = asked(said, **options)
    whole = asked(said, "invoke", **options)
    if not include_raw:
        assert parts == [whole] == [Point(x=1, y=2)]
        return
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    assert sum("raw" in part for part in parts) > 2
    assert total["raw"].text == whole["raw"].text
    assert (total["parsed"], total["parsing_error"]) == (Point(x=1, y=2), None)
    assert (whole["parsed"], whole["parsing_error"]) == (Point(x=1, y=2), None)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("method", ["json_schema", "json_mode"])
def test_objects_grow(method: Any, asynchronous: bool) -> None:
    async def gather() -> list[Any]:
        async with aclosing_model(server) as model:
            chain = model.with_structured_output(Point, method=method, partial_models=True)
            return [part async for part in chain.astream("hi")]

    if asynchronous:
        with ReplayServer(POINT) as server:
            parts = asyncio.run(gather())
        assert "partial_models" not in server.requests[0].body
    else:
        parts = asked(POINT, method=method, partial_models=True)
    if method == "function_calling":
        assert [(part.x, part.y) for part in parts] == [(1, None), (1, 2), (1, 2)]
    assert (parts[-1].x, parts[-1].y) == (1, 2)
    assert all(isinstance(part, Point) for part in parts)
    assert type(parts[-1]) is Point


def test_a_refusal_of_what_would_grow() -> None:
    chat = [delta(refusal="I'd "), delta(refusal="rather not."), delta(ended="stop")]
    for how in ("stream", "invoke"):
        with pytest.raises(OpenAIRefusalError, match=r"I'd rather not\."):
            asked(chat, how, partial_models=True)
    with pytest.raises(ValueError, match="dictionaries grow by themselves"):
        asked(chat, schema={"title": "A", "type": "object"}, partial_models=True)
