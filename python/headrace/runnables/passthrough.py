"""`RunnablePassthrough`, `RunnableAssign`, `RunnablePick`: the input, more of it, less of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from headrace.runnables import astreaming, closing, execution, schemas, streaming
from headrace.runnables.accepts import is_async_callable, wanted
from headrace.runnables.composed import Composed
from headrace.runnables.concurrency import settle
from headrace.runnables.config import BARE, RunnableConfig, ensure_config
from headrace.runnables.executor import ContextThreadPoolExecutor, run_in_executor
from headrace.runnables.fold import AddableDict, Fold
from headrace.runnables.handing import config_for
from headrace.runnables.parallel import RunnableParallel
from headrace.runnables.runnable import Other
from headrace.runnables.source import only
from headrace.runnables.tee import AsyncTee, Tee

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableAssign", "RunnablePassthrough", "RunnablePick", "aidentity", "identity"]

_END = object()


def identity(x: Other) -> Other:
    """Give what was given."""
    return x


async def aidentity(x: Other) -> Other:
    """Give what was given."""
    return x


def _same(chunks: Iterator[Any]) -> Iterator[Any]:
    return chunks


def _asame(chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
    return chunks


class RunnablePassthrough(Composed[Other, Other]):
    """Gives its input, chunk by chunk; a function may be told of the whole of it."""

    __slots__ = ("afunc", "func", "input_type")

    _parts = ("func", "afunc", "input_type")

    def __init__(
        self,
        func: Callable[..., Any] | None = None,
        afunc: Callable[..., Any] | None = None,
        *,
        input_type: Any = None,
    ) -> None:
        """Pass on.

        Args:
            func: Called with the whole input, and with `config` if it takes that; what it gives is
                dropped.
            afunc: The function to use in the asynchronous methods.
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
        """Give the input, a dictionary, with more keys.

        Args:
            **kwargs: What makes the value of each new key, of the whole input.

        Returns:
            A runnable that does.
        """
        return RunnableAssign(RunnableParallel[dict[str, Any]](kwargs))

    def __repr__(self) -> str:
        return "RunnablePassthrough()"

    @property
    def InputType(self) -> Any:
        """The type that was stated, else any."""
        return self.input_type or Any

    @property
    def OutputType(self) -> Any:
        """The type of the input."""
        return self.InputType

    def _tell(self, value: Any, config: RunnableConfig | None, kwargs: dict[str, Any]) -> None:
        if self.func is not None:
            if "config" in wanted(self.func):
                kwargs = {"config": ensure_config(config), **kwargs}
            self.func(value, **kwargs)

    async def _atell(
        self, value: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> None:
        if self.afunc is not None:
            if "config" in wanted(self.afunc):
                kwargs = {"config": ensure_config(config), **kwargs}
            await self.afunc(value, **kwargs)
        elif self.func is not None:
            await run_in_executor(None, self._tell, value, config, kwargs)

    def invoke(self, input: Other, config: RunnableConfig | None = None, **kwargs: Any) -> Other:
        """Give the input."""
        self._tell(input, config, kwargs)
        return cast("Other", execution.call(self, identity, input, config, {}, run_type=None))

    async def ainvoke(
        self, input: Other, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Other:
        """Give the input."""
        await self._atell(input, config, kwargs)
        return cast(
            "Other", await execution.acall(self, aidentity, input, config, {}, run_type=None)
        )

    def stream(
        self, input: Other, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Other]:
        """Give the input."""
        return self.transform(iter((input,)), config, **kwargs)

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        if type(self) is not RunnablePassthrough or self.func is not None or self.afunc is not None:
            return None
        return _same if method == "transform" else _asame

    def transform(
        self, input: Iterator[Other], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Other]:
        """Give the chunks of the input as they arrive."""
        chunks = streaming.transform(self, input, _same, config, {}, run_type=None)
        return chunks if self.func is None else self._told(chunks, config, kwargs)

    def _told(
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
            self._tell(whole.value, config, kwargs)

    def astream(
        self, input: Other, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Other]:
        """Give the input."""
        return self.atransform(only(input), config, **kwargs)

    def atransform(
        self, input: AsyncIterator[Other], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Other]:
        """Give the chunks of the input as they arrive."""
        chunks = astreaming.atransform(self, input, _asame, config, {}, run_type=None)
        if self.func is None and self.afunc is None:
            return chunks
        return self._atold(chunks, config, kwargs)

    async def _atold(
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
            await self._atell(whole.value, config, kwargs)


def _dictionary(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("The input to RunnablePassthrough.assign() must be a dict.")
    return value


class RunnableAssign(Composed[dict[str, Any], dict[str, Any]]):
    """Gives its input, a dictionary, with more keys, each made of the whole input.

    A stream gives the input's chunks as they arrive, and the new keys' as they are made.
    """

    __slots__ = ("mapper",)

    _parts = ("mapper",)

    def __init__(self, mapper: RunnableParallel[dict[str, Any]]) -> None:
        """Add keys.

        Args:
            mapper: Makes the new keys.
        """
        self.name = None
        self.mapper = mapper

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Give the name of this runnable: by default, its class and its keys."""
        keys = ",".join(self.mapper.steps__)
        return super().get_name(suffix, name=name or self.name or f"RunnableAssign<{keys}>")

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What is configurable in the new keys."""
        return self.mapper.config_specs

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the input of the new keys, where it is a dictionary."""
        model = self.mapper.get_input_schema(config)
        return super().get_input_schema(config) if schemas.is_root(model) else model

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the fields of the input and the new ones."""
        return schemas.joined(
            "RunnableAssignOutput",
            self.mapper.get_input_schema(config),
            self.mapper.get_output_schema(config),
        )

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Draw up the new keys, beside what passes."""
        from headrace.runnables.graph import parallel_graph

        parts = [*self.mapper.steps__.values(), RunnablePassthrough[Any]()]
        return parallel_graph(self.mapper, parts, config)

    def invoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Give the input with the new keys."""
        return cast(
            "dict[str, Any]",
            execution.call(self, self._invoke, input, config, kwargs, optional=True, run_type=None),
        )

    def _invoke(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> dict[str, Any]:
        value = _dictionary(value)
        child = config_for(self.mapper, config, run_manager, None)
        return {**value, **self.mapper.invoke(value, child, **kwargs)}

    async def ainvoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Give the input with the new keys."""
        return cast(
            "dict[str, Any]",
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
    ) -> dict[str, Any]:
        value = _dictionary(value)
        child = config_for(self.mapper, config, run_manager, None)
        return {**value, **await self.mapper.ainvoke(value, child, **kwargs)}

    def stream(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[dict[str, Any]]:
        """Give the input, then the new keys as they are made."""
        return self.transform(iter((input,)), config, **kwargs)

    def transform(
        self, input: Iterator[dict[str, Any]], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[dict[str, Any]]:
        """Give the chunks of the input, then the new keys as they are made."""
        return streaming.transform(
            self, input, self._transform, config, kwargs, optional=True, run_type=None
        )

    def _transform(
        self,
        values: Iterator[Any],
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> Iterator[AddableDict]:
        tee = Tee(values, 2)
        child = config_for(self.mapper, config, run_manager, None)
        made = self.mapper.transform(tee.branch(0), child, **kwargs)
        executor = ContextThreadPoolExecutor(max_workers=1)
        try:
            # the new keys are on their way while the input passes
            first = executor.submit(next, made, _END)
            for value in tee.branch(1):
                yield from self._passed(value)
            chunk = first.result()
            while chunk is not _END:
                yield AddableDict(cast("dict[str, Any]", chunk))
                chunk = next(made, _END)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
            closing.close_all(made)

    def _passed(self, value: Any) -> Iterator[AddableDict]:
        """Give what the input has besides the keys that are made new."""
        new = self.mapper.steps__
        rest = {key: item for key, item in _dictionary(value).items() if key not in new}
        if rest:
            yield AddableDict(rest)

    def astream(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Give the input, then the new keys as they are made."""
        return self.atransform(only(input), config, **kwargs)

    def atransform(
        self,
        input: AsyncIterator[dict[str, Any]],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Give the chunks of the input, then the new keys as they are made."""
        return astreaming.atransform(
            self, input, self._atransform, config, kwargs, optional=True, run_type=None
        )

    async def _atransform(
        self,
        values: AsyncIterator[Any],
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
        **kwargs: Any,
    ) -> AsyncIterator[AddableDict]:
        tee = AsyncTee(values, 2)
        child = config_for(self.mapper, config, run_manager, None)
        made = self.mapper.atransform(tee.branch(0), child, **kwargs)
        first = asyncio.ensure_future(_next(made))
        passing = tee.branch(1)
        try:
            async for value in passing:
                for rest in self._passed(value):
                    yield rest
            chunk = await first
            while chunk is not _END:
                yield AddableDict(chunk)
                chunk = await _next(made)
        finally:
            await settle((first,))
            await closing.aclose_all(passing, made)


async def _next(stream: AsyncIterator[Any]) -> Any:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return _END


class RunnablePick(Composed[dict[str, Any], Any]):
    """Takes one key's value, or several keys, of its input."""

    __slots__ = ("keys",)

    _parts = ("keys",)

    def __init__(self, keys: str | list[str]) -> None:
        """Take keys.

        Args:
            keys: One key, for its value; or several, for a dictionary of them.
        """
        self.name = None
        self.keys = keys

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Give the name of this runnable: by default, its class and its keys."""
        keys = self.keys if isinstance(self.keys, str) else ",".join(self.keys)
        return super().get_name(suffix, name=name or self.name or f"RunnablePick<{keys}>")

    def _pick(self, value: Any) -> Any:
        value = _dictionary(value)
        if isinstance(self.keys, str):
            return value.get(self.keys)
        picked = {key: value[key] for key in self.keys if key in value}
        return AddableDict(picked) if picked else None

    async def _apick(self, value: Any) -> Any:
        return self._pick(value)

    def _transform(self, chunks: Iterator[Mapping[str, Any]]) -> Iterator[Any]:
        for chunk in chunks:
            picked = self._pick(chunk)
            if picked is not None:
                yield picked

    async def _atransform(self, chunks: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[Any]:
        async for chunk in chunks:
            picked = self._pick(chunk)
            if picked is not None:
                yield picked

    def invoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """Take the keys."""
        return execution.call(self, self._pick, input, config, kwargs, run_type=None)

    async def ainvoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """Take the keys."""
        return await execution.acall(self, self._apick, input, config, kwargs, run_type=None)

    def stream(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Take the keys."""
        return self.transform(iter((input,)), config, **kwargs)

    def transform(
        self, input: Iterator[dict[str, Any]], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Take the keys of each chunk that has them."""
        return streaming.transform(self, input, self._transform, config, kwargs, run_type=None)

    def astream(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Take the keys."""
        return self.atransform(only(input), config, **kwargs)

    def atransform(
        self,
        input: AsyncIterator[dict[str, Any]],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Take the keys of each chunk that has them."""
        return astreaming.atransform(self, input, self._atransform, config, kwargs, run_type=None)
