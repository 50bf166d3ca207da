"""`Modelled`: the interface of pydantic models, for classes that avoid pydantic for speed."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import Self

from headrace.load.depth import dump_fields
from headrace.load.serializable import is_told, is_unusual
from headrace.messages import schema
from headrace.messages.pydantic_mirror import mirror_of

__all__ = ["Modelled"]

_Fields = dict[str, Any]
_T = TypeVar("_T")


class Modelled:
    """Base class with the methods of pydantic models and LangChain's `Serializable`.

    Features of pydantic are delegated to the mirror of the class, a model with the same fields.
    """

    __slots__ = ()
    __mirror__: ClassVar[type[BaseModel]]
    __blank__: ClassVar[BaseModel]
    __pydantic_serializer__: ClassVar[Any] = schema.serializer()

    model_fields = schema.ModelFields()

    if TYPE_CHECKING:

        def __copy__(self) -> Self: ...
        def __deepcopy__(self, memo: Any) -> Self: ...
        def _items(self) -> Iterable[tuple[str, Any]]:
            """Return all fields and their values, in the order in which they are shown."""

        @classmethod
        def get_lc_namespace(cls) -> list[str]:
            """Return the namespace under which LangChain's `loads` finds the class."""

    # --- what pydantic's models have ---------------------------------------------------------

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields whose values are not their defaults.

        Whether a field was set to its default is not recorded.
        """
        fields = self.model_fields
        return {
            name
            for name, value in self._items()
            if name not in fields
            or (is_told(fields[name], value) and is_unusual(fields[name], value))
        }

    def model_dump(
        self, *, mode: Literal["json", "python"] | str = "python", **kwargs: Any
    ) -> _Fields:
        """Return the fields as a dictionary, with pydantic's arguments."""
        dump = partial(self._as_model(**kwargs).model_dump, mode=mode, **kwargs)
        return self._dump(dump, **kwargs)

    def model_dump_json(self, **kwargs: Any) -> str:
        """Return the fields as JSON, with pydantic's arguments."""
        return self._dump(partial(self._as_model(**kwargs).model_dump_json, **kwargs), **kwargs)

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Validate a dictionary of fields; an instance is returned unchanged.

        Args:
            obj: The dictionary, or an instance.
            **kwargs: Passed to pydantic.

        Returns:
            The instance.

        Raises:
            pydantic.ValidationError: If the fields are wrong.
        """
        if isinstance(obj, cls):
            return obj
        if isinstance(obj, Mapping):
            return cls(**obj)
        # Anything else is pydantic's to refuse, or to read attributes from.
        return cls(**schema.fields_of(mirror_of(cls).model_validate(obj, **kwargs)))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **kwargs: Any) -> Self:
        """Validate JSON, like `model_validate`."""
        return cls(**schema.fields_of(mirror_of(cls).model_validate_json(json_data, **kwargs)))

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Create an instance without validation."""
        return cls(**values)

    @classmethod
    def model_json_schema(cls, **kwargs: Any) -> _Fields:
        """Return the JSON schema, with pydantic's arguments."""
        return mirror_of(cls).model_json_schema(**kwargs)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy it.

        Args:
            update: Fields that the copy has otherwise. They are not validated.
            deep: Whether to copy also what the fields hold.

        Returns:
            The copy.
        """
        copy = self.__deepcopy__({}) if deep else self.__copy__()
        copy._update(update or {})
        return copy

    def copy(self, **kwargs: Any) -> Self:
        """Copy it: an older name of `model_copy`."""
        return self.model_copy(**kwargs)

    def dict(self, **kwargs: Any) -> _Fields:
        """Return the fields as a dictionary; older name of `model_dump`."""
        return self.model_dump(**kwargs)

    def json(self, **kwargs: Any) -> str:
        """Return the fields as JSON; older name of `model_dump_json`."""
        return self.model_dump_json(**kwargs)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Yield the fields and their values, so that `dict(...)` has them."""
        return iter(self._items())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return schema.core_schema(cls, handler)

    def _dump(
        self, dump: Callable[[], _T], include: object = None, exclude: object = None, **_: Any
    ) -> _T:
        """Call a function that dumps the fields, with a stack that is large enough."""
        fields = builtins.dict(self._items())
        return dump_fields(fields, dump, type(self), include=include, exclude=exclude)

    def _as_model(self, exclude_unset: bool = False, **_: Any) -> BaseModel:
        """Return the mirror with the same values, and the set fields if needed."""
        mirror = mirror_of(type(self))
        fields: _Fields = {}
        extra: _Fields = {}
        for name, value in self._items():
            (fields if name in mirror.model_fields else extra)[name] = value
        named = self.model_fields_set if exclude_unset else None
        model = mirror.model_construct(named, **fields)
        if extra:
            # Not as arguments: a field may be called like one of the method's own.
            object.__setattr__(model, "__pydantic_extra__", extra)
        return model

    def _update(self, update: Mapping[str, Any]) -> None:
        """Set fields without validating them."""
        for name, value in update.items():
            setattr(self, name, value)

    # --- what LangChain's serializable classes have ------------------------------------------

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the class is serializable."""
        return True

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the id of the class for LangChain's `loads`."""
        return [*cls.get_lc_namespace(), cls.__name__]

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """Secrets, which are not serialized; messages have none."""
        return {}

    @property
    def lc_attributes(self) -> Mapping[str, Any]:
        """Attributes serialized in addition to the fields; none by default."""
        return {}
