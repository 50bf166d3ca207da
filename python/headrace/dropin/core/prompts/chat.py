"""Additions to `headrace.prompts.chat`."""

from __future__ import annotations

from typing import Any, TypeVar

from headrace.prompts.chat import _to_template
from headrace.prompts.formats import PromptTemplateFormat
from headrace.prompts.message import BaseMessagePromptTemplate

__all__ = [
    "MessagePromptTemplateT",
    "_convert_to_message",
    "_convert_to_message_template",
    "_create_template_from_message_type",
]

MessagePromptTemplateT = TypeVar("MessagePromptTemplateT", bound=BaseMessagePromptTemplate)

_convert_to_message_template = _convert_to_message = _to_template


def _create_template_from_message_type(
    message_type: str, template: Any, template_format: PromptTemplateFormat = "f-string"
) -> Any:
    """Return the template of a message.

    Args:
        message_type: The type of the message: `human`, `ai`, `system` and so on, or `placeholder`.
        template: The text, or its parts.
        template_format: The format of the text.
    """
    return _to_template((message_type, template), template_format)
