"""Conversion of messages for OpenAI's APIs, shared by chat completions and responses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from headrace.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
    convert_to_openai_data_block,
    is_data_content_block,
)
from headrace.providers.openai.servers import SERVERS, Server
from headrace.wire.openai_chat import CALL_FIELDS

__all__ = ["Api", "content_for", "message_for", "messages_for_chat"]

Api: TypeAlias = Literal["chat/completions", "responses"]
"""The two APIs, by the names that `convert_to_openai_data_block` uses."""

_BREAKPOINT = "prompt_cache_breakpoint"
_LEFT_OUT = ("tool_use", "thinking", "redacted_thinking", "reasoning_content")
"""Types of blocks that repeat other parts of the message, or hold another provider's reasoning."""

_KNOWN = ("text", "refusal", "image_url", "input_audio", "file")
"""Types of blocks that every server takes, besides those that are converted to them."""

_ONLY_RESPONSES = ("function_call", "code_interpreter_call")
_ONLY_TYPED = ("reasoning", "tool_call", "invalid_tool_call")


def messages_for_chat(
    messages: Sequence[BaseMessage], server: Server | None = None
) -> list[dict[str, Any]]:
    """Convert messages to the form of the chat completions API.

    Args:
        messages: The messages.
        server: The server that they are for; OpenAI's by default.

    Returns:
        A dictionary for each message.
    """
    server = SERVERS["openai"] if server is None else server
    return [_message_for_chat(message, server) for message in messages]


def _message_for_chat(message: BaseMessage, server: Server) -> dict[str, Any]:
    made = message_for("chat/completions", _untyped(message, server), server.blocks)
    if isinstance(message, AIMessage) and "tool_calls" in made:
        more = message.additional_kwargs
        provider = message.response_metadata.get("model_provider")
        if server.reasoning_field and isinstance(more.get("reasoning_content"), str):
            made[server.reasoning_field] = more["reasoning_content"]
        if CALL_FIELDS in more and provider in (None, server.model_provider):
            _add_call_fields(made["tool_calls"], more[CALL_FIELDS])
    return made


def _add_call_fields(calls: list[dict[str, Any]], fields: dict[str, Any]) -> None:
    """Add the fields of calls that the server requires back, such as signatures."""
    for position, call in enumerate(calls):
        own = fields.get(call.get("id") or str(position))
        if isinstance(own, dict):
            call.update({name: value for name, value in own.items() if name not in call})


def _untyped(message: BaseMessage, server: Server) -> BaseMessage:
    """Return an AI message with only the blocks that the server accepts."""
    if not isinstance(message, AIMessage) or not isinstance(message.content, list):
        return message
    provider = message.response_metadata.get("model_provider")
    is_foreign = provider not in (None, server.model_provider)
    content: list[Any] = []
    for block in message.content:
        kind = block.get("type") if isinstance(block, dict) else None
        if kind in server.blocks and not is_foreign:
            # Only chunks are numbered.
            content.append({name: part for name, part in block.items() if name != "index"})  # type: ignore[union-attr]
            continue
        if is_foreign and isinstance(block, dict) and not _is_for_all(block):
            continue
        if kind == "text":
            content.append({"type": "text", "text": block["text"]})  # type: ignore[index]
        elif kind == "refusal":
            # Refusals without text, such as Anthropic's, are not sent.
            refusal = block.get("refusal")  # type: ignore[union-attr]
            content += [{"type": "refusal", "refusal": refusal}] if refusal else []
        elif kind not in _ONLY_TYPED:
            content.append(block)
    return message.model_copy(update={"content": content})


def _is_for_all(block: dict[str, Any]) -> bool:
    """Return True if all servers take a block, perhaps in converted form."""
    return block.get("type") in (*_KNOWN, "image") or is_data_content_block(block)


def message_for(api: Api, message: BaseMessage, blocks: Sequence[str] = ()) -> dict[str, Any]:
    """Convert a message to the form of an API.

    Args:
        api: The API.
        message: The message.
        blocks: Types of blocks that the server takes in addition to OpenAI's.

    Returns:
        A dictionary with `role`, `content` and other keys of the message.

    Raises:
        TypeError: If the type of the message is unknown.
        ValueError: If the message has a block that its role or the API does not allow.
    """
    content = content_for(api, message, blocks)
    if isinstance(message, ToolMessage):
        return {
            "role": "tool",
            "tool_call_id": message.tool_call_id,
            "content": _only_known(content),
        }
    made: dict[str, Any] = {"content": content, "role": _role(message)}
    name = message.name or message.additional_kwargs.get("name")
    if name is not None:
        made["name"] = name
    if isinstance(message, AIMessage):
        _add_calls(made, message)
        _add_audio(made, message, api)
    return made


