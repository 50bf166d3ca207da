"""Translators from a provider's own content to typed content blocks, one module each."""

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
"""The translators of each provider, keyed by `response_metadata["model_provider"]`."""


def register_translator(
    provider: str,
    translate_content: Callable[[AIMessage], list[ContentBlock]],
    translate_content_chunk: Callable[[AIMessageChunk], list[ContentBlock]],
) -> None:
    """Register the translators for a provider's messages.

    If a function raises `NotImplementedError`, the message is handled like one of an unknown
    provider.

    Args:
        provider: The provider's name in `response_metadata["model_provider"]`.
        translate_content: Returns the blocks of a complete message.
        translate_content_chunk: Returns the blocks of a chunk, or of a sum of chunks.
    """
    PROVIDER_TRANSLATORS[provider] = {
        "translate_content": translate_content,
        "translate_content_chunk": translate_content_chunk,
    }


def get_translator(provider: str) -> dict[str, Callable[..., list[Any]]] | None:
    """Return a provider's translators.

    Args:
        provider: The provider's name.

    Returns:
        The functions `translate_content` and `translate_content_chunk`, or None if the provider is
        unknown.
    """
    return PROVIDER_TRANSLATORS.get(provider)
