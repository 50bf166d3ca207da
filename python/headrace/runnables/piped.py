"""The `|` operator: the operands of a chain and the resulting types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, cast, overload

from headrace.runnables.typevars import Input, Other, Output

if TYPE_CHECKING:
    from headrace.runnables.coerce import RunnableLike
    from headrace.runnables.runnable import Runnable
    from headrace.runnables.sequence import RunnableSequence

__all__ = ["Piped"]


class Piped(Generic[Input, Output]):
    """Methods of `Runnable` that create chains.

    The output type of a step depends on the type of its function, so each type has an overload.
    Parameters are left open, since functions may also take `config` and other arguments.
    """

    __slots__: tuple[str, ...] = ()  # typed because of an import cycle that confuses mypy

    @overload
    def __or__(self, other: Runnable[Any, Other]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(
        self, other: Callable[..., AsyncIterator[Other]]
    ) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Iterator[Other]]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Awaitable[Other]]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Other]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Mapping[str, Any]) -> RunnableSequence[Input, dict[str, Any]]: ...
    def __or__(self, other: Any) -> Any:
        """Return a chain that passes the output of this to `other`."""
        from headrace.runnables.coerce import coerce_to_runnable

        return self._append(coerce_to_runnable(other))

    @overload
    def __ror__(
        self, other: Callable[[AsyncIterator[Other]], AsyncIterator[Any]]
    ) -> RunnableSequence[Other, Output]: ...
    @overload
    def __ror__(
        self, other: Callable[[Iterator[Other]], Iterator[Any]]
    ) -> RunnableSequence[Other, Output]: ...
    @overload
    def __ror__(self, other: Callable[[Other], Any]) -> RunnableSequence[Other, Output]: ...
    @overload
    def __ror__(self, other: Mapping[str, Any]) -> RunnableSequence[Any, Output]: ...
    def __ror__(self, other: Any) -> Any:
        """Return a chain that passes the output of `other` to this."""
        from headrace.runnables.coerce import coerce_to_runnable

        return self._prepend(coerce_to_runnable(other))

    def pipe(
        self, *others: RunnableLike[Any, Other], name: str | None = None
    ) -> RunnableSequence[Input, Other]:
        """Return a chain of this runnable and the others.

        Args:
            *others: The steps that follow.
            name: The name of the chain.

        Returns:
            The chain.
        """
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(cast("Any", self), *others, name=name)

    def _append(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(cast("Any", self), other)

    def _prepend(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(other, cast("Any", self))
