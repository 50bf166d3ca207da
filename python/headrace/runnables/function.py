"""`RunnableLambda`: a function as a runnable; and the `chain` decorator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackManager
from headrace.runnables import astreaming, closing, execution, schemas, streaming
from headrace.runnables.accepts import is_async_callable, is_async_generator, wanted
from headrace.runnables.config import BARE, DEFAULT_RECURSION_LIMIT, RunnableConfig, plain
from headrace.runnables.config import var_child_runnable_config as _var
from headrace.runnables.executor import run_in_executor
from headrace.runnables.fold import Fold
from headrace.runnables.runnable import Input, Output, Runnable
from headrace.runnables.transforming import Transforming

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )
    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RunnableLambda", "chain"]


class RunnableLambda(Transforming[Input, Output]):
    """A function as a runnable: from its whole input to its output.

    The function may take `config`, `run_manager` or `callbacks` besides its input. If it answers
    with a runnable, that is run in its place; if it is a generator function, its items are the
    chunks of a stream. A synchronous function is run off the event loop by the asynchronous
    methods.
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
            func: The function, synchronous or not.
            afunc: The asynchronous function to use in the asynchronous methods.
            name: What the runnable is called; by default as the function is.

        Raises:
            TypeError: If `func` is no function, or both are asynchronous.
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
        self._func_wants = wanted(self._func) if self._func else frozenset()
        self._afunc_wants = wanted(self._afunc) if self._afunc else frozenset()
        own = getattr(func, "__name__", None)
        self.name = name or (own if own != "<lambda>" else None)

    @property
    def func(self) -> Callable[..., Any]:
        """The synchronous function.

        Raises:
            AttributeError: If there is none.
        """
        if self._func is None:
            raise AttributeError("func")
        return self._func

    @property
    def afunc(self) -> Callable[..., Any]:
        """The asynchronous function.

        Raises:
            AttributeError: If there is none.
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

    # -- describing --------------------------------------------------------------------------------

    @property
    def _either(self) -> Callable[..., Any]:
        return self.func if self._func is not None else self.afunc

    @property
    def InputType(self) -> Any:
        """The type of the function's first parameter."""
        return schemas.function_input(self._either)

    @property
    def OutputType(self) -> Any:
        """The type that the function returns."""
        return schemas.function_output(self._either)

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the keys that the function reads of its input, or the type of its parameter."""
        kind = self.InputType
        keys = schemas.dictionary_keys(self._either) if kind in (Any, dict) else None
        if keys is not None:
            return schemas.fields_model(self.get_name("Input"), dict.fromkeys(keys, Any))
        return super().get_input_schema(config)

    @property
    def deps(self) -> list[Runnable[Any, Any]]:
        """The runnables that the function refers to by name."""
        try:
            found = inspect.getclosurevars(self._either)
        except TypeError:
            return []
        named = [*found.nonlocals.values(), *found.globals.values()]
        bound = [getattr(value, "__self__", None) for value in named]
        return [value for value in (*named, *bound) if isinstance(value, Runnable)]

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What is configurable in the runnables that the function refers to."""
        return schemas.united_specs(self.deps)

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Draw up the runnables that the function refers to, else the function."""
        deps = self.deps
        if not deps:
            return super().get_graph(config)
        from headrace.runnables.graph import parallel_graph

        return parallel_graph(self, deps, config)

    # -- invoking ----------------------------------------------------------------------------------

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Call the function; `kwargs` are arguments for it."""
        if self._func is None:
            raise self._asynchronous("invoke", "ainvoke")
        if not self._func_wants:
            return execution.call(  # type: ignore[no-any-return]
                self, self._invoke, input, config, kwargs, run_type=None
            )
        return execution.call(  # type: ignore[no-any-return]
            self, self._invoke_informed, input, config, kwargs, run_type=None
        )

    def _invoke(self, value: Any, /, **kwargs: Any) -> Any:
        """Call the function; in here, the inherited configuration is that of the runs below."""
        output = self._func(value, **kwargs)  # type: ignore[misc]
        if isinstance(output, Runnable):
            return output.invoke(value, self._deeper(value))
        if inspect.isgenerator(output):
            return _sum(output)
        return output

    def _invoke_informed(
        self,
        value: Any,
        /,
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Any:
        given = execution.injected(self._func_wants, config, run_manager)
        return self._invoke(value, **given, **kwargs)

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Call the function, a synchronous one off the event loop; `kwargs` are for it."""
        if not (self._afunc_wants if self._afunc is not None else self._func_wants):
            return await execution.acall(  # type: ignore[no-any-return]
                self, self._ainvoke, input, config, kwargs, run_type=None
            )
        return await execution.acall(  # type: ignore[no-any-return]
            self, self._ainvoke_informed, input, config, kwargs, run_type=None
        )

    async def _ainvoke(self, value: Any, /, **kwargs: Any) -> Any:
        if self._afunc is None:
            output = await _off_the_loop(self._call, value, kwargs)
        else:
            output = self._afunc(value, **kwargs)
            if inspect.isawaitable(output):
                output = await output
            elif hasattr(output, "__aiter__"):
                return await _asum(output)
        if isinstance(output, Runnable):
            return await output.ainvoke(value, self._deeper(value))
        return output

    def _call(self, value: Any, kwargs: dict[str, Any]) -> Any:
        """What happens off the event loop; a generator ends on the thread that began it."""
        output = self._func(value, **kwargs)  # type: ignore[misc]
        return _sum(output) if inspect.isgenerator(output) else output

    async def _ainvoke_informed(
        self,
        value: Any,
        /,
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Any:
        if self._afunc is None:
            # the function is synchronous, and so is what it may do with the run
            given = execution.injected(
                self._func_wants,
                {**config, "callbacks": run_manager.get_sync().get_child()},
                run_manager.get_sync(),
            )
        else:
            given = execution.injected(self._afunc_wants, config, run_manager)
        return await self._ainvoke(value, **given, **kwargs)

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
        """Add up the input, call the function, and stream what it gives; `kwargs` are for it."""
        if self._func is None:
            raise self._asynchronous("stream", "astream")
        return streaming.transform(
            self,
            input,
            self._transform_informed if self._func_wants else self._transform,
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
            yield from output.stream(value, self._deeper(value))
        elif inspect.isgenerator(output):
            yield from output
        else:
            yield output

    def _transform_informed(
        self,
        chunks: Iterator[Any],
        /,
        run_manager: CallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> Iterator[Any]:
        given = execution.injected(self._func_wants, config, run_manager)
        return self._transform(chunks, **given, **kwargs)

    def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Add up the input, call the function, and stream what it gives; `kwargs` are for it."""
        wants = self._afunc_wants if self._afunc is not None else self._func_wants
        return astreaming.atransform(
            self,
            input,
            self._atransform_informed if wants else self._atransform,
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
            output: Any = await _off_the_loop(partial(self.func, **kwargs), value)
        else:
            output = self._afunc(value, **kwargs)
            if inspect.isawaitable(output):
                output = await output
        if isinstance(output, Runnable):
            output = output.astream(value, self._deeper(value))
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

    def _atransform_informed(
        self,
        chunks: AsyncIterator[Any],
        /,
        run_manager: AsyncCallbackManagerForChainRun,
        config: RunnableConfig,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        if self._afunc is None:
            given = execution.injected(
                self._func_wants,
                {**config, "callbacks": run_manager.get_sync().get_child()},
                run_manager.get_sync(),
            )
        else:
            given = execution.injected(self._afunc_wants, config, run_manager)
        return self._atransform(chunks, **given, **kwargs)

    # -- both --------------------------------------------------------------------------------------

    def _deeper(self, value: Any) -> RunnableConfig:
        """Give a runnable that the function answered to `value` its configuration, a level deeper.

        Raises:
            RecursionError: If the limit is reached.
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
            f"{self.get_name()} is a coroutine function: it cannot be run by `{method}`. "
            f"Use `{instead}` instead."
        )


async def _off_the_loop(func: Callable[..., Any], *args: Any) -> Any:
    """Call a synchronous function on a thread; if this is cancelled, what it then runs is not told.

    The function ends by itself, after its run has ended: no run may be seen to start below that.
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
    """Make a runnable of a function, as a decorator.

    Args:
        func: A function, synchronous or not, or a generator function; the runnables it calls are
            runs below its own.

    Returns:
        The runnable, called as the function is.
    """
    return RunnableLambda(func)
