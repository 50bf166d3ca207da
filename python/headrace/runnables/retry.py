"""`RunnableRetry`: retry failed invocations."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, Union, cast

from typing_extensions import Self, TypedDict

from headrace._lazy import lazy_module
from headrace.runnables import execution
from headrace.runnables.batch import abatch_runs, batch_runs
from headrace.runnables.binding import RunnableBindingBase
from headrace.runnables.composed import exception_types
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.handing import config_for
from headrace.runnables.runnable import Input, Output

if TYPE_CHECKING:
    import asyncio

    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["ExponentialJitterParams", "RetryOn", "RunnableRetry"]

RetryOn: TypeAlias = Union[tuple[type[BaseException], ...], Callable[[BaseException], bool]]  # noqa: UP007


class ExponentialJitterParams(TypedDict, total=False):
    """Backoff between attempts: `initial * exp_base ** n + uniform(0, jitter)` seconds."""

    initial: float
    """The first wait in seconds; 1 by default."""
    max: float
    """The longest wait in seconds."""
    exp_base: float
    """The factor by which each wait grows; 2 by default."""
    jitter: float
    """The maximum random addition in seconds; 1 by default."""


class RunnableRetry(RunnableBindingBase[Input, Output]):
    """A runnable that retries `bound` if an invocation fails; a batch retries only failed inputs.

    Streams are not retried, since chunks already yielded cannot be taken back.
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
        """Initialize the runnable.

        Args:
            retry_exception_types: The exception types to retry on, or a predicate.
            wait_exponential_jitter: If true, wait between attempts with exponential backoff.
            exponential_jitter_params: The backoff.
            max_attempt_number: The maximum number of attempts.
            **kwargs: Passed to the binding, including `bound`.
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

    def _should_retry(self, error: BaseException, attempt: int) -> bool:
        """Return True if a failed attempt is retried; attempts are numbered from 1."""
        if attempt >= self.max_attempt_number:
            return False
        if isinstance(self.retry_exception_types, tuple):
            return isinstance(error, self.retry_exception_types)
        # a predicate is about failures: it must not keep a cancelled task or a program from ending
        return isinstance(error, Exception) and self.retry_exception_types(error)

    def _delay(self, attempt: int) -> float:
        """Return the seconds to wait after an attempt."""
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
        """Invoke `bound`, with retries."""
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
                if not self._should_retry(error, attempt):
                    raise
            time.sleep(self._delay(attempt))
            attempt += 1

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke `bound`, with retries."""
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
                if not self._should_retry(error, attempt):
                    raise
            await asyncio.sleep(self._delay(attempt))
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
        """Invoke `bound` on each input, and retry those that fail."""
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
        config: list[RunnableConfig] = [],  # noqa: B006 - always passed
        **kwargs: Any,
    ) -> list[Any]:
        progress = _BatchProgress(inputs)
        while progress.pending:
            tag = self._tag(progress.attempt)
            children = [
                config_for(self, config[i], run_manager[i] if run_manager else None, tag)
                for i in progress.pending
            ]
            outputs: list[Any] = super().batch(
                progress.inputs(), children, return_exceptions=True, **kwargs
            )
            if progress.sort(outputs, self._should_retry):
                time.sleep(self._delay(progress.attempt - 1))
        return progress.outputs

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke `bound` on each input, and retry those that fail."""
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
        config: list[RunnableConfig] = [],  # noqa: B006 - always passed
        **kwargs: Any,
    ) -> list[Any]:
        progress = _BatchProgress(inputs)
        while progress.pending:
            tag = self._tag(progress.attempt)
            children = [
                config_for(self, config[i], run_manager[i] if run_manager else None, tag)
                for i in progress.pending
            ]
            outputs: list[Any] = await super().abatch(
                progress.inputs(), children, return_exceptions=True, **kwargs
            )
            if progress.sort(outputs, self._should_retry):
                await asyncio.sleep(self._delay(progress.attempt - 1))
        return progress.outputs


class _BatchProgress:
    """The inputs of a batch that are still pending, and the outputs of the others."""

    def __init__(self, inputs: list[Any]) -> None:
        self._inputs = inputs
        self.outputs: list[Any] = [None] * len(inputs)
        self.pending = list(range(len(inputs)))
        self.attempt = 1

    def inputs(self) -> list[Any]:
        """Return the pending inputs."""
        return [self._inputs[i] for i in self.pending]

    def sort(self, outputs: list[Any], should_retry: Callable[[BaseException, int], bool]) -> bool:
        """Store the outputs of an attempt and return True if there is another attempt."""
        failed = []
        for i, output in zip(self.pending, outputs, strict=True):
            self.outputs[i] = output
            if isinstance(output, Exception) and should_retry(output, self.attempt):
                failed.append(i)
        self.pending = failed
        self.attempt += 1
        return bool(failed)
