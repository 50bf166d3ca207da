"""`CheckpointSerializer`: LangGraph checkpoints with headrace's messages in the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from headrace import documents, messages

__all__ = ["CheckpointSerializer"]

_CLASSES: tuple[type[Any], ...] = (
    messages.AIMessage,
    messages.AIMessageChunk,
    messages.ChatMessage,
    messages.ChatMessageChunk,
    messages.FunctionMessage,
    messages.FunctionMessageChunk,
    messages.HumanMessage,
    messages.HumanMessageChunk,
    messages.RemoveMessage,
    messages.SystemMessage,
    messages.SystemMessageChunk,
    messages.ToolMessage,
    messages.ToolMessageChunk,
    documents.Document,
)
_OURS = [(cls.__module__, cls.__name__) for cls in _CLASSES]
_THEIRS = [(_home.replace("headrace", "langchain_core", 1), name) for _home, name in _OURS]
_TO_LANGCHAIN = dict(zip(_OURS, _THEIRS, strict=True))
_TO_HEADRACE = dict(zip(_THEIRS, _OURS, strict=True))
_Names = dict[tuple[str, str], tuple[str, str]]


class CheckpointSerializer(JsonPlusSerializer):
    """LangGraph's serializer for graphs whose state contains headrace's messages and documents.

    It stores them under LangChain's names and restores them as headrace's. Every checkpoint is
    thus readable on langchain-core and under the drop-in, and the reverse. Pass it as `serde` to
    any of LangGraph's checkpointers.
    """

    def __init__(self, *, allowed_msgpack_modules: Any = None, **options: Any) -> None:
        """Initialize the serializer.

        Args:
            allowed_msgpack_modules: Classes of your own that checkpoints may contain, or True to
                allow all, as in `JsonPlusSerializer`.
            **options: Passed to `JsonPlusSerializer`.
        """
        if isinstance(allowed_msgpack_modules, Iterable) or allowed_msgpack_modules is None:
            allowed_msgpack_modules = [*_OURS, *(allowed_msgpack_modules or ())]
        super().__init__(allowed_msgpack_modules=allowed_msgpack_modules, **options)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Serialize an object, with LangChain's names for messages and documents."""
        kind, data = super().dumps_typed(obj)
        if kind == "msgpack" and b"headrace." in data:
            data = _renamed(data, _TO_LANGCHAIN)
        return kind, data

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Restore an object; messages and documents are headrace's."""
        kind, stored = data
        if kind == "msgpack" and b"langchain_core." in stored:
            stored = _renamed(stored, _TO_HEADRACE)
        return super().loads_typed((kind, stored))


def _renamed(data: bytes, names: _Names) -> bytes:
    """Return msgpack data in which the serializer's objects have other classes.

    An object is an extension that contains its module, its class and its fields, in that order.
    """
    option = ormsgpack.OPT_NON_STR_KEYS

    def rename(code: int, content: bytes) -> Any:
        value = _unpack(content, rename)
        if isinstance(value, list) and len(value) > 2:
            module, name = value[:2]
            if isinstance(module, str) and isinstance(name, str):
                value[:2] = names.get((module, name), (module, name))
        return ormsgpack.Ext(code, ormsgpack.packb(value, option=option))

    return ormsgpack.packb(_unpack(data, rename), option=option)


def _unpack(data: bytes, rename: Callable[[int, bytes], Any]) -> Any:
    return ormsgpack.unpackb(data, ext_hook=rename, option=ormsgpack.OPT_NON_STR_KEYS)
