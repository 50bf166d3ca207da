"""Messages from what stands for them: strings, pairs, dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from headrace.messages.ai import AIMessage
from headrace.messages.base import BaseMessage
from headrace.messages.chat import ChatMessage
from headrace.messages.function import FunctionMessage
from headrace.messages.human import HumanMessage
from headrace.messages.modifier import RemoveMessage
from headrace.messages.system import SystemMessage
from headrace.messages.tool import ToolMessage
from headrace.messages.tool_calls import tool_call

__all__ = ["MessageLikeRepresentation", "convert_to_messages"]

MessageLikeRepresentation = BaseMessage | list[str] | tuple[str, str] | str | dict[str, Any]
"""What `convert_to_messages` takes for a message."""

_CLASSES: dict[str, type[BaseMessage]] = {
    "human": HumanMessage,
    "user": HumanMessage,
    "ai": AIMessage,
    "assistant": AIMessage,
    "system": SystemMessage,
    "developer": SystemMessage,
    "function": FunctionMessage,
    "tool": ToolMessage,
    "remove": RemoveMessage,
    "chat": ChatMessage,
}

_HELP = (
    "\nFor troubleshooting, visit: https://docs.langchain.com/oss/python/langchain/errors/"
    "MESSAGE_COERCION_FAILURE "
)

_FIELDS = frozenset(
    {"additional_kwargs", "response_metadata", "artifact", "status", "type", "usage_metadata"}
)


def convert_to_messages(messages: Iterable[MessageLikeRepresentation] | Any) -> list[BaseMessage]:
    """Make messages of what stands for them.

    Args:
        messages: Each a message, a text that a person says, a pair of a role and a text, or a
            dictionary with a `role` (or `type`) and a `content`, also in OpenAI's form. Or a
            prompt value.

    Returns:
        The messages.

    Raises:
        ValueError: If a role is unknown, or a dictionary has no role or no content.
        NotImplementedError: If one is none of these.
    """
    to_messages = getattr(messages, "to_messages", None)
    if to_messages is not None:
        return list(to_messages())
    return [_convert(message) for message in messages]


def _convert(message: Any) -> BaseMessage:
    if isinstance(message, BaseMessage):
        return message
    if isinstance(message, str):
        return _of_role("human", message)
    if isinstance(message, Sequence):
        if len(message) != 2:
            raise NotImplementedError("Message as a sequence must be (role string, template)")
        return _of_role(message[0], message[1])
    if isinstance(message, dict):
        return _of_dict(message)
    raise NotImplementedError(f"Unsupported message type: {type(message)}{_HELP}")


def _of_dict(message: dict[str, Any]) -> BaseMessage:
    given = dict(message)
    if given.get("lc") == 1 and given.get("type") == "constructor":
        # What the reference's `dumps` wrote.
        name = str(given["id"][-1])
        known = {cls.__name__: cls for cls in _CLASSES.values()}
        if name in known:
            return known[name](**given["kwargs"])
    role = given.pop("role", None) or given.pop("type", None)
    if role is None or "content" not in given:
        raise ValueError(
            f"Message dict must contain 'role' and 'content' keys, got {message}{_HELP}"
        )
    return _of_role(
        role,
        # OpenAI says null where a model calls a tool and says nothing.
        given.pop("content") or "",
        name=given.pop("name", None),
        tool_call_id=given.pop("tool_call_id", None),
        tool_calls=given.pop("tool_calls", None),
        id=given.pop("id", None),
        rest=given,
    )


def _of_role(
    role: str,
    content: Any,
    *,
    name: str | None = None,
    tool_call_id: str | None = None,
    tool_calls: list[dict[str, Any]] | None = None,
    id: str | None = None,
    rest: dict[str, Any] | None = None,
) -> BaseMessage:
    rest = rest or {}
    fields: dict[str, Any] = {"name": name, "id": id, "tool_call_id": tool_call_id}
    fields.update({key: value for key, value in rest.items() if key in _FIELDS})
    additional = {key: value for key, value in rest.items() if key not in _FIELDS}
    additional.update(additional.pop("additional_kwargs", None) or {})
    additional.update(fields.pop("additional_kwargs", None) or {})
    if tool_calls is not None:
        fields["tool_calls"] = [_call(call) for call in tool_calls]
    cls = _CLASSES.get(role)
    if cls is None or cls is ChatMessage:
        raise ValueError(
            f"Unexpected message type: '{role}'. Use one of 'human', 'user', 'ai', 'assistant', "
            f"'function', 'tool', 'system', or 'developer'.{_HELP}"
        )
    if role == "developer":
        additional["__openai_role__"] = "developer"
    if cls is RemoveMessage:
        return RemoveMessage(**{key: value for key, value in fields.items() if value is not None})
    if cls is ToolMessage:
        # The call's id may stand among what the provider gave.
        inner = additional.get("tool_call_id")
        if tool_call_id is None:
            additional.pop("tool_call_id", None)
        fields["tool_call_id"] = tool_call_id if tool_call_id is not None else inner
    given = {key: value for key, value in fields.items() if value is not None}
    return cls(content=content, additional_kwargs=additional, **given)


def _call(call: dict[str, Any]) -> Any:
    function = call.get("function")
    if function is None:
        return call
    args = json.loads(function["arguments"], strict=False)
    return tool_call(name=function["name"], args=args, id=call["id"])
