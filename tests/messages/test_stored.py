"""Data from storage: extra fields hide no method, and pickles of LangChain's objects restore."""

import copy
import io
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from headrace.messages import AIMessage, ToolMessage, messages_from_dict

NAMES = ["model_dump", "to_json", "pretty_repr", "text", "_items", "__class__", "__eq__", "cls"]


class _AsHeadrace(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return super().find_class(module.replace("langchain_core", "headrace"), name)


def loaded(value: Any) -> Any:
    return _AsHeadrace(io.BytesIO(pickle.dumps(value))).load()


@pytest.mark.parametrize("name", [*NAMES, "__shadowing__", "_fields_set"])
def test_extra_fields_hide_no_method(name: str) -> None:
    data = {"content": "x", name: "stored", "other": 1}
    (first,) = messages_from_dict([{"type": "ai", "data": data}])
    others = [
        AIMessage.model_validate(data),
        AIMessage("x").model_copy(update={name: "stored", "other": 1}),
        copy.copy(first),
        copy.deepcopy(first),
        pickle.loads(pickle.dumps(first)),
    ]
    for message in (first, *others):
        assert type(message) is AIMessage
        assert message.text == "x"
        assert message.pretty_repr()
        assert message.to_json()["type"] == "constructor"
        assert message.model_extra == {name: "stored", "other": 1}
        dumped = message.model_dump()
        assert (dumped[name], dumped["other"], message.other) == ("stored", 1, 1)
        assert message == first
        assert f"{name}='stored'" in repr(message)


def test_pickles_of_langchain_restore() -> None:
    theirs = pytest.importorskip("langchain_core.messages")
    call = {"name": "f", "args": {"a": 1}, "id": "c", "type": "tool_call"}
    for message in (
        theirs.AIMessage("x", tool_calls=[call], id="1", more=2),
        theirs.HumanMessage([{"type": "text", "text": "x"}]),
        theirs.SystemMessage("x"),
        theirs.ToolMessage("x", tool_call_id="c", status="error"),
        theirs.ChatMessage("x", role="r"),
        theirs.AIMessageChunk("x", chunk_position="last"),
    ):
        ours = loaded(message)
        assert type(ours).__module__.startswith("headrace")
        assert ours.model_dump() == message.model_dump()


def test_pickles_of_langchain_outputs_restore() -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.documents import Document
    from langchain_core.messages import AIMessage as TheirMessage
    from langchain_core.outputs import ChatGeneration, Generation
    from langchain_core.prompt_values import StringPromptValue

    assert loaded(Generation(text="x", generation_info={"a": 1})).generation_info == {"a": 1}
    assert loaded(ChatGeneration(message=TheirMessage("x"))).text == "x"
    assert loaded(Document("x", metadata={"a": 1})).metadata == {"a": 1}
    assert loaded(StringPromptValue(text="x")).to_string() == "x"


@pytest.mark.parametrize("state", [None, {}, {"__dict__": 1}, [1], {"content": "x"}])
def test_other_states_are_refused(state: Any) -> None:
    with pytest.raises(pickle.UnpicklingError, match="cannot unpickle AIMessage"):
        AIMessage.__new__(AIMessage).__setstate__(state)


def test_states_are_checked() -> None:
    with pytest.raises(ValidationError):
        ToolMessage.__new__(ToolMessage).__setstate__(
            {"__dict__": {"content": "x", "tool_call_id": "c", "status": "odd"}}
        )
