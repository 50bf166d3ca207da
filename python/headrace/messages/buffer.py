"""A conversation as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

from headrace.messages.ai import AIMessage
from headrace.messages.base import BaseMessage
from headrace.messages.chat import ChatMessage
from headrace.messages.function import FunctionMessage
from headrace.messages.human import HumanMessage
from headrace.messages.system import SystemMessage
from headrace.messages.tool import ToolMessage

__all__ = ["get_buffer_string"]


def get_buffer_string(
    messages: Sequence[BaseMessage],
    human_prefix: str = "Human",
    ai_prefix: str = "AI",
    *,
    system_prefix: str = "System",
    function_prefix: str = "Function",
    tool_prefix: str = "Tool",
    message_separator: str = "\n",
    format: Literal["prefix", "xml"] = "prefix",
) -> str:
    """Write messages as text, each behind the name of who says it.

    Args:
        messages: The messages.
        human_prefix: What stands before what a person says.
        ai_prefix: Before what a model says.
        system_prefix: Before what a model is told about its task.
        function_prefix: Before what a function returned.
        tool_prefix: Before what a tool returned.
        message_separator: What stands between two messages.
        format: `"prefix"` writes `AI: The sky is blue.`; `"xml"` writes an element for each.

    Returns:
        The text.

    Raises:
        ValueError: If the format is unknown, or a message says nothing that could be written.
    """
    if format not in ("prefix", "xml"):
        raise ValueError(f"Unrecognized {format=}. Supported formats are 'prefix' and 'xml'.")
    prefixes: dict[type[BaseMessage], str] = {
        HumanMessage: human_prefix,
        AIMessage: ai_prefix,
        SystemMessage: system_prefix,
        FunctionMessage: function_prefix,
        ToolMessage: tool_prefix,
    }
    write = _prefixed if format == "prefix" else _element
    return message_separator.join(write(message, _role(message, prefixes)) for message in messages)


def _role(message: BaseMessage, prefixes: dict[type[BaseMessage], str]) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    for cls, prefix in prefixes.items():
        if isinstance(message, cls):
            return prefix
    raise ValueError(f"Got unsupported message type: {message}")


def _calls(message: BaseMessage) -> Any:
    if not isinstance(message, AIMessage):
        return None
    return message.tool_calls or message.additional_kwargs.get("function_call")


def _prefixed(message: BaseMessage, role: str) -> str:
    calls = _calls(message)
    return f"{role}: {message.text}{calls or ''}"


def _element(message: BaseMessage, role: str) -> str:
    kind = quoteattr(role.lower() if not isinstance(message, ChatMessage) else role)
    blocks = [message.content] if isinstance(message.content, str) else message.content
    content = " ".join(filter(None, map(_block, blocks)))
    calls = _calls(message)
    if not calls:
        return f"<message type={kind}>{content}</message>"
    lines = [f"<message type={kind}>"]
    if content:
        lines.append(f"  <content>{content}</content>")
    if isinstance(calls, dict):
        lines.append(
            f"  <function_call name={quoteattr(str(calls.get('name', '')))}>"
            f"{escape(str(calls.get('arguments', '')))}</function_call>"
        )
    else:
        for call in calls:
            id, name = quoteattr(str(call.get("id") or "")), quoteattr(str(call.get("name") or ""))
            args = escape(json.dumps(call.get("args", {}), ensure_ascii=False))
            lines.append(f"  <tool_call id={id} name={name}>{args}</tool_call>")
    return "\n".join([*lines, "</message>"])


def _block(block: Any) -> str | None:
    if isinstance(block, str):
        return escape(block)
    kind = block.get("type")
    if kind == "text":
        return escape(block.get("text", ""))
    if kind == "reasoning":
        return f"<reasoning>{escape(block.get('reasoning', ''))}</reasoning>"
    if kind in ("image", "image_url", "audio", "video"):
        inner = block.get("image_url")
        url = (inner.get("url") if isinstance(inner, dict) else inner) or block.get("url")
        if url and not url.startswith("data:"):
            return f"<{'image' if kind == 'image_url' else kind} url={quoteattr(url)} />"
    return None
