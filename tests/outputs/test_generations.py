"""Generations are no pydantic models and look like ones."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from headrace.messages import AIMessage, AIMessageChunk, HumanMessage
from headrace.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
    LLMResult,
)

ALL: list[Any] = [
    Generation(text="a"),
    Generation(text="a", generation_info={"x": {"y": 1}}),
    GenerationChunk(text="a"),
    ChatGeneration(message=AIMessage("a", id="1")),
    ChatGenerationChunk(message=AIMessageChunk(content="a"), generation_info={"x": 1}),
]


class Scored(ChatGeneration):
    """A user's class with a field of its own."""

    score: float
    notes: list[str] = []  # noqa: RUF012 - pydantic copies it


ALL.append(Scored(message=AIMessage("a"), score="1.5"))


@pytest.mark.parametrize("one", ALL, ids=lambda one: type(one).__name__)
def test_copies_and_dumps(one: Any) -> None:
    kind = type(one)
    assert pickle.loads(pickle.dumps(one)) == copy.copy(one) == copy.deepcopy(one) == one
    for again in (
        kind.model_validate(one.model_dump()),
        kind.model_validate_json(one.model_dump_json()),
    ):
        # as in the reference, a message that comes from a dictionary is of the base class
        assert type(again) is kind
        assert (again.text, again.generation_info) == (one.text, one.generation_info)
    assert kind.model_validate(one) is one
    assert one.model_copy() == one
    assert one.model_copy(update={"generation_info": {"z": 1}}).generation_info == {"z": 1}
    assert one.dict() == one.model_dump()
    assert one.json() == one.model_dump_json()
    assert list(dict(one)) == list(one.model_fields) == list(one.model_dump())
    assert dict(one)["text"] == "a"
    assert kind.lc_id() == ["langchain", "schema", "output", kind.__name__]
    assert one.text == "a"
    assert one.type in one.model_dump().values()
    assert kind.__name__ in repr(one)
    assert kind.model_json_schema()["title"] == kind.__name__
    assert one.to_json()["id"][-1] == kind.__name__
    assert one != "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


def test_a_deep_copy_shares_nothing() -> None:
    deep = ALL[1].model_copy(deep=True)
    deep.generation_info["x"]["y"] = 2
    assert ALL[1].generation_info == {"x": {"y": 1}}


def test_a_users_class() -> None:
    scored = Scored(message=AIMessage("a"), score="2.5", generation_info=None)
    assert (scored.score, scored.notes, scored.text) == (2.5, [], "a")
    with pytest.raises(ValidationError, match="score"):
        Scored(message=AIMessage("a"))


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Generation(), "text"),
        (lambda: Generation(text=1), "text"),
        (lambda: Generation(text="a", generation_info=1), "generation_info"),
        (lambda: ChatGeneration(), "message"),
        (lambda: ChatGeneration(message="a"), "message"),
        (lambda: ChatGenerationChunk(message=AIMessage("a")), "message"),
        (lambda: ChatGenerationChunk(message=AIMessageChunk("a"), generation_info=1), "generation"),
    ],
)
def test_wrong_arguments_are_named(make: Any, field: str) -> None:
    with pytest.raises(ValidationError, match=field):
        make()


def test_what_is_not_known_is_passed_over() -> None:
    assert Generation(text="a", other=1) == Generation(text="a")
    assert ChatGeneration(message=AIMessage("a"), text="b").text == "a"


def test_they_stand_in_models() -> None:
    class Holder(BaseModel):
        one: Generation | ChatGenerationChunk
        any: Any = None

    for one in ALL:
        holder = Holder(one=one, any=one)
        assert holder.one is one
        assert holder.model_dump()["one"] == holder.model_dump()["any"] == one.model_dump()
    result = LLMResult(generations=[ALL[:5]])
    assert all(one is two for one, two in zip(result.generations[0], ALL, strict=False))
    again = LLMResult.model_validate_json(result.model_dump_json())
    assert [type(one) for one in again.generations[0][3:]] == [ChatGeneration, ChatGenerationChunk]
    with pytest.raises(ValidationError):
        ChatResult(generations=[Generation(text="a")])  # type: ignore[list-item]


def test_the_text_follows_the_message() -> None:
    one = ChatGeneration(message=AIMessage("a"))
    one.message = HumanMessage("b")
    assert one.text == "b"


def test_text_of_blocks_that_do_not_say_their_type() -> None:
    blocks: Any = [{"text": "a"}, {"type": "text", "text": "b"}, "c", {"type": "x", "text": "d"}]
    assert ChatGeneration(message=AIMessage(blocks)).text == "abc"


@given(st.lists(st.text(max_size=3), min_size=1, max_size=20))
def test_parts_add_up_however_they_are_bracketed(texts: list[str]) -> None:
    chunks = [
        ChatGenerationChunk(message=AIMessageChunk(text), generation_info={f"i{i}": i})
        for i, text in enumerate(texts)
    ]
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    assert total == chunks[0] + chunks[1:]
    assert total.text == "".join(texts)
    assert [chunk.text for chunk in chunks] == texts


@pytest.mark.parametrize("other", [1, "a", [1], Generation(text="a")])
def test_what_cannot_be_added(other: Any) -> None:
    for chunk in (GenerationChunk(text="a"), ALL[4]):
        with pytest.raises(TypeError, match="unsupported operand"):
            chunk + other


CALLS = AIMessage("a", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "1"}])


@pytest.mark.parametrize(
    "output",
    [
        ChatGeneration(message=CALLS),
        ChatGeneration(message=HumanMessage("a"), generation_info={"x": 1}),
        ChatGenerationChunk(message=AIMessageChunk("a", chunk_position="last")),
        ChatResult(generations=[ChatGeneration(message=CALLS)], llm_output={"x": 1}),
        LLMResult(generations=[[ChatGeneration(message=CALLS)], [Generation(text="b")]]),
    ],
    ids=lambda output: type(output).__name__,
)
def test_what_is_dumped_is_read_again(output: Any) -> None:
    cls = type(output)
    assert cls.model_validate(output.model_dump()) == output
    assert cls.model_validate_json(output.model_dump_json()) == output
    assert set(output.model_dump()) == set(cls.model_fields)


def test_messages_of_unknown_types_are_read() -> None:
    read = ChatGeneration.model_validate({"message": {"type": "other", "content": "a"}})
    assert (read.message.type, read.text) == ("other", "a")
