"""What the events of OpenAI's streams have in common: how they are read, and what they count.

The same code reads the objects that the SDK makes of events and the dictionaries of a recording;
nothing of the SDK is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["chat_usage", "failure_of", "fields_of", "plain", "response_usage"]

_TIERS = ("priority", "flex")
"""The tiers whose tokens have prices, and so counts, of their own."""


def fields_of(thing: Any) -> Mapping[str, Any]:
    """Give what an event, or a part of one, says, by name.

    Args:
        thing: An object of the SDK, or a dictionary.

    Returns:
        The fields, those that the SDK does not know included; not to be changed.
    """
    # this runs several times for each chunk: the common cases come first
    if type(thing) is dict:
        return thing
    try:
        more = thing.__pydantic_extra__
    except AttributeError:
        given: Mapping[str, Any] = thing
        return given
    known: dict[str, Any] = thing.__dict__
    return {**known, **more} if more else known


def plain(thing: Any) -> Any:
    """Give a part of an event as plain data, without what is None.

    Args:
        thing: An object of the SDK, or parsed JSON.

    Returns:
        Dictionaries, lists and scalars, under the names that go over the wire.
    """
    if isinstance(thing, (str, int, float)) or thing is None:
        return thing
    if isinstance(thing, (list, tuple)):
        return [plain(one) for one in thing]
    # the SDK calls a field `async_`, which over the wire is a word that Python reserves
    return {
        "async" if name == "async_" else name: plain(value)
        for name, value in fields_of(thing).items()
        if value is not None
    }


def chat_usage(given: Any, tier: str | None = None) -> Any:
    """Give the token counts of a chat completion under the names that they have in messages."""
    return _usage(given, tier, "prompt_tokens", "completion_tokens", audio=True)


def response_usage(given: Any, tier: str | None = None) -> Any:
    """Give the token counts of a response under the names that they have in messages."""
    return _usage(given, tier, "input_tokens", "output_tokens", audio=False)


def _usage(given: Any, tier: str | None, read: str, written: str, *, audio: bool) -> dict[str, Any]:
    counts = fields_of(given)
    input_tokens = counts.get(read) or 0
    output_tokens = counts.get(written) or 0
    total = counts.get("total_tokens")
    inward = fields_of(counts.get(f"{read}_details") or {})
    outward = fields_of(counts.get(f"{written}_details") or {})
    prefix = f"{tier}_" if tier in _TIERS else ""
    cached, reasoned = inward.get("cached_tokens"), outward.get("reasoning_tokens")
    details = {
        "audio": inward.get("audio_tokens") if audio else None,
        f"{prefix}cache_read": cached,
        f"{prefix}cache_creation": inward.get("cache_write_tokens"),
    }
    outputs = {
        "audio": outward.get("audio_tokens") if audio else None,
        f"{prefix}reasoning": reasoned,
    }
    if prefix:
        # what is priced otherwise is not counted twice
        details[str(tier)] = input_tokens - (cached or 0)
        outputs[str(tier)] = output_tokens - (reasoned or 0)
    return {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens if total is None else total,
        "input_token_details": _said(details),
        "output_token_details": _said(outputs),
    }


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if value is not None}


def failure_of(error: Any, otherwise: str = "") -> str:
    """Say what a provider reports within a stream.

    Args:
        error: Its report: a text, or what has a `message` and perhaps a `code`.
        otherwise: What to say where the report says nothing.

    Returns:
        The code and the message.
    """
    if error is None or isinstance(error, str):
        return error or otherwise
    fields = fields_of(error)
    code, message = fields.get("code"), fields.get("message")
    if code and message:
        return f"{code}: {message}"
    return str(message or code or otherwise or plain(error))
