"""`BaseMessage`: a piece of a conversation, and `BaseMessageChunk`, a part of one."""

from __future__ import annotations

import copyreg
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import Self

from headrace._core import MessageStorage, merge_content
from headrace.load.depth import check_depth, dump_fields
from headrace.load.serializable import is_told, is_unusual
from headrace.messages import schema
from headrace.messages.extras import extra_of, keep_extra, model_state, pydantic_state
from headrace.messages.modelled import Modelled
from headrace.messages.pydantic_mirror import mirror_of
from headrace.messages.signature import MessageSignature

if TYPE_CHECKING:
    from headrace.messages.content import ContentBlock

__all__ = [
    "LC_AUTO_PREFIX",
    "LC_ID_PREFIX",
    "BaseMessage",
    "BaseMessageChunk",
    "TextAccessor",
    "get_msg_title_repr",
    "merge_content",
    "message_to_dict",
    "messages_to_dict",
]

LC_AUTO_PREFIX = "lc_"
"""Prefix of generated message ids."""

LC_ID_PREFIX = "lc_run-"
"""Prefix of message ids derived from a run id."""

_AnyDict = dict[Any, Any]
_Fields = dict[str, Any]


class TextAccessor(str):
    """The text of a message; calling it gives it once more, as older code does."""

    __slots__ = ()

    def __call__(self) -> str:
        """Return the text."""
        return str(self)


class BaseMessage(MessageStorage, Modelled):
    """Base class of messages: one entry of a conversation.

    Attributes:
        content: A text, or a list of texts and content blocks.
        additional_kwargs: Additional payload from the provider.
        response_metadata: Metadata of the response, such as the finish reason.
        type: The type of the message.
        name: The name of the author, if the provider supports names.
        id: The id of the message.
    """

    __slots__ = ()
    __match_args__ = ("content",)
    __hash__ = None  # type: ignore[assignment]

    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {
        "content": (str | list[str | _AnyDict], ...),
        "additional_kwargs": (_AnyDict, schema.new(dict)),
        "response_metadata": (_AnyDict, schema.new(dict)),
        "type": (str, ...),
        "name": (str | None, None),
        "id": (schema.TextOrNumber, None),
    }
    __declared_fields__: ClassVar[_Fields] = {}
    """The fields that a user's class has beyond these, with what stands for their default."""
    __known_fields__: ClassVar[tuple[str, ...]] = tuple(__message_fields__)
    """The fields of this class that the storage keeps."""
    __signature__ = MessageSignature()
    __hidden_fields__: ClassVar[frozenset[str]] = frozenset()

    type: ClassVar[str] = "base"

    if TYPE_CHECKING:
        content: str | list[str | _AnyDict]
        additional_kwargs: _AnyDict
        response_metadata: _AnyDict
        name: str | None
        id: str | None

        def __init__(
            self,
            content: str | Sequence[str | _AnyDict] | None = None,
            content_blocks: list[ContentBlock] | None = None,
            **kwargs: Any,
        ) -> None: ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("__message_fields__")
        if own is not None:
            cls.__known_fields__ = tuple(dict.fromkeys((*cls.__known_fields__, *own)))
        else:
            cls.__declared_fields__ = {**cls.__declared_fields__, **schema.declared_fields(cls)}

    @property
    def text(self) -> TextAccessor:
        """The text of the content: that of its text blocks, where it is a list of blocks."""
        content = self.content
        if isinstance(content, str):
            return TextAccessor(content)
        return TextAccessor("".join(_texts(content)))

    @property
    def content_blocks(self) -> list[ContentBlock]:
        """The content as typed blocks, the same for all providers."""
        from headrace.messages.content_blocks import content_blocks_of

        return content_blocks_of(self)

    def pretty_repr(self, html: bool = False) -> str:
        """Write the message for people to read.

        Args:
            html: Whether to make the title bold, for a terminal.

        Returns:
            A title and the content.
        """
        title = get_msg_title_repr(f"{self.type.title()} Message", bold=html)
        name = f"\nName: {self.name}" if self.name is not None else ""
        return f"{title}{name}\n\n{self.content}"

    def pretty_print(self) -> None:
        """Print what `pretty_repr` gives."""
        print(self.pretty_repr(html=sys.stdout.isatty()))

    @property
    def model_extra(self) -> Mapping[str, Any]:
        """Extra fields: those that no class of the message declares."""
        declared = self.__declared_fields__
        return {key: value for key, value in extra_of(self).items() if key not in declared}

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "messages"]

    def to_json(self) -> Any:
        """Return the message in the form that LangChain's `dumps` writes."""
        values = {name: getattr(self, name) for name in self.model_fields}
        told = {
            name: value for name, value in values.items() if is_told(self.model_fields[name], value)
        }
        told.update(self.lc_attributes)
        return {"lc": 1, "type": "constructor", "id": self.lc_id(), "kwargs": told}

    # --- copies, pickles, representation -----------------------------------------------------

    def _stored(self) -> _AnyDict:
        """Return the fields that the storage keeps."""
        return {name: getattr(self, name) for name in self.__known_fields__ if name != "type"}

    def __reduce__(self) -> tuple[Any, ...]:
        own = extra_of(self)
        declared = {name: own.pop(name) for name in self.__declared_fields__ if name in own}
        fields = {name: getattr(self, name) for name in self.__known_fields__} | declared
        return copyreg.__newobj__, (type(self),), model_state(fields, own, self.model_fields_set)  # type: ignore[attr-defined]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        reduced = self.__reduce__()
        state = reduced[2]
        # `pickle` recurses on the stack of its caller.
        check_depth({**state["__dict__"], **state["__pydantic_extra__"]}, type(self))
        return reduced

    def __copy__(self) -> Self:
        return cast("Self", _restore(type(self), self._stored(), dict(vars(self))))

    def __deepcopy__(self, memo: Any) -> Self:
        from copy import deepcopy

        stored, own = self._stored(), dict(vars(self))

        def copy() -> Any:
            return _restore(type(self), deepcopy(stored, memo), deepcopy(own, memo))

        return cast("Self", dump_fields({**stored, **own}, copy, type(self)))

    def __repr_args__(self) -> list[tuple[str, Any]]:
        """Return the fields that differ from their defaults."""
        shown = []
        defaults = mirror_of(type(self)).model_fields
        for name, value in self._items():
            if name in self.__hidden_fields__:
                continue
            field = defaults.get(name)
            if field is None or is_unusual(field, value):
                shown.append((name, value))
        return shown

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._join_fields(', ')})"

    def __str__(self) -> str:
        return self._join_fields(" ")

    def _join_fields(self, separator: str) -> str:
        shown = self.__repr_args__()

        def join() -> str:
            return separator.join(f"{name}={value!r}" for name, value in shown)

        return dump_fields(dict(shown), join, type(self))

    def __setstate__(self, state: Any) -> None:
        """Restore a message that headrace or LangChain has pickled.

        Args:
            state: The state of a pydantic model. A complete one is not validated again, so that a
                message is restored as it was; a state that lacks fields is.

        Raises:
            pickle.UnpicklingError: If it is not such a state.
            pydantic.ValidationError: If fields are missing and others are wrong.
        """
        fields = pydantic_state(type(self), state)
        if all(name in fields for name in self.__known_fields__):
            _fill(self, fields)
        else:
            MessageStorage.__init__(self, **fields)

    def _update(self, update: Mapping[str, Any]) -> None:
        """Set fields without validating them; those that no class declares are kept as extra."""
        for name, value in update.items():
            if name in self.__known_fields__:
                setattr(self, name, value)
            else:
                keep_extra(self, {name: value})

    def _items(self) -> list[tuple[str, Any]]:
        """Return all fields and their values, in the order in which they are shown."""
        known = self.__known_fields__
        own = [(name, value) for name, value in extra_of(self).items() if name not in known]
        return [*((name, getattr(self, name)) for name in known), *own]


