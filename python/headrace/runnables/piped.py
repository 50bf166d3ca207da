"""`a | b`: what goes into a chain from either side, and what type the chain then has."""

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
    """What can be piped: the part of `Runnable` that makes chains.

    A function's kind decides what its step gives, so each kind has an overload of its own; the
    parameters are left open, since functions may also take `config` and the like.
    """

    __slots__: tuple[str, ...] = ()  # typed, since mypy meets this class in an import cycle

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
        """Give the output of this to `other`."""
        from headrace.runnables.coerce import coerce_to_runnable

        return self._before(coerce_to_runnable(other))

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
        """Give the output of `other` to this."""
        from headrace.runnables.coerce import coerce_to_runnable

        return self._behind(coerce_to_runnable(other))

    def pipe(
        self, *others: RunnableLike[Any, Other], name: str | None = None
    ) -> RunnableSequence[Input, Other]:
        """Give the output of this to the first of `others`, and so on.

        Args:
            *others: What follows.
            name: What the chain is called.

        Returns:
            The chain.
        """
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(cast("Any", self), *others, name=name)

    def _before(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(cast("Any", self), other)

    def _behind(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(other, cast("Any", self))
