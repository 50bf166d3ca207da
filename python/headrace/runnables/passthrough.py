"""`RunnablePassthrough`: pass the input on; also exports `RunnableAssign` and `RunnablePick`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from headrace.runnables import astreaming, closing, execution, streaming
from headrace.runnables.accepts import is_async_callable, run_parameters
from headrace.runnables.assign import RunnableAssign
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.runnables.parallel import RunnableParallel
from headrace.runnables.pick import RunnablePick
from headrace.runnables.runnable import Other
from headrace.runnables.transforming import Transforming
from headrace.utils.executor import run_in_executor
from headrace.utils.fold import Fold

__all__ = ["RunnableAssign", "RunnablePassthrough", "RunnablePick", "aidentity", "identity"]


def identity(x: Other) -> Other:
    """Return the argument."""
    return x


async def aidentity(x: Other) -> Other:
    """Return the argument."""
    return x


def _same(chunks: Iterator[Any]) -> Iterator[Any]:
    return chunks


def _asame(chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
    return chunks


class RunnablePassthrough(Transforming[Other, Other]):
    """A runnable that passes its input on, and may call a function with the whole input."""

    __slots__ = ("afunc", "func", "input_type")

    _parts = ("func", "afunc", "input_type")
    _saved = ("func", "afunc", "input_type")

    def __init__(
        self,
        func: Callable[..., Any] | None = None,
        afunc: Callable[..., Any] | None = None,
        *,
        input_type: Any = None,
    ) -> None:
        """Initialize the runnable.

        Args:
            func: Called with the whole input, and with `config` if it takes one; its result is
                ignored.
            afunc: The function that the async methods use.
            input_type: The type of the input, for schemas.
        """
        self.name = None
        if is_async_callable(func):
            func, afunc = None, func
        self.func = func
        self.afunc = afunc
        self.input_type = input_type

    @classmethod
    def assign(cls, **kwargs: Any) -> RunnableAssign:  # type: ignore[override]
        """Create a runnable that adds keys to its input dict.

        Args:
            **kwargs: For each new key, the runnable that computes its value from the whole input.

        Returns:
            The runnable.
        """
        return RunnableAssign(RunnableParallel[dict[str, Any]](kwargs))

    def __repr__(self) -> str:
        return "RunnablePassthrough()"

    @property
    def InputType(self) -> Any:
        """The declared type; `Any` by default."""
        return self.input_type or Any

    @property
    def OutputType(self) -> Any:
        """The type of the input."""
        return self.InputType

    def _call(self, value: Any, config: RunnableConfig | None, kwargs: dict[str, Any]) -> None:
        if self.func is not None:
            if "config" in run_parameters(self.func):
                kwargs = {"config": ensure_config(config), **kwargs}
            self.func(value, **kwargs)

    async def _acall(
        self, value: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> None:
        if self.afunc is not None:
            if "config" in run_parameters(self.afunc):
                kwargs = {"config": ensure_config(config), **kwargs}
            await self.afunc(value, **kwargs)
        elif self.func is not None:
            await run_in_executor(None, self._call, value, config, kwargs)

    def invoke(self, input: Other, config: RunnableConfig | None = None, **kwargs: Any) -> Other:
        """Return the input."""
        self._call(input, config, kwargs)
        return cast("Other", execution.call(self, identity, input, config, {}, run_type=None))

    async def ainvoke(
        self, input: Other, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Other:
        """Return the input."""
        await self._acall(input, config, kwargs)
        return cast(
            "Other", await execution.acall(self, aidentity, input, config, {}, run_type=None)
        )

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        if type(self) is not RunnablePassthrough or self.func is not None or self.afunc is not None:
            return None
        return _same if method == "transform" else _asame

    def transform(
        self, input: Iterator[Other], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Other]:
        """Yield the chunks of the input as they arrive."""
        chunks = streaming.transform(self, input, _same, config, {}, run_type=None)
        return chunks if self.func is None else self._call_at_end(chunks, config, kwargs)

    def _call_at_end(
        self, chunks: Iterator[Other], config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> Iterator[Other]:
        whole = Fold()
        try:
            for chunk in chunks:
                whole.put(chunk)
                yield chunk
        finally:
            closing.close_all(chunks)
        if not whole.empty:
            self._call(whole.value, config, kwargs)

    def atransform(
        self, input: AsyncIterator[Other], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Other]:
        """Yield the chunks of the input as they arrive."""
        chunks = astreaming.atransform(self, input, _asame, config, {}, run_type=None)
        if self.func is None and self.afunc is None:
            return chunks
        return self._acall_at_end(chunks, config, kwargs)

    async def _acall_at_end(
        self, chunks: AsyncIterator[Other], config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> AsyncIterator[Other]:
        whole = Fold()
        try:
            async for chunk in chunks:
                whole.put(chunk)
                yield chunk
        finally:
            await closing.aclose_all(chunks)
        if not whole.empty:
            await self._acall(whole.value, config, kwargs)
