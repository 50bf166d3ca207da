"""The events of OpenAI's streamed chat completions, one by one, as the chunks of a message.

So do those of the many servers that speak the same, of which some tell their reasoning too; and
completions of texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headrace.exceptions import ModelStreamError
from headrace.language_models.openai_events import chat_usage, failure_of, fields_of, plain
from headrace.messages import AIMessageChunk
from headrace.outputs import ChatGenerationChunk

__all__ = ["chat_chunk", "text_alone", "text_of_choice"]


def chat_chunk(event: Any, provider: str = "openai") -> ChatGenerationChunk | None:
    """Give what an event of a chat completion adds to the answer.

    Args:
        event: The SDK's object, or a dictionary parsed from JSON.
        provider: Whose it is, as the metadata of the message tells it.

    Returns:
        The chunk; None for an event that adds nothing.

    Raises:
        ModelStreamError: If the event is the provider's report of a failure.
    """
    if type(event) is not dict:
        text = text_alone(event)
        if text is not None:
            metadata = {"model_provider": provider}
            return ChatGenerationChunk(message=AIMessageChunk(text, response_metadata=metadata))
    fields = fields_of(event)
    choices = fields.get("choices")
    usage = fields.get("usage")
    if not choices:
        return _without_choices(fields, choices, usage)
    choice = fields_of(choices[0])
    delta = choice.get("delta")
    # of several answers the first is streamed
    if delta is None or choice.get("index"):
        return None
    said = fields_of(delta)
    content = said.get("content") or ""
    if type(content) is not str:
        # Mistral streams reasoning as blocks of content
        content = [plain(block) for block in content]
    if "x_groq" in fields and usage is None:
        usage = fields_of(fields["x_groq"] or {}).get("usage")
    message = AIMessageChunk(
        content,
        additional_kwargs=_more(said),
        response_metadata={"model_provider": provider},
        tool_call_chunks=_calls(said.get("tool_calls") or ()),
        usage_metadata=None if usage is None else chat_usage(usage, fields.get("service_tier")),
    )
    ended, logprobs = choice.get("finish_reason"), choice.get("logprobs")
    if not ended and not logprobs:
        return ChatGenerationChunk(message=message)
    return ChatGenerationChunk(message=message, generation_info=_info(fields, ended, logprobs))


def text_alone(event: Any) -> str | None:
    """Give the text of an event of the SDK that adds nothing else, as almost all are.

    It finds what the general way finds, in a third of the time.

    Args:
        event: The SDK's object.

    Returns:
        The text; None where there is more to the event, or less.
    """
    try:
        fields = event.__dict__
        (choice,) = fields["choices"]
        said = choice.__dict__
        delta = said["delta"]
        parts = delta.__dict__
        text = parts["content"]
        if (
            type(text) is str
            and not delta.__pydantic_extra__
            and not parts["tool_calls"]
            and not parts["function_call"]
            and not parts["refusal"]
            and not said["finish_reason"]
            and not said["logprobs"]
            and not said["index"]
            and fields["usage"] is None
            and "x_groq" not in (event.__pydantic_extra__ or ())
        ):
            return text
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return None


def _without_choices(
    fields: Mapping[str, Any], choices: Any, usage: Any
) -> ChatGenerationChunk | None:
    """Give what an event says that adds nothing to an answer: the count of tokens, or a failure."""
    if choices is None:
        if fields.get("error"):
            raise ModelStreamError(failure_of(fields["error"]))
        if usage is None:
            return None
    message = AIMessageChunk("")
    if usage is not None:
        message.usage_metadata = chat_usage(usage, fields.get("service_tier"))
    return ChatGenerationChunk(message=message)


def _info(fields: Mapping[str, Any], ended: Any, logprobs: Any) -> dict[str, Any]:
    """Give what an event says about the answer."""
    info: dict[str, Any] = {}
    if ended:
        info["finish_reason"] = ended
        for name, known in (
            ("model_name", "model"),
            ("system_fingerprint", "system_fingerprint"),
            ("service_tier", "service_tier"),
        ):
            if fields.get(known):
                info[name] = fields[known]
    if logprobs:
        info["logprobs"] = logprobs_of(logprobs)
    return info


def _more(said: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a message has beside its content: reasoning, a refusal, a call of old form."""
    more: dict[str, Any] = {}
    reasoning = said.get("reasoning_content") or said.get("reasoning")
    if reasoning:
        more["reasoning_content"] = reasoning
    if said.get("refusal"):
        more["refusal"] = said["refusal"]
    if said.get("function_call"):
        call = fields_of(said["function_call"])
        more["function_call"] = {
            "arguments": call.get("arguments"),
            "name": call.get("name") or "",
        }
    if said.get("audio"):
        more["audio"] = plain(said["audio"])
    return more


def _calls(calls: Any) -> list[dict[str, Any]]:
    """Give the parts of tool calls; a server that sends calls whole may leave out the index."""
    chunks: list[dict[str, Any]] = []
    for at, call in enumerate(calls):
        fields = fields_of(call)
        function = fields_of(fields.get("function") or fields.get("custom") or {})
        index, args = fields.get("index"), function.get("arguments")
        chunks.append(
            {
                "name": function.get("name"),
                "args": function.get("input") if args is None else args,
                "id": fields.get("id"),
                "index": at if index is None else index,
                "type": "tool_call_chunk",
            }
        )
    return chunks


def logprobs_of(logprobs: Any) -> Any:
    """Give the probabilities of tokens as plain data, with what is None."""
    if isinstance(logprobs, (list, tuple)):
        return [logprobs_of(one) for one in logprobs]
    if isinstance(logprobs, (str, int, float)) or logprobs is None:
        return logprobs
    return {name: logprobs_of(value) for name, value in fields_of(logprobs).items()}


def text_of_choice(event: Any) -> tuple[str, dict[str, Any] | None] | None:
    """Give what an event of a text completion adds, and what it says about it.

    Args:
        event: The SDK's object, or a dictionary parsed from JSON.

    Returns:
        The text and the facts; None where the event adds nothing.

    Raises:
        ModelStreamError: If the event is the provider's report of a failure.
    """
    fields = fields_of(event)
    choices = fields.get("choices")
    if not choices:
        if choices is None and fields.get("error"):
            raise ModelStreamError(failure_of(fields["error"]))
        return None
    choice = fields_of(choices[0])
    ended, logprobs = choice.get("finish_reason"), choice.get("logprobs")
    info = {"finish_reason": ended, "logprobs": logprobs_of(logprobs)}
    return choice.get("text") or "", info
