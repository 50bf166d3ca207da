"""Running a runnable of one library from the other: the eight ways, the same in both directions.

What goes in is converted, what comes out is converted back, chunk by chunk; the configuration is
carried over; errors that the caller's code knows by another class have that class. Closing a stream
here closes it there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any, NamedTuple

from langchain_core.output_parsers import JsonOutputParser as TheirJsonParser
from langchain_core.output_parsers import StrOutputParser as TheirStrParser
from langchain_core.runnables import RunnableSequence as TheirSequence
from langchain_core.runnables import utils as their_specs
from langchain_core.runnables.config import get_config_list as their_config_list

from headrace.langchain import errors
from headrace.langchain.configs import config_from_langchain, config_to_langchain
from headrace.langchain.values import value_from_langchain, value_to_langchain
from headrace.output_parsers import JsonOutputParser, StrOutputParser
from headrace.runnables import specs as our_specs
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import get_config_list
from headrace.runnables.sequence import RunnableSequence

__all__ = ["INTO_HEADRACE", "INTO_LANGCHAIN", "Crossing"]

_PLAIN = (JsonOutputParser, StrOutputParser, TheirJsonParser, TheirStrParser)


def _same(value: Any) -> Any:
    return value


class Crossing(NamedTuple):
    """One direction.

    Attributes:
        into: Converts what goes in.
        out: Converts what comes out.
        error: Gives what the caller is to see of an error.
        raised: Raises errors so.
        config: Carries a configuration over.
        spread: Makes one configuration for each input of a batch.
        here: The caller's classes for what is configurable.
        there: Those of the other library.
    """

    into: Callable[[Any], Any]
    out: Callable[[Any], Any]
    error: Callable[[BaseException], BaseException]
    raised: Callable[[], AbstractContextManager[None]]
    config: Callable[..., Any]
    spread: Callable[..., list[Any]]
    here: ModuleType
    there: ModuleType

    def outcome(self, inner: Any) -> Callable[[Any], Any]:
        """Give what converts the output of a runnable.

        That of a JSON or string parser is plain data, which need not be looked through at each
        chunk.
        """
        last = inner
        while isinstance(last, (RunnableSequence, TheirSequence)):
            last = last.last
        return _same if isinstance(last, _PLAIN) else self.out

    def invoke(self, inner: Any, value: Any, config: Any, kwargs: dict[str, Any]) -> Any:
        """Invoke `inner`."""
        with self.raised():
            full = self.config(config, is_async=False)
            return self.outcome(inner)(inner.invoke(self.into(value), full, **kwargs))

    async def ainvoke(self, inner: Any, value: Any, config: Any, kwargs: dict[str, Any]) -> Any:
        """Invoke `inner` asynchronously."""
        with self.raised():
            full = self.config(config, is_async=True)
            return self.outcome(inner)(await inner.ainvoke(self.into(value), full, **kwargs))

    def stream(self, inner: Any, value: Any, config: Any, kwargs: Any) -> Iterator[Any]:
        """Stream `inner`."""
        full = self.config(config, is_async=False)
        return self._given(inner, inner.stream(self.into(value), full, **kwargs))

    def astream(self, inner: Any, value: Any, config: Any, kwargs: Any) -> AsyncIterator[Any]:
        """Stream `inner` asynchronously."""
        full = self.config(config, is_async=True)
        return self._agiven(inner, inner.astream(self.into(value), full, **kwargs))

    def transform(self, inner: Any, source: Any, config: Any, kwargs: Any) -> Iterator[Any]:
        """Stream `inner` over a stream."""
        full = self.config(config, is_async=False)
        taken = map(self.into, source)
        return self._given(inner, inner.transform(taken, full, **kwargs), source)

    def atransform(self, inner: Any, source: Any, config: Any, kwargs: Any) -> AsyncIterator[Any]:
        """Stream `inner` over an asynchronous stream."""
        full = self.config(config, is_async=True)
        taken = self._ataken(source)
        return self._agiven(inner, inner.atransform(taken, full, **kwargs), taken)

    def _given(self, inner: Any, stream: Any, *more: Any) -> Iterator[Any]:
        out = self.outcome(inner)
        try:
            with self.raised():
                for chunk in stream:
                    yield out(chunk)
        finally:
            close_all(stream, *more)

    async def _agiven(self, inner: Any, stream: Any, *more: Any) -> AsyncIterator[Any]:
        out = self.outcome(inner)
        try:
            with self.raised():
                async for chunk in stream:
                    yield out(chunk)
        finally:
            await aclose_all(stream, *more)

    async def _ataken(self, source: Any) -> AsyncIterator[Any]:
        try:
            async for chunk in source:
                yield self.into(chunk)
        finally:
            await aclose_all(source)

    def batch(
        self, inner: Any, values: Sequence[Any], config: Any, caught: bool, kwargs: Any
    ) -> list[Any]:
        """Invoke `inner` on each input, in its own way."""
        full = [self.config(one, is_async=False) for one in self.spread(config, len(values))]
        given = [self.into(value) for value in values]
        with self.raised():
            answers = inner.batch(given, full, return_exceptions=caught, **kwargs)
        return self._answers(inner, answers)

    async def abatch(
        self, inner: Any, values: Sequence[Any], config: Any, caught: bool, kwargs: Any
    ) -> list[Any]:
        """Invoke `inner` on each input asynchronously, in its own way."""
        full = [self.config(one, is_async=True) for one in self.spread(config, len(values))]
        given = [self.into(value) for value in values]
        with self.raised():
            answers = await inner.abatch(given, full, return_exceptions=caught, **kwargs)
        return self._answers(inner, answers)

    def _answers(self, inner: Any, answers: Sequence[Any]) -> list[Any]:
        out = self.outcome(inner)
        return [self.error(a) if isinstance(a, BaseException) else out(a) for a in answers]


INTO_LANGCHAIN = Crossing(
    value_to_langchain,
    value_from_langchain,
    errors.error_from_langchain,
    errors.raised_here,
    config_to_langchain,
    get_config_list,
    our_specs,
    their_specs,
)
"""From this library's code into a runnable of LangChain's."""

INTO_HEADRACE = Crossing(
    value_from_langchain,
    value_to_langchain,
    errors.error_to_langchain,
    errors.raised_there,
    config_from_langchain,
    their_config_list,
    their_specs,
    our_specs,
)
"""From LangChain's code into a runnable of this library."""
