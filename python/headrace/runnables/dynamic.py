"""`DynamicRunnable`: the base class of runnables that the config selects."""

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
    """Base class of runnables that the config selects; they have no run of their own."""

    __slots__ = ("config", "default")

    def __init__(
        self, *, default: Runnable[Input, Output], config: RunnableConfig | None = None
    ) -> None:
        """Initialize the runnable.

        Args:
            default: The runnable to run if the config does not select one.
            config: A config that is used with every call.
        """
        self.name = None
        self.default = default
        self.config = config

    @abstractmethod
    def _prepare(self, config: RunnableConfig) -> tuple[Runnable[Input, Output], RunnableConfig]:
        """Return the runnable that a complete config selects, and the config to run it with."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Return the constructor arguments that recreate this runnable."""

    def prepare(
        self, config: RunnableConfig | None = None
    ) -> tuple[Runnable[Input, Output], RunnableConfig]:
        """Return the runnable that a config selects.

        Args:
            config: The config of the run.

        Returns:
            The runnable, and the config to run it with.
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
        """Bind a config that is used with every call; its keys replace those bound before."""
        both = {**(self.config or {}), **(config or {}), **kwargs}
        return type(self)(
            **{**self._state(), "config": ensure_config(cast("RunnableConfig", both))}
        )

    @property
    def InputType(self) -> Any:
        """The input type of the default."""
        return self.default.InputType

    @property
    def OutputType(self) -> Any:
        """The output type of the default."""
        return self.default.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema of the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the output schema of the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.get_output_schema(config)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.get_graph(config)

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Invoke the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.invoke(input, config, **kwargs)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke the selected runnable."""
        runnable, config = self.prepare(config)
        return await runnable.ainvoke(input, config, **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.stream(input, config, **kwargs)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.astream(input, config, **kwargs)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream through the selected runnable."""
        runnable, config = self.prepare(config)
        return runnable.transform(input, config, **kwargs)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream through the selected runnable."""
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
        """Invoke, for each input, the runnable that its config selects."""
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
        """Invoke, for each input, the runnable that its config selects."""
        if isinstance(config, list):
            return await super().abatch(
                inputs, config, return_exceptions=return_exceptions, **kwargs
            )
        runnable, full = self.prepare(config)
        return await runnable.abatch(inputs, full, return_exceptions=return_exceptions, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the default; methods that take a config run on the selection."""
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
