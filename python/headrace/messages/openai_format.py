"""Messages in the form of OpenAI's chat completions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn

from headrace.messages.ai import AIMessage
from headrace.messages.base import BaseMessage
from headrace.messages.chat import ChatMessage
from headrace.messages.content import convert_to_openai_data_block, is_data_content_block
from headrace.messages.convert import MessageLikeRepresentation, convert_to_messages
from headrace.messages.function import FunctionMessage
from headrace.messages.human import HumanMessage
from headrace.messages.system import SystemMessage
from headrace.messages.tool import ToolMessage

__all__ = ["convert_to_openai_messages", "role_of"]

_ROLES: dict[type[BaseMessage], str] = {
    AIMessage: "assistant",
    HumanMessage: "user",
    ToolMessage: "tool",
    SystemMessage: "system",
    FunctionMessage: "function",
}


def convert_to_openai_messages(
    messages: MessageLikeRepresentation | Sequence[MessageLikeRepresentation],
    *,
    text_format: Literal["string", "block"] = "string",
    include_id: bool = False,
    pass_through_unknown_blocks: bool = True,
) -> dict[str, Any] | list[dict[str, Any]]:
    """Convert messages to the format of OpenAI's chat completions.

    Args:
        messages: A message, or several.
        text_format: `"string"` to join text-only content to a string, `"block"` for a block each.
        include_id: If true, include the ids of the messages.
        pass_through_unknown_blocks: If true, keep unknown blocks unchanged; otherwise raise.

    Returns:
        A dictionary for one message, or a list of dictionaries for several.

    Raises:
        ValueError: If the format is unknown, or a block is unknown and not passed through.
    """
    if text_format not in ("string", "block"):
        raise ValueError(f"Unrecognized {text_format=}, expected one of 'string' or 'block'.")
    single = isinstance(messages, (BaseMessage, dict, str))
    written: list[dict[str, Any]] = []
    for position, message in enumerate(convert_to_messages([messages] if single else messages)):
        writer = _Writer(f"messages[{position}]", text_format, pass_through_unknown_blocks)
        written += writer.write(message, include_id)
    return written[0] if single else written


def role_of(message: BaseMessage) -> str:
    """Return OpenAI's role of a message."""
    if isinstance(message, SystemMessage):
        role: str = message.additional_kwargs.get("__openai_role__", "system")
        return role
    if isinstance(message, ChatMessage):
        return message.role
    for cls, role in _ROLES.items():
        if isinstance(message, cls):
            return role
    raise ValueError(f"Unknown BaseMessage type {type(message)}.")


class _Writer:
    """Converter of one message; a tool result inside it becomes a separate message."""

    def __init__(self, place: str, text_format: str, pass_through: bool) -> None:
        self._place = place
        self._text_format = text_format
        self._pass_through = pass_through
        self._calls: list[Any] = []
        self._results: list[BaseMessage] = []

    def write(self, message: BaseMessage, include_id: bool) -> list[dict[str, Any]]:
        written: dict[str, Any] = {"role": role_of(message)}
        if message.name:
            written["name"] = message.name
        if isinstance(message, AIMessage) and message.tool_calls:
            written["tool_calls"] = [_call(call) for call in message.tool_calls]
        if message.additional_kwargs.get("refusal"):
            written["refusal"] = message.additional_kwargs["refusal"]
        if isinstance(message, ToolMessage):
            written["tool_call_id"] = message.tool_call_id
        if include_id and message.id:
            written["id"] = message.id
        content = self._content(message)
        if self._calls:
            written["tool_calls"] = [*written.get("tool_calls", ()), *self._calls]
        if content or not self._results:
            written["content"] = content
            following: list[dict[str, Any]] = [written]
        else:
            following = []
        for result in self._results:
            following += _Writer("messages[0]", self._text_format, True).write(result, False)
        return following

    def _content(self, message: BaseMessage) -> Any:
        content = message.content
        if isinstance(content, str):
            if self._text_format == "string" or not content:
                return content if self._text_format == "string" else []
            return [{"type": "text", "text": content}]
        if not content:
            return "" if self._text_format == "string" else []
        if self._text_format == "string" and all(
            isinstance(block, str) or block.get("type") == "text" for block in content
        ):
            return "\n".join(it if isinstance(it, str) else it["text"] for it in content)
        blocks: list[Any] = []
        for position, block in enumerate(content):
            blocks += self._block(block, f"{self._place}.content[{position}]", message)
        if self._text_format == "string" and not any(it["type"] != "text" for it in blocks):
            return "\n".join(it["text"] for it in blocks)
        return blocks

    def _block(self, block: Any, place: str, message: BaseMessage) -> list[Any]:
        if isinstance(block, str):
            return [{"type": "text", "text": block}]
        form = _form(block)
        if form in _CONTENT:
            return [_CONTENT[form](block, place)]
        if form == "tool_use":
            _require(block, place, "id", "name", "input", comma=",")
            if not _is_known(block["id"], block, place, message):
                self._calls.append(_call({**block, "args": block["input"]}))
            return []
        if form == "function_call":
            self._function_call(block, place, message)
            return [block] if self._pass_through else []
        if form == "tool_result":
            _require(block, place, "content", "tool_use_id", comma=",")
            status: Literal["error", "success"] = "error" if block.get("is_error") else "success"
            id = block["tool_use_id"]
            self._results.append(ToolMessage(block["content"], tool_call_id=id, status=status))
            return []
        if block.get("type") == "refusal":
            # A refusal without a text has nothing to send.
            refusal = block.get("refusal")
            return [{"type": "refusal", "refusal": refusal}] if refusal else []
        if block.get("type") in ("thinking", "reasoning") or self._pass_through:
            return [block]
        return _refuse(
            place, " does not match OpenAI, Anthropic, Bedrock Converse, or VertexAI format.", block
        )

    def _function_call(self, block: dict[str, Any], place: str, message: BaseMessage) -> None:
        if _is_known(block.get("call_id"), block, place, message):
            return
        _require(block, place, "call_id", "name", "arguments", kind="tool_use", comma=",")
        function = {"name": block["name"], "arguments": block["arguments"]}
        self._calls.append({"type": "function", "id": block["call_id"], "function": function})


