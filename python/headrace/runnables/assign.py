"""`RunnableAssign`: add computed keys to a dict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from headrace._lazy import lazy_module
from headrace.runnables import astreaming, closing, execution, streaming, type_inference
from headrace.runnables.addable import AddableDict
from headrace.runnables.concurrency import settle
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.handing import config_for
from headrace.runnables.parallel import RunnableParallel
from headrace.runnables.pick import dictionary
from headrace.runnables.tee import AsyncTee, Tee
from headrace.runnables.transforming import Transforming
from headrace.utils.thread_pool import ContextThreadPoolExecutor

if TYPE_CHECKING:
    import asyncio

    from pydantic import BaseModel

    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["RunnableAssign"]

_END = object()


class RunnableAssign(Transforming[dict[str, Any], dict[str, Any]]):
    """A runnable that adds keys to its input dict, each computed from the whole input.

    A stream yields the chunks of the input as they arrive, and chunks of the new keys as they are
    produced.
    """

    __slots__ = ("mapper",)

    _parts = ("mapper",)
    _saved = ("mapper",)

    def __init__(self, mapper: RunnableParallel[dict[str, Any]]) -> None:
        """Initialize the runnable.

        Args:
            mapper: Computes the new keys.
        """
        self.name = None
        self.mapper = mapper

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of this runnable: by default its class and its keys."""
        keys = ",".join(self.mapper.steps__)
        return super().get_name(suffix, name=name or self.name or f"RunnableAssign<{keys}>")

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of the mapper."""
        return self.mapper.config_specs

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema of the mapper if it is a dict."""
        model = self.mapper.get_input_schema(config)
        return super().get_input_schema(config) if type_inference.is_root(model) else model

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return a schema with the fields of the input and the new fields."""
        return type_inference.merge_models(
            "RunnableAssignOutput",
            self.mapper.get_input_schema(config),
            self.mapper.get_output_schema(config),
        )

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of the mapper with a parallel passthrough."""
        from headrace.runnables.graph import parallel_graph
        from headrace.runnables.passthrough import RunnablePassthrough

        parts = [*self.mapper.steps__.values(), RunnablePassthrough[Any]()]
        return parallel_graph(self.mapper, parts, config)

    def invoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Return the input with the new keys."""
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
        value = dictionary(value)
        child = config_for(self.mapper, config, run_manager, None)
        return {**value, **self.mapper.invoke(value, child, **kwargs)}

    async def ainvoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Return the input with the new keys."""
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
        value = dictionary(value)
        child = config_for(self.mapper, config, run_manager, None)
        return {**value, **await self.mapper.ainvoke(value, child, **kwargs)}

    def transform(
        self, input: Iterator[dict[str, Any]], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[dict[str, Any]]:
        """Yield the chunks of the input, and the new keys as they are produced."""
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
        added = self.mapper.transform(tee.branch(0), child, **kwargs)
        executor = ContextThreadPoolExecutor(max_workers=1)
        try:
            # The mapper already runs while the input passes through.
            first = executor.submit(next, added, _END)
            for value in tee.branch(1):
                yield from self._pass_other_keys(value)
            chunk = first.result()
            while chunk is not _END:
                yield AddableDict(cast("dict[str, Any]", chunk))
                chunk = next(added, _END)
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
            closing.close_all(added)

    def _pass_other_keys(self, value: Any) -> Iterator[AddableDict]:
        """Yield the keys of the input that the mapper does not replace."""
        new = self.mapper.steps__
        rest = {key: item for key, item in dictionary(value).items() if key not in new}
        if rest:
            yield AddableDict(rest)

    def atransform(
        self,
        input: AsyncIterator[dict[str, Any]],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        """Yield the chunks of the input, and the new keys as they are produced."""
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
        added = self.mapper.atransform(tee.branch(0), child, **kwargs)
        first = asyncio.ensure_future(_next(added))
        passing = tee.branch(1)
        try:
            async for value in passing:
                for rest in self._pass_other_keys(value):
                    yield rest
            chunk = await first
            while chunk is not _END:
                yield AddableDict(chunk)
                chunk = await _next(added)
        finally:
            try:
                await settle((first,))
            finally:
                await closing.aclose_all(passing, added)


async def _next(stream: AsyncIterator[Any]) -> Any:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return _END
