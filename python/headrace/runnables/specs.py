"""Configurable fields, and the specs that describe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, Union

__all__ = [
    "AnyConfigurableField",
    "ConfigurableField",
    "ConfigurableFieldMultiOption",
    "ConfigurableFieldSingleOption",
    "ConfigurableFieldSpec",
    "get_unique_config_specs",
]


class ConfigurableField(NamedTuple):
    """A field that the config may set.

    Attributes:
        id: Its key in the config.
        name: Its display name.
        description: Its description.
        annotation: Its type, if it differs from the type of the field.
        is_shared: If true, all fields with this id share one value.
    """

    id: str
    name: str | None = None
    description: str | None = None
    annotation: Any = None
    is_shared: bool = False

    def __hash__(self) -> int:
        return hash((self.id, repr(self.annotation)))


class ConfigurableFieldSingleOption(NamedTuple):
    """A field that the config may set to one of several values.

    Attributes:
        id: Its key in the config.
        options: The values by name.
        default: The name of the default value.
        name: Its display name.
        description: Its description.
        is_shared: If true, all fields with this id share one value.
    """

    id: str
    options: Mapping[str, Any]
    default: str
    name: str | None = None
    description: str | None = None
    is_shared: bool = False

    def __hash__(self) -> int:
        return hash((self.id, tuple(self.options), self.default))


class ConfigurableFieldMultiOption(NamedTuple):
    """A field that the config may set to a list of values.

    Attributes:
        id: Its key in the config.
        options: The values by name.
        default: The names of the default values.
        name: Its display name.
        description: Its description.
        is_shared: If true, all fields with this id share one value.
    """

    id: str
    options: Mapping[str, Any]
    default: Sequence[str]
    name: str | None = None
    description: str | None = None
    is_shared: bool = False

    def __hash__(self) -> int:
        return hash((self.id, tuple(self.options), tuple(self.default)))


AnyConfigurableField: TypeAlias = Union[  # noqa: UP007 - an alias that `isinstance` users import
    ConfigurableField, ConfigurableFieldSingleOption, ConfigurableFieldMultiOption
]


class ConfigurableFieldSpec(NamedTuple):
    """The spec of a configurable field of a runnable.

    Attributes:
        id: Its key in the config.
        annotation: Its type.
        name: Its display name.
        description: Its description.
        default: Its default value.
        is_shared: If true, all fields with this id share one value.
        dependencies: The ids of the fields it depends on.
    """

    id: str
    annotation: Any
    name: str | None = None
    description: str | None = None
    default: Any = None
    is_shared: bool = False
    dependencies: list[str] | None = None


def get_unique_config_specs(
    specs: Iterable[ConfigurableFieldSpec],
) -> list[ConfigurableFieldSpec]:
    """Remove duplicate specs.

    Args:
        specs: The specs.

    Returns:
        One spec for each id, sorted by id.

    Raises:
        ValueError: If two different specs have the same id.
    """
    unique: dict[str, ConfigurableFieldSpec] = {}
    for spec in sorted(specs, key=lambda spec: (spec.id, *(spec.dependencies or ()))):
        known = unique.setdefault(spec.id, spec)
        if known != spec:
            raise ValueError(
                f"RunnableSequence contains conflicting config specs for {spec.id}: {[known, spec]}"
            )
    return list(unique.values())
