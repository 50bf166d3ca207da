"""Messages from what stands for them: strings, pairs, dictionaries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from headrace.messages.ai import AIMessage
from headrace.messages.base import BaseMessage
from headrace.messages.function import FunctionMessage
from headrace.messages.human import HumanMessage
from headrace.messages.modifier import RemoveMessage
from headrace.messages.system import SystemMessage
from headrace.messages.tool import ToolMessage
from headrace.messages.tool_calls import tool_call

__all__ = ["MessageLikeRepresentation", "convert_to_messages"]

MessageLikeRepresentation = BaseMessage | list[str] | tuple[str, str] | str | dict[str, Any]
"""Any form of a message that `convert_to_messages` accepts."""

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
}

_HELP = (
    "\nFor troubleshooting, visit: https://docs.langchain.com/oss/python/langchain/errors/"
    "MESSAGE_COERCION_FAILURE "
)

_OF_NAME = {
    name: cls.type for cls in _CLASSES.values() for name in (cls.__name__, f"{cls.__name__}Chunk")
}
"""The message types for the class names in LangChain's `dumps` format; chunks become messages."""

_FIELDS: dict[type[BaseMessage], tuple[str, ...]] = {
    HumanMessage: ("example",),
    AIMessage: ("example",),
    ToolMessage: ("artifact", "status"),
}
"""Keys that are fields; all other keys of a dictionary go to `additional_kwargs`."""


def convert_to_messages(messages: Iterable[MessageLikeRepresentation] | Any) -> list[BaseMessage]:
    """Convert values to messages.

    Args:
        messages: Messages, texts (for human messages), pairs of a role and a text, or
            dictionaries with `role` (or `type`) and `content`, also in OpenAI's form; or a
            prompt value.

    Returns:
        The messages.

    Raises:
        ValueError: If a role is unknown, or a dictionary lacks a role or content.
        NotImplementedError: If a value has an unsupported type.
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
    path = given.get("id")
    if given.get("lc") == 1 and given.get("type") == "constructor" and isinstance(path, list):
        # The format of LangChain's `dumps`.
        kind = _OF_NAME.get(str(path[-1])) if path else None
        if kind is not None:
            given = {"type": kind, **given["kwargs"]}
    if "content" not in given or not ("role" in given or "type" in given):
        raise ValueError(
            f"Message dict must contain 'role' and 'content' keys, got {message}{_HELP}"
        )
    role = given.pop("role" if "role" in given else "type")
    # OpenAI's content is null if a model calls a tool without text.
    content = given.pop("content") or ""
    known = {key: given.pop(key, None) for key in ("name", "id", "tool_call_id", "tool_calls")}
    return _of_role(role, content, rest=given, **known)


def _of_role(
    role: str,
    content: Any,
    *,
    tool_calls: list[dict[str, Any]] | None = None,
    rest: dict[str, Any] | None = None,
    **known: Any,
) -> BaseMessage:
    cls = _CLASSES.get(role)
    if cls is None:
        raise ValueError(
            f"Unexpected message type: '{role}'. Use one of 'human', 'user', 'ai', 'assistant', "
            f"'function', 'tool', 'system', or 'developer'.{_HELP}"
        )
    additional = dict(rest or {})
    fields: dict[str, Any] = {"response_metadata": additional.pop("response_metadata", None)}
    additional.update(additional.pop("additional_kwargs", None) or {})
    fields.update({name: additional.pop(name, None) for name in _FIELDS.get(cls, ())})
    fields.update(known)
    if tool_calls is not None:
        fields["tool_calls"] = [_call(call) for call in tool_calls]
    if role == "developer":
        additional["__openai_role__"] = "developer"
    if cls is ToolMessage and fields.get("tool_call_id") is None:
        # The call's id may stand among what the provider gave.
        fields["tool_call_id"] = additional.pop("tool_call_id", None)
    if cls is not RemoveMessage:
        fields["content"] = content
    given = {key: value for key, value in fields.items() if value is not None}
    return cls(additional_kwargs=additional, **given)


def _call(call: dict[str, Any]) -> Any:
    function = call.get("function")
    if function is None:
        return call
    args = json.loads(function["arguments"], strict=False)
    return tool_call(name=function["name"], args=args, id=call["id"])
