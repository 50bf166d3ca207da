"""`Serializable`: the base class of pydantic models that can describe their construction."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any, cast

from pydantic import ConfigDict
from pydantic.fields import FieldInfo

from headrace.load.depth import DeepModel

__all__ = ["Serializable", "is_told", "is_unusual", "to_json_not_implemented"]


class Serializable(DeepModel, ABC):
    """A pydantic model that can describe its construction, in LangChain's format.

    Handlers receive the description of a component in that format. If `is_lc_serializable` returns
    True, the description includes the arguments to recreate the object; else only its name.
    """

    model_config = ConfigDict(extra="ignore", defer_build=True)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True if objects of this class can be recreated from the result of `to_json`."""
        return False

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the module path of the class, as a list of names."""
        return cls.__module__.split(".")

    @classmethod
    def lc_id(cls) -> list[str]:
        """Return the id of the class: its namespace and its name."""
        origin = cls.__pydantic_generic_metadata__["origin"]
        return [*cls.get_lc_namespace(), (origin or cls).__name__]

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """The fields that are secret, and the environment variable that each is read from."""
        return {}

    @property
    def lc_attributes(self) -> Mapping[str, Any]:
        """Arguments that `to_json` includes in addition to the fields."""
        return {}

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Any = None,
    ) -> bool | None:
        """Build the validator; see `pydantic.BaseModel.model_rebuild`.

        Pydantic also calls this for the origin of each parametrized class, such as
        `RunnableSerializable[str, int]`. If the origin's fields are known, that changes nothing and
        would only make imports slow, so the build waits for the first use.
        """
        fields_complete = getattr(cls, "__pydantic_fields_complete__", False)
        if _types_namespace is not None and not force and fields_complete:
            return None
        return super().model_rebuild(
            force=force,
            raise_errors=raise_errors,
            # One frame more: this method's own.
            _parent_namespace_depth=_parent_namespace_depth + 1,
            _types_namespace=_types_namespace,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the serialized form of the object.

        Returns:
            `lc`, `type` and `id`; for a serializable class also `kwargs`, the fields that differ
            from their defaults, with secrets replaced by names of environment variables.
        """
        if not self.is_lc_serializable():
            return self.to_json_not_implemented()
        fields = type(self).model_fields
        kwargs = {
            name: getattr(self, name)
            for name, value in self
            if name not in fields or (not fields[name].exclude and is_told(fields[name], value))
        }
        kwargs.update(self._gathered("lc_attributes"))
        for name, variable in self._secret_names().items():
            if name in kwargs:
                kwargs[name] = {"lc": 1, "type": "secret", "id": [variable]}
        return {"lc": 1, "type": "constructor", "id": self.lc_id(), "kwargs": kwargs}

    def to_json_not_implemented(self) -> dict[str, Any]:
        """Return the serialized form of an object that cannot be recreated."""
        return to_json_not_implemented(self)

    def __repr_args__(self) -> Any:
        """Return the fields whose values differ from their defaults."""
        fields = type(self).model_fields
        return [
            (name, value)
            for name, value in super().__repr_args__()
            if name is None or name not in fields or is_unusual(fields[name], value)
        ]

    def _secret_names(self) -> dict[str, str]:
        """Return the names and aliases of the secrets, and the variable of each."""
        fields = type(self).model_fields
        names: dict[str, str] = {}
        for name, variable in self._gathered("lc_secrets").items():
            names[name] = variable
            alias = getattr(fields.get(name), "alias", None)
            if alias is not None:
                names[alias] = variable
        return names

    def _gathered(self, name: str) -> dict[str, Any]:
        """Return the merged values of a property of the class and its bases."""
        gathered: dict[str, Any] = {}
        for cls in type(self).__mro__:
            if cls is Serializable:
                break
            own = cls.__dict__.get(name)
            if isinstance(own, property) and own.fget is not None:
                gathered = {**cast("Mapping[str, Any]", own.fget(self)), **gathered}
        return gathered


def to_json_not_implemented(obj: object) -> dict[str, Any]:
    """Return the serialized form of an object that cannot be recreated.

    Args:
        obj: Anything.

    Returns:
        `lc`, `type`, `id` and `repr`.
    """
    named = obj if hasattr(obj, "__name__") else type(obj)
    module, name = getattr(named, "__module__", None), getattr(named, "__name__", None)
    path = [*str(module).split("."), str(name)] if module and name else []
    return {"lc": 1, "type": "not_implemented", "id": path, "repr": repr(obj)}


def is_unusual(field: FieldInfo, value: Any) -> bool:
    """Return True if a field is required, or its value differs from its default."""
    return field.is_required() or _differs(value, _default(field))


def is_told(field: FieldInfo, value: Any) -> bool:
    """Return True if a field is required, its value is truthy, or it differs from its default."""
    if field.is_required() or _truth(value):
        return True
    made_anew = field.default_factory in (dict, list)
    return not made_anew and _differs(value, _default(field))


def _default(field: FieldInfo) -> Any:
    # A default factory is not called for a comparison: such a default counts as None, as in
    # versions of pydantic that do not report it as undefined.
    return None if field.default_factory is not None else field.get_default()


def _truth(value: Any) -> bool:
    # Some values, for example arrays, have no single truth value.
    try:
        return bool(value)
    except ValueError:
        return False


def _differs(value: Any, default: Any) -> bool:
    different = value != default
    # Some comparisons, for example of arrays, have no single truth value.
    return different if isinstance(different, bool) else True
