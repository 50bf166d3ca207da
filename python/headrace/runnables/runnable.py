"""`Runnable`: the base class of everything that can be invoked, streamed and composed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from headrace.runnables import astreaming, closing, execution, streaming
from headrace.runnables import batch as batching
from headrace.runnables.adaptable import Adaptable
from headrace.runnables.config import RunnableConfig
from headrace.runnables.fold import Fold
from headrace.runnables.inspectable import Inspectable
from headrace.runnables.observed import Observed
from headrace.runnables.typevars import Input, Other, Output
from headrace.utils.executor import run_in_executor

if TYPE_CHECKING:
    from headrace.callbacks.run import Described

__all__ = ["Input", "Other", "Output", "Runnable"]


class Runnable(Adaptable[Input, Output], Inspectable, Observed, ABC):
    """A unit of work that turns an input into an output; both may be streams.

    Subclasses implement `invoke`. To stream, implement `transform` and `atransform` as well, or
    `stream` and `astream` if the whole input is needed. The other methods have defaults based on
    these.

    `a | b` is a chain that passes the output of `a` to `b`. Functions, generator functions and
    dicts in a chain become runnables.
    """

    __slots__: tuple[str, ...] = ()  # typed because of an import cycle that confuses mypy

    _defers_inputs: ClassVar[bool] = False

    # -- running -----------------------------------------------------------------------------------

    @abstractmethod
    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Return the output for an input.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The output.
        """

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Return the output for an input; by default run `invoke` off the event loop.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The output.
        """
        return await run_in_executor(config, self.invoke, input, config, **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the output; by default as one chunk, the result of `invoke`.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks as they become available.
        """
        yield self.invoke(input, config, **kwargs)

    async def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the output; by default as one chunk, the result of `ainvoke`.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks as they become available.
        """
        yield await self.ainvoke(input, config, **kwargs)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Transform a stream; by default add up the input and stream the output for the sum.

        Args:
            input: The chunks of the input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks of the output.
        """
        whole = Fold()
        try:
            for chunk in input:
                whole.put(chunk)
        finally:
            closing.close_all(input)
        if not whole.empty:
            yield from self.stream(whole.value, config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Transform a stream; by default add up the input and stream the output for the sum.

        Args:
            input: The chunks of the input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks of the output.
        """
        whole = Fold()
        try:
            async for chunk in input:
                whole.put(chunk)
        finally:
            await closing.aclose_all(input)
        if not whole.empty:
            output = self.astream(whole.value, config, **kwargs)
            try:
                async for part in output:
                    yield part
            finally:
                await closing.aclose_all(output)

    # -- many inputs -------------------------------------------------------------------------------

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke this on each input, on threads.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each; `max_concurrency` is
                the number of threads.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The outputs in order.
        """
        return batching.batch(self, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke this on each input, concurrently; if one fails, the others are cancelled.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each; `max_concurrency` limits
                the number of concurrent runs.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The outputs in order.
        """
        return await batching.abatch(self, inputs, config, return_exceptions, kwargs)

    def batch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Output | Exception]]:
        """Invoke this on each input, on threads, and yield outputs as they complete.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            Pairs of the index of an input and its output.
        """
        return batching.batch_as_completed(self, inputs, config, return_exceptions, kwargs)

    def abatch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Output | Exception]]:
        """Invoke this on each input, concurrently, and yield outputs as they complete.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            Pairs of the index of an input and its output.
        """
        return batching.abatch_as_completed(self, inputs, config, return_exceptions, kwargs)

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        """Return the generator function that `transform` or `atransform` consists of.

        Args:
            method: The name of the method.

        Returns:
            A function that transforms a stream; None if the method does more than call one.

        Raises:
            TypeError: If the function is async and `method` is `transform`.
        """
        return None

    def _takes_the_sum(self) -> bool:
        """Return True if `atransform` only streams the sum of its input."""
        return type(self).atransform is Runnable.atransform

    def _chunk_function(self) -> Callable[[Any], Any] | None:
        """Return the function that `transform` calls for each chunk, if it does nothing else.

        Returns:
            A function from an input chunk to an output chunk; None if `transform` does more. The
            function never runs other runnables or user code.
        """
        return None

    def _is_leaf(self) -> bool:
        """Return True if this is known to run neither other runnables nor user code."""
        return False

    # -- helpers for subclasses --------------------------------------------------------

    def _call_with_config(
        self,
        func: Callable[..., Any],
        input_: Any,
        config: RunnableConfig | None,
        run_type: str | None = None,
        serialized: Described = None,
        **kwargs: Any,
    ) -> Any:
        """Run `func(input_)` as a run of this runnable.

        Args:
            func: The implementation of `invoke`; it may take `run_manager` and `config`.
            input_: The input.
            config: The caller's config.
            run_type: The type of the run, such as `parser` or `prompt`.
            serialized: A description of this runnable for handlers, or a function that returns one.
            **kwargs: Passed to `func`.

        Returns:
            The return value of `func`.
        """
        return execution.call(self, func, input_, config, kwargs, serialized, run_type=run_type)

    async def _acall_with_config(
        self,
        func: Callable[..., Awaitable[Any]],
        input_: Any,
        config: RunnableConfig | None,
        run_type: str | None = None,
        serialized: Described = None,
        **kwargs: Any,
    ) -> Any:
        """Run `await func(input_)` as a run of this runnable; see `_call_with_config`."""
        return await execution.acall(
            self, func, input_, config, kwargs, serialized, run_type=run_type
        )

    def _batch_with_config(
        self,
        func: Callable[..., list[Any]],
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """Run `func(inputs)` as a run of this runnable for each input.

        Args:
            func: The implementation of `batch`; it may take lists as `run_manager` and `config`.
            inputs: The inputs.
            config: The caller's config or configs.
            return_exceptions: If true, return exceptions instead of raising them.
            run_type: The type of the run, such as `parser` or `prompt`.
            **kwargs: Passed to `func`.

        Returns:
            The outputs in order.
        """
        return batching.batch_runs(
            self, func, inputs, config, return_exceptions, kwargs, run_type=run_type
        )

    async def _abatch_with_config(
        self,
        func: Callable[..., Awaitable[list[Any]]],
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """Run `await func(inputs)` as a run for each input; see `_batch_with_config`."""
        return await batching.abatch_runs(
            self, func, inputs, config, return_exceptions, kwargs, run_type=run_type
        )

    def _transform_stream_with_config(
        self,
        inputs: Iterator[Any],
        transformer: Callable[..., Iterator[Any]],
        config: RunnableConfig | None,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Run the generator `transformer(inputs)` as a run of this runnable.

        Args:
            inputs: The chunks of the input; closed at the end.
            transformer: The implementation of `transform`; it may take `run_manager` and `config`.
            config: The caller's config.
            run_type: The type of the run, such as `parser` or `prompt`.
            **kwargs: Passed to `transformer`.

        Returns:
            The stream of the output.
        """
        return streaming.transform(self, inputs, transformer, config, kwargs, run_type=run_type)

    def _atransform_stream_with_config(
        self,
        inputs: AsyncIterator[Any],
        transformer: Callable[..., AsyncIterator[Any]],
        config: RunnableConfig | None,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Run the async generator `transformer(inputs)` as a run of this runnable.

        Args:
            inputs: The chunks of the input; closed at the end.
            transformer: The implementation of `atransform`; it may take `run_manager` and `config`.
            config: The caller's config.
            run_type: The type of the run, such as `parser` or `prompt`.
            **kwargs: Passed to `transformer`.

        Returns:
            The stream of the output.
        """
        return astreaming.atransform(self, inputs, transformer, config, kwargs, run_type=run_type)
