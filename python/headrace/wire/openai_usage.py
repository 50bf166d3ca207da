"""Token counts of OpenAI's formats, under the names that messages use."""

from __future__ import annotations

from typing import Any

from headrace.wire.fields import fields_of, without_none

__all__ = ["chat_usage", "response_usage"]

_TIERS = ("priority", "flex")
"""The service tiers whose tokens are priced, and therefore counted, separately."""


def chat_usage(usage: Any, tier: str | None = None) -> Any:
    """Return the token counts of a chat completion as `UsageMetadata`."""
    return _usage(usage, tier, "prompt_tokens", "completion_tokens", audio=True)


def response_usage(usage: Any, tier: str | None = None) -> Any:
    """Return the token counts of a response as `UsageMetadata`."""
    return _usage(usage, tier, "input_tokens", "output_tokens", audio=False)


def _usage(
    usage: Any, tier: str | None, input_name: str, output_name: str, *, audio: bool
) -> dict[str, Any]:
    counts = fields_of(usage)
    input_tokens = counts.get(input_name) or 0
    output_tokens = counts.get(output_name) or 0
    total = counts.get("total_tokens")
    input_counts = fields_of(counts.get(f"{input_name}_details"))
    output_counts = fields_of(counts.get(f"{output_name}_details"))
    prefix = f"{tier}_" if tier in _TIERS else ""
    cached, reasoning = input_counts.get("cached_tokens"), output_counts.get("reasoning_tokens")
    input_details = {
        "audio": input_counts.get("audio_tokens") if audio else None,
        f"{prefix}cache_read": cached,
        f"{prefix}cache_creation": input_counts.get("cache_write_tokens"),
    }
    output_details = {
        "audio": output_counts.get("audio_tokens") if audio else None,
        f"{prefix}reasoning": reasoning,
    }
    if prefix:
        # tokens with a price of their own are not counted twice
        input_details[str(tier)] = input_tokens - (cached or 0)
        output_details[str(tier)] = output_tokens - (reasoning or 0)
    return {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens if total is None else total,
        "input_token_details": without_none(input_details),
        "output_token_details": without_none(output_details),
    }
