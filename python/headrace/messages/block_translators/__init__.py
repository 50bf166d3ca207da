"""What stands in a provider's own form, as typed content blocks: one module a provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from headrace.messages.block_translators import (
    anthropic,
    bedrock,
    bedrock_converse,
    google_genai,
    google_vertexai,
    groq,
    openai,
)

if TYPE_CHECKING:
    from headrace.messages.ai import AIMessage, AIMessageChunk
    from headrace.messages.content import ContentBlock

__all__ = ["PROVIDER_TRANSLATORS", "get_translator", "register_translator"]

_MODULES = {
    "anthropic": anthropic,
    "bedrock": bedrock,
    "bedrock_converse": bedrock_converse,
    "google_genai": google_genai,
    "google_vertexai": google_vertexai,
    "groq": groq,
    "openai": openai,
}

PROVIDER_TRANSLATORS: dict[str, dict[str, Callable[..., list[ContentBlock]]]] = {
    provider: {
        "translate_content": module.translate_content,
        "translate_content_chunk": module.translate_content_chunk,
    }
    for provider, module in _MODULES.items()
}
"""The functions of each provider, by its name as `response_metadata["model_provider"]` has it."""


def register_translator(
    provider: str,
    translate_content: Callable[[AIMessage], list[ContentBlock]],
    translate_content_chunk: Callable[[AIMessageChunk], list[ContentBlock]],
) -> None:
    """Say how a provider's messages are translated, from now on.

    A function that raises `NotImplementedError` leaves a message to what is done for unknown
    providers.

    Args:
        provider: Its name, as `response_metadata["model_provider"]` has it.
        translate_content: Gives the blocks of a whole message.
        translate_content_chunk: Gives the blocks of a chunk, or of a sum of chunks.
    """
    PROVIDER_TRANSLATORS[provider] = {
        "translate_content": translate_content,
        "translate_content_chunk": translate_content_chunk,
    }


def get_translator(provider: str) -> dict[str, Callable[..., list[Any]]] | None:
    """Give a provider's functions.

    Args:
        provider: Its name.

    Returns:
        The functions `translate_content` and `translate_content_chunk`, or None where the provider
        is unknown.
    """
    return PROVIDER_TRANSLATORS.get(provider)
