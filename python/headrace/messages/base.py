"""`BaseMessage`: a piece of a conversation, and `BaseMessageChunk`, a part of one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import Self

from headrace._core import MessageStorage, merge_content
from headrace.messages import schema
from headrace.messages.mirror import mirror_of

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
"""How ids begin that nobody gave."""

LC_ID_PREFIX = "lc_run-"
"""How ids begin that are a run's."""

_AnyDict = dict[Any, Any]
_Fields = dict[str, Any]

_ALWAYS_SHOWN = frozenset(
    {"content", "additional_kwargs", "response_metadata", "tool_calls", "invalid_tool_calls"}
    | {"tool_call_chunks", "tool_call_id", "role"}
)


class TextAccessor(str):
    """The text of a message; calling it gives it once more, as older code does."""

    __slots__ = ()

    def __call__(self) -> str:
        """Give the text."""
        return str(self)


class BaseMessage(MessageStorage):
    """A piece of a conversation.

    Attributes:
        content: What is said: text, or a list of texts and blocks.
        additional_kwargs: What the provider gave beyond that.
        response_metadata: What the provider said about its answer, such as why it ended.
        type: What kind of message it is.
        name: Who says it, where the provider knows names.
        id: What tells this message from others.
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
    __mirror__: ClassVar[type[BaseModel]]
    __blank__: ClassVar[BaseModel]
    __pydantic_serializer__: ClassVar[Any] = schema.serializer()
    __hidden_fields__: ClassVar[frozenset[str]] = frozenset()

    type: ClassVar[str] = "base"
    model_fields = schema.ModelFields()

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

    # --- what pydantic's models have ---------------------------------------------------------

    def model_dump(
        self, *, mode: Literal["json", "python"] | str = "python", **kwargs: Any
    ) -> _Fields:
        """Give the fields as a dictionary. The arguments are pydantic's."""
        return self._as_model().model_dump(mode=mode, **kwargs)

    def model_dump_json(self, **kwargs: Any) -> str:
        """Give the fields as JSON. The arguments are pydantic's."""
        return self._as_model().model_dump_json(**kwargs)

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Make a message from a dictionary of its fields; one that is a message already stays.

        Args:
            obj: The dictionary, or the message.
            **kwargs: For pydantic.

        Returns:
            The message.

        Raises:
            pydantic.ValidationError: If the fields are wrong.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, Mapping):
            return cls(**obj)
        # Anything else is pydantic's to refuse, or to read attributes from.
        model = mirror_of(cls).model_validate(obj, **kwargs)
        return cls(**schema.fields_of(model))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **kwargs: Any) -> Self:
        """Make a message from JSON, as `model_validate` does from a dictionary."""
        return cls(**schema.fields_of(mirror_of(cls).model_validate_json(json_data, **kwargs)))

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Make a message from fields that are known to be right."""
        return cls(**values)

    @classmethod
    def model_json_schema(cls, **kwargs: Any) -> _Fields:
        """Give the JSON schema. The arguments are pydantic's."""
        return mirror_of(cls).model_json_schema(**kwargs)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the message.

        Args:
            update: Fields that the copy has otherwise. They are not validated.
            deep: Whether to copy also what the fields hold.

        Returns:
            The copy.
        """
        copy = self.__deepcopy__({}) if deep else self.__copy__()
        for name, value in (update or {}).items():
            setattr(copy, name, value)
        return copy

    def copy(self, **kwargs: Any) -> Self:
        """Copy the message: another name of `model_copy`."""
        return self.model_copy(**kwargs)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Give the fields and their values, so that `dict(message)` has them."""
        return iter([(name, getattr(self, name)) for name in self._fields()])

    @property
    def model_extra(self) -> Mapping[str, Any]:
        """What the message was given beyond its fields."""
        declared = self.__declared_fields__
        return {key: value for key, value in vars(self).items() if key not in declared}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return schema.core_schema(cls, handler)

    # --- what LangChain's serializable classes have ------------------------------------------

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether messages can be serialized by the reference's `dumps`: all can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Where the reference's `loads` looks for the class."""
        return ["langchain", "schema", "messages"]

    @classmethod
    def lc_id(cls) -> list[str]:
        """The class's name for the reference's `loads`."""
        return [*cls.get_lc_namespace(), cls.__name__]

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """What must not be serialized: nothing."""
        return {}

    @property
    def lc_attributes(self) -> Mapping[str, Any]:
        """What is serialized beside the fields: nothing."""
        return {}

    def to_json(self) -> Any:
        """Give the form in which the reference's `dumps` writes a message."""
        model_fields = mirror_of(type(self)).model_fields
        values = {name: getattr(self, name) for name in model_fields}
        shown = {
            name: value
            for name, value in values.items()
            if value or model_fields[name].is_required() or name in self.lc_attributes
        }
        return {"lc": 1, "type": "constructor", "id": self.lc_id(), "kwargs": shown}

    # --- copies, pickles, representation -----------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        fields = {name: getattr(self, name) for name in self.__known_fields__ if name != "type"}
        return _restore, (type(self), fields, dict(vars(self)))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()

    def __copy__(self) -> Self:
        _, arguments = self.__reduce__()
        return cast("Self", _restore(*arguments))

    def __deepcopy__(self, memo: Any) -> Self:
        from copy import deepcopy

        _, (cls, fields, own) = self.__reduce__()
        return cast("Self", _restore(cls, deepcopy(fields, memo), deepcopy(own, memo)))

    def dict(self, **kwargs: Any) -> _Fields:
        """Give the fields as a dictionary: an older name of `model_dump`."""
        return self.model_dump(**kwargs)

    def json(self, **kwargs: Any) -> str:
        """Give the fields as JSON: an older name of `model_dump_json`."""
        return self.model_dump_json(**kwargs)

    def __repr_args__(self) -> list[tuple[str, Any]]:
        """The fields worth showing."""
        shown = []
        defaults = mirror_of(type(self)).model_fields
        for name in self._fields():
            if name == "type" or name in self.__hidden_fields__:
                continue
            value = getattr(self, name)
            field = defaults.get(name)
            if name in _ALWAYS_SHOWN or field is None or (value != field.default and value):
                shown.append((name, value))
        return shown

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in self.__repr_args__())
        return f"{type(self).__name__}({inner})"

    def __str__(self) -> str:
        return " ".join(f"{name}={value!r}" for name, value in self.__repr_args__())

    def _fields(self) -> tuple[str, ...]:
        """The names of all that the message has, in the order in which they are shown."""
        own = [name for name in vars(self) if name not in self.__known_fields__]
        return (*self.__known_fields__, *own)

    def _as_model(self) -> BaseModel:
        mirror = mirror_of(type(self))
        values = {name: getattr(self, name) for name in self._fields()}
        named = {name for name, value in values.items() if value is not None and value != {}}
        return mirror.model_construct(named, **values)


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
    """Give a message as a dictionary that says of what type it is.

    Args:
        message: The message.

    Returns:
        Its `type`, and its fields as `data`.
    """
    return {"type": message.type, "data": message.model_dump()}


def messages_to_dict(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Give messages as dictionaries that say of what type they are.

    Args:
        messages: The messages.

    Returns:
        A dictionary for each, as `message_to_dict` makes it.
    """
    return [message_to_dict(message) for message in messages]


def to_prompt(message: BaseMessage, other: Any) -> Any:
    """Give a message and what follows it as a prompt: for the core."""
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
    """Make a message again as it was, without calling its class."""
    message = cls._blank()
    # What was parsed is put behind the parts that it was parsed from.
    for name in sorted(fields, key="tool_call_chunks".__ne__):
        setattr(message, name, fields[name])
    vars(message).update(own)
    return message
