"""Loading of serialized components and messages, restricted to an allow-list of classes.

Loading creates objects: the constructor of each class that is named runs with the arguments that are
written beside it. Therefore only classes of an allow-list are imported and created, secrets come
only from the map that you pass, and jinja2 templates are refused. For data that you do not trust,
use `allowed_objects="messages"` or a list of classes.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias, Union, cast

from headrace.load.dump import ESCAPED
from headrace.load.mapping import (
    CORE_PATHS,
    MESSAGE_NAMES,
    OLD_CORE_NAMESPACES_MAPPING,
    SERIALIZABLE_MAPPING,
    Path,
)

__all__ = [
    "DEFAULT_NAMESPACES",
    "AllowedObjects",
    "InitValidator",
    "Reviver",
    "default_init_validator",
    "load",
    "loads",
]

AllowedObjects: TypeAlias = Union[  # noqa: UP007 - an alias
    Iterable[type], Literal["all", "core", "messages"], None
]
"""The classes that may be created: a list of them, or the name of a set."""

InitValidator: TypeAlias = Callable[[Path, dict[str, Any]], None]
"""A function that raises if a class may not be created with the given arguments."""

DEFAULT_NAMESPACES = [
    "headrace",
    "langchain",
    "langchain_anthropic",
    "langchain_core",
    "langchain_openai",
]
"""The packages that a serialized id may name."""

ALL_SERIALIZABLE_MAPPINGS: dict[Path, Path] = {
    **OLD_CORE_NAMESPACES_MAPPING,
    **SERIALIZABLE_MAPPING,
}
_MAX_DEPTH = 200


def default_init_validator(class_path: Path, kwargs: dict[str, Any]) -> None:
    """Refuse jinja2 templates, because they can run code.

    Args:
        class_path: The id of the class.
        kwargs: The arguments of its constructor.

    Raises:
        ValueError: If the template format is jinja2.
    """
    if kwargs.get("template_format") == "jinja2":
        raise ValueError(
            f"Cannot load {'.'.join(class_path)}: jinja2 templates can run code. "
            "Use the template format 'f-string', or pass your own `init_validator`."
        )


class Reviver:
    """Creator of the object that a serialized dict describes.

    It handles one dict at a time, whose values have been revived; `load` walks a whole document.
    """

    def __init__(
        self,
        allowed_objects: AllowedObjects = None,
        secrets_map: Mapping[str, str] | None = None,
        valid_namespaces: Iterable[str] | None = None,
        secrets_from_env: bool = False,
        additional_import_mappings: Mapping[Path, Path] | None = None,
        *,
        ignore_unserializable_fields: bool = False,
        init_validator: InitValidator | None = default_init_validator,
    ) -> None:
        """Create a reviver; for the arguments, see `load`.

        Raises:
            TypeError: If `allowed_objects` contains something other than a serializable class.
        """
        self.secrets_map = dict(secrets_map or {})
        self.secrets_from_env = secrets_from_env
        self.valid_namespaces = [*DEFAULT_NAMESPACES, *(valid_namespaces or ())]
        self.additional_import_mappings = dict(additional_import_mappings or {})
        self.import_mappings = {**ALL_SERIALIZABLE_MAPPINGS, **self.additional_import_mappings}
        self.ignore_unserializable_fields = ignore_unserializable_fields
        self.init_validator = init_validator
        self._classes: dict[Path, type] = {}
        if allowed_objects is None or isinstance(allowed_objects, str):
            self.allowed_class_paths = _named_set(allowed_objects or "core")
            for path, target in self.additional_import_mappings.items():
                self.allowed_class_paths |= {tuple(path), tuple(target)}
        else:
            self._classes = self._by_path(allowed_objects)
            self.allowed_class_paths = set(self._classes)

    def _by_path(self, classes: Iterable[type]) -> dict[Path, type]:
        """Return the classes of an allow-list by each id that stands for them."""
        found: dict[Path, type] = {}
        for cls in classes:
            if not isinstance(cls, type) or not _can_be_loaded(cls):
                raise TypeError(
                    f"allowed_objects must contain Serializable subclasses, not {cls!r}"
                )
            path = tuple(cast("Any", cls).lc_id())
            target = self.import_mappings.get(path, path)
            found[path] = cls
            for other, its_target in self.import_mappings.items():
                if its_target in (target, path):
                    found[other] = cls
        return found

    def __call__(self, value: dict[str, Any]) -> Any:
        """Return the object that a dict describes, or the dict if it describes none.

        Args:
            value: The dict.

        Raises:
            ValueError: If the class is not allowed, is unknown, or its arguments are refused.
            NotImplementedError: If the object was not serializable.
        """
        path = value.get("id")
        if value.get("lc") != 1 or path is None:
            return value
        kind = value.get("type")
        if kind == "secret":
            return self._secret(path)
        if kind == "not_implemented":
            if self.ignore_unserializable_fields:
                return None
            raise NotImplementedError(
                f"Trying to load an object that doesn't implement serialization: {value}"
            )
        return self._create(value, path) if kind == "constructor" else value

    def _secret(self, path: Any) -> str | None:
        if not isinstance(path, list) or len(path) != 1 or not isinstance(path[0], str):
            raise ValueError(f"The id of a secret must be a list of one name, not {path!r}")
        name = path[0]
        if name in self.secrets_map:
            return self.secrets_map[name]
        return (os.environ.get(name) or None) if self.secrets_from_env else None

    def _create(self, value: dict[str, Any], given: Any) -> Any:
        if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
            raise ValueError(f"The id of a serialized object must be a list of names: {given!r}")
        path: Path = tuple(given)
        if path not in self.allowed_class_paths:
            raise ValueError(
                f"Deserialization of {path!r} is not allowed. Pass the class in "
                "`allowed_objects`, or, for data that you trust, allowed_objects='all'."
            )
        # An id from the additional mappings may be a path of its own.
        target = self.import_mappings.get(path, path)
        for name in (path, target):
            if name[0] not in self.valid_namespaces or name[:-1] == ("langchain",):
                raise ValueError(f"Invalid namespace: {value}")
        kwargs = value.get("kwargs", {})
        if not isinstance(kwargs, dict):
            raise ValueError(f"`kwargs` of {'.'.join(path)} must be a dict: {kwargs!r}")
        if self.init_validator is not None:
            self.init_validator(path, kwargs)
        cls = self._classes.get(path)
        if cls is None:
            cls = _imported(target)
        restore = getattr(cls, "_from_saved", None)
        return cls(**kwargs) if restore is None else restore(kwargs)


def _named_set(name: str) -> set[Path]:
    if name == "all":
        return {*CORE_PATHS, *SERIALIZABLE_MAPPING, *SERIALIZABLE_MAPPING.values()}
    if name == "core":
        return set(CORE_PATHS)
    if name == "messages":
        return {
            path
            for path in CORE_PATHS
            if path[-1] in MESSAGE_NAMES and ALL_SERIALIZABLE_MAPPINGS[path][1] == "messages"
        }
    raise ValueError(
        f"allowed_objects must be 'messages', 'core', 'all' or a list of classes, not {name!r}"
    )


def _imported(path: Path) -> Any:
    *module, name = path
    cls = getattr(importlib.import_module(".".join(module)), name)
    if not isinstance(cls, type) or not _can_be_loaded(cls):
        raise ValueError(f"Invalid namespace: {'.'.join(path)} is not a serializable class")
    return cls


def _can_be_loaded(cls: type) -> bool:
    return callable(getattr(cls, "to_json", None)) and callable(getattr(cls, "lc_id", None))


def loads(
    text: str,
    *,
    allowed_objects: AllowedObjects = None,
    secrets_map: Mapping[str, str] | None = None,
    valid_namespaces: Iterable[str] | None = None,
    secrets_from_env: bool = False,
    additional_import_mappings: Mapping[Path, Path] | None = None,
    ignore_unserializable_fields: bool = False,
    init_validator: InitValidator | None = default_init_validator,
) -> Any:
    """Load the objects in JSON text that `dumps`, or LangChain's `dumps`, has written.

    Args:
        text: The JSON text.
        allowed_objects: See `load`.
        secrets_map: See `load`.
        valid_namespaces: See `load`.
        secrets_from_env: See `load`.
        additional_import_mappings: See `load`.
        ignore_unserializable_fields: See `load`.
        init_validator: See `load`.

    Returns:
        The objects.

    Raises:
        ValueError: If the text is not JSON, or see `load`.
        NotImplementedError: See `load`.
    """
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError(_too_deep()) from None
    return load(
        document,
        allowed_objects=allowed_objects,
        secrets_map=secrets_map,
        valid_namespaces=valid_namespaces,
        secrets_from_env=secrets_from_env,
        additional_import_mappings=additional_import_mappings,
        ignore_unserializable_fields=ignore_unserializable_fields,
        init_validator=init_validator,
    )


def load(
    obj: Any,
    *,
    allowed_objects: AllowedObjects = None,
    secrets_map: Mapping[str, str] | None = None,
    valid_namespaces: Iterable[str] | None = None,
    secrets_from_env: bool = False,
    additional_import_mappings: Mapping[Path, Path] | None = None,
    ignore_unserializable_fields: bool = False,
    init_validator: InitValidator | None = default_init_validator,
) -> Any:
    """Load the objects in a document that `dumpd`, or LangChain's `dumpd`, has returned.

    Args:
        obj: The document.
        allowed_objects: The classes that may be created: a list of classes; `"messages"`, which is
            safe for data that you do not trust; `"core"`, the default; or `"all"`, which adds the
            models of providers.
        secrets_map: The values of secrets by name.
        valid_namespaces: Packages that `additional_import_mappings` may import from, in addition to
            headrace.
        secrets_from_env: If true, secrets missing from `secrets_map` are read from the environment.
            The document chooses which variables, so trust it.
        additional_import_mappings: Where to import classes from, by id. They are allowed unless
            `allowed_objects` is a list.
        ignore_unserializable_fields: If true, objects that were not serializable become None.
        init_validator: A function that raises if a class may not be created with its arguments.
            None permits jinja2 templates.

    Returns:
        The document with its serialized objects created.

    Raises:
        ValueError: If a class is not allowed, or the document is nested more than 200 levels deep.
        NotImplementedError: If an object was not serializable.
    """
    revive = Reviver(
        allowed_objects,
        secrets_map,
        valid_namespaces,
        secrets_from_env,
        additional_import_mappings,
        ignore_unserializable_fields=ignore_unserializable_fields,
        init_validator=init_validator,
    )
    return _walked(obj, revive, 0)


def _walked(obj: Any, revive: Reviver, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError(_too_deep())
    if isinstance(obj, dict):
        if len(obj) == 1 and ESCAPED in obj:
            return obj[ESCAPED]
        return revive({key: _walked(value, revive, depth + 1) for key, value in obj.items()})
    if isinstance(obj, list):
        return [_walked(item, revive, depth + 1) for item in obj]
    return obj


def _too_deep() -> str:
    return f"Cannot load object nested more than {_MAX_DEPTH} levels deep."
