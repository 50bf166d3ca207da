"""Observing runs: handlers, and the managers that tell them."""

from headrace.callbacks.base import AsyncCallbackHandler, BaseCallbackHandler, BaseCallbackManager

__all__ = ["AsyncCallbackHandler", "BaseCallbackHandler", "BaseCallbackManager"]
