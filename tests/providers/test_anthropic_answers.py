"""Whole answers, answers of a given shape, and runs that are observed."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel
from tests.providers.anthropic_kit import (
    HELLO,
    call,
    ended,
    ours,
    shown,
    started,
    text,
    theirs,
    whole_message,
)
from tests.replay_server import Answer, ReplayServer

from headrace.exceptions import ModelRefusalError, OutputParserException
from headrace.language_models import ReplayChatModel
from headrace.messages import AIMessageChunk
from headrace.providers import init_chat_model
from headrace.providers.anthropic import ChatAnthropic

USE = {"type": "tool_use", "id": "toolu_1", "name": "Weather", "input": {"city": "Ulm"}}
USAGE = {
    "input_tokens": 3,
    "output_tokens": 4,
    "cache_read_input_tokens": 5,
    "cache_creation_input_tokens": 9,
    "cache_creation": {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 2},
    "output_tokens_details": {"thinking_tokens": 1},
}
CONTAINER = {"id": "container_1", "expires_at": "2026-01-02T03:04:05Z"}
ANSWERS: dict[str, Answer] = {
    "text": whole_message({"type": "text", "text": "Hi"}, usage=USAGE),
    "texts": whole_message({"type": "text", "text": "Hi"}, {"type": "text", "text": "there"}),
    "nothing": whole_message(),
    "tools": whole_message({"type": "text", "text": "Let me see"}, USE, stop_reason="tool_use"),
    "thinking": whole_message(
        {"type": "thinking", "thinking": "Well", "signature": "s"},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "42"},
    ),
    "cited": whole_message(
        {
            "type": "text",
            "text": "green",
            "citations": [
                {
                    "type": "char_location",
                    "cited_text": "green",
                    "document_index": 0,
                    "document_title": None,
                    "start_char_index": 0,
                    "end_char_index": 5,
                }
            ],
        }
    ),
    "container": whole_message({"type": "text", "text": "Hi"}, container=CONTAINER),
}


@pytest.mark.parametrize("named", ANSWERS)
@pytest.mark.parametrize("fields", [{}, {"betas": ["a-2025-01-01"]}], ids=["", "beta"])
def test_whole_answers_equal_the_reference(named: str, fields: Any) -> None:
    with ReplayServer(answer=lambda _: ANSWERS[named]) as server:
        here, there = ours(server.url, **fields), theirs(server.url, **fields)

        async def wait_for() -> Any:
            try:
                return await here.ainvoke("Hi")
            finally:
                await here._async_client.close()

        seen = [shown(there.invoke("Hi")), shown(here.invoke("Hi")), shown(asyncio.run(wait_for()))]
        for model in (here, there):
            model._client.close()
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]


class Weather(BaseModel):
    """Say how the weather is."""

    city: str


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_answers_of_a_given_shape(method: Any, raw: bool) -> None:
    use, written = whole_message(USE), whole_message({"type": "text", "text": '{"city": "Ulm"}'})
    with ReplayServer(answer=lambda q: use if "tools" in q.body else written) as server:
        model = ours(server.url)
        for schema in (Weather, Weather.model_json_schema()):
            given = model.with_structured_output(schema, method=method, include_raw=raw).invoke("?")
            found: Any = given["parsed"] if raw else given  # type: ignore[index]
            assert found == (Weather(city="Ulm") if schema is Weather else {"city": "Ulm"})
            if raw:
                assert given["parsing_error"] is None  # type: ignore[index]
        model._client.close()


def test_a_shape_that_does_not_come() -> None:
    with ReplayServer(answer=lambda _: whole_message({"type": "text", "text": "No."})) as server:
        model = ours(server.url)
        told = model.with_structured_output(Weather, method="json_schema", include_raw=True)
        assert isinstance(told.invoke("?")["parsing_error"], OutputParserException)  # type: ignore[index]
        thinking = ours(server.url, thinking={"type": "enabled", "budget_tokens": 1024})
        with pytest.warns(UserWarning, match="forced"):
            unforced = thinking.with_structured_output(Weather)
        with pytest.raises(OutputParserException, match="forced"):
            unforced.invoke("?")
        with pytest.warns(UserWarning, match="json_mode"):
            model.with_structured_output(Weather, method="json_mode")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="Unrecognized structured output method"):
            model.with_structured_output(Weather, method="guess")  # type: ignore[arg-type]
        for one in (model, thinking):
            one._client.close()


DECLINED = {"type": "refusal", "category": "bio", "explanation": "I'd rather not."}
REFUSED = r"Model refused to produce the requested output \(category='bio'\): I'd rather not\."


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_a_refusal(method: Any) -> None:
    whole = whole_message(stop_reason="refusal", stop_details=DECLINED)
    with ReplayServer(answer=lambda _: whole) as server:
        model = ours(server.url)
        for schema in (Weather, Weather.model_json_schema()):
            chain = model.with_structured_output(schema, method=method)
            with pytest.raises(ModelRefusalError, match=REFUSED) as refused:
                chain.invoke("?")
            assert refused.value.raw_message.response_metadata["stop_reason"] == "refusal"
            raw = model.with_structured_output(schema, method=method, include_raw=True)
            given: Any = raw.invoke("?")
            assert isinstance(given["parsing_error"], ModelRefusalError)
            assert given["parsed"] is None
        model._client.close()


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
async def test_a_refusal_of_a_stream(method: Any) -> None:
    events = [started(), *text(0, "Hm."), *ended("refusal", stop_details=DECLINED)]
    with ReplayServer(events) as server:
        model = ours(server.url)
        for schema in (Weather, Weather.model_json_schema()):
            chain = model.with_structured_output(schema, method=method)
            with pytest.raises(ModelRefusalError, match=REFUSED):
                list(chain.stream("?"))
            with pytest.raises(ModelRefusalError, match=REFUSED):
                [part async for part in chain.astream("?")]
            raw: Any = model.with_structured_output(schema, method=method, include_raw=True)
            assert isinstance(list(raw.stream("?"))[-1]["parsing_error"], ModelRefusalError)
        model._client.close()
        await model._async_client.close()


def test_data_streams_as_it_comes() -> None:
    pieces = ['{"city": ', '"Ul', 'm"}']
    with ReplayServer([started(), *text(0, *pieces), *ended()]) as server:
        model = ours(server.url)
        schema = Weather.model_json_schema()
        chain = model.with_structured_output(schema, method="json_schema")
        assert list(chain.stream("?")) == [{}, {"city": "Ul"}, {"city": "Ulm"}]
        model._client.close()


def test_streaming_where_a_whole_answer_is_asked_for() -> None:
    events = [started(), *text(0, "Hi"), *call(1, "t", "f", '{"a": 1}'), *ended("tool_use")]
    with ReplayServer(events) as server:
        model = ours(server.url, streaming=True)
        message = model.bind_tools([Weather]).invoke("Hi")
        assert server.requests[0].body["stream"] is True
        assert message.tool_calls[0]["args"] == {"a": 1}
        assert message.response_metadata["stop_reason"] == "tool_use"
        model._client.close()


async def test_observers_hear_the_same() -> None:
    with ReplayServer(HELLO) as server:
        heard = []
        for make in (ours, theirs):
            model = make(server.url, temperature=0.5, max_tokens=9)
            seen = []
            async for event in model.astream_events("Hi", version="v2"):
                metadata = {k: v for k, v in event["metadata"].items() if k.startswith("ls_")}
                metadata.pop("ls_integration", None)
                chunk = event["data"].get("chunk")
                seen.append((event["event"], metadata, None if chunk is None else chunk.content))
            heard.append(seen)
            await model._async_client.close()
    assert heard[0] == heard[1]
    assert heard[0][0][1] == {
        "ls_provider": "anthropic",
        "ls_model_name": "claude-sonnet-4-6",
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 9,
    }


def test_a_subclass_streams_by_its_own_method() -> None:
    class Loud(ChatAnthropic):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            for chunk in super()._stream(*args, **kwargs):
                chunk.message.content = str(chunk.message.content).upper()
                yield chunk

    with ReplayServer(HELLO) as server:
        model = Loud(model="claude-next", api_key="k", base_url=server.url)
        assert "".join(chunk.text for chunk in model.stream("Hi")) == "HELLO WÖRLD 🙂"
        model._client.close()


def test_a_recording_becomes_the_same_chunks() -> None:
    events = [started(), *text(0, "Hi"), *call(1, "t", "f", '{"a"', ": 1}"), *ended("tool_use")]
    with ReplayServer(events) as server:
        model = ours(server.url)
        live = [shown(chunk) for chunk in model.bind_tools([Weather]).stream("Hi")]
        model._client.close()
    replayed = [shown(chunk) for chunk in ReplayChatModel.recorded(events).stream("")]
    for chunk in (*live, *replayed):
        del chunk["id"]  # a recording has that of its message
        # the SDK has as None what the provider does not say
        chunk["content"] = [
            {name: value for name, value in one.items() if value is not None}
            for one in chunk["content"]
        ]
    assert replayed == live


@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_objects_grow(method: Any) -> None:
    pieces = ('{"city": ', '"Ulm"}')
    by_call = [started(), *call(0, "t", "Weather", *pieces), *ended("tool_use")]
    by_text = [started(), *text(0, *pieces), *ended()]
    with ReplayServer(by_call if method == "function_calling" else by_text) as server:
        model = ours(server.url)
        chain: Any = model.with_structured_output(Weather, method=method, partial_models=True)
        parts = list(chain.stream("Hi"))
        model._client.close()
    assert [part.city for part in parts] == [None, "Ulm", "Ulm"]
    assert all(isinstance(part, Weather) for part in parts)
    assert type(parts[-1]) is Weather
    with pytest.raises(ValueError, match="dictionaries grow by themselves"):
        model.with_structured_output({"title": "A", "type": "object"}, partial_models=True)


def test_by_name() -> None:
    model = init_chat_model("anthropic:claude-next", api_key="k", temperature=0)
    assert isinstance(model, ChatAnthropic)
    assert model.model == "claude-next"
    assert isinstance(init_chat_model("claude-next", api_key="k"), ChatAnthropic)


def test_chunks_are_of_this_library() -> None:
    with ReplayServer(HELLO) as server:
        model = ours(server.url)
        assert all(isinstance(chunk, AIMessageChunk) for chunk in model.stream("Hi"))
        model._client.close()
