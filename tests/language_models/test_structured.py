"""Answers of a given shape."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from typing_extensions import TypedDict

from headrace.callbacks import BaseCallbackHandler
from headrace.language_models import FakeListChatModel, ParrotFakeChatModel, ReplayChatModel
from headrace.messages import AIMessage


class Joke(BaseModel):
    """A joke."""

    setup: str
    rating: int = 0


class Typed(TypedDict):
    """A joke."""

    setup: str


SCHEMA = {
    "title": "Named",
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}},
}


def model(name: str, **args: Any) -> ReplayChatModel:
    return ReplayChatModel(AIMessage("", tool_calls=[{"name": name, "args": args, "id": "1"}]))


def test_a_pydantic_model() -> None:
    chain = model("Joke", setup="why", rating=3).with_structured_output(Joke)
    assert chain.invoke("x") == Joke(setup="why", rating=3)
    assert list(chain.stream("x"))[-1] == Joke(setup="why", rating=3)


async def test_async() -> None:
    chain = model("Joke", setup="why").with_structured_output(Joke, method="any", strict=True)
    assert await chain.ainvoke("x") == Joke(setup="why")
    assert [part async for part in chain.astream("x")][-1] == Joke(setup="why")


@pytest.mark.parametrize(("schema", "name"), [(Typed, "Typed"), (SCHEMA, "Named")])
def test_a_dictionary(schema: Any, name: str) -> None:
    chain = model(name, setup="why").with_structured_output(schema)
    assert chain.invoke("x") == {"setup": "why"}
    growing = [part["setup"] for part in chain.stream("x") if part and "setup" in part]
    assert growing[-1] == "why"


def test_data_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValidationError, match="setup"):
        model("Joke", rating="many").with_structured_output(Joke).invoke("x")


def test_include_raw() -> None:
    right = model("Joke", setup="why").with_structured_output(Joke, include_raw=True).invoke("x")
    assert (right["parsed"], right["parsing_error"]) == (Joke(setup="why"), None)
    assert right["raw"].tool_calls[0]["args"] == {"setup": "why"}
    wrong = model("Joke").with_structured_output(Joke, include_raw=True).invoke("x")
    assert wrong["parsed"] is None
    assert isinstance(wrong["parsing_error"], ValidationError)
    assert wrong["raw"].tool_calls[0]["args"] == {}


def test_observers_are_told_of_the_shape() -> None:
    told: list[Any] = []

    class Ear(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, *, options, invocation_params, **kw):
            told.append((options["ls_structured_output_format"], invocation_params))

    chain = model("Joke", setup="why").with_structured_output(Joke)
    chain.invoke("x", {"callbacks": [Ear()]})
    list(chain.stream("x", {"callbacks": [Ear()]}))
    for shape, params in told:
        assert shape["kwargs"] == {"method": "function_calling"}
        assert set(shape["schema"]["properties"]) == {"setup", "rating"}
        assert "ls_structured_output_format" not in params
    assert len(told) == 2


def test_who_cannot_and_what_is_not_known() -> None:
    with pytest.raises(NotImplementedError, match="not implemented for this model"):
        ParrotFakeChatModel().with_structured_output(Joke)
    with pytest.raises(ValueError, match=r"unsupported arguments {'more': 1}"):
        FakeListChatModel(responses=["x"]).with_structured_output(Joke, more=1)
