"""Fields that are not plainly right are checked by pydantic, at a cost of their own alone."""

from typing import Any

import pytest
from pydantic import BaseModel

from headrace.messages import AIMessage, AIMessageChunk

USAGE = {
    "input_tokens": 1,
    "output_tokens": 2,
    "total_tokens": 3,
    "input_token_details": {"cache_read": 1},
}
INVALID = {"name": "f", "args": "{", "id": "c", "error": None, "type": "invalid_tool_call"}


def test_defaults_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    construct = BaseModel.model_construct.__func__  # type: ignore[attr-defined]

    def counted(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(cls.__name__)
        return construct(cls, *args, **kwargs)

    AIMessageChunk("", usage_metadata=USAGE)
    AIMessage("", invalid_tool_calls=[INVALID])
    monkeypatch.setattr(BaseModel, "model_construct", classmethod(counted))
    for _ in range(3):
        assert AIMessageChunk("", usage_metadata=USAGE).usage_metadata == USAGE
        assert AIMessage("", invalid_tool_calls=[INVALID]).invalid_tool_calls == [INVALID]
    assert made == []


def test_what_is_checked_is_nothing_to_the_next() -> None:
    class Own(AIMessage):
        more: list[int] = []  # noqa: RUF012 - a field, as users write it

    first = Own("", more=["1"], invalid_tool_calls=[INVALID])
    first.invalid_tool_calls.append(INVALID)  # type: ignore[arg-type]
    first.more.append(2)
    assert Own("", usage_metadata=USAGE).invalid_tool_calls == []
    assert Own("", more=()).more == []
    assert (first.more, Own("").more) == ([1, 2], [])
    with pytest.raises(ValueError, match="total_tokens"):
        Own("", usage_metadata={"input_tokens": 1, "output_tokens": 2})
    assert Own("").usage_metadata is None
