"""Token counts for OpenAI's models, computed with the package tiktoken."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from headrace.messages import BaseMessage
from headrace.providers.openai.messages import messages_for_chat

__all__ = ["TokenCounting", "encoding_for"]

_NEWER = ("gpt-4o", "gpt-4.1", "gpt-5")
_LOW_DETAIL = 85
"""Tokens of an image of low detail, independent of its size."""

_ANSWER = 3
"""Tokens at the start of every answer."""

_CALL_ID = 3
"""Tokens of the id of a call, independent of its length."""


def encoding_for(model: str | None) -> Any:
    """Return the encoding of a model.

    Args:
        model: The name of the model.

    Returns:
        tiktoken's encoding; for unknown models, that of similar ones. tiktoken downloads its tables
        on first use.

    Raises:
        ImportError: If tiktoken is not installed.
    """
    try:
        import tiktoken
    except ModuleNotFoundError as error:
        raise ImportError(
            "counting tokens needs the package tiktoken: pip install tiktoken; or give "
            "`custom_get_token_ids`",
            name="tiktoken",
        ) from error
    name = (model or "").lower()
    try:
        return tiktoken.encoding_for_model(name)
    except KeyError:
        return tiktoken.get_encoding("o200k_base" if name.startswith(_NEWER) else "cl100k_base")


class TokenCounting(BaseModel):
    """Token counting of a model."""

    model_name: str

    tiktoken_model_name: str | None = None
    """The name of the model whose encoding counts tokens, if different from the model's name."""

    def get_token_ids(self, text: str) -> list[int]:
        """Return the tokens of a text.

        Args:
            text: The text.

        Returns:
            The result of `custom_get_token_ids` if set, else the tokens of tiktoken.

        Raises:
            ImportError: If tiktoken is not installed.
        """
        own = getattr(self, "custom_get_token_ids", None)
        if own is not None:
            return list(own(text))
        encoding = encoding_for(self.tiktoken_model_name or self.model_name)
        return list(encoding.encode_ordinary(text))

    def get_num_tokens_from_messages(
        self,
        messages: Sequence[BaseMessage],
        tools: Sequence[Any] | None = None,
        *,
        allow_fetching_images: bool = True,
    ) -> int:
        """Count the tokens of messages as the chat completions API formats them.

        Args:
            messages: The messages.
            tools: Not counted.
            allow_fetching_images: Not used: only images of low detail are counted, and their size
                does not matter.

        Returns:
            The number of tokens, including those at the start of every answer.

        Raises:
            ImportError: If tiktoken is not installed.
        """
        if tools is not None:
            warnings.warn("The tokens of tools cannot be counted: they are left out.", stacklevel=2)
        oldest = (self.tiktoken_model_name or self.model_name or "") == "gpt-3.5-turbo-0301"
        each, named = (4, -1) if oldest else (3, 1)
        total = _ANSWER
        for message in messages_for_chat(messages):
            total += each + (named if "name" in message else 0)
            for name, value in message.items():
                parts = value if isinstance(value, list) else [value]
                id = name == "tool_call_id"
                total += _CALL_ID if id else sum(self._count(part) for part in parts)
        return total

    def _count(self, part: Any) -> int:
        """Count the tokens of a value in a message, or of a part of it."""
        if not part:
            return 0
        if isinstance(part, dict):
            kind = part.get("type")
            if kind == "image_url" and part["image_url"].get("detail") == "low":
                return _LOW_DETAIL
            if kind == "function":
                return sum(len(self.get_token_ids(text)) for text in part["function"].values())
            if kind == "text":
                part = part["text"]
            elif kind is not None:
                warnings.warn(
                    f"What is of the type {kind!r} cannot be counted: it is left out.",
                    stacklevel=4,
                )
                return 0
            else:
                part = json.dumps(part, ensure_ascii=False)
        return len(self.get_token_ids(str(part)))
