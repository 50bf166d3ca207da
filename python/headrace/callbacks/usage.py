"""Token usage of a run, by model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from headrace.callbacks.base import BaseCallbackHandler
from headrace.callbacks.context import ambient_handlers
from headrace.messages import AIMessage
from headrace.messages.usage import UsageMetadata, add_usage

__all__ = ["UsageMetadataCallbackHandler", "get_usage_metadata_callback"]


class UsageMetadataCallbackHandler(BaseCallbackHandler):
    """Handler that adds up the token usage of chat models.

    Attributes:
        usage_metadata: The total for each model, keyed by the provider's model name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self.usage_metadata: dict[str, UsageMetadata] = {}

    def __repr__(self) -> str:
        return str(self.usage_metadata)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Add the usage of the first candidate's message, if the message names its model."""
        candidates = response.generations[0] if response.generations else ()
        message = getattr(candidates[0], "message", None) if candidates else None
        if not isinstance(message, AIMessage):
            return
        usage, model = message.usage_metadata, message.response_metadata.get("model_name")
        if not usage or not model:
            return
        with self._lock:
            known = self.usage_metadata.get(model)
            self.usage_metadata[model] = usage if known is None else add_usage(known, usage)


@contextmanager
def get_usage_metadata_callback(
    name: str = "usage_metadata_callback",
) -> Iterator[UsageMetadataCallbackHandler]:
    """Add up the usage of all models that are called inside the `with`.

    Args:
        name: Taken for the sake of existing code; it means nothing here.

    Yields:
        The handler with the sums.
    """
    handler = UsageMetadataCallbackHandler()
    token = ambient_handlers.set((*ambient_handlers.get(), handler))
    try:
        yield handler
    finally:
        ambient_handlers.reset(token)
