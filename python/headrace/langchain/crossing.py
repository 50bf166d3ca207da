"""`Crossing`: run a runnable of one library from the other, in both directions.

Inputs and outputs are converted chunk by chunk. The config is converted too, and errors get the
class that the caller's library uses. Closing the outer stream closes the inner one.
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


def _identity(value: Any) -> Any:
    return value


class Crossing(NamedTuple):
    """The conversions for one direction.

    Attributes:
        into: Converts inputs.
        out: Converts outputs.
        error: Converts errors for the caller.
        convert_errors: Context manager that raises converted errors.
        config: Converts configs.
        spread: Creates one config for each input of a batch.
        here: The module with the caller's classes of configurable fields.
        there: The module with those of the other library.
    """

    into: Callable[[Any], Any]
    out: Callable[[Any], Any]
    error: Callable[[BaseException], BaseException]
    convert_errors: Callable[[], AbstractContextManager[None]]
    config: Callable[..., Any]
    spread: Callable[..., list[Any]]
    here: ModuleType
    there: ModuleType

    def output_converter(self, inner: Any) -> Callable[[Any], Any]:
        """Return the conversion for the output of a runnable.

        The output of a JSON or string parser is plain data, so its chunks are not searched.
        """
        last = inner
        while isinstance(last, (RunnableSequence, TheirSequence)):
            last = last.last
        return _identity if isinstance(last, _PLAIN) else self.out

    def invoke(self, inner: Any, value: Any, config: Any, kwargs: dict[str, Any]) -> Any:
        """Invoke `inner`."""
        with self.convert_errors():
            full = self.config(config, is_async=False)
            return self.output_converter(inner)(inner.invoke(self.into(value), full, **kwargs))

    async def ainvoke(self, inner: Any, value: Any, config: Any, kwargs: dict[str, Any]) -> Any:
        """Invoke `inner`; async version of `invoke`."""
        with self.convert_errors():
            full = self.config(config, is_async=True)
            return self.output_converter(inner)(
                await inner.ainvoke(self.into(value), full, **kwargs)
            )

    def stream(self, inner: Any, value: Any, config: Any, kwargs: Any) -> Iterator[Any]:
        """Stream `inner`."""
        full = self.config(config, is_async=False)
        return self._iterate(inner, inner.stream(self.into(value), full, **kwargs))

    def astream(self, inner: Any, value: Any, config: Any, kwargs: Any) -> AsyncIterator[Any]:
        """Stream `inner`; async version of `stream`."""
        full = self.config(config, is_async=True)
        return self._aiterate(inner, inner.astream(self.into(value), full, **kwargs))

    def transform(self, inner: Any, source: Any, config: Any, kwargs: Any) -> Iterator[Any]:
        """Transform a stream with `inner`."""
        full = self.config(config, is_async=False)
        converted = map(self.into, source)
        return self._iterate(inner, inner.transform(converted, full, **kwargs), source)

    def atransform(self, inner: Any, source: Any, config: Any, kwargs: Any) -> AsyncIterator[Any]:
        """Transform an async stream with `inner`."""
        full = self.config(config, is_async=True)
        converted = self._aconvert(source)
        return self._aiterate(inner, inner.atransform(converted, full, **kwargs), converted)

    def _iterate(self, inner: Any, stream: Any, *more: Any) -> Iterator[Any]:
        out = self.output_converter(inner)
        try:
            with self.convert_errors():
                for chunk in stream:
                    yield out(chunk)
        finally:
            close_all(stream, *more)

    async def _aiterate(self, inner: Any, stream: Any, *more: Any) -> AsyncIterator[Any]:
        out = self.output_converter(inner)
        try:
            with self.convert_errors():
                async for chunk in stream:
                    yield out(chunk)
        finally:
            await aclose_all(stream, *more)

    async def _aconvert(self, source: Any) -> AsyncIterator[Any]:
        try:
            async for chunk in source:
                yield self.into(chunk)
        finally:
            await aclose_all(source)

    def batch(
        self, inner: Any, values: Sequence[Any], config: Any, return_exceptions: bool, kwargs: Any
    ) -> list[Any]:
        """Call `batch` of `inner`."""
        full = [self.config(one, is_async=False) for one in self.spread(config, len(values))]
        converted = [self.into(value) for value in values]
        with self.convert_errors():
            outputs = inner.batch(converted, full, return_exceptions=return_exceptions, **kwargs)
        return self._convert_outputs(inner, outputs)

    async def abatch(
        self, inner: Any, values: Sequence[Any], config: Any, return_exceptions: bool, kwargs: Any
    ) -> list[Any]:
        """Call `abatch` of `inner`."""
        full = [self.config(one, is_async=True) for one in self.spread(config, len(values))]
        converted = [self.into(value) for value in values]
        with self.convert_errors():
            outputs = await inner.abatch(
                converted, full, return_exceptions=return_exceptions, **kwargs
            )
        return self._convert_outputs(inner, outputs)

    def _convert_outputs(self, inner: Any, outputs: Sequence[Any]) -> list[Any]:
        out = self.output_converter(inner)
        return [self.error(a) if isinstance(a, BaseException) else out(a) for a in outputs]


INTO_LANGCHAIN = Crossing(
    value_to_langchain,
    value_from_langchain,
    errors.error_from_langchain,
    errors.as_headrace_errors,
    config_to_langchain,
    get_config_list,
    our_specs,
    their_specs,
)
"""The crossing from headrace code to a LangChain runnable."""

INTO_HEADRACE = Crossing(
    value_from_langchain,
    value_to_langchain,
    errors.error_to_langchain,
    errors.as_langchain_errors,
    config_from_langchain,
    their_config_list,
    their_specs,
    our_specs,
)
"""The crossing from LangChain code to a headrace runnable."""
