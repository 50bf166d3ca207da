"""Additions to `headrace.exceptions`."""

from __future__ import annotations

from typing import Any

from headrace.exceptions import HeadraceError, ModelError

__all__ = ["ModelRefusalError", "TracerException"]


class TracerException(HeadraceError):
    """A tracer failed."""


class ModelRefusalError(ModelError):
    """Error for a model that refuses a request.

    Attributes:
        raw_message: The model's message, if there is one.
    """

    def __init__(
        self,
        message: str = "Model refused to produce the requested output",
        *,
        raw_message: Any = None,
    ) -> None:
        """Create the error.

        Args:
            message: The error message.
            raw_message: The model's message.
        """
        super().__init__(message)
        self.raw_message = raw_message

    @classmethod
    def from_refusal(cls, refusal: Any, *, raw_message: Any) -> ModelRefusalError:
        """Return the error for a refusal among a message's content blocks.

        Args:
            refusal: The block.
            raw_message: The message.
        """
        text = "Model refused to produce the requested output"
        category = refusal.get("extras", {}).get("category")
        if category:
            text += f" (category={category!r})"
        if refusal.get("refusal"):
            text += f": {refusal['refusal']}"
        return cls(text, raw_message=raw_message)
