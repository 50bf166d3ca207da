"""`RunnableWithFallbacks`: something else where one fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from typing_extensions import Self

from headrace.runnables import astreaming, closing, execution, schemas, streaming
from headrace.runnables.batch import abatch_runs, batch_runs
from headrace.runnables.composed import Composed, exception_types
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.handing import config_for
from headrace.runnables.runnable import Input, Output, Runnable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableWithFallbacks"]

_END = object()


class RunnableWithFallbacks(Composed[Input, Output]):
    """Runs `runnable`, and where it fails the fallbacks, in order, until one does not.

    A stream falls back until its first chunk; what fails later is raised.
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
        """Join fallbacks.

        Args:
            runnable: What is run first.
            fallbacks: What is run after it, in order.
            exceptions_to_handle: After which exceptions.
            exception_key: The key of the input, a dictionary, under which a fallback is given the
                exception.

        Raises:
            TypeError: If a fallback is no runnable.
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
        """What is run, in order."""
        yield self.runnable
        yield from self.fallbacks

    @property
    def InputType(self) -> Any:
        """The type of the first runnable's input."""
        return self.runnable.InputType

    @property
    def OutputType(self) -> Any:
        """The type of the first runnable's output."""
        return self.runnable.OutputType

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the first runnable's input."""
        return self.runnable.get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the first runnable's output."""
        return self.runnable.get_output_schema(config)

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What is configurable in any of them."""
        return schemas.united_specs(self.runnables)

    # -- deciding ----------------------------------------------------------------------------------

    def _check(self, inputs: Sequence[Any]) -> None:
        if self.exception_key is not None:
            for value in inputs:
                if not isinstance(value, dict):
                    raise ValueError(
                        "If 'exception_key' is specified then input must be a dictionary."
                        f"However found a type of {type(value)} for input"
                    )

    def _informed(self, value: Any, error: BaseException | None) -> Any:
        """Tell a fallback what went wrong before it."""
        if self.exception_key is None or error is None:
            return value
        return {**value, self.exception_key: error}

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Invoke the first that does not fail."""
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
                return runnable.invoke(self._informed(value, last), child, **kwargs)
            except self.exceptions_to_handle as error:
                first, last = first or error, error
        raise cast("BaseException", first)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke the first that does not fail."""
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
                return await runnable.ainvoke(self._informed(value, last), child, **kwargs)
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
        """Run the first on all inputs, each fallback on those that failed so far."""
        self._check(inputs)
        return batch_runs(
            self,
            self._batch,
            inputs,
            config,
            return_exceptions,
            {**kwargs, "return_exceptions": return_exceptions},
            optional=True,
            shown_inputs=[_as_dictionary(value) for value in inputs],
        )

    def _batch(
        self,
        inputs: list[Any],
        run_manager: list[CallbackManagerForChainRun] | None = None,
        config: list[RunnableConfig] = [],  # noqa: B006 - always given
        return_exceptions: bool = False,
        told: set[int] | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        todo = _Failed(inputs)
        for runnable in self.runnables:
            if not todo.pending:
                break
            children = [
                config_for(runnable, config[i], run_manager[i] if run_manager else None, None)
                for i in todo.pending
            ]
            given = [self._informed(inputs[i], todo.errors.get(i)) for i in todo.pending]
            outputs = runnable.batch(given, children, return_exceptions=True, **kwargs)
            done = todo.sort(outputs, self.exceptions_to_handle, return_exceptions)
            if run_manager is not None and told is not None:
                for i in done:
                    run_manager[i].on_chain_end(todo.outputs[i])
                told.update(done)
        return todo.outputs

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Run the first on all inputs, each fallback on those that failed so far."""
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
        config: list[RunnableConfig] = [],  # noqa: B006 - always given
        return_exceptions: bool = False,
        told: set[int] | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        todo = _Failed(inputs)
        for runnable in self.runnables:
            if not todo.pending:
                break
            children = [
                config_for(runnable, config[i], run_manager[i] if run_manager else None, None)
                for i in todo.pending
            ]
            given = [self._informed(inputs[i], todo.errors.get(i)) for i in todo.pending]
            outputs = await runnable.abatch(given, children, return_exceptions=True, **kwargs)
            done = todo.sort(outputs, self.exceptions_to_handle, return_exceptions)
            if run_manager is not None and told is not None:
                for i in done:
                    await run_manager[i].on_chain_end(todo.outputs[i])
                told.update(done)
        return todo.outputs

    # -- streaming ---------------------------------------------------------------------------------

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the first that gives a chunk."""
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
                    chunks = runnable.stream(self._informed(value, last), child, **kwargs)
                    chunk: Any = next(chunks, _END)
                except self.exceptions_to_handle as error:
                    first, last = first or error, error
                    continue
                if chunk is not _END:
                    yield chunk
                    yield from chunks
                return
            finally:
                closing.close_all(chunks)
        raise cast("BaseException", first)

    def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the first that gives a chunk."""
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
                    chunks = runnable.astream(self._informed(value, last), child, **kwargs)
                    chunk: Any = await chunks.__anext__()
                except StopAsyncIteration:
                    return
                except self.exceptions_to_handle as error:
                    first, last = first or error, error
                    continue
                yield chunk
                async for chunk in chunks:
                    yield chunk
                return
            finally:
                await closing.aclose_all(chunks)
        raise cast("BaseException", first)

    def __getattr__(self, name: str) -> Any:
        """Give what the first runnable has; what makes a runnable makes one with fallbacks."""
        if name.startswith("__") or name in RunnableWithFallbacks.__slots__:
            raise AttributeError(name)
        value = getattr(self.runnable, name)
        if not callable(value):
            return value

        @wraps(value)
        def on_all(*args: Any, **kwargs: Any) -> Any:
            made = value(*args, **kwargs)
            if not isinstance(made, Runnable):
                return made
            others = [getattr(one, name)(*args, **kwargs) for one in self.fallbacks]
            return RunnableWithFallbacks(
                runnable=made,
                fallbacks=others,
                exceptions_to_handle=self.exceptions_to_handle,
                exception_key=self.exception_key,
            )

        return on_all


def _as_dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"input": value}


class _Failed:
    """What of a batch has failed so far, and what came of the rest."""

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
        """Keep the outputs of one runnable; give the numbers of those that it succeeded on.

        Raises:
            BaseException: A failure that no fallback is for, unless it is asked for as a result.
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
