"""Additions to `headrace.messages.base`: messages count as LangChain's serializable models."""

from __future__ import annotations

from typing import Any

from headrace.load.serializable import Serializable
from headrace.messages.base import BaseMessage

__all__: list[str] = []


class _SerializableType(type(Serializable)):  # type: ignore[misc]
    """The class of `Serializable`: it counts messages among its instances.

    Messages are not pydantic models, and pydantic does not support registering other classes.
    """

    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Serializable and isinstance(instance, BaseMessage):
            return True
        return bool(super().__instancecheck__(instance))

    def __subclasscheck__(cls, subclass: type) -> bool:
        if cls is Serializable and BaseMessage in getattr(subclass, "__mro__", ()):
            return True
        return bool(super().__subclasscheck__(subclass))


Serializable.__class__ = _SerializableType
