"""`RunnablePick`: pick keys from a dict."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from headrace.runnables import astreaming, execution, streaming
from headrace.runnables.addable import AddableDict
from headrace.runnables.config import RunnableConfig
from headrace.runnables.transforming import Transforming

if TYPE_CHECKING:
    pass

__all__ = ["RunnablePick", "dictionary"]


class RunnablePick(Transforming[dict[str, Any], Any]):
    """A runnable that picks one or several keys from its input dict."""

    __slots__ = ("keys",)

    _parts = ("keys",)
    _saved = ("keys",)

    def __init__(self, keys: str | list[str]) -> None:
        """Initialize the runnable.

        Args:
            keys: A key, to output its value; or a list of keys, to output a dict of them.
        """
        self.name = None
        self.keys = keys

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of this runnable: by default its class and its keys."""
        keys = self.keys if isinstance(self.keys, str) else ",".join(self.keys)
        return super().get_name(suffix, name=name or self.name or f"RunnablePick<{keys}>")

    def _pick(self, value: Any) -> Any:
        value = dictionary(value)
        if isinstance(self.keys, str):
            return value.get(self.keys)
        pick_fields = {key: value[key] for key in self.keys if key in value}
        return AddableDict(pick_fields) if pick_fields else None

    async def _apick(self, value: Any) -> Any:
        return self._pick(value)

    def _transform(self, chunks: Iterator[Mapping[str, Any]]) -> Iterator[Any]:
        for chunk in chunks:
            pick_fields = self._pick(chunk)
            if pick_fields is not None:
                yield pick_fields

    async def _atransform(self, chunks: AsyncIterator[Mapping[str, Any]]) -> AsyncIterator[Any]:
        async for chunk in chunks:
            pick_fields = self._pick(chunk)
            if pick_fields is not None:
                yield pick_fields

    def invoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """Pick the keys."""
        return execution.call(self, self._pick, input, config, kwargs, run_type=None)

    async def ainvoke(
        self, input: dict[str, Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Any:
        """Pick the keys."""
        return await execution.acall(self, self._apick, input, config, kwargs, run_type=None)

    def transform(
        self, input: Iterator[dict[str, Any]], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Pick the keys of each chunk that has them."""
        return streaming.transform(self, input, self._transform, config, kwargs, run_type=None)

    def atransform(
        self,
        input: AsyncIterator[dict[str, Any]],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Pick the keys of each chunk that has them."""
        return astreaming.atransform(self, input, self._atransform, config, kwargs, run_type=None)


def dictionary(value: Any) -> dict[str, Any]:
    """Return `value` after checking that it is a dict.

    Raises:
        ValueError: If it is not a dict.
    """
    if not isinstance(value, dict):
        raise ValueError("The input to RunnablePassthrough.assign() must be a dict.")
    return value
