"""`RunnableGenerator`: a generator function, from a stream to a stream, as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

from headrace.runnables import astreaming, closing, schemas, streaming
from headrace.runnables.accepts import is_async_generator, is_generator, wanted
from headrace.runnables.config import RunnableConfig
from headrace.runnables.fold import aadd, add
from headrace.runnables.runnable import Input, Output
from headrace.runnables.transforming import Transforming

__all__ = ["RunnableGenerator"]


class RunnableGenerator(Transforming[Input, Output]):
    """A generator function as a runnable: from the chunks of its input to those of its output.

    The function may take `config` or `run_manager` besides its input. A synchronous one is run by
    the asynchronous methods on a thread of its own.
    """

    __slots__ = ("_atransform", "_transform")

    _parts = ("_transform", "_atransform")
    _defers_inputs: ClassVar[bool] = True

    def __init__(
        self,
        transform: Callable[..., Iterator[Output]] | Callable[..., AsyncIterator[Output]],
        atransform: Callable[..., AsyncIterator[Output]] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Wrap a generator function.

        Args:
            transform: The function, synchronous or not.
            atransform: The asynchronous one to use in the asynchronous methods.
            name: What the runnable is called; by default as the function is.

        Raises:
            TypeError: If `transform` is no generator function.
        """
        self._transform: Callable[..., Iterator[Output]] | None = None
        self._atransform: Callable[..., AsyncIterator[Output]] | None = atransform
        if is_async_generator(transform):
            self._atransform = transform
        elif is_generator(transform):
            self._transform = transform  # type: ignore[assignment]
        else:
            raise TypeError(
                "Expected a generator function type for `transform`."
                f"Got an unsupported type: {type(transform)}"
            )
        self.name = name or getattr(transform, "__name__", None)

    def __repr__(self) -> str:
        return f"RunnableGenerator({self.name})"

    @property
    def InputType(self) -> Any:
        """The type of the items that the function reads."""
        return schemas.function_input(self._transform or self._atransform, stream=True)  # type: ignore[arg-type]

    @property
    def OutputType(self) -> Any:
        """The type of the items that the function yields."""
        return schemas.function_output(self._transform or self._atransform)  # type: ignore[arg-type]

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Run the function to its end and add up what it yields."""
        chunks: Any = self.stream(input, config, **kwargs)
        try:
            return add(chunks)  # type: ignore[return-value]
        finally:
            closing.close_all(chunks)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Run the function to its end and add up what it yields."""
        chunks: Any = self.astream(input, config, **kwargs)
        try:
            return await aadd(chunks)  # type: ignore[return-value]
        finally:
            await closing.aclose_all(chunks)

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        if type(self) is not RunnableGenerator:
            return None
        if method == "transform":
            if self._transform is None:
                raise self._asynchronous()
            return None if wanted(self._transform) else self._transform
        if self._atransform is None or wanted(self._atransform):
            return None
        return self._atransform

    def _asynchronous(self) -> TypeError:
        return TypeError(
            f"{self.get_name()} is an async generator function: it cannot be run by `stream`. "
            "Use `astream` instead."
        )

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Run the function on a stream.

        Raises:
            TypeError: If the function is asynchronous.
        """
        if self._transform is None:
            raise self._asynchronous()
        return streaming.transform(self, input, self._transform, config, kwargs, run_type=None)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Run the function on a stream."""
        if self._atransform is None:
            from headrace.runnables.pump import pumping

            return astreaming.atransform(
                self, input, pumping(self._transform), config, kwargs, run_type=None
            )
        return astreaming.atransform(self, input, self._atransform, config, kwargs, run_type=None)