class BaseMessageChunk(BaseMessage):
    """A part of a message, as it streams. Parts add up to the message."""

    __slots__ = ()
    __message_fields__: ClassVar[Mapping[str, tuple[Any, Any]]] = {}

    if TYPE_CHECKING:

        def __add__(self, other: Any) -> Self: ...


def get_msg_title_repr(title: str, *, bold: bool = False) -> str:
    """Write a title between two lines of equals signs.

    Args:
        title: The title.
        bold: Whether to make it bold, for a terminal.

    Returns:
        The line, about 80 characters wide.
    """
    padded = f" {title} "
    side = (80 - len(padded)) // 2
    left, right = "=" * side, "=" * (side + len(padded) % 2)
    return f"{left}\033[1m{padded}\033[0m{right}" if bold else f"{left}{padded}{right}"


def message_to_dict(message: BaseMessage) -> dict[str, Any]:
    """Convert a message to a dictionary with its type.

    Args:
        message: The message.

    Returns:
        Its `type`, and its fields as `data`.
    """
    return {"type": message.type, "data": message.model_dump()}


def messages_to_dict(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Convert messages to dictionaries with their types.

    Args:
        messages: The messages.

    Returns:
        One dictionary for each message, as from `message_to_dict`.
    """
    return [message_to_dict(message) for message in messages]


def to_prompt(message: BaseMessage, other: Any) -> Any:
    """Return a message followed by another part, as a prompt. Called by the core."""
    # The prompts are a layer above this one.
    prompts = import_module("headrace.prompts")
    return prompts.ChatPromptTemplate(messages=[message]) + other


def _texts(content: Sequence[Any]) -> list[str]:
    return [
        block if isinstance(block, str) else block["text"]
        for block in content
        if isinstance(block, str)
        or (block.get("type") == "text" and isinstance(block.get("text"), str))
    ]


def _restore(
    cls: type[BaseMessage], fields: Mapping[str, Any], own: Mapping[str, Any]
) -> BaseMessage:
    """Recreate a message as it was, without calling its class."""
    message = cls._blank()
    _fill(message, {**own, **fields})
    return message


def _fill(message: BaseMessage, fields: Mapping[str, Any]) -> None:
    """Set fields and extra fields, without validating them."""
    known = message.__known_fields__
    # Parsed calls are set after the chunks that they were parsed from.
    for name in sorted(known, key="tool_call_chunks".__ne__):
        if name in fields and name != "type":
            setattr(message, name, fields[name])
    keep_extra(message, {name: value for name, value in fields.items() if name not in known})
