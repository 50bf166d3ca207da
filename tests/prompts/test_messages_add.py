"""`message + ...` makes a prompt."""

import pytest

from headrace.messages import AIMessage, HumanMessage, SystemMessage
from headrace.prompts import (
    ChatPromptTemplate,
    HumanMessagePromptTemplate,
    MessagesPlaceholder,
)


@pytest.mark.parametrize(
    ("behind", "variables"),
    [
        (HumanMessage("b {x}"), []),
        ("b {x}", ["x"]),
        ([("ai", "{x}"), "{y}"], ["x", "y"]),
        (HumanMessagePromptTemplate.from_template("{x}"), ["x"]),
        (MessagesPlaceholder("x"), ["x"]),
        (ChatPromptTemplate.from_template("{x}"), ["x"]),
    ],
)
def test_a_message_and_what_follows(behind, variables):
    message = SystemMessage("a {z}")
    prompt = message + behind
    assert isinstance(prompt, ChatPromptTemplate)
    assert prompt.messages[0] is message
    assert prompt.input_variables == variables


def test_a_message_is_no_template():
    prompt = SystemMessage("{a}") + AIMessage("{b}")
    assert prompt.invoke({}).to_messages() == [SystemMessage("{a}"), AIMessage("{b}")]


def test_something_else_is_refused():
    with pytest.raises(NotImplementedError, match="int"):
        HumanMessage("a") + 3
