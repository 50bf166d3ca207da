"""`RunnableAssign`: a dictionary with more keys, made of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from headrace.runnables import astreaming, closing, execution, schemas, streaming
from headrace.runnables.concurrency import settle
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.executor import ContextThreadPoolExecutor
from headrace.runnables.fold import AddableDict
from headrace.runnables.handing import config_for
from headrace.runnables.parallel import RunnableParallel
from headrace.runnables.pick import dictionary
from headrace.runnables.tee import AsyncTee, Tee
from headrace.runnables.transforming import Transforming

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableAssign"]

_END = object()


class RunnableAssign(Transforming[dict[str, Any], dict[str, Any]]):
    """Gives its input, a dictionary, with more keys, each made of the whole input.

    A stream gives the input's chunks as they arrive, and the new keys' as they are made.
    """

    __slots__ = ("mapper",)

    _parts = ("mapper",)
    _saved = ("mapper",)

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
        from headrace.runnables.passthrough import RunnablePassthrough

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
        value = dictionary(value)
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
        value = dictionary(value)
        child = config_for(self.mapper, config, run_manager, None)
        return {**value, **await self.mapper.ainvoke(value, child, **kwargs)}

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
        rest = {key: item for key, item in dictionary(value).items() if key not in new}
        if rest:
            yield AddableDict(rest)

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
