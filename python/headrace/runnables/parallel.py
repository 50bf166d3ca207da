"""`RunnableParallel`: run several runnables on the same input and collect a dict of outputs."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module
from headrace.runnables import astreaming, closing, execution, streaming, type_inference
from headrace.runnables.addable import AddableDict
from headrace.runnables.coerce import coerce_to_runnable
from headrace.runnables.concurrency import gather, settle
from headrace.runnables.config import BARE, RunnableConfig
from headrace.runnables.handing import config_for
from headrace.runnables.runnable import Input, Runnable
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

__all__ = ["RunnableMap", "RunnableParallel"]

_END = object()


class RunnableParallel(Transforming[Input, dict[str, Any]]):
    """A runnable that runs branches concurrently on the same input; the output is a dict.

    A stream yields `{key: chunk}` for each chunk of a branch as soon as it is available.
    """

    __slots__ = ("steps__",)

    _parts = ("steps__",)
    _saved = ("steps__",)

    def __init__(self, steps__: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """Initialize the runnable from its branches.

        Args:
            steps__: The branches by key.
            **kwargs: More branches.

        Raises:
            TypeError: If a branch cannot be converted to a runnable.
        """
        self.name = None
        self.steps__: dict[str, Runnable[Input, Any]] = {}
        for key, branch in {**(steps__ or {}), **kwargs}.items():
            try:
                self.steps__[key] = coerce_to_runnable(branch)
            except TypeError as error:
                raise TypeError(f"Branch {key!r} is not a Runnable. {error}") from None

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of this runnable: by default its class and its keys."""
        name = name or self.name or f"RunnableParallel<{','.join(self.steps__)}>"
        return super().get_name(suffix, name=name)

    def __repr__(self) -> str:
        inside = ",\n  ".join(f"{key}: {step!r}" for key, step in self.steps__.items())
        return "{\n  " + inside + "\n}"

    @property
    def InputType(self) -> Any:
        """The input type of the first branch that has one."""
        for branch in self.steps__.values():
            if branch.InputType:
                return branch.InputType
        return Any

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the merged input fields of all branches, if their inputs are dicts."""
        models = [branch.get_input_schema(config) for branch in self.steps__.values()]
        if models and not any(type_inference.is_root(model) for model in models):
            return type_inference.merge_models(self.get_name("Input"), *models)
        return super().get_input_schema(config)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return a schema with a field for each branch."""
        fields = {key: branch.OutputType for key, branch in self.steps__.items()}
        return type_inference.fields_model(self.get_name("Output"), fields)

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of the branches."""
        return type_inference.collect_specs(self.steps__.values())

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of the parallel branches."""
        from headrace.runnables.graph import parallel_graph

        return parallel_graph(self, self.steps__.values(), config)

    def _children(
        self,
        config: RunnableConfig,
        run_manager: CallbackManagerForChainRun | AsyncCallbackManagerForChainRun | None,
    ) -> list[tuple[str, Runnable[Any, Any], RunnableConfig]]:
        return [
            (key, step, config_for(step, config, run_manager, f"map:key:{key}"))
            for key, step in self.steps__.items()
        ]

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Run the branches, on threads if there are several."""
        return execution.call(  # type: ignore[no-any-return]
            self, self._invoke, input, config, kwargs, optional=True
        )

    def _invoke(
        self,
        value: Any,
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
    ) -> dict[str, Any]:
        branches = self._children(config, run_manager)
        limit = config.get("max_concurrency")
        if len(branches) < 2 or limit == 1:
            return {key: step.invoke(value, child) for key, step, child in branches}
        with ContextThreadPoolExecutor(max_workers=limit or len(branches)) as executor:
            futures = [executor.submit(step.invoke, value, child) for _, step, child in branches]
            return {
                key: future.result() for (key, _, _), future in zip(branches, futures, strict=True)
            }

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Run the branches concurrently; if one fails, the others are cancelled."""
        return await execution.acall(  # type: ignore[no-any-return]
            self, self._ainvoke, input, config, kwargs, optional=True
        )

    async def _ainvoke(
        self,
        value: Any,
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
    ) -> dict[str, Any]:
        branches = self._children(config, run_manager)
        outputs = await gather(
            config.get("max_concurrency"),
            len(branches),
            lambda i: branches[i][1].ainvoke(value, branches[i][2]),
        )
        return {branch[0]: output for branch, output in zip(branches, outputs, strict=True)}

    # -- streaming ---------------------------------------------------------------------------------

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[dict[str, Any]]:
        """Stream the branches, interleaving their chunks as they arrive."""
        return streaming.transform(
            self, input, self._transform, config, kwargs, optional=True, run_type=None
        )

    def _transform(
        self,
        stream: Iterator[Any],
        run_manager: CallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
    ) -> Iterator[AddableDict]:
        branches = self._children(config, run_manager)
        if len(branches) == 1:
            key, step, child = branches[0]
            chunks = step.transform(stream, child)
            try:
                for chunk in chunks:
                    yield AddableDict({key: chunk})
            finally:
                closing.close_all(chunks)
            return
        tee = Tee(stream, len(branches))
        streams = {
            key: step.transform(tee.branch(i), child)
            for i, (key, step, child) in enumerate(branches)
        }
        limit = config.get("max_concurrency")
        executor = ContextThreadPoolExecutor(max_workers=limit or max(len(branches), 1))
        waiting: dict[Future[Any], str] = {}
        try:
            for key, branch in streams.items():
                waiting[executor.submit(next, branch, _END)] = key
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in [future for future in waiting if future in done]:
                    key = waiting.pop(future)
                    chunk = future.result()
                    if chunk is not _END:
                        yield AddableDict({key: chunk})
                        waiting[executor.submit(next, streams[key], _END)] = key
        finally:
            # A running branch cannot be closed: wait for it.
            executor.shutdown(wait=True, cancel_futures=True)
            closing.close_all(*streams.values())

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """Stream the branches, interleaving their chunks as they arrive."""
        return astreaming.atransform(
            self, input, self._atransform, config, kwargs, optional=True, run_type=None
        )

    async def _atransform(
        self,
        stream: AsyncIterator[Any],
        run_manager: AsyncCallbackManagerForChainRun | None = None,
        config: RunnableConfig = BARE,
    ) -> AsyncIterator[AddableDict]:
        branches = self._children(config, run_manager)
        tee = AsyncTee(stream, len(branches))
        queue = _ChunkQueue()
        tasks: list[asyncio.Future[None]] = []
        try:
            for i, (key, step, child) in enumerate(branches):
                branch = step.atransform(tee.branch(i), child)
                tasks.append(asyncio.ensure_future(queue.put_all(key, branch)))
            going = len(tasks)
            while going:
                key, chunk, read = await queue.next()
                if read is None:
                    going -= 1
                    if chunk is not None:
                        raise chunk
                    continue
                yield AddableDict({key: chunk})
                read.set_result(None)
        finally:
            await settle(tasks)


RunnableMap = RunnableParallel
"""Alias of `RunnableParallel`."""


class _ChunkQueue:
    """A queue that each branch fills one chunk at a time, once its previous chunk was read."""

    def __init__(self) -> None:
        self._items: deque[tuple[str, Any, asyncio.Future[None] | None]] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def _put(self, key: str, chunk: Any, read: asyncio.Future[None] | None) -> None:
        self._items.append((key, chunk, read))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def put_all(self, key: str, stream: AsyncIterator[Any]) -> None:
        """Add the chunks of a branch to the queue, then its end or its error."""
        loop = asyncio.get_running_loop()
        failure: BaseException | None = None
        try:
            try:
                async for chunk in stream:
                    read = loop.create_future()
                    self._put(key, chunk, read)
                    await read
            finally:
                await closing.aclose_all(stream)
        except BaseException as error:
            failure = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._put(key, failure, None)

    async def next(self) -> tuple[str, Any, asyncio.Future[None] | None]:
        """Wait for a chunk and its future; for an end or error, the future is None."""
        while not self._items:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return self._items.popleft()
