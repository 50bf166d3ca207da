"""Examples of tool calls, as messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

from headrace.messages.ai import AIMessage
from headrace.messages.human import HumanMessage
from headrace.messages.tool import ToolMessage

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.messages.base import BaseMessage

__all__ = ["tool_example_to_messages"]

_RIGHT = "You have correctly called this tool."


def tool_example_to_messages(
    input: str,
    tool_calls: list[BaseModel],
    tool_outputs: list[str] | None = None,
    *,
    ai_response: str | None = None,
) -> list[BaseMessage]:
    """Write an example of tool calls; see `headrace.utils.function_calling`."""
    outputs = tool_outputs or [_RIGHT] * len(tool_calls)
    if len(outputs) != len(tool_calls):
        raise ValueError(
            f"The number of tool_outputs ({len(outputs)}) must match the number of tool_calls "
            f"({len(tool_calls)}). Got {len(outputs)} output(s) for {len(tool_calls)} tool call(s)."
        )
    calls = [
        {
            "id": str(uuid4()),
            "type": "function",
            "function": {"name": type(call).__name__, "arguments": call.model_dump_json()},
        }
        for call in tool_calls
    ]
    messages: list[BaseMessage] = [
        HumanMessage(content=input),
        AIMessage(
            content="",
            additional_kwargs={"tool_calls": calls},
            tool_calls=[
                {
                    "name": type(call).__name__,
                    "args": json.loads(call.model_dump_json()),
                    "id": made["id"],
                    "type": "tool_call",
                }
                for call, made in zip(tool_calls, calls, strict=True)
            ],
        ),
    ]
    messages += [
        ToolMessage(content=output, tool_call_id=made["id"])
        for output, made in zip(outputs, calls, strict=True)
    ]
    if ai_response:
        messages.append(AIMessage(content=ai_response))
    return messages
