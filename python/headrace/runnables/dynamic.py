"""`DynamicRunnable`: the base of what the configuration decides when it is run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from headrace.runnables.composed import Composed
from headrace.runnables.config import RunnableConfig, ensure_config, merge_configs
from headrace.runnables.runnable import Input, Output, Runnable

if TYPE_CHECKING:
    from pydantic import BaseModel
    from typing_extensions import Self

    from headrace.runnables.graph import Graph

__all__ = ["DynamicRunnable"]


class DynamicRunnable(Composed[Input, Output]):
    """A runnable that the configuration decides: it is no run of its own."""

    __slots__ = ("config", "default")

    def __init__(
        self, *, default: Runnable[Input, Output], config: RunnableConfig | None = None
    ) -> None:
        """Decide by configuration.

        Args:
            default: What is run without one.
            config: A configuration that goes along with every call.
        """
        self.name = None
        self.default = default
        self.config = config

    @abstractmethod
    def _prepare(self, config: RunnableConfig) -> tuple[Runnable[Input, Output], RunnableConfig]:
        """Give what a complete configuration decides on."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Give the arguments that make another like this."""

    def prepare(
        self, config: RunnableConfig | None = None
    ) -> tuple[Runnable[Input, Output], RunnableConfig]:
        """Decide.

        Args:
            config: The configuration that decides.

        Returns:
            What is run, and with which configuration.
        """
        merged = merge_configs(self.config, config) if self.config else config
        runnable: Runnable[Input, Output] = self
        full = ensure_config(merged)
        while isinstance(runnable, DynamicRunnable):
            runnable, full = runnable._prepare(
                merge_configs(runnable.config, full) if runnable.config else full
            )
        return runnable, full

    def with_config(self, config: RunnableConfig | None = None, **kwargs: Any) -> Self:
        """Give a configuration along with every call; its keys replace those of before."""
        both = {**(self.config or {}), **(config or {}), **kwargs}
        return type(self)(
            **{**self._state(), "config": ensure_config(cast("RunnableConfig", both))}
        )

    @property
    def InputType(self) -> Any:
        """The type of the default's input."""
        return self.default.InputType

    @property
    def OutputType(self) -> Any:
        """The type of the default's output."""
        return self.default.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the input of what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the output of what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.get_output_schema(config)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Draw up what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.get_graph(config)

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Invoke what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.invoke(input, config, **kwargs)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke what the configuration decides on."""
        runnable, config = self.prepare(config)
        return await runnable.ainvoke(input, config, **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.stream(input, config, **kwargs)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.astream(input, config, **kwargs)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream through what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.transform(input, config, **kwargs)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream through what the configuration decides on."""
        runnable, config = self.prepare(config)
        return runnable.atransform(input, config, **kwargs)

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke what the configuration of each input decides on."""
        if isinstance(config, list):
            return super().batch(inputs, config, return_exceptions=return_exceptions, **kwargs)
        runnable, full = self.prepare(config)
        return runnable.batch(inputs, full, return_exceptions=return_exceptions, **kwargs)

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke what the configuration of each input decides on."""
        if isinstance(config, list):
            return await super().abatch(
                inputs, config, return_exceptions=return_exceptions, **kwargs
            )
        runnable, full = self.prepare(config)
        return await runnable.abatch(inputs, full, return_exceptions=return_exceptions, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Give what the default has; a method given a configuration is that of what it decides."""
        if name.startswith("_") or name in ("config", "default", *type(self)._parts):
            raise AttributeError(name)
        value = getattr(self.default, name)
        if not callable(value):
            return value

        def method(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("config") is not None or self.config:
                runnable, config = self.prepare(kwargs.get("config"))
                if "config" in kwargs:
                    kwargs["config"] = config
                return getattr(runnable, name)(*args, **kwargs)
            return value(*args, **kwargs)

        return method
