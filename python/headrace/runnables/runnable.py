"""`Runnable`: what can be invoked, streamed, batched and composed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from headrace.runnables import execution
from headrace.runnables.config import RunnableConfig
from headrace.runnables.executor import run_in_executor
from headrace.runnables.fold import Fold

if TYPE_CHECKING:
    from headrace.runnables.coerce import RunnableLike
    from headrace.runnables.sequence import RunnableSequence

__all__ = ["Input", "Other", "Output", "Runnable"]

Input = TypeVar("Input", contravariant=True)
Output = TypeVar("Output", covariant=True)
Other = TypeVar("Other")


class Runnable(ABC, Generic[Input, Output]):
    """A unit of work: from one input to one output, each of which may be a stream.

    A subclass defines `invoke`. One that streams defines `transform` and `atransform` too, or
    `stream` and `astream` where it needs its whole input. What it does not define follows from what
    it does.

    `a | b` is a chain: the output of `a` is the input of `b`. Functions, generator functions and
    dictionaries in it become runnables.
    """

    __slots__ = ()

    name: str | None
    """What the runnable is called in runs and errors; the class has a name for those without."""

    _defers_inputs: ClassVar[bool] = False

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Give the name of this runnable.

        Args:
            suffix: What to add to it.
            name: What to use instead of its own.

        Returns:
            The name.
        """
        base = name or getattr(self, "name", None) or type(self).__name__.partition("[")[0]
        if not suffix:
            return base
        if base[0].isupper():
            return base + suffix.title()
        return base + "_" + suffix.lower()

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
            execution.close_all(input)
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
            await execution.aclose_all(input)
        if not whole.empty:
            output = self.astream(whole.value, config, **kwargs)
            try:
                async for part in output:
                    yield part
            finally:
                await execution.aclose_all(output)

    # -- composing ---------------------------------------------------------------------------------

    def __or__(self, other: RunnableLike[Any, Other]) -> RunnableSequence[Input, Other]:
        """Give the output of this to `other`."""
        from headrace.runnables.coerce import coerce_to_runnable
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(self, coerce_to_runnable(other))

    def __ror__(self, other: RunnableLike[Other, Any]) -> RunnableSequence[Other, Output]:
        """Give the output of `other` to this."""
        from headrace.runnables.coerce import coerce_to_runnable
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(coerce_to_runnable(other), self)

    def pipe(
        self, *others: RunnableLike[Any, Other], name: str | None = None
    ) -> RunnableSequence[Input, Other]:
        """Give the output of this to the first of `others`, and so on.

        Args:
            *others: What follows.
            name: What the chain is called.

        Returns:
            The chain.
        """
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(self, *others, name=name)

    # -- for the runnables that users write --------------------------------------------------------

    def _call_with_config(
        self,
        func: Callable[..., Any],
        input_: Any,
        config: RunnableConfig | None,
        run_type: str | None = None,
        serialized: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run `func(input_)` as a run of this runnable.

        Args:
            func: What `invoke` is to do; it may take `run_manager` and `config`.
            input_: Its input.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            serialized: A description of this runnable, for handlers.
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
        serialized: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run `await func(input_)` as a run of this runnable; see `_call_with_config`."""
        return await execution.acall(
            self, func, input_, config, kwargs, serialized, run_type=run_type
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
        return execution.transform(self, inputs, transformer, config, kwargs, run_type=run_type)

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
        return execution.atransform(self, inputs, transformer, config, kwargs, run_type=run_type)
