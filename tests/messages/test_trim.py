"""Trimming keeps the turns of tools whole."""

import pytest

from headrace import compat
from headrace.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage, trim_messages

CALL = {"name": "f", "args": {}}


def types(messages: list[BaseMessage]) -> list[str]:
    return [message.type for message in messages]


@pytest.fixture
def messages() -> list[BaseMessage]:
    calls = [{**CALL, "id": "1"}, {**CALL, "id": "2"}]
    return [
        HumanMessage("a"),
        AIMessage("", tool_calls=calls),
        ToolMessage("r", tool_call_id="1"),
        ToolMessage("r", tool_call_id="2"),
        HumanMessage("b"),
        AIMessage("c"),
    ]


def test_a_result_goes_with_its_call(messages):
    for size, kept in [(2, 2), (3, 2), (4, 2), (5, 5), (6, 6)]:
        trimmed = trim_messages(messages, max_tokens=size, token_counter=len)
        assert types(trimmed) == types(messages[-kept:])
    with compat.exact():
        trimmed = trim_messages(messages, max_tokens=3, token_counter=len)
        assert types(trimmed) == ["tool", "human", "ai"]


def test_a_result_whose_call_was_never_there_is_kept():
    alone = [ToolMessage("r", tool_call_id="elsewhere"), AIMessage("c")]
    assert trim_messages(alone, max_tokens=2, token_counter=len) == alone


def test_the_messages_of_the_caller_stay_as_they_are(messages):
    before = list(messages)
    trim_messages(messages, max_tokens=3, token_counter=len, end_on="human")
    assert messages == before
