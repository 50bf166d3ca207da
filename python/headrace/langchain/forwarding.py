"""What adapters of both directions have in common: they run and describe what they adapt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from headrace.langchain.crossing import INTO_HEADRACE, INTO_LANGCHAIN, Crossing

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Forwarding", "ForwardingModel", "ForwardingToHeadrace", "ForwardingToLangChain"]


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

    @staticmethod
    @abstractmethod
    def _adapted(runnable: Any) -> Any:
        """Adapt another runnable in the same direction."""

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
        here = self.crossing.here
        return [here.ConfigurableFieldSpec(**spec._asdict()) for spec in self.inner.config_specs]

    def configurable_fields(self, **fields: Any) -> Any:
        """Let a configuration set fields of what is adapted.

        Args:
            **fields: For each field how it is configured: a `ConfigurableField` of either library.

        Returns:
            The runnable, configurable so.
        """
        there = self.crossing.there
        given = {
            name: getattr(there, type(field).__name__)(**field._asdict())
            for name, field in fields.items()
        }
        return self._adapted(self.inner.configurable_fields(**given))


class ForwardingModel(Forwarding):
    """What models have beside, and what stands in the place of one."""

    __slots__ = ()

    @staticmethod
    @abstractmethod
    def _tool(tool: Any) -> Any:
        """Give a tool as the other library's model takes it."""

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any], **kwargs: Any
    ) -> Any:
        """Let the model call tools.

        Args:
            tools: The tools: of either library, functions, classes or schemas.
            **kwargs: For the model.

        Returns:
            The model with them.
        """
        given = [self._tool(one) for one in tools]
        return self._adapted(self.inner.bind_tools(given, **kwargs))

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        """Answer with data of a given shape.

        Args:
            schema: The shape.
            **kwargs: For the model.

        Returns:
            The model, answering so.
        """
        return self._adapted(self.inner.with_structured_output(schema, **kwargs))

    def get_num_tokens_from_messages(
        self, messages: Sequence[Any], tools: Sequence[Any] | None = None
    ) -> int:
        """Count the tokens of messages.

        Args:
            messages: The messages.
            tools: The tools that go with them.

        Returns:
            How many there are, as the model counts.
        """
        given = self.crossing.into(list(messages))
        more = () if tools is None else ([self._tool(one) for one in tools],)
        return int(self.inner.get_num_tokens_from_messages(given, *more))


class ForwardingToLangChain(Forwarding):
    """What is LangChain's, for this library."""

    __slots__ = ()
    crossing = INTO_LANGCHAIN

    @staticmethod
    def _adapted(runnable: Any) -> Any:
        from headrace.langchain.langchain_runnable import from_langchain

        return from_langchain(runnable)


class ForwardingToHeadrace(Forwarding):
    """What is of this library, for LangChain."""

    __slots__ = ()
    crossing = INTO_HEADRACE

    @staticmethod
    def _adapted(runnable: Any) -> Any:
        from headrace.langchain.headrace_runnable import to_langchain

        return to_langchain(runnable)
