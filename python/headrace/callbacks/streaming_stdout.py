"""`StreamingStdOutCallbackHandler`: prints a model's tokens as they arrive."""

from __future__ import annotations

import sys
from typing import Any

from headrace.callbacks.base import BaseCallbackHandler

__all__ = ["StreamingStdOutCallbackHandler"]


class StreamingStdOutCallbackHandler(BaseCallbackHandler):
    """Handler that prints tokens as they arrive."""

    def on_llm_new_token(self, token: str | list[str | dict[str, Any]], **kwargs: Any) -> None:
        """Print a token."""
        sys.stdout.write(token if isinstance(token, str) else str(token))
        sys.stdout.flush()

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[Any]], **kwargs: Any
    ) -> None:
        """Print nothing."""
