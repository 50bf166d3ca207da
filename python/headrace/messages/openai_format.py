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
    """Write messages as OpenAI's chat completions take them.

    Args:
        messages: A message, or several.
        text_format: Whether content that is text alone is a `"string"`, or each text a `"block"`.
        include_id: Whether to write the messages' ids.
        pass_through_unknown_blocks: Whether blocks that nobody knows stay as they are.

    Returns:
        A dictionary for a message, a list of them for several.

    Raises:
        ValueError: If the format is unknown, or a block is and may not stay.
    """
    if text_format not in ("string", "block"):
        raise ValueError(f"Unrecognized {text_format=}, expected one of 'string' or 'block'.")
    single = isinstance(messages, (BaseMessage, dict, str))
    written: list[dict[str, Any]] = []
    for position, message in enumerate(convert_to_messages([messages] if single else messages)):
        written += _Writer(position, text_format, pass_through_unknown_blocks).write(
            message, include_id
        )
    return written[0] if single else written


def role_of(message: BaseMessage) -> str:
    """The role that OpenAI has for who says a message."""
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
    """Writes one message; what a tool returned inside of it becomes a message of its own."""

    def __init__(self, position: int, text_format: str, pass_through: bool) -> None:
        self._place = f"messages[{position}]"
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
        if self._calls and not written.get("tool_calls"):
            written["tool_calls"] = self._calls
        if content or not self._results:
            written["content"] = content
            following: list[dict[str, Any]] = [written]
        else:
            following = []
        for result in self._results:
            following += _Writer(0, self._text_format, self._pass_through).write(result, include_id)
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
        kind = block.get("type")
        write = _BLOCKS.get(kind) if kind else None
        if kind == "text":
            _require(block, place, "text")
            return [{"type": "text", "text": block["text"]}]
        if kind == "tool_use":
            _require(block, place, "id", "name", "input")
            self._use(block, message)
            return []
        if kind == "tool_result":
            _require(block, place, "tool_use_id", "content")
            self._results.append(
                ToolMessage(
                    block["content"],
                    tool_call_id=block["tool_use_id"],
                    status="error" if block.get("is_error") else "success",
                )
            )
            return []
        if write is not None:
            return [write(block, place)]
        if is_data_content_block(block):
            return [convert_to_openai_data_block(block)]
        if kind is None and block.get("image"):
            return [_bedrock_image(block["image"], place)]
        if kind in ("thinking", "reasoning") or self._pass_through:
            return [block]
        return _refuse(
            place, " does not match OpenAI, Anthropic, Bedrock Converse, or VertexAI format.", block
        )

    def _use(self, block: dict[str, Any], message: BaseMessage) -> None:
        known = isinstance(message, AIMessage) and any(
            call["id"] == block["id"] for call in message.tool_calls
        )
        if not known:
            self._calls.append(_call({**block, "args": block["input"]}))


def _call(call: Any) -> dict[str, Any]:
    arguments = json.dumps(call["args"], ensure_ascii=False)
    return {
        "type": "function",
        "id": call["id"],
        "function": {"name": call["name"], "arguments": arguments},
    }


def _image_url(block: Any, place: str) -> Any:
    _require(block, place, "image_url")
    image = block["image_url"]
    return {"type": "image_url", "image_url": {"url": image} if isinstance(image, str) else image}


def _image(block: Any, place: str) -> Any:
    source = block.get("source")
    if source is None:
        if is_data_content_block(block):
            return convert_to_openai_data_block(block)
        if block.get("image"):
            return _bedrock_image(block["image"], place)
        _refuse(place, f" has 'type': '{block['type']}' but no image.", block)
    _require(source, f"{place}['source']", "type", "media_type", "data")
    return _data_url(source["media_type"], source["data"])


def _bedrock_image(image: Any, place: str) -> Any:
    _require(image, f"{place}['image']", "source", "format")
    data = base64.b64encode(image["source"]["bytes"]).decode()
    return _data_url(f"image/{image['format']}", data)


def _data_url(media_type: str, data: str) -> Any:
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{data}"}}


def _file(block: Any, place: str) -> Any:
    if is_data_content_block(block):
        return convert_to_openai_data_block(block)
    _require(block, place, "file")
    file = dict(block["file"])
    if "file_data" in file and "filename" not in file:
        file["filename"] = "LC_AUTOGENERATED"
    return {"type": "file", "file": file}


def _audio(block: Any, place: str) -> Any:
    _require(block, place, "input_audio")
    return {"type": "input_audio", "input_audio": block["input_audio"]}


def _json(block: Any, place: str) -> Any:
    _require(block, place, "json")
    return {"type": "text", "text": json.dumps(block["json"])}


def _guard(block: Any, place: str) -> Any:
    guarded = block.get("guard_content") or block.get("guardContent")
    if not isinstance(guarded, dict) or "text" not in block.get("guard_content", {}):
        key = f"{place}['guard_content']['text']"
        _refuse(place, f" has 'type': 'guard_content' but does not have a {key} key.", block)
    text = block["guard_content"]["text"]
    return {"type": "text", "text": text["text"] if isinstance(text, dict) else text}


def _media(block: Any, place: str) -> Any:
    _require(block, place, "mime_type", "data")
    kind = block["mime_type"]
    if "image" not in kind:
        raise ValueError(
            "OpenAI messages can only support text and image data. Received content block with "
            f"media of type: {kind}"
        )
    data = block["data"]
    encoded = data if isinstance(data, str) else base64.b64encode(data).decode()
    return _data_url(kind, encoded)


_BLOCKS: dict[str, Callable[[Any, str], Any]] = {
    "image_url": _image_url,
    "image": _image,
    "file": _file,
    "input_audio": _audio,
    "json": _json,
    "guard_content": _guard,
    "media": _media,
}


def _require(block: Any, place: str, *keys: str) -> None:
    lacking = [key for key in keys if key not in block]
    if lacking:
        kind = block.get("type")
        _refuse(place, f" has 'type': '{kind}' but is missing expected key(s) {lacking}.", block)


def _refuse(place: str, why: str, block: Any) -> NoReturn:
    raise ValueError(f"Unrecognized content block at {place}{why} Full content block:\n\n{block}")
