"""`init_chat_model`: create a chat model by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from headrace.language_models.base import LanguageModelInput
from headrace.providers.known import PROVIDERS, provider_and_model
from headrace.providers.showing import shown_fields
from headrace.runnables.config import RunnableConfig
from headrace.runnables.dynamic import DynamicRunnable
from headrace.runnables.runnable import Runnable
from headrace.runnables.specs import ConfigurableFieldSpec
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from headrace.language_models import BaseChatModel

__all__ = ["ConfigurableModel", "init_chat_model"]

_Fields: TypeAlias = Literal["any"] | Sequence[str]

_KEPT = 8
"""How many models are kept for configurations that come again."""


@overload
def init_chat_model(
    model: str,
    *,
    model_provider: str | None = None,
    configurable_fields: None = None,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> BaseChatModel: ...


@overload
def init_chat_model(
    model: None = None,
    *,
    model_provider: str | None = None,
    configurable_fields: _Fields | None = None,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> ConfigurableModel: ...


@overload
def init_chat_model(
    model: str | None = None,
    *,
    model_provider: str | None = None,
    configurable_fields: _Fields = ...,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> ConfigurableModel: ...


def init_chat_model(
    model: str | None = None,
    *,
    model_provider: str | None = None,
    configurable_fields: _Fields | None = None,
    config_prefix: str | None = None,
    **kwargs: Any,
) -> BaseChatModel | ConfigurableModel:
    """Create a chat model of any provider.

    Args:
        model: The model, such as `"openai:gpt-4o"`, or `"gpt-4o"` if the provider follows from the
            name or from `model_provider`. If None, the config of the call chooses it.
        model_provider: The provider, one of `headrace.providers.known.PROVIDERS`.
        configurable_fields: The arguments that the config of a call may set, in
            `config={"configurable": {...}}`: names, or `"any"`. If no model is given, the default
            is `("model", "model_provider")`. With `"any"` the config can also choose the address
            and the key: do not use it with untrusted configs.
        config_prefix: The prefix of the names in the config; an underscore follows it.
        **kwargs: Passed to the class of the model, such as `temperature`, `api_key`, `base_url`.

    Returns:
        The model; with configurable fields, a runnable that creates it when called.

    Raises:
        ValueError: If the provider is unknown.
        ImportError: If the provider's SDK is not installed.
        MissingKeyError: If the provider needs a key and none is set.

    Example:
        ```python
        model = init_chat_model("openai:gpt-4o", temperature=0)
        either = init_chat_model(temperature=0)
        either.invoke("Hi", config={"configurable": {"model": "claude-sonnet-4-5"}})
        ```
    """
    if configurable_fields is None and model is not None:
        made: BaseChatModel = _make(model=model, model_provider=model_provider, **kwargs)
        return made
    given = {"model": model, "model_provider": model_provider, **kwargs}
    return ConfigurableModel(
        arguments={name: value for name, value in given.items() if value is not None},
        fields=configurable_fields or ("model", "model_provider"),
        prefix=config_prefix or "",
    )


def _make(*, model: str | None = None, model_provider: str | None = None, **kwargs: Any) -> Any:
    if model is None:
        raise ValueError(
            "Which model? Give it to init_chat_model, or in the configuration of the call as "
            "config={'configurable': {'model': 'openai:gpt-4o'}}"
        )
    name, model = provider_and_model(model, model_provider)
    provider = PROVIDERS[name]
    cls = getattr(import_module(provider.module), provider.chat_model)
    return cls(model=model, **kwargs)


class ConfigurableModel(DynamicRunnable[LanguageModelInput, Any]):
    """A chat model that the config of a call chooses.

    `bind_tools` and `with_structured_output` return another such model, and are applied once the
    model is known. All other attributes are those of the model that is used without a config.
    """

    __slots__ = ("_made", "arguments", "fields", "operations", "prefix")

    _parts = ("arguments", "fields", "prefix", "operations")

    def __init__(
        self,
        *,
        arguments: dict[str, Any],
        fields: _Fields,
        prefix: str = "",
        operations: Sequence[tuple[str, tuple[Any, ...], dict[str, Any]]] = (),
        config: RunnableConfig | None = None,
    ) -> None:
        """Create the model.

        Args:
            arguments: The arguments of `init_chat_model` that apply unless the config sets them.
            fields: The arguments that the config may set, or `"any"`.
            prefix: The prefix of their names in the config.
            operations: Methods to call on the model, such as `bind_tools`, with their arguments.
            config: A config for every call.
        """
        self.name = None
        self.config = config
        self.arguments = arguments
        self.fields = fields
        self.prefix = f"{prefix}_" if prefix and not prefix.endswith("_") else prefix
        self.operations = list(operations)
        self._made: list[tuple[dict[str, Any], Any]] = []

    if not TYPE_CHECKING:

        @property
        def default(self) -> Runnable[Any, Any]:
            """The model that is used without a config."""
            return self._model(self.arguments)

    def __repr__(self) -> str:
        shown = dict(shown_fields(self.arguments.items()))
        # Tools may hold secrets, too.
        methods = [name for name, _, _ in self.operations]
        return (
            f"{type(self).__name__}(arguments={shown}, fields={self.fields!r}, "
            f"prefix={self.prefix!r}, operations={methods})"
        )

    def __reduce__(self) -> Any:
        # models are not copied, since they hold connections
        return partial(ConfigurableModel, **self._state()), ()

    def _state(self) -> dict[str, Any]:
        return {
            "arguments": self.arguments,
            "fields": self.fields,
            "prefix": self.prefix,
            "operations": self.operations,
            "config": self.config,
        }

    def _prepare(self, config: RunnableConfig) -> tuple[Runnable[Any, Any], RunnableConfig]:
        chosen = {
            key[len(self.prefix) :]: value
            for key, value in config.get("configurable", {}).items()
            if key.startswith(self.prefix)
        }
        if self.fields != "any":
            chosen = {name: value for name, value in chosen.items() if name in self.fields}
        return self._model({**self.arguments, **chosen}), config

    def _model(self, arguments: dict[str, Any]) -> Any:
        """Return a model for the arguments, a kept one if possible: its connections are open."""
        for known, model in self._made:
            if known == arguments:
                return model
        model = _make(**arguments)
        for name, args, kwargs in self.operations:
            model = getattr(model, name)(*args, **kwargs)
        self._made = [(arguments, model), *self._made[: _KEPT - 1]]
        return model

    def _then(self, name: str) -> Callable[..., ConfigurableModel]:
        def queued(*args: Any, **kwargs: Any) -> ConfigurableModel:
            operations = [*self.operations, (name, args, kwargs)]
            return ConfigurableModel(**{**self._state(), "operations": operations})

        return queued

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> ConfigurableModel:
        """Bind tools to the model once it is known; see `BaseChatModel.bind_tools`."""
        return self._then("bind_tools")(tools, **kwargs)

    def with_structured_output(self, schema: Any = None, **kwargs: Any) -> ConfigurableModel:
        """Return this model with structured output, applied once the model is known."""
        return self._then("with_structured_output")(schema, **kwargs)

    @property
    def InputType(self) -> Any:
        """The input type of chat models."""
        from headrace.language_models import BaseChatModel

        return BaseChatModel.InputType.fget(self)  # type: ignore[attr-defined]

    @property
    def OutputType(self) -> Any:
        """`Any`, since the model is not known yet."""
        return Any

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The fields that a config may set, if they are named."""
        if self.fields == "any":
            return []
        return [
            ConfigurableFieldSpec(
                id=f"{self.prefix}{name}",
                annotation=Any,
                default=hide_secrets(self.arguments.get(name), name),
            )
            for name in self.fields
        ]
