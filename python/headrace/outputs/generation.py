"""`Generation`: one answer of a text model, and `GenerationChunk`, a part of one."""

from __future__ import annotations

import builtins
import copyreg
from copy import deepcopy
from typing import Any, ClassVar, cast

from pydantic import BaseModel
from typing_extensions import Self

from headrace.load.depth import check_depth, dump_fields
from headrace.messages import schema
from headrace.messages.extras import model_state, pydantic_state
from headrace.messages.modelled import Modelled
from headrace.messages.pydantic_mirror import lazy_mirror
from headrace.utils._merge import merge_dicts

__all__ = ["Generation", "GenerationChunk", "merged_info"]

_AnyDict = dict[str, Any]
_MISSING: Any = object()


class Generation(Modelled):
    """A generation of a text model.

    It has the interface of a pydantic model but is not one, because a stream creates one a token.

    Attributes:
        text: The text.
        generation_info: Metadata from the provider, such as the finish reason.
        type: The type of the generation, for JSON.
    """

    __slots__ = ("__weakref__", "generation_info", "text")
    __mirror__: ClassVar[builtins.type[BaseModel]] = lazy_mirror(
        "headrace.outputs.pydantic_mirrors"
    )

    type: ClassVar[str] = "Generation"
    text: str
    generation_info: dict[str, Any] | None

    def __init__(
        self, *, text: str = _MISSING, generation_info: _AnyDict | None = None, **more: Any
    ) -> None:
        """Create a generation.

        Args:
            text: The text.
            generation_info: Metadata from the provider.
            **more: Fields of a subclass; ignored otherwise.

        Raises:
            pydantic.ValidationError: If an argument is missing or of the wrong type.
        """
        if type(text) is str and (generation_info is None or type(generation_info) is dict):
            self.text = text
            self.generation_info = generation_info
            if not more and self._is_plain:
                return
        self._validated(more, text=text, generation_info=generation_info)

    def _validated(self, more: _AnyDict, **given: Any) -> None:
        """Take what pydantic makes of the arguments."""
        given = {name: value for name, value in given.items() if value is not _MISSING}
        model = self.__mirror__.model_validate({**more, **given})
        for name in type(model).model_fields:
            if name not in ("type", *self._derived):
                setattr(self, name, getattr(model, name))

    _derived: ClassVar[tuple[str, ...]] = ()
    """The fields that follow from others."""
    _is_plain: ClassVar[bool] = True
    """Whether the class has no other fields."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__mirror__" not in cls.__dict__:
            cls.__mirror__ = _mirror_of_users(cls)
            cls._is_plain = False

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "output"]

    def to_json(self) -> Any:
        """Return the serialized form, in LangChain's format."""
        told = cast("Any", self._as_model()).to_json()
        return {**told, "id": self.lc_id(), "kwargs": {**told["kwargs"], "type": self.type}}

    # --- copies, pickles, comparison, representation -----------------------------------------

    def _items(self) -> list[tuple[str, Any]]:
        return [(name, getattr(self, name)) for name in self.__mirror__.model_fields]

    def _fields(self) -> _AnyDict:
        """Return the fields that the others are derived from."""
        derived = ("type", *self._derived)
        return {name: value for name, value in self._items() if name not in derived}

    def __setstate__(self, state: Any) -> None:
        """Restore a generation that headrace or LangChain has pickled.

        Args:
            state: The state of a pydantic model.

        Raises:
            pickle.UnpicklingError: If it is not such a state.
            pydantic.ValidationError: If a field is wrong.
        """
        fields = pydantic_state(type(self), state)
        derived = ("type", *self._derived)
        self._validated({}, **{key: fields[key] for key in fields if key not in derived})

    def __reduce__(self) -> tuple[Any, ...]:
        state = model_state(dict(self._items()), None, self.model_fields_set)
        return copyreg.__newobj__, (type(self),), state  # type: ignore[attr-defined]

    def __copy__(self) -> Self:
        return cast("Self", _restored(type(self), self._fields()))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # `pickle` recurses on the stack of its caller.
        check_depth(self._fields(), type(self))
        return self.__reduce__()

    def __deepcopy__(self, memo: Any) -> Self:
        fields = self._fields()

        def copy() -> Any:
            return _restored(type(self), deepcopy(fields, memo))

        return cast("Self", dump_fields(fields, copy, type(self)))

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self._fields(), other._fields()
        return dump_fields(mine, lambda: mine == theirs, type(self))

    def __repr__(self) -> str:
        return dump_fields(self._fields(), lambda: repr(self._as_model()), type(self))

    def __str__(self) -> str:
        return dump_fields(self._fields(), lambda: str(self._as_model()), type(self))


def _restored(cls: type[Any], fields: _AnyDict) -> Any:
    """Restore a generation from its state, without calling its class."""
    made = object.__new__(cls)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _mirror_of_users(cls: type[Any]) -> type[BaseModel]:
    """Create the mirror of a subclass, with the fields that it declares."""
    base: Any = super(cls, cls).__mirror__
    declared = schema.declared_fields(cls)
    body: dict[str, Any] = {name: value for name, value in declared.items() if value is not ...}
    annotations = {name: cls.__annotations__[name] for name in declared}
    body.update(__module__=cls.__module__, __annotations__=annotations, __doc__=cls.__doc__)
    made: type[BaseModel] = type(base)(cls.__name__, (base,), body)
    return made


class GenerationChunk(Generation):
    """A chunk of a generation, as it streams. Parts add up to the answer."""

    __slots__ = ()
    __mirror__ = lazy_mirror("headrace.outputs.pydantic_mirrors")

    def __add__(self, other: GenerationChunk) -> GenerationChunk:
        """Return the sum of two chunks. The operands are not changed.

        Raises:
            TypeError: If `other` is not a chunk.
        """
        if not isinstance(other, GenerationChunk):
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'"
            )
        return GenerationChunk(
            text=self.text + other.text,
            generation_info=merged_info(self.generation_info, other.generation_info),
        )


def merged_info(left: _AnyDict | None, right: _AnyDict | None) -> _AnyDict | None:
    """Merge what was said about two parts of an answer; None where nothing was."""
    if not right:
        return dict(left) if left else None
    return merge_dicts(left or {}, right) or None
