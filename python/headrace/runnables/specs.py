"""How a field is made configurable, and what of it is configurable in the end."""

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
    """A field that a configuration may set.

    Attributes:
        id: How the configuration names it.
        name: How people are told of it.
        description: What they are told about it.
        annotation: Its type, where it is not the field's own.
        is_shared: Whether the same id elsewhere means the same value.
    """

    id: str
    name: str | None = None
    description: str | None = None
    annotation: Any = None
    is_shared: bool = False

    def __hash__(self) -> int:
        return hash((self.id, repr(self.annotation)))


class ConfigurableFieldSingleOption(NamedTuple):
    """A field that a configuration may set to one of several values.

    Attributes:
        id: How the configuration names it.
        options: The values by name.
        default: The name of the value without a configuration.
        name: How people are told of it.
        description: What they are told about it.
        is_shared: Whether the same id elsewhere means the same value.
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
    """A field that a configuration may set to a list of values.

    Attributes:
        id: How the configuration names it.
        options: The values by name.
        default: The names of the values without a configuration.
        name: How people are told of it.
        description: What they are told about it.
        is_shared: Whether the same id elsewhere means the same value.
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
    """What is configurable in a runnable.

    Attributes:
        id: How the configuration names it.
        annotation: Its type.
        name: How people are told of it.
        description: What they are told about it.
        default: Its value without a configuration.
        is_shared: Whether the same id elsewhere means the same value.
        dependencies: The ids it depends on.
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
    """Keep one of the specs that say the same.

    Args:
        specs: The specs.

    Returns:
        One for each id, sorted by id.

    Raises:
        ValueError: If two say different things under one id.
    """
    unique: dict[str, ConfigurableFieldSpec] = {}
    for spec in sorted(specs, key=lambda spec: (spec.id, *(spec.dependencies or ()))):
        known = unique.setdefault(spec.id, spec)
        if known != spec:
            raise ValueError(
                f"RunnableSequence contains conflicting config specs for {spec.id}: {[known, spec]}"
            )
    return list(unique.values())
