"""A conversation as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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
    """Format messages as text, each with the name of its role.

    Args:
        messages: The messages.
        human_prefix: Prefix of human messages.
        ai_prefix: Prefix of AI messages.
        system_prefix: Prefix of system messages.
        function_prefix: Prefix of function messages.
        tool_prefix: Prefix of tool messages.
        message_separator: Separator between messages.
        format: `"prefix"` writes `AI: The sky is blue.`; `"xml"` writes an element for each.

    Returns:
        The text.

    Raises:
        ValueError: If the format is unknown, or the role of a message is not supported.
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
    """Return the tool calls, or a legacy function call; None if there is neither."""
    if not isinstance(message, AIMessage):
        return None
    return message.tool_calls or message.additional_kwargs.get("function_call")


def _prefixed(message: BaseMessage, role: str) -> str:
    calls = _calls(message)
    return f"{role}: {message.text}{'' if calls is None or calls == [] else calls}"


def _element(message: BaseMessage, role: str) -> str:
    kind = quoteattr(role.lower() if not isinstance(message, ChatMessage) else role)
    blocks = [message.content] if isinstance(message.content, str) else message.content
    content = " ".join(filter(None, map(_block, blocks)))
    calls = _calls(message)
    if calls is None or calls == []:
        return f"<message type={kind}>{content}</message>"
    lines = [f"<message type={kind}>"]
    if content:
        lines.append(f"  <content>{content}</content>")
    if isinstance(calls, dict):
        lines.append(
            f"  <function_call name={quoteattr(str(calls.get('name') or ''))}>"
            f"{escape(str(calls.get('arguments') or '{}'))}</function_call>"
        )
    else:
        for call in calls:
            id = quoteattr(_shortened(call.get("id") or "", _LONGEST_ID))
            name = quoteattr(str(call.get("name") or ""))
            args = escape(json.dumps(call.get("args", {}), ensure_ascii=False))
            lines.append(f"  <tool_call id={id} name={name}>{args}</tool_call>")
    return "\n".join([*lines, "</message>"])


def _block(block: Any) -> str | None:
    """Format a block as text; return None for data and unknown blocks."""
    if isinstance(block, str):
        return escape(block)
    kind = block.get("type")
    if kind not in _WRITERS or _is_data(block):
        return None
    return _WRITERS[kind](block)


def _is_data(block: dict[str, Any]) -> bool:
    inner = block.get("image_url")
    urls = [block.get("url"), inner.get("url") if isinstance(inner, dict) else None]
    return bool(block.get("base64")) or any(
        isinstance(url, str) and url.startswith("data:") for url in urls
    )


def _reasoning(block: dict[str, Any]) -> str | None:
    text = block.get("reasoning")
    return f"<reasoning>{escape(text)}</reasoning>" if text else None


def _media(block: dict[str, Any]) -> str | None:
    for key in ("url", "file_id"):
        if block.get(key):
            return f"<{block['type']} {key}={quoteattr(block[key])} />"
    return None


def _image_url(block: dict[str, Any]) -> str | None:
    inner = block.get("image_url")
    url = inner.get("url") if isinstance(inner, dict) else None
    return f"<image url={quoteattr(url)} />" if url else None


def _server_call(block: dict[str, Any]) -> str:
    id, name = (quoteattr(str(block.get(key) or "")) for key in ("id", "name"))
    args = escape(_shortened(json.dumps(block.get("args", {}), ensure_ascii=False)))
    return f"<server_tool_call id={id} name={name}>{args}</server_tool_call>"


def _server_result(block: dict[str, Any]) -> str:
    id, status = (quoteattr(str(block.get(key) or "")) for key in ("tool_call_id", "status"))
    output = block.get("output")
    text = escape(_shortened(json.dumps(output, ensure_ascii=False))) if output else ""
    return f"<server_tool_result tool_call_id={id} status={status}>{text}</server_tool_result>"


_WRITERS: dict[Any, Callable[[dict[str, Any]], str | None]] = {
    "text": lambda block: escape(block.get("text") or ""),
    "text-plain": lambda block: escape(_shortened(block.get("text") or "")),
    "reasoning": _reasoning,
    "image": _media,
    "audio": _media,
    "video": _media,
    "image_url": _image_url,
    "server_tool_call": _server_call,
    "server_tool_result": _server_result,
}

_LONGEST = 500
_LONGEST_ID = 64


def _shortened(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
