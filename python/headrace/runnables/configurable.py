"""Runnables with fields that the config sets, or alternatives that the config selects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Self

from headrace.runnables import type_inference
from headrace.runnables.config import RunnableConfig
from headrace.runnables.dynamic import DynamicRunnable
from headrace.runnables.runnable import Input, Output, Runnable
from headrace.runnables.specs import (
    AnyConfigurableField,
    ConfigurableField,
    ConfigurableFieldMultiOption,
    ConfigurableFieldSingleOption,
    ConfigurableFieldSpec,
    get_unique_config_specs,
)
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    pass

__all__ = [
    "DynamicRunnable",
    "RunnableConfigurableAlternatives",
    "RunnableConfigurableFields",
    "make_options_spec",
    "prefix_config_spec",
]


def _fields_of(runnable: Runnable[Any, Any]) -> Mapping[str, Any]:
    """Return the fields that can be set, with their types if known."""
    model_fields = getattr(type(runnable), "model_fields", None)
    if model_fields is not None:
        return {name: field.annotation for name, field in model_fields.items()}
    parts = getattr(type(runnable), "_parts", ())
    return dict.fromkeys(("name", *parts), Any)


def _copy_with(runnable: Runnable[Any, Any], values: dict[str, Any]) -> Runnable[Any, Any]:
    """Copy a runnable with some fields changed; a pydantic model validates them."""
    if hasattr(type(runnable), "model_fields"):
        kind: Any = type(runnable)
        # Unset fields stay unset: an explicit `streaming=False` differs from the default.
        set_fields: set[str] = runnable.model_fields_set  # type: ignore[attr-defined]
        fields = {name: getattr(runnable, name) for name in kind.model_fields if name in set_fields}
        return cast("Runnable[Any, Any]", kind(**{**fields, **values}))
    from copy import copy

    changed = copy(runnable)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def _field(saved: Any) -> AnyConfigurableField:
    """Return the configurable field that was serialized as a list."""
    if not isinstance(saved, (list, tuple)):
        raise ValueError(f"A saved configurable field must be a list, not {saved!r}.")
    if len(saved) == len(ConfigurableField._fields):
        return ConfigurableField(*saved)
    if len(saved) != len(ConfigurableFieldSingleOption._fields):
        raise ValueError(f"A saved configurable field cannot have {len(saved)} values: {saved!r}.")
    if isinstance(saved[2], str):
        return ConfigurableFieldSingleOption(*saved)
    return ConfigurableFieldMultiOption(*saved)


class RunnableConfigurableFields(DynamicRunnable[Input, Output]):
    """A runnable with fields that the config may set."""

    __slots__ = ("fields",)

    _parts = ("default", "fields")
    _saved = ("default", "fields", "config")
    fields: dict[str, AnyConfigurableField]

    def __init__(
        self,
        *,
        default: Runnable[Input, Output],
        fields: Mapping[str, AnyConfigurableField],
        config: RunnableConfig | None = None,
    ) -> None:
        """Initialize the runnable.

        Args:
            default: The runnable that has the fields.
            fields: For each field, the key that sets it in the config.
            config: A config that is used with every call.

        Raises:
            ValueError: If `default` does not have one of the fields.
        """
        super().__init__(default=default, config=config)
        inner = default.default if isinstance(default, RunnableConfigurableFields) else default
        known = _fields_of(inner)
        for name in fields:
            if name not in known:
                raise ValueError(
                    f"Configuration key {name} not found in {inner!r}: "
                    f"available keys are {', '.join(known)}"
                )
        if isinstance(default, RunnableConfigurableFields):
            self.default = inner
            fields = {**default.fields, **fields}
        self.fields = dict(fields)

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        fields = {name: _field(saved) for name, saved in kwargs.get("fields", {}).items()}
        return cls(**{**kwargs, "fields": fields})

    def _state(self) -> dict[str, Any]:
        return {"default": self.default, "fields": self.fields, "config": self.config}

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of this runnable and of the default."""
        specs = []
        types = _fields_of(self.default)
        for name, field in self.fields.items():
            if isinstance(field, ConfigurableField):
                annotation = types[name] if field.annotation is None else field.annotation
                specs.append(
                    ConfigurableFieldSpec(
                        id=field.id,
                        name=field.name,
                        description=field.description
                        or type_inference.description_of(self.default, name),
                        annotation=annotation,
                        default=hide_secrets(getattr(self.default, name), name),
                        is_shared=field.is_shared,
                    )
                )
            else:
                about = field.description or type_inference.description_of(self.default, name)
                specs.append(make_options_spec(field, about))
        return get_unique_config_specs([*specs, *self.default.config_specs])

    def _prepare(self, config: RunnableConfig) -> tuple[Runnable[Input, Output], RunnableConfig]:
        chosen = config.get("configurable", {})
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            if isinstance(field, ConfigurableField):
                if field.id in chosen:
                    values[name] = chosen[field.id]
            elif isinstance(field, ConfigurableFieldSingleOption):
                values[name] = field.options[chosen.get(field.id, field.default)]
            else:
                values[name] = [field.options[key] for key in chosen.get(field.id, field.default)]
        changed = {
            name: value
            for name, value in values.items()
            if value is not getattr(self.default, name, None)
        }
        return (_copy_with(self.default, changed) if changed else self.default), config


