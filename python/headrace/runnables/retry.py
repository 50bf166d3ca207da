"""`RunnableRetry`: another attempt where one failed."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast

from typing_extensions import Self, TypedDict

from headrace.runnables import execution
from headrace.runnables.batch import abatch_runs, batch_runs
from headrace.runnables.binding import RunnableBindingBase
from headrace.runnables.composed import exception_types
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.handing import config_for
from headrace.runnables.runnable import Input, Output

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )

__all__ = ["ExponentialJitterParams", "RetryOn", "RunnableRetry"]

RetryOn: TypeAlias = Union[tuple[type[BaseException], ...], Callable[[BaseException], bool]]  # noqa: UP007


class ExponentialJitterParams(TypedDict, total=False):
    """How long to wait between attempts: `initial * exp_base ** n + uniform(0, jitter)` seconds."""

    initial: float
    """The first wait; 1 by default."""
    max: float
    """The longest wait."""
    exp_base: float
    """How much longer each wait is than the one before; 2 by default."""
    jitter: float
    """How much is added at random; at most 1 by default."""


class RunnableRetry(RunnableBindingBase[Input, Output]):
    """Runs `bound` again where an invocation fails; a batch retries only what failed.

    Streams are not retried: what was given cannot be taken back.
    """

    __slots__ = (
        "exponential_jitter_params",
        "max_attempt_number",
        "retry_exception_types",
        "wait_exponential_jitter",
    )

    _saved = (*RunnableBindingBase._saved, *__slots__)

    def __init__(
        self,
        *,
        retry_exception_types: RetryOn = (Exception,),
        wait_exponential_jitter: bool = True,
        exponential_jitter_params: ExponentialJitterParams | None = None,
        max_attempt_number: int = 3,
        **kwargs: Any,
    ) -> None:
        """Retry.

        Args:
            retry_exception_types: Which exceptions to try again after: types, or a predicate.
            wait_exponential_jitter: Whether to wait in between, longer each time.
            exponential_jitter_params: How long.
            max_attempt_number: How many attempts there are at most.
            **kwargs: As for a binding, `bound` among them.
        """
        super().__init__(**kwargs)
        self.retry_exception_types = retry_exception_types
        self.wait_exponential_jitter = wait_exponential_jitter
        self.exponential_jitter_params = exponential_jitter_params
        self.max_attempt_number = max_attempt_number

    def _state(self) -> dict[str, Any]:
        own = {key: getattr(self, key) for key in RunnableRetry.__slots__}
        return {**super()._state(), **own}

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        return super()._from_saved(exception_types(kwargs, "retry_exception_types"))

    # -- deciding ----------------------------------------------------------------------------------

    def _again(self, error: BaseException, attempt: int) -> bool:
        """Whether there is another attempt after the failure of this one; the first is 1."""
        if attempt >= self.max_attempt_number:
            return False
        if isinstance(self.retry_exception_types, tuple):
            return isinstance(error, self.retry_exception_types)
        return self.retry_exception_types(error)

    def _pause(self, attempt: int) -> float:
        """How many seconds to wait after an attempt."""
        if not self.wait_exponential_jitter:
            return 0.0
        params = self.exponential_jitter_params or {}
        longest = params.get("max", float(2**62))
        growth = params.get("exp_base", 2.0) ** (attempt - 1)
        wait = params.get("initial", 1.0) * growth + random.uniform(0, params.get("jitter", 1.0))
        return max(0.0, min(wait, longest))

    @staticmethod
    def _tag(attempt: int) -> str | None:
        return f"retry:attempt:{attempt}" if attempt > 1 else None

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Invoke `bound`, again where it fails."""
        return cast(
            "Output",
            execution.call(self, self._invoke, input, config, kwargs, optional=True, run_type=None),
        )

    def _invoke(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Any:
        attempt = 1
        while True:
            child = config_for(self, config, run_manager, self._tag(attempt))
            try:
                return super().invoke(value, child, **kwargs)
            except BaseException as error:
                if not self._again(error, attempt):
                    raise
            time.sleep(self._pause(attempt))
            attempt += 1

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke `bound`, again where it fails."""
        return cast(
            "Output",
            await execution.acall(
                self, self._ainvoke, input, config, kwargs, optional=True, run_type=None
            ),
        )

    async def _ainvoke(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Any:
        attempt = 1
        while True:
            child = config_for(self, config, run_manager, self._tag(attempt))
            try:
                return await super().ainvoke(value, child, **kwargs)
            except BaseException as error:
                if not self._again(error, attempt):
                    raise
            await asyncio.sleep(self._pause(attempt))
            attempt += 1

    # -- batches -----------------------------------------------------------------------------------

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke `bound` on each input, again on those where it fails."""
        return batch_runs(
            self,
            self._batch,
            inputs,
            config,
            return_exceptions,
            kwargs,
            optional=True,
            run_type=None,
        )

    def _batch(
        self,
        inputs: list[Any],
        run_manager: list[CallbackManagerForChainRun] | None = None,
        config: list[RunnableConfig] = [],  # noqa: B006 - always given
        **kwargs: Any,
    ) -> list[Any]:
        todo = _Todo(inputs)
        while todo.pending:
            tag = self._tag(todo.attempt)
            children = [
                config_for(self, config[i], run_manager[i] if run_manager else None, tag)
                for i in todo.pending
            ]
            outputs: list[Any] = super().batch(
                todo.inputs(), children, return_exceptions=True, **kwargs
            )
            if todo.sort(outputs, self._again):
                time.sleep(self._pause(todo.attempt - 1))
        return todo.outputs

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke `bound` on each input, again on those where it fails."""
        return await abatch_runs(
            self,
            self._abatch,
            inputs,
            config,
            return_exceptions,
            kwargs,
            optional=True,
            run_type=None,
        )

    async def _abatch(
        self,
        inputs: list[Any],
        run_manager: list[AsyncCallbackManagerForChainRun] | None = None,
        config: list[RunnableConfig] = [],  # noqa: B006 - always given
        **kwargs: Any,
    ) -> list[Any]:
        todo = _Todo(inputs)
        while todo.pending:
            tag = self._tag(todo.attempt)
            children = [
                config_for(self, config[i], run_manager[i] if run_manager else None, tag)
                for i in todo.pending
            ]
            outputs: list[Any] = await super().abatch(
                todo.inputs(), children, return_exceptions=True, **kwargs
            )
            if todo.sort(outputs, self._again):
                await asyncio.sleep(self._pause(todo.attempt - 1))
        return todo.outputs


class _Todo:
    """What of a batch is still to be tried, and what came of the rest."""

    def __init__(self, inputs: list[Any]) -> None:
        self._inputs = inputs
        self.outputs: list[Any] = [None] * len(inputs)
        self.pending = list(range(len(inputs)))
        self.attempt = 1

    def inputs(self) -> list[Any]:
        """Give the inputs that are still to be tried."""
        return [self._inputs[i] for i in self.pending]

    def sort(self, outputs: list[Any], again: Callable[[BaseException, int], bool]) -> bool:
        """Keep the outputs of an attempt; whether there is another."""
        failed = []
        for i, output in zip(self.pending, outputs, strict=True):
            self.outputs[i] = output
            if isinstance(output, Exception) and again(output, self.attempt):
                failed.append(i)
        self.pending = failed
        self.attempt += 1
        return bool(failed)
