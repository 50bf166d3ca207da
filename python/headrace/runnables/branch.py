"""`RunnableBranch`: run the first branch whose condition is true."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Self

from headrace.runnables import astreaming, closing, execution, streaming, type_inference
from headrace.runnables.coerce import RunnableLike, coerce_to_runnable
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
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableBranch"]


class RunnableBranch(Composed[Input, Output]):
    """A runnable that runs the first branch whose condition is true, else the default branch."""

    __slots__ = ("branches", "default")

    _parts = ("branches", "default")
    _saved = ("branches", "default")

    def __init__(
        self,
        *branches: tuple[RunnableLike[Input, bool], RunnableLike[Input, Output]]
        | RunnableLike[Input, Output],
    ) -> None:
        """Initialize the runnable from its branches.

        Args:
            *branches: Pairs of a condition and a runnable, followed by the default runnable.

        Raises:
            ValueError: If there are fewer than two branches, or a branch does not have two items.
            TypeError: If a branch is not a tuple or list, or a part cannot become a runnable.
        """
        if len(branches) < 2:
            raise ValueError("RunnableBranch requires at least two branches")
        *pairs, default = branches
        if not isinstance(default, (Runnable, Mapping)) and not callable(default):
            raise TypeError("RunnableBranch default must be Runnable, callable or mapping.")
        self.name = None
        self.default: Runnable[Input, Output] = coerce_to_runnable(default)
        self.branches: list[tuple[Runnable[Input, bool], Runnable[Input, Output]]] = []
        for pair in pairs:
            if not isinstance(pair, (tuple, list)):
                raise TypeError(
                    f"RunnableBranch branches must be tuples or lists, not {type(pair)}"
                )
            if len(pair) != 2:
                raise ValueError(
                    f"RunnableBranch branches must be tuples or lists of length 2, not {len(pair)}"
                )
            condition, branch = pair
            self.branches.append((coerce_to_runnable(condition), coerce_to_runnable(branch)))

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        try:
            branches, default = kwargs["branches"], kwargs["default"]
        except KeyError as error:
            raise ValueError(f"A saved {cls.__name__} has no {error}.") from None
        return cls(*branches, default)

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of the branches."""
        parts = [part for pair in self.branches for part in pair]
        return type_inference.collect_specs([*parts, self.default])

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema of the first branch that has one."""
        parts = [self.default, *(branch for _, branch in self.branches)]
        for part in parts:
            model = part.get_input_schema(config)
            if model.model_json_schema().get("type") is not None:
                return model
        return super().get_input_schema(config)

    def _branch_at(self, i: int) -> tuple[Runnable[Input, Output], str]:
        if i < len(self.branches):
            return self.branches[i][1], f"branch:{i + 1}"
        return self.default, "branch:default"

    def _choose(
        self, value: Any, config: RunnableConfig, run_manager: CallbackManagerForChainRun | None
    ) -> int:
        for i, (condition, _) in enumerate(self.branches):
            child = config_for(condition, config, run_manager, f"condition:{i + 1}")
            if condition.invoke(value, child):
                return i
        return len(self.branches)

    async def _achoose(
        self,
        value: Any,
        config: RunnableConfig,
        run_manager: AsyncCallbackManagerForChainRun | None,
    ) -> int:
        for i, (condition, _) in enumerate(self.branches):
            child = config_for(condition, config, run_manager, f"condition:{i + 1}")
            if await condition.ainvoke(value, child):
                return i
        return len(self.branches)

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Run the branch selected by the input."""
        return cast(
            "Output", execution.call(self, self._invoke, input, config, kwargs, optional=True)
        )

    def _invoke(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Any:
        branch, tag = self._branch_at(self._choose(value, config, run_manager))
        return branch.invoke(value, config_for(branch, config, run_manager, tag), **kwargs)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Run the branch selected by the input."""
        return cast(
            "Output",
            await execution.acall(self, self._ainvoke, input, config, kwargs, optional=True),
        )

    async def _ainvoke(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Any:
        branch, tag = self._branch_at(await self._achoose(value, config, run_manager))
        return await branch.ainvoke(value, config_for(branch, config, run_manager, tag), **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the branch selected by the input."""
        return streaming.produce(self, input, self._stream, config, kwargs)

    def _stream(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Iterator[Any]:
        branch, tag = self._branch_at(self._choose(value, config, run_manager))
        yield from branch.stream(value, config_for(branch, config, run_manager, tag), **kwargs)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the branch selected by the input."""
        return astreaming.aproduce(self, input, self._astream, config, kwargs)

    async def _astream(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun | None,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        branch, tag = self._branch_at(await self._achoose(value, config, run_manager))
        chunks = branch.astream(value, config_for(branch, config, run_manager, tag), **kwargs)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await closing.aclose_all(chunks)
