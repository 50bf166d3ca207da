"""`RunnableSequence`: run steps in sequence, each on the output of the previous one."""

from __future__ import annotations

import textwrap
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from headrace.runnables import astreaming, execution, streaming, type_inference
from headrace.runnables.batch import abatch_runs, batch_runs
from headrace.runnables.coerce import RunnableLike, coerce_to_runnable
from headrace.runnables.config import BARE, RunnableConfig, resolve
from headrace.runnables.handing import config_for, without_bare
from headrace.runnables.runnable import Input, Output, Runnable
from headrace.runnables.transforming import Transforming

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableSequence"]


class RunnableSequence(Transforming[Input, Output]):
    """A chain of steps: the output of each step is the input of the next.

    Streams flow through: each chunk of the first step passes through the other steps before the
    next chunk is produced, as far as the steps can process chunks.
    """

    __slots__ = ("steps",)

    _parts = ("steps",)
    _saved = ("first", "middle", "last", "name")

    def __init__(
        self,
        *steps: RunnableLike[Any, Any],
        name: str | None = None,
        first: Runnable[Any, Any] | None = None,
        middle: list[Runnable[Any, Any]] | None = None,
        last: Runnable[Any, Any] | None = None,
    ) -> None:
        """Initialize the sequence from its steps.

        Args:
            *steps: The steps; sequences among them are flattened.
            name: The name of the sequence.
            first: The first step, if there are no positional steps.
            middle: The steps between the first and the last.
            last: The last step.

        Raises:
            ValueError: If there are fewer than two steps.
            TypeError: If a step cannot be converted to a runnable.
        """
        if not steps and first is not None and last is not None:
            steps = (first, *(middle or ()), last)
        flat: list[Runnable[Any, Any]] = []
        for step in steps:
            if isinstance(step, RunnableSequence):
                flat.extend(step.steps)
            else:
                flat.append(coerce_to_runnable(step))
        if len(flat) < 2:
            raise ValueError(f"RunnableSequence must have at least 2 steps, got {len(flat)}")
        self.steps: list[Runnable[Any, Any]] = flat
        self.name = name

    @property
    def first(self) -> Runnable[Input, Any]:
        """The first step."""
        return self.steps[0]

    @property
    def middle(self) -> list[Runnable[Any, Any]]:
        """The steps between the first and the last."""
        return self.steps[1:-1]

    @property
    def last(self) -> Runnable[Any, Output]:
        """The last step."""
        return self.steps[-1]

    @property
    def InputType(self) -> Any:
        """The input type of the first step."""
        return self.first.InputType

    @property
    def OutputType(self) -> Any:
        """The output type of the last step."""
        return self.last.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema of the first step."""
        return self.first.get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the output schema of the last step, with added or picked keys if known."""
        from headrace.runnables.assign import RunnableAssign
        from headrace.runnables.pick import RunnablePick

        model = self.first.get_output_schema(config)
        for step in self.steps[1:]:
            own = step.get_output_schema(config)
            if isinstance(step, RunnableAssign):
                new = step.mapper.get_output_schema(config)
                model = type_inference.merge_models(self.get_name("Output"), model, new)
            elif isinstance(step, RunnablePick):
                model = type_inference.pick_fields(self.get_name("Output"), model, step.keys) or own
            else:
                model = own
        return model

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of the steps."""
        return type_inference.collect_specs(self.steps)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of the steps in sequence."""
        from headrace.runnables.graph import sequence_graph

        return sequence_graph(self.steps, config)

    def _append(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        return RunnableSequence(*self.steps, other, name=self.name)

    def _prepend(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        return RunnableSequence(other, *self.steps, name=self.name)

    def __repr__(self) -> str:
        return "\n| ".join(
            repr(step) if i == 0 else textwrap.indent(repr(step), "  ").lstrip()
            for i, step in enumerate(self.steps)
        )

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Run the steps in sequence; `kwargs` are passed to the first."""
        config = resolve(config)
        if config is BARE and not kwargs:
            value: Any = input
            for step in self.steps:
                value = step.invoke(value, without_bare(step, BARE))
            return value  # type: ignore[no-any-return]
        return execution.call(  # type: ignore[no-any-return]
            self, self._invoke, input, config, kwargs, optional=True
        )

    def _invoke(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Any:
        for i, step in enumerate(self.steps):
            child = config_for(step, config, run_manager, f"seq:step:{i + 1}")
            value = step.invoke(value, child, **kwargs) if kwargs else step.invoke(value, child)
            kwargs = {}
        return value

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Run the steps in sequence; `kwargs` are passed to the first."""
        config = resolve(config)
        if config is BARE and not kwargs:
            value: Any = input
            for step in self.steps:
                value = await step.ainvoke(value, without_bare(step, BARE))
            return value  # type: ignore[no-any-return]
        return await execution.acall(  # type: ignore[no-any-return]
            self, self._ainvoke, input, config, kwargs, optional=True
        )

    async def _ainvoke(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Any:
        for i, step in enumerate(self.steps):
            child = config_for(step, config, run_manager, f"seq:step:{i + 1}")
            value = await step.ainvoke(value, child, **kwargs)
            kwargs = {}
        return value

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Run each step as a batch of all inputs; `kwargs` are passed to the first."""
        return batch_runs(
            self,
            self._batch,
            inputs,
            config,
            return_exceptions,
            {**kwargs, "return_exceptions": return_exceptions},
            optional=True,
        )

    def _batch(
        self,
        inputs: list[Any],
        run_manager: list[CallbackManagerForChainRun] | None = None,
        config: list[RunnableConfig] = [],  # noqa: B006 - always passed
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        values = list(inputs)
        going = list(range(len(inputs)))
        for i, step in enumerate(self.steps):
            children = _children(step, config, run_manager, going, f"seq:step:{i + 1}")
            outputs = step.batch(
                [values[j] for j in going], children, return_exceptions=return_exceptions, **kwargs
            )
            going = _store_outputs(values, going, outputs)
            kwargs = {}
            if not going:
                break
        return values

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Run each step as a batch of all inputs; `kwargs` are passed to the first."""
        return await abatch_runs(
            self,
            self._abatch,
            inputs,
            config,
            return_exceptions,
            {**kwargs, "return_exceptions": return_exceptions},
            optional=True,
        )

    async def _abatch(
        self,
        inputs: list[Any],
        run_manager: list[AsyncCallbackManagerForChainRun] | None = None,
        config: list[RunnableConfig] = [],  # noqa: B006 - always passed
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        values = list(inputs)
        going = list(range(len(inputs)))
        for i, step in enumerate(self.steps):
            children = _children(step, config, run_manager, going, f"seq:step:{i + 1}")
            outputs = await step.abatch(
                [values[j] for j in going], children, return_exceptions=return_exceptions, **kwargs
            )
            going = _store_outputs(values, going, outputs)
            kwargs = {}
            if not going:
                break
        return values

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream through the steps; `kwargs` are passed to the first."""
        return streaming.transform(
            self, input, self._transform, config, kwargs, optional=True, run_type=None
        )

    def _transform(
        self,
        stream: Iterator[Any],
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Iterator[Any]:
        if config is BARE:
            return streaming.fused(self.steps, stream, kwargs)
        for i, step in enumerate(self.steps):
            child = config_for(step, config, run_manager, f"seq:step:{i + 1}")
            stream = step.transform(stream, child, **kwargs)
            kwargs = {}
        return stream

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream through the steps; `kwargs` are passed to the first."""
        return astreaming.atransform(
            self, input, self._atransform, config, kwargs, optional=True, run_type=None
        )

    def _atransform(
        self,
        stream: AsyncIterator[Any],
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        if config is BARE:
            return astreaming.afused(self.steps, stream, kwargs)
        for i, step in enumerate(self.steps):
            child = config_for(step, config, run_manager, f"seq:step:{i + 1}")
            stream = step.atransform(stream, child, **kwargs)
            kwargs = {}
        return stream


def _children(
    step: Runnable[Any, Any],
    configs: list[RunnableConfig],
    runs: Any,
    going: list[int],
    tag: str,
) -> Any:
    """Return the configs of a step for the inputs that have not failed."""
    if runs is None and configs[0] is BARE:
        return without_bare(step, BARE)
    return [config_for(step, configs[j], runs[j] if runs else None, tag) for j in going]


def _store_outputs(values: list[Any], going: list[int], outputs: list[Any]) -> list[int]:
    """Store the outputs of a step and return the indices of the inputs that have not failed."""
    for j, output in zip(going, outputs, strict=True):
        values[j] = output
    return [j for j in going if not isinstance(values[j], Exception)]
