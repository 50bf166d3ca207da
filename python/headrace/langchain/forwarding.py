"""Base classes of the adapters: they forward to the runnable of the other library."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from headrace.langchain.crossing import INTO_HEADRACE, INTO_LANGCHAIN, Crossing

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Forwarding", "ForwardingModel", "ForwardingToHeadrace", "ForwardingToLangChain"]


class Forwarding:
    """A mixin that forwards the methods of a runnable to one of the other library.

    List it before the base class of either library.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        crossing: Crossing
        """The direction from the caller's library into that of `inner`."""

        inner: Any
        """What is adapted."""

    @staticmethod
    @abstractmethod
    def _adapted(runnable: Any) -> Any:
        """Adapt another runnable in the same direction."""

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of the inner runnable."""
        return str(self.inner.get_name(suffix, name=name))

    # -- running -----------------------------------------------------------------------------------

    def invoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the inner runnable."""
        return self.crossing.invoke(self.inner, input, config, kwargs)

    async def ainvoke(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
        """Run the inner runnable."""
        return await self.crossing.ainvoke(self.inner, input, config, kwargs)

    def stream(self, input: Any, config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Stream the inner runnable."""
        return self.crossing.stream(self.inner, input, config, kwargs)

    def astream(self, input: Any, config: Any = None, **kwargs: Any) -> AsyncIterator[Any]:
        """Stream the inner runnable."""
        return self.crossing.astream(self.inner, input, config, kwargs)

    def transform(self, input: Iterator[Any], config: Any = None, **kwargs: Any) -> Iterator[Any]:
        """Transform a stream with the inner runnable."""
        return self.crossing.transform(self.inner, input, config, kwargs)

    def atransform(
        self, input: AsyncIterator[Any], config: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Transform a stream with the inner runnable."""
        return self.crossing.atransform(self.inner, input, config, kwargs)

    def batch(
        self,
        inputs: list[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Run the inner runnable on each input."""
        return self.crossing.batch(self.inner, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: list[Any],
        config: Any = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Run the inner runnable on each input."""
        return await self.crossing.abatch(self.inner, inputs, config, return_exceptions, kwargs)

    # -- schemas -----------------------------------------------------------------------------------

    @property
    def InputType(self) -> Any:
        """The input type of the inner runnable."""
        return self.inner.InputType

    @property
    def OutputType(self) -> Any:
        """The output type of the inner runnable."""
        return self.inner.OutputType

    def get_input_schema(self, config: Any = None) -> type[BaseModel]:
        """Return the input schema of the inner runnable."""
        converted = self.crossing.config(config, is_async=False)
        return cast("type[BaseModel]", self.inner.get_input_schema(converted))

    def get_output_schema(self, config: Any = None) -> type[BaseModel]:
        """Return the output schema of the inner runnable."""
        converted = self.crossing.config(config, is_async=False)
        return cast("type[BaseModel]", self.inner.get_output_schema(converted))

    @property
    def config_specs(self) -> list[Any]:
        """The configurable fields of the inner runnable."""
        here = self.crossing.here
        return [here.ConfigurableFieldSpec(**spec._asdict()) for spec in self.inner.config_specs]

    def configurable_fields(self, **fields: Any) -> Any:
        """Allow the config to set fields of the inner runnable.

        Args:
            **fields: The `ConfigurableField` of each field, from either library.

        Returns:
            The runnable with configurable fields.
        """
        there = self.crossing.there
        converted = {
            name: getattr(there, type(field).__name__)(**field._asdict())
            for name, field in fields.items()
        }
        return self._adapted(self.inner.configurable_fields(**converted))


class ForwardingModel(Forwarding):
    """A mixin for adapters of models, and of runnables that wrap a model."""

    __slots__ = ()

    @staticmethod
    @abstractmethod
    def _tool(tool: Any) -> Any:
        """Convert a tool for the model of the other library."""

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any], **kwargs: Any
    ) -> Any:
        """Bind tools to the model.

        Args:
            tools: Tools of either library, functions, classes or schemas.
            **kwargs: Passed to the model.

        Returns:
            The model with the tools.
        """
        converted = [self._tool(one) for one in tools]
        return self._adapted(self.inner.bind_tools(converted, **kwargs))

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        """Return a model whose output matches a schema.

        Args:
            schema: The schema.
            **kwargs: Passed to the model.

        Returns:
            The model with structured output.
        """
        return self._adapted(self.inner.with_structured_output(schema, **kwargs))

    def get_num_tokens_from_messages(
        self, messages: Sequence[Any], tools: Sequence[Any] | None = None
    ) -> int:
        """Count the tokens of messages.

        Args:
            messages: The messages.
            tools: The tools sent with the messages.

        Returns:
            The number of tokens.
        """
        converted = self.crossing.into(list(messages))
        more = () if tools is None else ([self._tool(one) for one in tools],)
        return int(self.inner.get_num_tokens_from_messages(converted, *more))


class ForwardingToLangChain(Forwarding):
    """A mixin that forwards from headrace to a LangChain runnable."""

    __slots__ = ()
    crossing = INTO_LANGCHAIN

    @staticmethod
    def _adapted(runnable: Any) -> Any:
        from headrace.langchain.langchain_runnable import from_langchain

        return from_langchain(runnable)


class ForwardingToHeadrace(Forwarding):
    """A mixin that forwards from LangChain to a headrace runnable."""

    __slots__ = ()
    crossing = INTO_HEADRACE

    @staticmethod
    def _adapted(runnable: Any) -> Any:
        from headrace.langchain.headrace_runnable import to_langchain

        return to_langchain(runnable)
