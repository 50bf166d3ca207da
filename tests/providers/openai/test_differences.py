"""Each difference from langchain-openai that docs/differences.md lists, on both libraries."""

import importlib
import warnings
from typing import Any

import langchain_openai
import pytest
from pydantic import BaseModel, ValidationError
from tests.differences import check_table
from tests.providers.openai.kit import (
    CHAT,
    KEY,
    RESPONSES,
    closing_model,
    delta,
    events,
    response,
    streamed,
)
from tests.replay_server import Answer, ReplayServer, Request

from headrace.exceptions import ModelConnectionError, ModelStreamError, OutputParserException
from headrace.providers import openai as ours

CLASSES = {"theirs": langchain_openai.ChatOpenAI, "ours": ours.ChatOpenAI}


class Point(BaseModel):
    x: int


def outcome(act: Any) -> Any:
    try:
        return act()
    except Exception as error:
        return type(error).__mro__


def streaming(cls: Any, said: list[Any], **fields: Any) -> Any:
    with ReplayServer(said) as server:
        chunks = streamed(server, False, cls=cls, **fields)
    return chunks[0] + chunks[1:]


def reasoning(cls: Any) -> Any:
    return streaming(cls, [delta(reasoning_content="so"), CHAT[1]]).additional_kwargs


def refusal(cls: Any) -> Any:
    return streaming(cls, [delta(refusal="no"), delta(ended="stop")]).additional_kwargs


def several_answers(cls: Any) -> Any:
    second = delta("B")
    second["choices"][0]["index"] = 1
    return streaming(cls, [delta("a"), second, delta("c"), delta(ended="stop")]).content


def configured(cls: Any) -> Any:
    core = "langchain_core" if cls is langchain_openai.ChatOpenAI else "headrace"
    field = importlib.import_module(f"{core}.runnables").ConfigurableField(id="t")

    def answer(request: Request) -> Answer:
        message = {"role": "assistant", "content": "whole"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = Answer.whole({"id": "1", "object": "chat.completion", "choices": [choice]})
        return Answer.streaming(CHAT[:3]) if request.body["stream"] else whole

    with ReplayServer(answer=answer) as server, closing_model(server, cls) as model:
        chain = model.configurable_fields(temperature=field)
        return [chunk.text for chunk in chain.stream("hi", {"configurable": {"t": 0.5}})]


def custom_call(cls: Any) -> Any:
    made = {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "sql", "input": "1"}}
    said = [delta(tool_calls=[made]), delta(ended="tool_calls")]

    def whole() -> Any:
        message = {"role": "assistant", "content": None, "tool_calls": [made]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
        answer = Answer.whole({"id": "1", "object": "chat.completion", "choices": [choice]})
        with ReplayServer(answer=lambda _: answer) as server, closing_model(server, cls) as model:
            return model.invoke("hi")

    def ask() -> Any:
        ((streamed,), (given,)) = (
            message.invalid_tool_calls for message in (streaming(cls, said), whole())
        )
        assert streamed == given
        return given["name"], given["args"]

    return outcome(ask)


def speech(cls: Any) -> Any:
    said = [delta(audio={"id": "a1", "data": "aGk="}), delta(ended="stop")]
    return streaming(cls, said).additional_kwargs


def failed_response(cls: Any) -> Any:
    said = events(
        ("created", {"response": response()}), ("failed", {"response": response("failed")})
    )
    return outcome(lambda: streaming(cls, said, use_responses_api=True))


def unended_response(cls: Any) -> Any:
    cut = RESPONSES[:-1]
    found = outcome(lambda: streaming(cls, cut, use_responses_api=True))
    return found if isinstance(found, tuple) else "as if whole"


def not_the_data(cls: Any) -> Any:
    def ask() -> Any:
        message = {"role": "assistant", "content": "oh"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = Answer.whole({"id": "1", "object": "chat.completion", "choices": [choice]})
        with (
            ReplayServer(answer=lambda _: whole) as server,
            closing_model(server, cls) as model,
        ):
            found = model.with_structured_output(Point, include_raw=True).invoke("hi")
            return type(found["parsing_error"]).__name__

    return outcome(ask)


def headers(cls: Any) -> Any:
    return "secret" in repr(cls(api_key=KEY, default_headers={"authorization": "secret"}))


def output_version(cls: Any) -> Any:
    made = outcome(lambda: cls(api_key=KEY, output_version="v0"))
    return made if isinstance(made, tuple) else made.output_version


def texts_among_blocks(cls: Any) -> Any:
    model = cls(api_key=KEY, use_responses_api=True)
    said = [{"role": "user", "content": ["Hi", {"type": "text", "text": "there"}]}]

    def ask() -> Any:
        (item,) = model._get_request_payload(said)["input"]
        return [block["text"] for block in item["content"]]

    return outcome(ask)


def answer_of_the_oldest_form(cls: Any) -> Any:
    messages = importlib.import_module(
        "langchain_core.messages" if cls is langchain_openai.ChatOpenAI else "headrace.messages"
    )
    answer = messages.AIMessage([{"type": "text", "text": "Hi"}], id="msg_1")
    answer.response_metadata = {"id": "resp_1"}
    (item,) = cls(api_key=KEY, use_responses_api=True)._get_request_payload([answer])["input"]
    return item.get("id")


DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "reasoning-of-others": (reasoning, {}, {"reasoning_content": "so"}),
    "streamed-refusal": (refusal, {}, {"refusal": "no"}),
    "several-answers": (several_answers, "aBc", "ac"),
    "configured-models": (configured, ["whole"], ["", "Grüß ", "Gott 🐍", ""]),
    "custom-call": (custom_call, AttributeError, ("sql", "1")),
    "streamed-speech": (speech, {}, {"audio": {"id": "a1", "data": "aGk="}}),
    "failed-response": (failed_response, ValueError, ModelStreamError),
    "unended-response": (unended_response, "as if whole", ModelConnectionError),
    "answer-that-is-no-data": (not_the_data, ValidationError, OutputParserException.__name__),
    "headers-are-secret": (headers, True, False),
    "old-output-version": (output_version, "v0", ValueError),
    "answers-of-old-form": (answer_of_the_oldest_form, "msg_1", None),
    "texts-among-blocks": (texts_among_blocks, TypeError, ["Hi", "there"]),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str) -> None:
    act, theirs, mine = DIFFERENCES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {side: act(cls) for side, cls in CLASSES.items()}
    for side, expected in (("theirs", theirs), ("ours", mine)):
        if isinstance(expected, type):
            assert expected in found[side], found[side]
        else:
            assert found[side] == expected
    assert found["theirs"] != found["ours"]


def test_the_page_lists_them() -> None:
    check_table("OpenAI", __file__, DIFFERENCES)
