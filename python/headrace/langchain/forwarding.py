"""What adapters of both directions have in common: they run and describe what they adapt."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, cast

from headrace.langchain.crossing import INTO_HEADRACE, INTO_LANGCHAIN, Crossing

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Forwarding", "ForwardingToHeadrace", "ForwardingToLangChain"]


class Forwarding:
    """The ways of running and describing a runnable, as that of the other library has them.

    A class of either library takes these before its own.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        crossing: Crossing
        """The direction from the caller's library into that of `inner`."""

        inner: Any
        """What is adapted."""

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Give the name that it has in its own library."""
        return str(self.inner.get_name(suffix, name=name))

    # -- running -----------------------------------------------------------------------------------

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Make one output of one input."""
        return self.crossing.invoke(self.inner, input, config, kwargs)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Make one output of one input."""
        return await self.crossing.ainvoke(self.inner, input, config, kwargs)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Make the output in chunks."""
        return self.crossing.stream(self.inner, input, config, kwargs)

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """Make the output in chunks."""
        return self.crossing.astream(self.inner, input, config, kwargs)

    def transform(self, input: Iterator[Any], config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Make a stream of a stream."""
        return self.crossing.transform(self.inner, input, config, kwargs)

    def atransform(
        self, input: AsyncIterator[Any], config: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Make a stream of a stream."""
        return self.crossing.atransform(self.inner, input, config, kwargs)

    def batch(
        self,
        inputs: list[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Invoke it on each input, in its own way."""
        return self.crossing.batch(self.inner, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: list[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Invoke it on each input, in its own way."""
        return await self.crossing.abatch(self.inner, inputs, config, return_exceptions, kwargs)

    # -- describing --------------------------------------------------------------------------------

    @property
    def InputType(self) -> Any:
        """The type of the input, as its own library has it."""
        return self.inner.InputType

    @property
    def OutputType(self) -> Any:
        """The type of the output, as its own library has it."""
        return self.inner.OutputType

    def get_input_schema(self, config: Any = None) -> type[BaseModel]:
        """Give the input as a pydantic model, as its own library has it."""
        given = self.crossing.config(config, is_async=False)
        return cast("type[BaseModel]", self.inner.get_input_schema(given))

    def get_output_schema(self, config: Any = None) -> type[BaseModel]:
        """Give the output as a pydantic model, as its own library has it."""
        given = self.crossing.config(config, is_async=False)
        return cast("type[BaseModel]", self.inner.get_output_schema(given))

    @property
    def config_specs(self) -> list[Any]:
        """What is configurable in it."""
        return [self.crossing.spec(**spec._asdict()) for spec in self.inner.config_specs]


class ForwardingToLangChain(Forwarding):
    """What is LangChain's, for this library."""

    __slots__ = ()
    crossing = INTO_LANGCHAIN


class ForwardingToHeadrace(Forwarding):
    """What is of this library, for LangChain."""

    __slots__ = ()
    crossing = INTO_HEADRACE
