"""`RunnableEach`: run a runnable on each item of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from headrace.runnables import execution, type_inference
from headrace.runnables.composed import Composed
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.handing import config_for
from headrace.runnables.runnable import Input, Output, Runnable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.graph import Graph
    from headrace.runnables.listeners import AsyncListener, Listener
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableEach", "RunnableEachBase"]


class RunnableEach(Composed[Sequence[Input], list[Output]]):
    """A runnable that runs `bound` on each item of its input, as a batch."""

    __slots__ = ("bound",)

    _parts = ("bound",)
    _saved = ("bound",)

    def __init__(self, *, bound: Runnable[Input, Output]) -> None:
        """Initialize the runnable.

        Args:
            bound: The runnable to run on each item.
        """
        self.name = None
        self.bound = bound

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of this runnable: by default its class and the name of `bound`."""
        name = name or self.name or f"RunnableEach<{self.bound.get_name()}>"
        return super().get_name(suffix, name=name)

    @property
    def InputType(self) -> Any:
        """A list of the input type of `bound`."""
        return list[self.bound.InputType]  # type: ignore[name-defined]

    @property
    def OutputType(self) -> Any:
        """A list of the output type of `bound`."""
        return list[self.bound.OutputType]  # type: ignore[name-defined]

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the schema of a list of inputs of `bound`."""
        item = self.bound.get_input_schema(config)
        return type_inference.model_of(self.get_name("Input"), list[item])  # type: ignore[valid-type]

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the schema of a list of outputs of `bound`."""
        item = self.bound.get_output_schema(config)
        return type_inference.model_of(self.get_name("Output"), list[item])  # type: ignore[valid-type]

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of `bound`."""
        return self.bound.config_specs

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of `bound`."""
        return self.bound.get_graph(config)

    def bind(self, **kwargs: Any) -> RunnableEach[Input, Output]:  # type: ignore[override]
        """Bind keyword arguments that are passed with every call of `bound`."""
        return RunnableEach(bound=self.bound.bind(**kwargs))

    def with_config(
        self, config: RunnableConfig | None = None, **kwargs: Any
    ) -> RunnableEach[Input, Output]:
        """Bind a config that is used with every call of `bound`."""
        return RunnableEach(bound=self.bound.with_config(config, **kwargs))

    def with_listeners(
        self,
        *,
        on_start: Listener | None = None,
        on_end: Listener | None = None,
        on_error: Listener | None = None,
    ) -> RunnableEach[Input, Output]:
        """Call functions when a run of `bound` starts, ends or fails."""
        return RunnableEach(
            bound=self.bound.with_listeners(on_start=on_start, on_end=on_end, on_error=on_error)
        )

    def with_alisteners(
        self,
        *,
        on_start: AsyncListener | None = None,
        on_end: AsyncListener | None = None,
        on_error: AsyncListener | None = None,
    ) -> RunnableEach[Input, Output]:
        """Await functions when a run of `bound` starts, ends or fails."""
        return RunnableEach(
            bound=self.bound.with_alisteners(on_start=on_start, on_end=on_end, on_error=on_error)
        )

    def invoke(
        self, input: Sequence[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> list[Output]:
        """Run `bound` on each item."""
        return cast(
            "list[Output]",
            execution.call(self, self._invoke, input, config, kwargs, optional=True, run_type=None),
        )

    def _invoke(
        self,
        inputs: Any,
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> list[Output]:
        child = config_for(self.bound, config, run_manager, None)
        return self.bound.batch(list(inputs), child, **kwargs)

    async def ainvoke(
        self, input: Sequence[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> list[Output]:
        """Run `bound` on each item."""
        return cast(
            "list[Output]",
            await execution.acall(
                self, self._ainvoke, input, config, kwargs, optional=True, run_type=None
            ),
        )

    async def _ainvoke(
        self,
        inputs: Any,
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> list[Output]:
        child = config_for(self.bound, config, run_manager, None)
        return await self.bound.abatch(list(inputs), child, **kwargs)


RunnableEachBase = RunnableEach
"""Alias of `RunnableEach`."""
