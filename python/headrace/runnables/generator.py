"""`RunnableGenerator`: a generator function that transforms a stream, as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

from headrace.runnables import astreaming, closing, streaming, type_inference
from headrace.runnables.accepts import is_async_generator, is_generator, run_parameters
from headrace.runnables.addable import aadd, add
from headrace.runnables.config import RunnableConfig
from headrace.runnables.runnable import Input, Output
from headrace.runnables.transforming import Transforming

__all__ = ["RunnableGenerator"]


class RunnableGenerator(Transforming[Input, Output]):
    """A runnable that transforms a stream with a generator function.

    The function may take `config` or `run_manager` in addition to its input. The async methods run
    a sync function on a separate thread.
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
            transform: A sync or async generator function.
            atransform: The async generator function that the async methods use.
            name: The name of the runnable; defaults to the name of the function.

        Raises:
            TypeError: If `transform` is not a generator function.
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
        return type_inference.function_input(self._transform or self._atransform, stream=True)  # type: ignore[arg-type]

    @property
    def OutputType(self) -> Any:
        """The type of the items that the function yields."""
        return type_inference.function_output(self._transform or self._atransform)  # type: ignore[arg-type]

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Run the function to its end and return the sum of its items."""
        chunks: Any = self.stream(input, config, **kwargs)
        try:
            return add(chunks)  # type: ignore[return-value]
        finally:
            closing.close_all(chunks)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Run the function to its end and return the sum of its items."""
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
            return None if run_parameters(self._transform) else self._transform
        if self._atransform is None or run_parameters(self._atransform):
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
            TypeError: If the function is async.
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
