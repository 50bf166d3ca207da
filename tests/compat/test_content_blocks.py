"""`content_blocks` of messages of every provider, with the reference and with headrace."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import compat

from .blocks import BESIDE, CALLS, CLAUDE_AND_TYPED, FORMS, PARTS, Block
from .libraries import OURS, REFERENCE, normal

ITEMS = [
    pytest.param(provider, item, id=f"{provider}-{number}")
    for provider, items in FORMS.items()
    for number, item in enumerate(items)
]


def message_of(provider: str | None, content: Any, beside: Block, calls: Block) -> Block:
    fields = copy.deepcopy({"content": content, **beside, **calls})
    if provider:
        metadata = fields.get("response_metadata", {})
        fields["response_metadata"] = {**metadata, "model_provider": provider}
    return fields


def looked_at(names: dict[str, Any], kind: str, *messages: Block) -> tuple[Any, Any]:
    """The content of a message, or of the sum of chunks, and the blocks that it is."""
    made = [names[kind](**copy.deepcopy(fields)) for fields in messages]
    try:
        total = made[0]
        for other in made[1:]:
            total = total + other
    except TypeError as error:
        return "cannot be added", str(error).partition(".")[0]
    content = normal(total.content), total.text
    try:
        return content, normal(total.content_blocks)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        return content, error


def same(kind: str, *messages: Block) -> None:
    with compat.exact():
        content, blocks = looked_at(OURS, kind, *messages)
        assert not isinstance(blocks, Exception)
    their_content, their_blocks = looked_at(REFERENCE, kind, *messages)
    assert content == their_content
    # Of blocks that lack what their type has the reference makes an error, and headrace none.
    if not isinstance(their_blocks, Exception):
        assert blocks == their_blocks


@pytest.mark.parametrize(("provider", "item"), ITEMS)
def test_each_form(provider: str | None, item: Any) -> None:
    for beside in ({}, *CLAUDE_AND_TYPED):
        for calls in CALLS:
            same("AIMessage", message_of(provider, [item], beside, calls))
        for parts in PARTS:
            same("AIMessageChunk", message_of(provider, [item], beside, parts))
    same("HumanMessage", message_of(provider, [item], {}, {}))


@pytest.mark.parametrize("provider", FORMS)
@pytest.mark.parametrize("beside", BESIDE)
def test_what_stands_beside(provider: str | None, beside: Block) -> None:
    contents = ["", "a text", [], ["a", {"type": "text", "text": "b"}]]
    for content in [*contents, [{"type": "text", "text": "b", "id": "x"}, {"type": "x", "a": 1}]]:
        for calls in CALLS:
            same("AIMessage", message_of(provider, content, beside, calls))
        for parts in PARTS:
            same("AIMessageChunk", message_of(provider, content, beside, parts))


@st.composite
def messages(draw: st.DrawFn, several: bool) -> list[Block]:
    provider = draw(st.sampled_from(list(FORMS)))
    items = st.lists(st.sampled_from(FORMS[provider]), max_size=4)
    indexed = items.map(lambda them: [{**it, "index": 0} for it in them if isinstance(it, dict)])
    beside = st.sampled_from(BESIDE)
    calls = st.sampled_from(PARTS if several else CALLS)
    count = draw(st.integers(1, 4)) if several else 1
    contents = st.one_of(items, indexed, st.sampled_from(["", "a"]))
    return [
        message_of(provider, draw(contents), draw(beside) if not n else {}, draw(calls))
        for n in range(count)
    ]


@given(messages(several=False))
def test_mixtures(fields: list[Block]) -> None:
    same("AIMessage", *fields)


@st.composite
def damaged(draw: st.DrawFn) -> Block:
    """A message with a block of which something is missing, or something else."""
    provider = draw(st.sampled_from(list(FORMS)))
    given = [item for item in FORMS[provider] if isinstance(item, dict) and len(item) > 1]
    block = copy.deepcopy(draw(st.sampled_from(given)))
    key = draw(st.sampled_from([key for key in block if key != "type"]))
    if draw(st.booleans()):
        del block[key]
    else:
        block[key] = draw(st.sampled_from([None, 5, "x", "", [], ["x"], {}, {"x": 1}, True]))
    return message_of(provider, [block], {}, draw(st.sampled_from(CALLS)))


@given(damaged())
def test_damaged_blocks(fields: Block) -> None:
    same("AIMessage", fields)
    same("AIMessageChunk", fields)


@given(messages(several=True))
def test_sums(fields: list[Block]) -> None:
    same("AIMessageChunk", *fields)
