"""Conversion of Anthropic's whole answers to those of headrace."""

from __future__ import annotations

from typing import Any

from headrace.messages import AIMessage
from headrace.outputs import ChatGeneration, ChatResult
from headrace.wire.anthropic import usage_of
from headrace.wire.streams import text_answer_error

__all__ = ["result_of"]

# The SDK sets these to None if the provider omits them, and the API refuses None.
_ABSENT = ("citations", "caller", "encrypted_content")


def result_of(answer: Any, address: str = "") -> ChatResult:
    """Return a whole answer as a result.

    Args:
        answer: The SDK's message.
        address: The server's address, for errors.

    Returns:
        One generation, and the provider's facts about the answer in `llm_output`.

    Raises:
        ModelStreamError: If the server answered with text that is not JSON.
    """
    if isinstance(answer, (str, bytes)):
        raise text_answer_error(answer, "a message", address)
    data = answer.model_dump()
    content = [_block(block) for block in data.pop("content")]
    output = {key: value for key, value in data.items() if key not in ("role", "type")}
    container = output.get("container")
    if isinstance(container, dict) and hasattr(container.get("expires_at"), "isoformat"):
        output["container"] = {**container, "expires_at": container["expires_at"].isoformat()}
    if "model" in output:
        output.setdefault("model_name", output["model"])
    is_text = len(content) == 1 and content[0]["type"] == "text"
    message = AIMessage(
        content=content[0]["text"] if is_text and not content[0].get("citations") else content,
        tool_calls=[
            {"type": "tool_call", "name": one["name"], "args": one["input"], "id": one["id"]}
            for one in content
            if one["type"] == "tool_use"
        ],
        response_metadata={"model_provider": "anthropic"},
        usage_metadata=usage_of(answer.usage),
    )
    return ChatResult(generations=[ChatGeneration(message=message)], llm_output=output)


def _block(block: dict[str, Any]) -> dict[str, Any]:
    kept = {k: v for k, v in block.items() if v is not None or k not in _ABSENT}
    if kept["type"] == "thinking" and "text" in kept and kept["text"] is None:
        del kept["text"]
    return kept
