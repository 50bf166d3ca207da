"""`RunnableLambda`: a function as a runnable, and the `chain` decorator."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module
from headrace.callbacks.base import BaseCallbackManager
from headrace.runnables import astreaming, closing, execution, streaming, type_inference
from headrace.runnables.accepts import is_async_callable, is_async_generator, run_parameters
from headrace.runnables.config import BARE, DEFAULT_RECURSION_LIMIT, RunnableConfig, plain
from headrace.runnables.config import var_child_runnable_config as _var
from headrace.runnables.runnable import Input, Output, Runnable
from headrace.runnables.transforming import Transforming
from headrace.utils.executor import run_in_executor
from headrace.utils.fold import Fold

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

__all__ = ["RunnableLambda", "chain"]


class RunnableLambda(Transforming[Input, Output]):
    """A runnable that calls a function with its whole input.

    The function may take `config`, `run_manager` or `callbacks` in addition to its input. If it
    returns a runnable, that runnable is run on the input. If it is a generator function, its items
    are the chunks of the stream. The async methods run a sync function off the event loop.
    """

    __slots__ = ("_afunc", "_afunc_wants", "_func", "_func_wants")

    _parts = ("_func", "_afunc")

    def __init__(
        self,
        func: Callable[..., Any],
        afunc: Callable[..., Any] | None = None,
        name: str | None = None,
    ) -> None:
        """Wrap a function.

        Args:
            func: A sync or async function.
            afunc: The async function that the async methods use.
            name: The name of the runnable; defaults to the name of the function.

        Raises:
            TypeError: If `func` is not callable, or both functions are async.
        """
        self._func: Callable[..., Any] | None = None
        self._afunc: Callable[..., Any] | None = None
        if is_async_callable(func) or is_async_generator(func):
            if afunc is not None:
                raise TypeError(
                    "Func was provided as a coroutine function, but afunc was "
                    "also provided. If providing both, func should be a regular "
                    "function to avoid ambiguity."
                )
            self._afunc = func
        elif callable(func):
            self._func = func
            self._afunc = afunc
        else:
            raise TypeError(
                f"Expected a callable type for `func`.Instead got an unsupported type: {type(func)}"
            )
        self._func_wants = run_parameters(self._func) if self._func else frozenset()
        self._afunc_wants = run_parameters(self._afunc) if self._afunc else frozenset()
        own = getattr(func, "__name__", None)
        self.name = name or (own if own != "<lambda>" else None)

    @property
    def func(self) -> Callable[..., Any]:
        """The sync function.

        Raises:
            AttributeError: If there is no such function.
        """
        if self._func is None:
            raise AttributeError("func")
        return self._func

    @property
    def afunc(self) -> Callable[..., Any]:
        """The async function.

        Raises:
            AttributeError: If there is no such function.
        """
        if self._afunc is None:
            raise AttributeError("afunc")
        return self._afunc

    def __repr__(self) -> str:
        func = self._func if self._func is not None else self._afunc
        shown_as = getattr(func, "__name__", None)
        if shown_as is None or shown_as == "<lambda>":
            shown_as = "..."
        return f"RunnableLambda({'afunc=' if self._func is None else ''}{shown_as})"

    # -- schemas --------------------------------------------------------------------------------

    @property
    def _any_function(self) -> Callable[..., Any]:
        return self.func if self._func is not None else self.afunc

    @property
    def InputType(self) -> Any:
        """The type of the first parameter of the function."""
        return type_inference.function_input(self._any_function)

    @property
    def OutputType(self) -> Any:
        """The return type of the function."""
        return type_inference.function_output(self._any_function)

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return a schema of the keys that the function reads, or of its parameter type."""
        kind = self.InputType
        keys = type_inference.dictionary_keys(self._any_function) if kind in (Any, dict) else None
        if keys is not None:
            return type_inference.fields_model(self.get_name("Input"), dict.fromkeys(keys, Any))
        return super().get_input_schema(config)

    @property
    def deps(self) -> list[Runnable[Any, Any]]:
        """The runnables that the function references."""
        try:
            found = inspect.getclosurevars(self._any_function)
        except TypeError:
            return []
        named = [*found.nonlocals.values(), *found.globals.values()]
        bound = [getattr(value, "__self__", None) for value in named]
        return [value for value in (*named, *bound) if isinstance(value, Runnable)]

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of the runnables that the function references."""
        return type_inference.collect_specs(self.deps)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of the runnables that the function references, else of the function."""
        deps = self.deps
        if not deps:
            return super().get_graph(config)
        from headrace.runnables.graph import parallel_graph

        return parallel_graph(self, deps, config)

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Call the function; `kwargs` are passed to it."""
        if self._func is None:
            raise self._asynchronous("invoke", "ainvoke")
        if not self._func_wants:
            return execution.call(  # type: ignore[no-any-return]
                self, self._invoke, input, config, kwargs, run_type=None
            )
        return execution.call(  # type: ignore[no-any-return]
            self, self._invoke_with_run, input, config, kwargs, run_type=None
        )

    def _invoke(self, value: Any, /, **kwargs: Any) -> Any:
        """Call the function, with the config for child runs already inherited."""
        output = self._func(value, **kwargs)  # type: ignore[misc]
        if isinstance(output, Runnable):
            return output.invoke(value, self._config_for_output(value))
        if inspect.isgenerator(output):
            return _sum(output)
        return output

    def _invoke_with_run(
        self,
        value: Any,
        /,
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Any:
        arguments = execution.run_arguments(self._func_wants, config, run_manager)
        return self._invoke(value, **arguments, **kwargs)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Call the function, off the event loop if it is sync; `kwargs` are passed to it."""
        if not (self._afunc_wants if self._afunc is not None else self._func_wants):
            return await execution.acall(  # type: ignore[no-any-return]
                self, self._ainvoke, input, config, kwargs, run_type=None
            )
        return await execution.acall(  # type: ignore[no-any-return]
            self, self._ainvoke_with_run, input, config, kwargs, run_type=None
        )

    async def _ainvoke(self, value: Any, /, **kwargs: Any) -> Any:
        if self._afunc is None:
            output = await _run_off_loop(self._call, value, kwargs)
        else:
            output = self._afunc(value, **kwargs)
            if inspect.isawaitable(output):
                output = await output
            elif hasattr(output, "__aiter__"):
                return await _asum(output)
        if isinstance(output, Runnable):
            return await output.ainvoke(value, self._config_for_output(value))
        return output

    def _call(self, value: Any, kwargs: dict[str, Any]) -> Any:
        """Call the function off the event loop; a generator is closed on its own thread."""
        output = self._func(value, **kwargs)  # type: ignore[misc]
        return _sum(output) if inspect.isgenerator(output) else output

    async def _ainvoke_with_run(
        self,
        value: Any,
        /,
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Any:
        if self._afunc is None:
            # A sync function needs a sync run manager.
            arguments = execution.run_arguments(
                self._func_wants,
                {**config, "callbacks": run_manager.get_sync().get_child()},
                run_manager.get_sync(),
            )
        else:
            arguments = execution.run_arguments(self._afunc_wants, config, run_manager)
        return await self._ainvoke(value, **arguments, **kwargs)

    # -- streaming ---------------------------------------------------------------------------------

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        if type(self) is not RunnableLambda:
            return None
        if method == "transform":
            if self._func is None:
                raise self._asynchronous("stream", "astream")
            return None if self._func_wants else self._transform
        wants = self._afunc_wants if self._afunc is not None else self._func_wants
        return None if wants else self._atransform

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Add up the input, call the function and stream its output; `kwargs` are passed to it."""
        if self._func is None:
            raise self._asynchronous("stream", "astream")
        return streaming.transform(
            self,
            input,
            self._transform_with_run if self._func_wants else self._transform,
            config,
            kwargs,
            run_type=None,
        )

    def _transform(self, chunks: Iterator[Any], /, **kwargs: Any) -> Iterator[Any]:
        whole = Fold()
        for chunk in chunks:
            whole.put(chunk)
        if whole.empty:
            return
        value = whole.value
        output = self._func(value, **kwargs)  # type: ignore[misc]
        if isinstance(output, Runnable):
            yield from output.stream(value, self._config_for_output(value))
        elif inspect.isgenerator(output):
            yield from output
        else:
            yield output

    def _transform_with_run(
        self,
        chunks: Iterator[Any],
        /,
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Iterator[Any]:
        arguments = execution.run_arguments(self._func_wants, config, run_manager)
        return self._transform(chunks, **arguments, **kwargs)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Add up the input, call the function and stream its output; `kwargs` are passed to it."""
        wants = self._afunc_wants if self._afunc is not None else self._func_wants
        return astreaming.atransform(
            self,
            input,
            self._atransform_with_run if wants else self._atransform,
            config,
            kwargs,
            run_type=None,
        )

    async def _atransform(self, chunks: AsyncIterator[Any], /, **kwargs: Any) -> AsyncIterator[Any]:
        whole = Fold()
        async for chunk in chunks:
            whole.put(chunk)
        if whole.empty:
            return
        value = whole.value
        if self._afunc is None:
            output: Any = await _run_off_loop(partial(self.func, **kwargs), value)
        else:
            output = self._afunc(value, **kwargs)
            if inspect.isawaitable(output):
                output = await output
        if isinstance(output, Runnable):
            output = output.astream(value, self._config_for_output(value))
        elif inspect.isgenerator(output):
            from headrace.runnables.pump import pumped

            output = pumped(output)
        elif not hasattr(output, "__aiter__") or self._afunc is None:
            yield output
            return
        try:
            async for chunk in output:
                yield chunk
        finally:
            await closing.aclose_all(output)

    def _atransform_with_run(
        self,
        chunks: AsyncIterator[Any],
        /,
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        if self._afunc is None:
            arguments = execution.run_arguments(
                self._func_wants,
                {**config, "callbacks": run_manager.get_sync().get_child()},
                run_manager.get_sync(),
            )
        else:
            arguments = execution.run_arguments(self._afunc_wants, config, run_manager)
        return self._atransform(chunks, **arguments, **kwargs)

    # -- shared ------------------------------------------------------------------------------------

    def _config_for_output(self, value: Any) -> RunnableConfig:
        """Return the config for a runnable that the function returned, one recursion level deeper.

        Raises:
            RecursionError: If the recursion limit is reached.
        """
        config = _var.get()
        limit = DEFAULT_RECURSION_LIMIT if config is None else config["recursion_limit"]
        if limit <= 0:
            raise RecursionError(
                f"Recursion limit reached when invoking {self} with input {value}."
            )
        deeper = plain(config or BARE).copy()
        deeper["recursion_limit"] = limit - 1
        return deeper

    def _asynchronous(self, method: str, instead: str) -> TypeError:
        return TypeError(
            f"Cannot {method} a coroutine function synchronously: {self.get_name()}. "
            f"Use `{instead}` instead."
        )


async def _run_off_loop(func: Callable[..., Any], *args: Any) -> Any:
    """Call a sync function on a thread; if this is cancelled, later runs of it are not reported.

    The function cannot be interrupted and may outlive its run: handlers must not see a child run
    start after its parent has ended.
    """
    try:
        return await run_in_executor(None, func, *args)
    except asyncio.CancelledError:
        callbacks = (_var.get() or BARE).get("callbacks")
        if isinstance(callbacks, BaseCallbackManager):
            callbacks.set_handlers([])
        raise


def _sum(items: Iterator[Any]) -> Any:
    total = Fold()
    try:
        for item in items:
            total.put(item)
    finally:
        closing.close_all(items)
    return total.value


async def _asum(items: AsyncIterator[Any]) -> Any:
    total = Fold()
    try:
        async for item in items:
            total.put(item)
    finally:
        await closing.aclose_all(items)
    return total.value


def chain(func: Callable[..., Any]) -> RunnableLambda[Any, Any]:
    """Convert a function to a runnable, as a decorator.

    Args:
        func: A sync or async function or generator function; the runnables that it calls become
            child runs.

    Returns:
        The runnable, with the name of the function.
    """
    return RunnableLambda(func)
