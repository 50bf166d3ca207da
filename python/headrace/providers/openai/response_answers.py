"""Conversion of whole answers of the responses API to messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from headrace.messages import AIMessage
from headrace.messages.tool_calls import invalid_tool_call, tool_call
from headrace.outputs import ChatGeneration, ChatResult
from headrace.wire.decoder import error_of
from headrace.wire.fields import fields_of, plain
from headrace.wire.openai_responses import WHOLE_ITEMS, annotation_of, response_facts
from headrace.wire.openai_usage import response_usage
from headrace.wire.streams import text_answer_error

__all__ = ["result_of_response"]


def result_of_response(
    response: Any,
    *,
    provider: str = "openai",
    info: dict[str, Any] | None = None,
    address: str = "",
) -> ChatResult:
    """Convert a response to a result.

    Args:
        response: The SDK's object, or a dictionary parsed from JSON.
        provider: The provider of the model.
        info: Additional facts about the answer, such as its headers.
        address: The server's address, for errors.

    Returns:
        A result with one generation.

    Raises:
        ModelStreamError: If the provider reports that it failed, or answers with text that is
            not JSON, such as a web page.
    """
    if isinstance(response, (str, bytes)):
        raise text_answer_error(response, "a response", address)
    fields = fields_of(response)
    if fields.get("error"):
        raise error_of(fields["error"]).exception()
    blocks: list[Any] = []
    calls: list[Any] = []
    invalid: list[Any] = []
    for item in fields.get("output") or ():
        _add_item(fields_of(item), blocks, calls, invalid)
    usage = fields.get("usage")
    message = AIMessage(
        blocks,
        id=fields.get("id"),
        usage_metadata=response_usage(usage, fields.get("service_tier")) if usage else None,
        response_metadata={**response_facts(fields, provider), **(info or {})},
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _add_item(
    item: Mapping[str, Any], blocks: list[Any], calls: list[Any], invalid: list[Any]
) -> None:
    kind = item.get("type")
    if kind == "message":
        for part in item.get("content") or ():
            block = _block(fields_of(part), item)
            if block is not None:
                blocks.append(block)
    elif kind == "function_call":
        blocks.append(plain(item))
        name, text, call_id = item.get("name"), item.get("arguments"), item.get("call_id")
        try:
            calls.append(tool_call(name=str(name), args=json.loads(text, strict=False), id=call_id))  # type: ignore[arg-type]
        except ValueError as error:
            invalid.append(invalid_tool_call(name=name, args=text, id=call_id, error=str(error)))
    elif kind == "custom_tool_call":
        blocks.append(plain(item))
        args = {"__arg1": item.get("input")}
        calls.append(tool_call(name=str(item.get("name")), args=args, id=item.get("call_id")))
    elif kind == "reasoning" or kind in WHOLE_ITEMS:
        blocks.append(plain(item))


def _block(part: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = part.get("type")
    block: dict[str, Any]
    if kind == "output_text":
        annotations = [annotation_of(one) for one in part.get("annotations") or ()]
        block = {"type": "text", "text": part.get("text"), "annotations": annotations}
    elif kind == "refusal":
        block = {"type": "refusal", "refusal": part.get("refusal")}
    else:
        return None
    block["id"] = item.get("id")
    if item.get("phase") is not None:
        block["phase"] = item["phase"]
    return block
