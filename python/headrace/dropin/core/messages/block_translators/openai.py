"""Additions to `headrace.messages.block_translators.openai`."""

from headrace.messages.ai import AIMessage
from headrace.messages.block_translators.openai_older import _SIGNS, as_responses

__all__ = ["_convert_from_v03_ai_message"]


def _convert_from_v03_ai_message(message: AIMessage) -> AIMessage:
    """Return a message of langchain-openai 0.3 in the form of the Responses API.

    Args:
        message: The message. One in the form of today stays as it is.
    """
    if not isinstance(message.content, list):
        return message
    content = as_responses(message)
    if content == message.content:
        return message
    kept = {key: value for key, value in message.additional_kwargs.items() if key not in _SIGNS}
    return message.model_copy(update={"content": content, "additional_kwargs": kept})
