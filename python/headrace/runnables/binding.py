"""`RunnableBinding`: a runnable with bound arguments, config or types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, cast

from headrace.runnables.accepts import accepts_config
from headrace.runnables.composed import Composed
from headrace.runnables.config import BARE, RunnableConfig, ensure_config, merge_configs
from headrace.runnables.handing import without_bare
from headrace.runnables.runnable import Input, Output, Runnable
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from pydantic import BaseModel
    from typing_extensions import Self

    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableBinding", "RunnableBindingBase"]

ConfigFactory = Callable[[RunnableConfig], RunnableConfig]


class RunnableBindingBase(Composed[Input, Output]):
    """A runnable that forwards calls to `bound` with bound arguments, without a run of its own."""

    __slots__ = (
        "bound",
        "config",
        "config_factories",
        "custom_input_type",
        "custom_output_type",
        "kwargs",
    )

    _parts = ("bound", "kwargs", "config", "config_factories")
    _saved: ClassVar[tuple[str, ...]] = (
        "bound",
        "kwargs",
        "config",
        "config_factories",
        "custom_input_type",
        "custom_output_type",
    )

    def __init__(
        self,
        *,
        bound: Runnable[Input, Output],
        kwargs: Mapping[str, Any] | None = None,
        config: RunnableConfig | None = None,
        config_factories: list[ConfigFactory] | None = None,
        custom_input_type: Any = None,
        custom_output_type: Any = None,
    ) -> None:
        """Bind arguments to a runnable.

        Args:
            bound: The runnable to run.
            kwargs: Passed with every call.
            config: The bound config; the caller's config is merged over it.
            config_factories: Functions that return additional config for a call, given the merged
                config.
            custom_input_type: The declared input type.
            custom_output_type: The declared output type.
        """
        self.name = None
        self.bound = bound
        self.kwargs: Mapping[str, Any] = kwargs or {}
        self.config: RunnableConfig = config or {}
        self.config_factories: list[ConfigFactory] = config_factories or []
        self.custom_input_type = custom_input_type
        self.custom_output_type = custom_output_type

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._shown_parts()})"

    def _shown_parts(self) -> str:
        """Return the parts for the repr, without the secrets in bound arguments."""
        return ", ".join(
            f"{part}={hide_secrets(getattr(self, part), part)!r}" for part in self._parts
        )

    def _state(self) -> dict[str, Any]:
        """Return the arguments that create another like this."""
        return {
            "bound": self.bound,
            "kwargs": self.kwargs,
            "config": self.config,
            "config_factories": self.config_factories,
            "custom_input_type": self.custom_input_type,
            "custom_output_type": self.custom_output_type,
        }

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        factories = [one for one in kwargs.get("config_factories") or () if one is not None]
        return cls(**{**kwargs, "config_factories": factories})

    def _with(self, **changes: Any) -> Self:
        return type(self)(**{**self._state(), **changes})

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of `bound`."""
        return self.bound.get_name(suffix, name=name)

    @property
    def InputType(self) -> Any:
        """The declared type; by default the type of `bound`."""
        return self.bound.InputType if self.custom_input_type is None else self.custom_input_type

    @property
    def OutputType(self) -> Any:
        """The declared type; by default the type of `bound`."""
        return self.bound.OutputType if self.custom_output_type is None else self.custom_output_type

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the schema of the declared input type, else the input schema of `bound`."""
        if self.custom_input_type is not None:
            return super().get_input_schema(config)
        return self.bound.get_input_schema(merge_configs(self.config, config))

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the schema of the declared output type, else the output schema of `bound`."""
        if self.custom_output_type is not None:
            return super().get_output_schema(config)
        return self.bound.get_output_schema(merge_configs(self.config, config))

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of `bound`."""
        return self.bound.config_specs

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of `bound`."""
        return self.bound.get_graph(self._merge_configs(config))

    def _merge_configs(self, *configs: RunnableConfig | None) -> RunnableConfig:
        """Merge the caller's config over the bound config."""
        if not self.config and not self.config_factories and len(configs) == 1:
            if configs[0] is BARE:
                return without_bare(self.bound, BARE)
            if configs[0] is None:
                return ensure_config()
        config = merge_configs(self.config, *configs)
        return merge_configs(config, *(factory(config) for factory in self.config_factories))

    def _merge_config(self, config: RunnableConfig | None) -> RunnableConfig | None:
        if config is None and not self.config and not self.config_factories:
            return None
        return self._merge_configs(config)

    def _each(self, config: Any, count: int) -> Any:
        """Merge the configs of a batch."""
        if isinstance(config, Sequence):
            return [self._merge_configs(one) for one in config]
        if self.config_factories:
            # A factory's config is valid for a single call.
            return [self._merge_configs(config) for _ in range(count)]
        return self._merge_config(config)

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Invoke `bound` with the bound arguments."""
        return self.bound.invoke(input, self._merge_config(config), **{**self.kwargs, **kwargs})

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke `bound` with the bound arguments."""
        return await self.bound.ainvoke(
            input, self._merge_config(config), **{**self.kwargs, **kwargs}
        )

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke `bound` on each input with the bound arguments."""
        return self.bound.batch(
            inputs,
            self._each(config, len(inputs)),
            return_exceptions=return_exceptions,
            **{**self.kwargs, **kwargs},
        )

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke `bound` on each input with the bound arguments."""
        return await self.bound.abatch(
            inputs,
            self._each(config, len(inputs)),
            return_exceptions=return_exceptions,
            **{**self.kwargs, **kwargs},
        )

    def batch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Output | Exception]]:
        """Invoke `bound` on each input and yield outputs as they complete."""
        return self.bound.batch_as_completed(
            inputs,
            self._each(config, len(inputs)),
            return_exceptions=return_exceptions,
            **{**self.kwargs, **kwargs},
        )

    def abatch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Output | Exception]]:
        """Invoke `bound` on each input and yield outputs as they complete."""
        return self.bound.abatch_as_completed(
            inputs,
            self._each(config, len(inputs)),
            return_exceptions=return_exceptions,
            **{**self.kwargs, **kwargs},
        )

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream `bound` with the bound arguments."""
        return self.bound.stream(input, self._merge_config(config), **{**self.kwargs, **kwargs})

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream `bound` with the bound arguments."""
        return self.bound.astream(input, self._merge_config(config), **{**self.kwargs, **kwargs})

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream through `bound` with the bound arguments."""
        return self.bound.transform(input, self._merge_config(config), **{**self.kwargs, **kwargs})

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream through `bound` with the bound arguments."""
        return self.bound.atransform(input, self._merge_config(config), **{**self.kwargs, **kwargs})

    if not TYPE_CHECKING:

        def stream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
            """Stream the events of `bound` with the bound arguments.

            With `version="v3"`, which may be bound, this returns the stream of a chat model.
            """
            merged = {**self.kwargs, **kwargs}
            if merged.get("version") == "v3":
                return self.bound.stream_events(input, self._merge_config(config), **merged)
            return super().stream_events(input, config, **kwargs)

        def astream_events(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
            """Async version of `stream_events`; with `version="v3"`, await it for the stream."""
            merged = {**self.kwargs, **kwargs}
            if merged.get("version") == "v3":
                return self.bound.astream_events(input, self._merge_config(config), **merged)
            return super().astream_events(input, config, **kwargs)

    def _watching(
        self, method: str, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> tuple[Runnable[Any, Any], RunnableConfig | None, dict[str, Any]]:
        return self.bound._watching(
            method, input, self._merge_config(config), {**self.kwargs, **kwargs}
        )


class RunnableBinding(RunnableBindingBase[Input, Output]):
    """A runnable with arguments, a config or types that apply to every call."""

    __slots__ = ()

    def __repr__(self) -> str:
        types = "".join(
            f", {part}={getattr(self, part)!r}"
            for part in ("custom_input_type", "custom_output_type")
            if getattr(self, part) is not None
        )
        return f"RunnableBinding({self._shown_parts()}{types})"

    def bind(self, **kwargs: Any) -> Self:
        """Bind more keyword arguments that are passed with every call."""
        return self._with(kwargs={**self.kwargs, **kwargs})

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Bind more config; the other keys of the bound config stay."""
        both = cast("RunnableConfig", {**self.config, **(config or {}), **kwargs})
        return self._with(config=both)

    def with_retry(self, **kwargs: Any) -> Self:
        """Retry failed invocations of `bound`; see `Runnable.with_retry`."""
        return self._with(bound=self.bound.with_retry(**kwargs))

    def with_types(self, *, input_type: Any = None, output_type: Any = None) -> Self:
        """Declare the input and output types that schemas use."""
        return self._with(
            custom_input_type=self.custom_input_type if input_type is None else input_type,
            custom_output_type=self.custom_output_type if output_type is None else output_type,
        )

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of `bound`; methods that take a config receive the bound config."""
        if name.startswith("__") or name in RunnableBindingBase.__slots__:
            raise AttributeError(name)
        value = getattr(self.bound, name)
        if callable(value) and accepts_config(value):

            @wraps(value)
            def with_config(*args: Any, **kwargs: Any) -> Any:
                config = kwargs.get("config")
                if config is None and len(args) > 1 and isinstance(args[1], dict):
                    return value(
                        args[0], self._merge_configs(cast("Any", args[1])), *args[2:], **kwargs
                    )
                return value(*args, **{**kwargs, "config": self._merge_configs(config)})

            return with_config
        return value