def _role(message: BaseMessage) -> str:
    if isinstance(message, ChatMessage):
        return message.role
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, AIMessage):
        return "assistant"
    if isinstance(message, SystemMessage):
        return str(message.additional_kwargs.get("__openai_role__", "system"))
    if isinstance(message, FunctionMessage):
        return "function"
    raise TypeError(f"Got unknown type {message}")


def _add_calls(made: dict[str, Any], message: AIMessage) -> None:
    more = message.additional_kwargs
    if message.tool_calls or message.invalid_tool_calls:
        made["tool_calls"] = [
            _call(call, json.dumps(call["args"], ensure_ascii=False)) for call in message.tool_calls
        ] + [_call(call, call["args"]) for call in message.invalid_tool_calls]
    elif "tool_calls" in more:
        made["tool_calls"] = [
            {key: call[key] for key in ("id", "type", "function") if key in call}
            for call in more["tool_calls"]
        ]
    elif "function_call" in more:
        made["function_call"] = more["function_call"]
    else:
        return
    # with calls, the API expects None instead of an empty text
    made["content"] = made["content"] or None


def _call(call: Any, arguments: Any) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": arguments}
    return {"type": "function", "id": call["id"], "function": function}


def _add_audio(made: dict[str, Any], message: AIMessage, api: Api) -> None:
    """Refer to spoken audio by id, so that it is not sent again."""
    audio: Any = None
    if api != "responses":
        for block in message.content:
            if isinstance(block, dict) and block.get("type") == "audio" and block.get("id"):
                audio = {"id": block["id"]}
    if audio is None and "audio" in message.additional_kwargs:
        spoken = message.additional_kwargs["audio"]
        audio = {"id": spoken["id"]} if "id" in spoken else spoken
    if audio:
        made["audio"] = audio


def _only_known(content: Any) -> Any:
    """Return a tool's result, with only the keys of text blocks that the API accepts."""
    if not isinstance(content, list):
        return content
    return [
        {key: block[key] for key in ("type", "text", _BREAKPOINT) if key in block}
        if isinstance(block, dict) and block.get("type") == "text" and "text" in block
        else block
        for block in content
    ]


def content_for(api: Api, message: BaseMessage, known: Sequence[str] = ()) -> Any:
    """Convert the content of a message to the form of an API.

    Args:
        api: The API.
        message: The message.
        known: Types of blocks that are kept as they are.

    Returns:
        A string, or a list of blocks.

    Raises:
        ValueError: If a message other than the system's adds tools in mid-conversation, or if the
            API does not support that.
    """
    content = message.content
    if not content or isinstance(content, str):
        return content
    said = isinstance(message, AIMessage)
    blocks: list[Any] = []
    for block in content:
        if not isinstance(block, dict):
            blocks.append(block)
            continue
        kind = block.get("type")
        if said and kind in known:
            blocks.append(block)
            continue
        if not said:
            _check_tools(api, message, block)
        if kind in _LEFT_OUT or (kind in _ONLY_RESPONSES and api == "chat/completions"):
            continue
        blocks += _block_for(api, block, said)
    return blocks


def _block_for(api: Api, block: dict[str, Any], said: bool) -> list[Any]:
    extras = block.get("extras")
    kind = block.get("type")
    if is_data_content_block(block) and not (api == "responses" and said):
        return [_with_breakpoint(block, convert_to_openai_data_block(block, api=api))]
    if kind == "text" and "text" in block and isinstance(extras, dict) and _BREAKPOINT in extras:
        return [_with_breakpoint(block, {"type": "text", "text": block["text"]})]
    source = block.get("source")
    if kind == "image" and isinstance(source, dict) and source:
        url = _image_url(source)
        return [{"type": "image_url", "image_url": {"url": url}}] if url else []
    return [block]


def _image_url(source: dict[str, Any]) -> str | None:
    """Return the URL of an image in Anthropic's form."""
    if source.get("type") == "base64" and source.get("media_type") and source.get("data"):
        return f"data:{source['media_type']};base64,{source['data']}"
    return source.get("url") if source.get("type") == "url" else None


def _with_breakpoint(block: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """Keep the mark up to which the prompt is cached."""
    extras = block.get("extras")
    for place in (block, extras):
        if isinstance(place, dict) and _BREAKPOINT in place:
            return {**made, _BREAKPOINT: place[_BREAKPOINT]}
    return made


def _check_tools(api: Api, message: BaseMessage, block: dict[str, Any]) -> None:
    inner = block.get("value") if block.get("type") == "non_standard" else block
    if not isinstance(inner, dict) or inner.get("type") != "additional_tools":
        return
    if not isinstance(message, SystemMessage):
        raise ValueError("`additional_tools` must be in a SystemMessage")
    if api == "chat/completions":
        raise ValueError(
            "`additional_tools` is known to the responses API only: set `use_responses_api=True`"
        )
