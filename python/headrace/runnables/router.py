"""`RouterRunnable`: run the runnable that the input selects by key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict

from headrace.runnables import type_inference
from headrace.runnables.coerce import RunnableLike, coerce_to_runnable
from headrace.runnables.composed import Composed
from headrace.runnables.config import RunnableConfig
from headrace.runnables.runnable import Output, Runnable

if TYPE_CHECKING:
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["RouterInput", "RouterRunnable"]


class RouterInput(TypedDict):
    """Router input."""

    key: str
    input: Any


class RouterRunnable(Composed[RouterInput, Output]):
    """A runnable that passes `{"key": ..., "input": ...}` to the runnable under that key."""

    __slots__ = ("runnables",)

    _parts = ("runnables",)
    _saved = ("runnables",)

    def __init__(self, runnables: Mapping[str, RunnableLike[Any, Output]]) -> None:
        """Initialize the runnable from its routes.

        Args:
            runnables: The runnables by key.

        Raises:
            TypeError: If a value cannot be converted to a runnable.
        """
        self.name = None
        self.runnables: dict[str, Runnable[Any, Output]] = {
            key: coerce_to_runnable(one) for key, one in runnables.items()
        }

    @property
    def InputType(self) -> Any:
        """`RouterInput`."""
        return RouterInput

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of the routes."""
        return type_inference.collect_specs(self.runnables.values())

    def _route(self, input: RouterInput) -> Runnable[Any, Output]:
        try:
            return self.runnables[input["key"]]
        except KeyError:
            raise ValueError(f"No runnable associated with key '{input['key']}'") from None

    def invoke(
        self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke the runnable selected by the input."""
        return self._route(input).invoke(input["input"], config, **kwargs)

    async def ainvoke(
        self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Invoke the runnable selected by the input."""
        return await self._route(input).ainvoke(input["input"], config, **kwargs)

    def stream(
        self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the runnable selected by the input."""
        return self._route(input).stream(input["input"], config, **kwargs)

    def astream(
        self, input: RouterInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the runnable selected by the input."""
        return self._route(input).astream(input["input"], config, **kwargs)

    def _check(self, inputs: list[RouterInput]) -> None:
        if any(one["key"] not in self.runnables for one in inputs):
            raise ValueError("One or more keys do not have a corresponding runnable")

    def batch(
        self,
        inputs: list[RouterInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke the runnable that each input selects, after checking all keys."""
        self._check(inputs)
        return super().batch(inputs, config, return_exceptions=return_exceptions, **kwargs)

    async def abatch(
        self,
        inputs: list[RouterInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke the runnable that each input selects, after checking all keys."""
        self._check(inputs)
        return await super().abatch(inputs, config, return_exceptions=return_exceptions, **kwargs)
