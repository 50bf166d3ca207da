"""Conversion of whole answers of the chat completions API to messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.compat import Flag, flags
from headrace.messages import AIMessage
from headrace.output_parsers.openai_tools import make_invalid_tool_call, parse_tool_call
from headrace.outputs import ChatGeneration, ChatResult
from headrace.wire.decoder import error_of
from headrace.wire.fields import fields_of, plain
from headrace.wire.openai_chat import (
    CALL_FIELDS,
    call_fields,
    log_probabilities,
    reasoning_of,
)
from headrace.wire.openai_usage import chat_usage
from headrace.wire.streams import text_answer_error

__all__ = ["result_of_completion"]


def result_of_completion(
    completion: Any,
    *,
    model: str,
    provider: str = "openai",
    info: dict[str, Any] | None = None,
    address: str = "",
) -> ChatResult:
    """Convert a chat completion to a result.

    Args:
        completion: The SDK's object, or a dictionary parsed from JSON.
        model: The requested model, used if the answer does not name one.
        provider: The provider of the model.
        info: Additional facts about the answer, such as its headers.
        address: The server's address, for errors.

    Returns:
        A result with a generation for each choice.

    Raises:
        ModelStreamError: If the provider reports that it failed, or answers with text that is
            not JSON, such as a web page.
        TypeError: If it is JSON but not a chat completion.
    """
    if isinstance(completion, (str, bytes)):
        raise text_answer_error(completion, "a chat completion", address)
    fields = fields_of(completion)
    if fields.get("error"):
        raise error_of(fields["error"]).exception()
    choices = fields.get("choices")
    if choices is None:
        raise TypeError(
            f"the server answered with no chat completion: there are no choices in it, but "
            f"{', '.join(fields)}"
        )
    usage, tier = fields.get("usage"), fields.get("service_tier")
    counted = None if not usage else chat_usage(usage, tier)
    generations = []
    for each in choices:
        choice = fields_of(each)
        message = _message(fields_of(choice["message"]))
        message.usage_metadata = counted
        about = dict(info or {})
        about["finish_reason"] = choice.get("finish_reason")
        about["logprobs"] = log_probabilities(choice.get("logprobs"))
        generations.append(ChatGeneration(message=message, generation_info=about))
    output: dict[str, Any] = {
        "token_usage": log_probabilities(usage),
        "model_provider": provider,
        "model_name": fields.get("model") or model,
        "system_fingerprint": fields.get("system_fingerprint"),
    }
    if "id" in fields:
        output["id"] = fields["id"]
    if tier:
        output["service_tier"] = tier
    return ChatResult(generations=generations, llm_output=output)


def _message(said: Mapping[str, Any]) -> AIMessage:
    calls, invalid = [], []
    fields: dict[str, Any] = {}
    for position, call in enumerate(said.get("tool_calls") or ()):
        raw = plain(call)
        added = call_fields(raw) if Flag.REPAIRED_STREAMS in flags() else {}
        if added:
            fields[raw.get("id") or str(position)] = added
        if "custom" in raw:
            # a custom tool takes any text, which is not valid as arguments
            text = {"name": raw["custom"].get("name"), "arguments": raw["custom"].get("input")}
            invalid.append(make_invalid_tool_call({"id": raw.get("id"), "function": text}, None))
            continue
        try:
            calls.append(parse_tool_call(raw, return_id=True))
        except Exception as error:  # noqa: BLE001 - any error means an invalid call
            invalid.append(make_invalid_tool_call(raw, str(error)))
    content: Any = said.get("content") or ""
    if not isinstance(content, str):
        content = plain(content)
    more: dict[str, Any] = {}
    if said.get("function_call"):
        more["function_call"] = plain(said["function_call"])
    if said.get("audio"):
        more["audio"] = plain(said["audio"])
    reasoning = reasoning_of(said)
    if reasoning:
        more["reasoning_content"] = reasoning
    if fields:
        more[CALL_FIELDS] = fields
    more["refusal"] = said.get("refusal")
    return AIMessage(
        content,
        additional_kwargs=more,
        tool_calls=calls,
        invalid_tool_calls=invalid,
    )