class RunnableConfigurableAlternatives(DynamicRunnable[Input, Output]):
    """A runnable with alternatives that the config may select."""

    __slots__ = ("alternatives", "default_key", "prefix_keys", "which")

    _parts = ("which", "default", "alternatives", "default_key", "prefix_keys")
    _saved = ("default", "which", "alternatives", "default_key", "prefix_keys", "config")

    def __init__(
        self,
        *,
        which: ConfigurableField,
        default: Runnable[Input, Output],
        alternatives: Mapping[str, Runnable[Input, Output] | Callable[[], Runnable[Input, Output]]],
        default_key: str = "default",
        prefix_keys: bool = False,
        config: RunnableConfig | None = None,
    ) -> None:
        """Initialize the runnable from its alternatives.

        Args:
            which: The config key that selects an alternative.
            default: The runnable to run if the config does not select one.
            alternatives: The alternatives, or functions that create them.
            default_key: The value that selects the default.
            prefix_keys: If true, the configurable fields of the alternatives are prefixed with the
                selection.
            config: A config that is used with every call.

        Raises:
            TypeError: If an alternative is neither a runnable nor a function.
        """
        super().__init__(default=default, config=config)
        for key, one in alternatives.items():
            if not isinstance(one, Runnable) and not callable(one):
                raise TypeError(
                    f"Alternative {key!r} must be a Runnable or a function, not {one!r}"
                )
        self.which = which
        self.alternatives = dict(alternatives)
        self.default_key = default_key
        self.prefix_keys = prefix_keys

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        return cls(**{**kwargs, "which": _field(kwargs.get("which"))})

    def _state(self) -> dict[str, Any]:
        return {"config": self.config, **{part: getattr(self, part) for part in self._parts}}

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The key that selects an alternative, and the configurable fields of all of them."""
        keys = [*self.alternatives, self.default_key]
        which = Enum(self.which.name or self.which.id, {key: key for key in keys}, type=str)  # type: ignore[misc]
        specs = [
            ConfigurableFieldSpec(
                id=self.which.id,
                name=self.which.name,
                description=self.which.description,
                annotation=which,
                default=self.default_key,
                is_shared=self.which.is_shared,
            )
        ]
        for key, one in [(self.default_key, self.default), *self.alternatives.items()]:
            if isinstance(one, Runnable):
                inner = one.config_specs
                if self.prefix_keys:
                    prefix = self._prefix(key)
                    inner = [prefix_config_spec(spec, prefix) for spec in inner]
                specs.extend(inner)
        return get_unique_config_specs(specs)

    def _prefix(self, key: str) -> str:
        return f"{self.which.id}=={key}"

    def _prepare(self, config: RunnableConfig) -> tuple[Runnable[Input, Output], RunnableConfig]:
        chosen = config.get("configurable", {}).get(self.which.id, self.default_key)
        if isinstance(chosen, Enum):
            chosen = chosen.value
        if self.prefix_keys:
            prefix = self._prefix(chosen) + "/"
            own = {
                key.removeprefix(prefix): value
                for key, value in config.get("configurable", {}).items()
            }
            config = {**config, "configurable": own}
        if chosen == self.default_key:
            return self.default, config
        if chosen not in self.alternatives:
            raise ValueError(f"Unknown alternative: {chosen}")
        one = self.alternatives[chosen]
        return (one if isinstance(one, Runnable) else one()), config


def prefix_config_spec(spec: ConfigurableFieldSpec, prefix: str) -> ConfigurableFieldSpec:
    """Prefix the id of a configurable field.

    Args:
        spec: The spec of the field.
        prefix: The prefix.

    Returns:
        The spec with the prefixed id; a shared spec is returned unchanged.
    """
    return spec if spec.is_shared else spec._replace(id=f"{prefix}/{spec.id}")


def make_options_spec(
    spec: ConfigurableFieldSingleOption | ConfigurableFieldMultiOption, description: str | None
) -> ConfigurableFieldSpec:
    """Create the spec of a field with options.

    Args:
        spec: The field.
        description: The description to use if the field does not have one.

    Returns:
        The spec.
    """
    options: Any = Enum(spec.name or spec.id, {key: key for key in spec.options}, type=str)  # type: ignore[misc]
    several = isinstance(spec, ConfigurableFieldMultiOption)
    return ConfigurableFieldSpec(
        id=spec.id,
        name=spec.name,
        description=spec.description or description,
        annotation=Sequence[options] if several else options,
        default=spec.default,
        is_shared=spec.is_shared,
    )
