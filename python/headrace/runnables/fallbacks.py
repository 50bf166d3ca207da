"""`RunnableWithFallbacks`: run other runnables if one fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Self

from headrace._core import MessageStorage
from headrace.callbacks.ending import aend_each, end_each
from headrace.compat import Flag, flags
from headrace.runnables import astreaming, closing, execution, streaming, type_inference
from headrace.runnables.batch import abatch_runs, batch_runs
from headrace.runnables.composed import Composed, exception_types
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

__all__ = ["RunnableWithFallbacks"]

_PATIENCE = 1_000
"""The most empty chunks that a stream holds back."""


class RunnableWithFallbacks(Composed[Input, Output]):
    """A runnable that runs `runnable` and, if it fails, the fallbacks in order until one succeeds.

    A stream falls back only before its first chunk that carries something: empty messages and texts
    are held back until then. Later failures are raised.
    """

    __slots__ = ("exception_key", "exceptions_to_handle", "fallbacks", "runnable")

    _parts = ("runnable", "fallbacks")
    _saved = ("runnable", "fallbacks", "exceptions_to_handle", "exception_key")

    def __init__(
        self,
        *,
        runnable: Runnable[Input, Output],
        fallbacks: Sequence[Runnable[Input, Output]],
        exceptions_to_handle: tuple[type[BaseException], ...] = (Exception,),
        exception_key: str | None = None,
    ) -> None:
        """Initialize the runnable.

        Args:
            runnable: The runnable to run first.
            fallbacks: The runnables to try after it, in order.
            exceptions_to_handle: The exception types that trigger a fallback.
            exception_key: The key under which the exception is added to the input of a fallback;
                the input must then be a dict.

        Raises:
            TypeError: If a fallback is not a runnable.
        """
        for fallback in fallbacks:
            if not isinstance(fallback, Runnable):
                raise TypeError(f"A fallback must be a Runnable, not {fallback!r}.")
        self.name = None
        self.runnable = runnable
        self.fallbacks = list(fallbacks)
        self.exceptions_to_handle = exceptions_to_handle
        self.exception_key = exception_key

    @classmethod
    def _from_saved(cls, kwargs: dict[str, Any]) -> Self:
        return cls(**exception_types(kwargs, "exceptions_to_handle"))

    @property
    def runnables(self) -> Iterator[Runnable[Input, Output]]:
        """The runnable, followed by the fallbacks."""
        yield self.runnable
        yield from self.fallbacks

    @property
    def InputType(self) -> Any:
        """The input type of the first runnable."""
        return self.runnable.InputType

    @property
    def OutputType(self) -> Any:
        """The output type of the first runnable."""
        return self.runnable.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema of the first runnable."""
        return self.runnable.get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the output schema of the first runnable."""
        return self.runnable.get_output_schema(config)

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of all runnables."""
        return type_inference.collect_specs(self.runnables)

    # -- deciding ----------------------------------------------------------------------------------

    def _check(self, inputs: Sequence[Any]) -> None:
        if self.exception_key is not None:
            for value in inputs:
                if not isinstance(value, dict):
                    raise ValueError(
                        "If 'exception_key' is specified then input must be a dictionary."
                        f"However found a type of {type(value)} for input"
                    )

    def _fallback_input(self, value: Any, error: BaseException | None) -> Any:
        """Return the input of a fallback, with the previous exception if there is a key for it."""
        if self.exception_key is None or error is None:
            return value
        return {**value, self.exception_key: error}

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Invoke the runnables in order until one succeeds."""
        self._check([input])
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
        first: BaseException | None = None
        last: BaseException | None = None
        for runnable in self.runnables:
            child = config_for(runnable, config, run_manager, None)
            try:
                return runnable.invoke(self._fallback_input(value, last), child, **kwargs)
            except self.exceptions_to_handle as error:
                first, last = first or error, error
        raise cast("BaseException", first)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke the runnables in order until one succeeds."""
        self._check([input])
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
        first: BaseException | None = None
        last: BaseException | None = None
        for runnable in self.runnables:
            child = config_for(runnable, config, run_manager, None)
            try:
                return await runnable.ainvoke(self._fallback_input(value, last), child, **kwargs)
            except self.exceptions_to_handle as error:
                first, last = first or error, error
        raise cast("BaseException", first)

    # -- batches -----------------------------------------------------------------------------------

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Run the first runnable on all inputs, and each fallback on those that failed so far."""
        self._check(inputs)
        return batch_runs(
            self,
            self._batch,
            inputs,
            config,
            return_exceptions,
            {**kwargs, "return_exceptions": return_exceptions},
            optional=True,
            reported_inputs=[_as_dictionary(value) for value in inputs],
        )

    def _batch(
        self,
        inputs: list[Any],
        run_manager: list[CallbackManagerForChainRun] | None = None,
        config: list[RunnableConfig] = [],  # noqa: B006 - always passed
        return_exceptions: bool = False,
        ended_runs: set[int] | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        progress = _BatchProgress(inputs)
        for runnable in self.runnables:
            if not progress.pending:
                break
            children = [
                config_for(runnable, config[i], run_manager[i] if run_manager else None, None)
                for i in progress.pending
            ]
            child_inputs = [
                self._fallback_input(inputs[i], progress.errors.get(i)) for i in progress.pending
            ]
            outputs = runnable.batch(child_inputs, children, return_exceptions=True, **kwargs)
            done = progress.sort(outputs, self.exceptions_to_handle, return_exceptions)
            if run_manager is not None and ended_runs is not None:
                ended_runs.update(done)
                end_each(partial(run_manager[i].on_chain_end, progress.outputs[i]) for i in done)
        return progress.outputs

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Run the first runnable on all inputs, and each fallback on those that failed so far."""
        self._check(inputs)
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
        ended_runs: set[int] | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        progress = _BatchProgress(inputs)
        for runnable in self.runnables:
            if not progress.pending:
                break
            children = [
                config_for(runnable, config[i], run_manager[i] if run_manager else None, None)
                for i in progress.pending
            ]
            child_inputs = [
                self._fallback_input(inputs[i], progress.errors.get(i)) for i in progress.pending
            ]
            outputs = await runnable.abatch(
                child_inputs, children, return_exceptions=True, **kwargs
            )
            done = progress.sort(outputs, self.exceptions_to_handle, return_exceptions)
            if run_manager is not None and ended_runs is not None:
                ended_runs.update(done)
                await aend_each(
                    partial(run_manager[i].on_chain_end, progress.outputs[i]) for i in done
                )
        return progress.outputs

    # -- streaming ---------------------------------------------------------------------------------

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the first runnable that yields a chunk."""
        self._check([input])
        return streaming.produce(self, input, self._stream, config, kwargs)

    def _stream(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Iterator[Any]:
        first: BaseException | None = None
        last: BaseException | None = None
        for runnable in self.runnables:
            child = config_for(runnable, config, run_manager, None)
            chunks: Any = None
            try:
                try:
                    chunks = runnable.stream(self._fallback_input(value, last), child, **kwargs)
                    held: list[Any] = []
                    for chunk in chunks:
                        held.append(chunk)
                        if _commits(held):
                            break
                except self.exceptions_to_handle as error:
                    first, last = first or error, error
                    continue
                yield from held
                yield from chunks
                return
            finally:
                closing.close_all(chunks)
        raise cast("BaseException", first)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the first runnable that yields a chunk."""
        self._check([input])
        return astreaming.aproduce(self, input, self._astream, config, kwargs)

    async def _astream(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun | None,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        first: BaseException | None = None
        last: BaseException | None = None
        for runnable in self.runnables:
            child = config_for(runnable, config, run_manager, None)
            chunks: Any = None
            try:
                try:
                    chunks = runnable.astream(self._fallback_input(value, last), child, **kwargs)
                    held: list[Any] = []
                    async for chunk in chunks:
                        held.append(chunk)
                        if _commits(held):
                            break
                except self.exceptions_to_handle as error:
                    first, last = first or error, error
                    continue
                for chunk in held:
                    yield chunk
                async for chunk in chunks:
                    yield chunk
                return
            finally:
                await closing.aclose_all(chunks)
        raise cast("BaseException", first)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the first runnable; derived runnables keep the fallbacks."""
        if name.startswith("__") or name in RunnableWithFallbacks.__slots__:
            raise AttributeError(name)
        value = getattr(self.runnable, name)
        if not callable(value):
            return value

        @wraps(value)
        def on_all(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            if not isinstance(result, Runnable):
                return result
            others = [getattr(one, name)(*args, **kwargs) for one in self.fallbacks]
            return RunnableWithFallbacks(
                runnable=result,
                fallbacks=others,
                exceptions_to_handle=self.exceptions_to_handle,
                exception_key=self.exception_key,
            )

        return on_all


def _commits(held: list[Any]) -> bool:
    """Return True if a stream with these first chunks is the one to continue with."""
    if not flags() & Flag.PATIENT_FALLBACKS or len(held) >= _PATIENCE:
        return True
    chunk = held[-1]
    if isinstance(chunk, str):
        return bool(chunk)
    if not isinstance(chunk, MessageStorage):
        return True
    fields = ("content", "additional_kwargs", "tool_call_chunks", "tool_calls")
    return any(getattr(chunk, name, None) for name in fields)


def _as_dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"input": value}


class _BatchProgress:
    """The inputs of a batch that have failed so far, and the outputs of the others."""

    def __init__(self, inputs: list[Any]) -> None:
        self.outputs: list[Any] = [None] * len(inputs)
        self.pending = list(range(len(inputs)))
        self.errors: dict[int, BaseException] = {}

    def sort(
        self,
        outputs: list[Any],
        handled: tuple[type[BaseException], ...],
        return_exceptions: bool,
    ) -> list[int]:
        """Store the outputs of one runnable and return the indices of the inputs that succeeded.

        Raises:
            BaseException: A failure that does not trigger a fallback, unless `return_exceptions`
                is true.
        """
        failed = []
        for i, output in zip(self.pending, outputs, strict=True):
            self.outputs[i] = output
            if isinstance(output, BaseException):
                if isinstance(output, handled):
                    self.errors[i] = output
                    failed.append(i)
                elif not return_exceptions:
                    raise output
        done = [i for i in self.pending if not isinstance(self.outputs[i], BaseException)]
        self.pending = failed
        return done
