"""How many tokens messages are, about."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from headrace.messages.ai import AIMessage
from headrace.messages.convert import MessageLikeRepresentation, convert_to_messages
from headrace.messages.openai_format import role_of
from headrace.messages.tool import ToolMessage

__all__ = ["count_tokens_approximately"]


def count_tokens_approximately(
    messages: Iterable[MessageLikeRepresentation],
    *,
    chars_per_token: float = 4.0,
    extra_tokens_per_message: float = 3.0,
    count_name: bool = True,
    tokens_per_image: int = 85,
    use_usage_metadata_scaling: bool = False,
    tools: list[Any] | None = None,
) -> int:
    """Estimate the number of tokens of messages from their number of characters.

    Args:
        messages: The messages.
        chars_per_token: Characters per token.
        extra_tokens_per_message: Additional tokens for each message.
        count_name: If true, count the names of messages.
        tokens_per_image: Tokens per image.
        use_usage_metadata_scaling: If true, scale the estimate by the provider's count up to the
            last answer.
        tools: Tools or their schemas, which are counted too.

    Returns:
        The estimated number of tokens.
    """
    total = 0.0
    counted = guessed = None
    if tools:
        total += sum(math.ceil(len(json.dumps(_schema(it))) / chars_per_token) for it in tools)
    provider: Any = None
    consistent = True
    given = convert_to_messages(messages)
    for message in given:
        characters = 0
        images = 0
        if isinstance(message.content, str):
            characters += len(message.content)
        else:
            for block in message.content:
                size, is_image = _size(block)
                characters += size
                images += is_image
        if (
            isinstance(message, AIMessage)
            and message.tool_calls
            and isinstance(message.content, str)
        ):
            characters += len(repr(message.tool_calls))
        if isinstance(message, ToolMessage):
            characters += len(message.tool_call_id)
        characters += len(role_of(message))
        if message.name and count_name:
            characters += len(message.name)
        total += math.ceil(characters / chars_per_token) + images * tokens_per_image
        total += extra_tokens_per_message
        if isinstance(message, AIMessage):
            named = message.response_metadata.get("model_provider")
            consistent = consistent and provider in (None, named)
            provider = named
            if message.usage_metadata:
                counted, guessed = message.usage_metadata["total_tokens"], total
    if use_usage_metadata_scaling and consistent and provider and counted and guessed:
        # A guess that is far off says more about that count than about what is behind it.
        total *= min(1.25, max(1.0, counted / guessed)) if len(given) > 1 else 1.0
    return math.ceil(total)


def _size(block: Any) -> tuple[int, bool]:
    """Return the number of characters of a block, and True for an image."""
    if isinstance(block, str):
        return len(block), False
    if block.get("type") in ("image", "image_url"):
        return 0, True
    if block.get("type") == "text":
        return len(block.get("text", "")), False
    return len(repr(block)), False


def _schema(tool: Any) -> Any:
    if isinstance(tool, dict):
        return tool
    schema = tool.tool_call_schema
    parameters = dict(schema if isinstance(schema, dict) else schema.model_json_schema())
    # The name and the description stand outside already.
    parameters.pop("title", None)
    parameters.pop("description", None)
    return {"name": tool.name, "description": tool.description, "parameters": parameters}
