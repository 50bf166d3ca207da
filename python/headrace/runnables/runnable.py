"""`Runnable`: what can be invoked, streamed, batched and composed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from headrace.runnables import astreaming, closing, execution, streaming
from headrace.runnables import batch as batching
from headrace.runnables.adaptable import Adaptable
from headrace.runnables.config import RunnableConfig
from headrace.runnables.executor import run_in_executor
from headrace.runnables.fold import Fold
from headrace.runnables.inspectable import Inspectable
from headrace.runnables.observed import Observed
from headrace.runnables.typevars import Input, Other, Output

if TYPE_CHECKING:
    from headrace.callbacks.run import Described

__all__ = ["Input", "Other", "Output", "Runnable"]


class Runnable(Adaptable[Input, Output], Inspectable, Observed, ABC):
    """A unit of work: from one input to one output, each of which may be a stream.

    A subclass defines `invoke`. One that streams defines `transform` and `atransform` too, or
    `stream` and `astream` where it needs its whole input. What it does not define follows from what
    it does.

    `a | b` is a chain: the output of `a` is the input of `b`. Functions, generator functions and
    dictionaries in it become runnables.
    """

    __slots__: tuple[str, ...] = ()  # typed, since mypy meets this class in an import cycle

    _defers_inputs: ClassVar[bool] = False

    # -- running -----------------------------------------------------------------------------------

    @abstractmethod
    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Make one output of one input.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The output.
        """

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Make one output of one input; by default `invoke`, off the event loop.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The output.
        """
        return await run_in_executor(config, self.invoke, input, config, **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Make the output in chunks; by default one chunk, what `invoke` gives.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Yields:
            The chunks, each as soon as it exists.
        """
        yield self.invoke(input, config, **kwargs)

    async def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Make the output in chunks; by default one chunk, what `ainvoke` gives.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Yields:
            The chunks, each as soon as it exists.
        """
        yield await self.ainvoke(input, config, **kwargs)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Make a stream of a stream; by default the input is added up, and its sum streamed.

        Args:
            input: The chunks of the input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

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
        """Make a stream of a stream; by default the input is added up, and its sum streamed.

        Args:
            input: The chunks of the input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

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
            config: One configuration for all, or a list with one for each; `max_concurrency` is the
                number of threads.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

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
        """Invoke this on each input, concurrently; where one fails the others are cancelled.

        Args:
            inputs: The inputs.
            config: One configuration for all, or a list with one for each; `max_concurrency` is how
                many may be going on at once.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

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
        """Invoke this on each input, on threads, and yield outputs as they come.

        Args:
            inputs: The inputs.
            config: One configuration for all, or a list with one for each.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The index of an input and its output, as they end.
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
        """Invoke this on each input, concurrently, and yield outputs as they come.

        Args:
            inputs: The inputs.
            config: One configuration for all, or a list with one for each.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The index of an input and its output, as they end.
        """
        return batching.abatch_as_completed(self, inputs, config, return_exceptions, kwargs)

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        """Give the generator function that is all that `transform` or `atransform` runs.

        Args:
            method: Which of the two.

        Returns:
            From a stream to a stream; None where there is more to it than that.

        Raises:
            TypeError: If it is asynchronous only and `transform` is asked for.
        """
        return None

    def _takes_the_sum(self) -> bool:
        """Whether `atransform` does nothing but to stream the sum of its input."""
        return type(self).atransform is Runnable.atransform

    def _chunk_function(self) -> Callable[[Any], Any] | None:
        """Give the function that is all that a stream through this calls, for each chunk.

        Returns:
            From a chunk of the input to one of the output; None where there is more to it than
            that. It runs no other runnable and no code of users.
        """
        return None

    def _is_leaf(self) -> bool:
        """Whether what this does is known to run no other runnable and no code of users."""
        return False

    # -- for the runnables that users write --------------------------------------------------------

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
            func: What `invoke` is to do; it may take `run_manager` and `config`.
            input_: Its input.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            serialized: A description of this runnable, for handlers, or what makes one.
            **kwargs: More arguments for `func`.

        Returns:
            What `func` returned.
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
            func: What `batch` is to do; it may take lists as `run_manager` and `config`.
            inputs: The inputs.
            config: What the caller said about the runs.
            return_exceptions: Whether exceptions are results.
            run_type: The kind of run, such as `parser` or `prompt`.
            **kwargs: More arguments for `func`.

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
            transformer: What `transform` is to do; it may take `run_manager` and `config`.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            **kwargs: More arguments for `transformer`.

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
            transformer: What `atransform` is to do; it may take `run_manager` and `config`.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            **kwargs: More arguments for `transformer`.

        Returns:
            The stream of the output.
        """
        return astreaming.atransform(self, inputs, transformer, config, kwargs, run_type=run_type)
