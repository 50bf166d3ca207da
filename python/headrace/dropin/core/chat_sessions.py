"""Conversations that were loaded from somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typing_extensions import TypedDict

from headrace.messages import BaseMessage

__all__ = ["ChatSession"]


class ChatSession(TypedDict, total=False):
    """A conversation, and the functions that the model could call in it."""

    messages: Sequence[BaseMessage]
    functions: Sequence[dict[str, Any]]
