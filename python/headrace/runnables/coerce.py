"""Conversion of functions and dicts to runnables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any, TypeAlias, Union, cast

from headrace.runnables.accepts import is_async_generator, is_generator
from headrace.runnables.runnable import Input, Other, Output, Runnable

__all__ = ["RunnableLike", "coerce_to_runnable"]

RunnableLike: TypeAlias = Union[  # noqa: UP007 - a subscriptable alias
    Runnable[Input, Output],
    Callable[[Input], Output],
    Callable[[Input], Awaitable[Output]],
    Callable[[Iterator[Input]], Iterator[Output]],
    Callable[[AsyncIterator[Input]], AsyncIterator[Output]],
    Mapping[str, Any],
]


def coerce_to_runnable(thing: RunnableLike[Input, Other]) -> Runnable[Input, Other]:
    """Convert a function or a dict to a runnable.

    Args:
        thing: A runnable; a sync or async generator function that transforms a stream; a sync or
            async function; or a dict of these.

    Returns:
        The runnable.

    Raises:
        TypeError: If `thing` cannot be converted.
    """
    if isinstance(thing, Runnable):
        return thing
    if is_generator(thing) or is_async_generator(thing):
        from headrace.runnables.generator import RunnableGenerator

        return cast("Runnable[Input, Other]", RunnableGenerator(cast("Any", thing)))
    if callable(thing):
        from headrace.runnables.function import RunnableLambda

        return cast("Runnable[Input, Other]", RunnableLambda(cast("Any", thing)))
    if isinstance(thing, Mapping):
        from headrace.runnables.parallel import RunnableParallel

        return cast("Runnable[Input, Other]", RunnableParallel(thing))
    message = (
        f"Expected a Runnable, callable or dict.Instead got an unsupported type: {type(thing)}"
    )
    if any(base.__module__.startswith("langchain_core.") for base in type(thing).__mro__):
        message += ". headrace.langchain.from_langchain makes a step of what is LangChain's"
    raise TypeError(message)
