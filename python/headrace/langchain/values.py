"""Conversion of the inputs and outputs of runnables between LangChain and headrace.

Messages, prompt values, documents and generations are converted, also inside dicts, lists and
tuples. Values that contain none of these are passed on without copying.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import Any

from langchain_core import messages as their_messages
from langchain_core import outputs as their_outputs
from langchain_core import prompt_values as their_prompts
from langchain_core.documents import base as their_documents
from langchain_core.runnables.utils import AddableDict as TheirAddableDict

from headrace import messages as our_messages
from headrace import outputs as our_outputs
from headrace import prompt_values as our_prompts
from headrace.documents import base as our_documents
from headrace.langchain.messages import message_from_langchain, message_to_langchain
from headrace.runnables.utils import AddableDict as OurAddableDict

__all__ = ["value_from_langchain", "value_to_langchain"]

_Convert = Callable[[Any], Any]
_ATOMS = frozenset({str, int, float, bool, type(None), bytes})


def value_from_langchain(value: Any) -> Any:
    """Convert a LangChain value to a headrace value.

    Args:
        value: Any value.

    Returns:
        The value with all its messages, prompt values, documents and generations converted; the
        same object if it does not contain any.
    """
    kind: Any = type(value)
    if kind in _ATOMS:
        return value
    convert = _from(kind)
    return value if convert is None else convert(value)


def value_to_langchain(value: Any) -> Any:
    """Convert a headrace value to a LangChain value; see `value_from_langchain`.

    Args:
        value: Any value.

    Returns:
        The value, converted.
    """
    kind: Any = type(value)
    if kind in _ATOMS:
        return value
    convert = _to(kind)
    return value if convert is None else convert(value)


@lru_cache(maxsize=4096)
def _from(kind: Any) -> _Convert | None:
    if issubclass(kind, their_messages.BaseMessage):
        return lambda message: message_from_langchain(message, value_from_langchain)
    converted = _class_converter(
        kind, their_documents, their_outputs, their_prompts, value_from_langchain
    )
    if converted is not None:
        return converted
    if issubclass(kind, TheirAddableDict):
        return lambda value: OurAddableDict(_dict(value, value_from_langchain))
    if kind.__module__ == _LANGGRAPH and kind.__name__ in _CARRIERS:
        return lambda value: _carrier(value, value_from_langchain)
    return _container_converter(kind, value_from_langchain)


@lru_cache(maxsize=4096)
def _to(kind: Any) -> _Convert | None:
    if issubclass(kind, our_messages.BaseMessage):
        return lambda message: message_to_langchain(message, value_to_langchain)
    if issubclass(kind, our_outputs.ChatGeneration):
        return _generation_to
    converted = _class_converter(kind, our_documents, our_outputs, our_prompts, value_to_langchain)
    if converted is not None:
        return converted
    if issubclass(kind, OurAddableDict):
        return lambda value: TheirAddableDict(_dict(value, value_to_langchain))
    if kind.__module__ == _LANGGRAPH and kind.__name__ in _CARRIERS:
        return lambda value: _carrier(value, value_to_langchain)
    return _container_converter(kind, value_to_langchain)


# --- containers -----------------------------------------------------------------------------------


def _container_converter(kind: type, convert: _Convert) -> _Convert | None:
    """Return the conversion of the items of a container; None for other types.

    Subclasses of containers are not converted, since they may not be recreatable from their items.
    """
    if kind is dict:
        return lambda value: _dict(value, convert)
    if kind is list:
        return lambda value: _items(value, convert)
    if kind is tuple:
        return lambda value: (
            value if (converted := _items(value, convert)) is value else tuple(converted)
        )
    return None


def _dict(value: Any, convert: _Convert) -> Any:
    converted = None
    for key, item in value.items():
        other = convert(item)
        if other is not item:
            if converted is None:
                converted = dict(value)
            converted[key] = other
    return value if converted is None else converted


def _items(value: Any, convert: _Convert) -> Any:
    converted = None
    for i, item in enumerate(value):
        other = convert(item)
        if other is not item:
            if converted is None:
                converted = list(value)
            converted[i] = other
    return value if converted is None else converted


# --- LangGraph objects ----------------------------------------------------------------------------

_LANGGRAPH = "langgraph.types"
_CARRIERS = {
    "Command": ("update", "resume", "goto"),
    "Send": ("arg",),
    "Interrupt": ("value",),
    "Overwrite": ("value",),
}
"""LangGraph classes that carry values, and the attributes that contain them."""


def _carrier(value: Any, convert: _Convert) -> Any:
    converted = None
    for name in _CARRIERS[type(value).__name__]:
        item = getattr(value, name)
        other = convert(item)
        if other is not item:
            if converted is None:
                converted = copy(value)
            object.__setattr__(converted, name, other)  # They are frozen.
    return value if converted is None else converted


# --- classes in both libraries --------------------------------------------------------------------

_DOCUMENTS = ("Document", "Blob")
_OUTPUTS = ("ChatGenerationChunk", "ChatGeneration", "GenerationChunk", "Generation")
_RESULTS = ("ChatResult", "LLMResult", "RunInfo")
_PROMPTS = ("ChatPromptValueConcrete", "ChatPromptValue", "StringPromptValue", "ImagePromptValue")


def _class_converter(
    kind: type, documents: Any, outputs: Any, prompts: Any, convert: _Convert
) -> _Convert | None:
    """Return the conversion of a class that the other library has too."""
    theirs = documents is their_documents
    for names, here, there, make in (
        (_DOCUMENTS, documents, our_documents if theirs else their_documents, _fields),
        (_PROMPTS, prompts, our_prompts if theirs else their_prompts, _fields),
        (_RESULTS, outputs, our_outputs if theirs else their_outputs, _fields),
        (_OUTPUTS, outputs, our_outputs if theirs else their_outputs, _generation),
    ):
        for name in names:
            if issubclass(kind, getattr(here, name)):
                cls = getattr(there, name)
                return lambda value, make=make, cls=cls: make(value, cls, convert)  # type: ignore[misc]
    return None


def _fields(value: Any, cls: Any, convert: _Convert) -> Any:
    """Create an object from the same fields without validating them again."""
    given = {}
    known = cls.model_fields
    for name in value.model_fields_set:
        item = convert(getattr(value, name))
        if name in known:
            given[name] = item.copy() if type(item) is dict else item
    converted = cls.model_construct(**given)
    if "messages" in given and not isinstance(given["messages"], (list, tuple)):
        object.__setattr__(converted, "messages", [convert(one) for one in value.messages])
    return converted


def _generation(value: Any, cls: Any, convert: _Convert) -> Any:
    info = value.generation_info
    info = info.copy() if type(info) is dict else info
    message = getattr(value, "message", None)
    if message is None:
        return cls(text=value.text, generation_info=info)
    return cls(message=convert(message), generation_info=info)


def _generation_to(value: Any) -> Any:
    """Create a LangChain generation from a converted message, without validation."""
    chunk = isinstance(value, our_outputs.ChatGenerationChunk)
    cls: Any = their_outputs.ChatGenerationChunk if chunk else their_outputs.ChatGeneration
    info = value.generation_info
    converted = cls.__new__(cls)
    fields = {
        "text": str(value.text),
        "generation_info": info.copy() if type(info) is dict else info,
        "type": cls.__name__,
        "message": value_to_langchain(value.message),
    }
    set_ = object.__setattr__
    set_(converted, "__dict__", fields)
    set_(converted, "__pydantic_fields_set__", {"message", "generation_info", "text"})
    set_(converted, "__pydantic_extra__", None)
    set_(converted, "__pydantic_private__", None)
    return converted