def _form(block: dict[str, Any]) -> str | None:
    """In whose form a block is: a key of `_CONTENT`, a form of calls and results, or unknown."""
    kind = block.get("type")
    if kind in ("text", "image_url", "tool_use", "function_call", "tool_result"):
        return str(kind)
    if is_data_content_block(block):
        return "data"
    if kind in ("file", "input_audio"):
        inner = block.get(kind)
        wanted = ("file_data",) if kind == "file" else ("data", "format")
        whole = isinstance(inner, dict) and all(isinstance(inner.get(it), str) for it in wanted)
        return str(kind) if whole else None
    for key in ("image", "json", "guard_content"):
        if kind == key or key in block:
            return key
    return "media" if kind == "media" else None


def _is_known(id: Any, block: Any, place: str, message: BaseMessage) -> bool:
    """Return True if the call is among the tool calls of the message."""
    if not isinstance(message, AIMessage):
        _refuse(place, f" has 'type': '{block['type']}', which only a model says.", block)
    return any(call["id"] == id for call in message.tool_calls)


def _call(call: Any) -> dict[str, Any]:
    arguments = json.dumps(call["args"], ensure_ascii=False)
    return {
        "type": "function",
        "id": call["id"],
        "function": {"name": call["name"], "arguments": arguments},
    }


def _text(block: Any, place: str) -> Any:
    _require(block, place, "text")
    return {"type": "text", "text": block["text"]}


def _image_url(block: Any, place: str) -> Any:
    _require(block, place, "image_url")
    return {"type": "image_url", "image_url": block["image_url"]}


def _data(block: Any, place: str) -> Any:
    written = convert_to_openai_data_block(block)
    return _named(written) if written["type"] == "file" else written


def _named(block: Any) -> Any:
    """Return a file with a name, which OpenAI requires."""
    file = block["file"]
    if file.get("filename") is not None:
        return block
    return {**block, "file": {**file, "filename": "LC_AUTOGENERATED"}}


def _image(block: Any, place: str) -> Any:
    """Convert an image from the form of Anthropic or Bedrock's Converse."""
    source, image = block.get("source"), block.get("image")
    if source:
        lacking = [key for key in ("media_type", "type", "data") if key not in source]
        if lacking:
            why = f" has 'type': 'image' but 'source' is missing expected key(s) {lacking}."
            _refuse(place, why, block)
        return _image_at(f"{source['media_type']};{source['type']},{source['data']}")
    if not image:
        _refuse(place, " has 'type': 'image' but does not have a 'source' or 'image' key.", block)
    lacking = [key for key in ("source", "format") if key not in image]
    if lacking:
        why = f" has key 'image', but 'image' is missing expected key(s) {lacking}."
        _refuse(place, why, block)
    _require(image["source"], f"{place}['image']['source']", "bytes")
    return _image_at(f"image/{image['format']};base64,{_base64(image['source']['bytes'])}")


def _image_at(data: str) -> Any:
    return {"type": "image_url", "image_url": {"url": f"data:{data}"}}


def _base64(data: Any) -> str:
    return data if isinstance(data, str) else base64.b64encode(data).decode()


def _json(block: Any, place: str) -> Any:
    if "json" not in block:
        _refuse(place, " has 'type': 'json' but does not have a 'json' key.", block)
    return {"type": "text", "text": json.dumps(block["json"])}


def _guard(block: Any, place: str) -> Any:
    if "text" not in block.get("guard_content", {}):
        key = f"{place}['guard_content']['text']"
        _refuse(place, f" has 'type': 'guard_content' but does not have a {key} key.", block)
    text = block["guard_content"]["text"]
    return {"type": "text", "text": text["text"] if isinstance(text, dict) else text}


def _media(block: Any, place: str) -> Any:
    lacking = [key for key in ("mime_type", "data") if key not in block]
    if lacking:
        _refuse(place, f" has 'type': 'media' but does not have key(s) {lacking}.", block)
    kind = block["mime_type"]
    if "image" not in kind:
        raise ValueError(
            "OpenAI messages can only support text and image data. Received content block with "
            f"media of type: {kind}"
        )
    return _image_at(f"{kind};base64,{_base64(block['data'])}")


_CONTENT: dict[str | None, Callable[[Any, str], Any]] = {
    "text": _text,
    "image_url": _image_url,
    "data": _data,
    "image": _image,
    "file": lambda block, place: _named(block),
    "input_audio": lambda block, place: block,
    "json": _json,
    "guard_content": _guard,
    "media": _media,
}
"""The converter for each kind of content block."""


def _require(block: Any, place: str, *keys: str, kind: str | None = None, comma: str = "") -> None:
    lacking = [key for key in keys if key not in block]
    if lacking:
        kind = kind or block.get("type")
        why = f" has 'type': '{kind}'{comma} but is missing expected key(s) {lacking}."
        _refuse(place, why, block)


def _refuse(place: str, why: str, block: Any) -> NoReturn:
    raise ValueError(f"Unrecognized content block at {place}{why} Full content block:\n\n{block}")
