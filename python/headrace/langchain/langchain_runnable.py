"""`from_langchain`: what is LangChain's, as what is of this library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from langchain_core.language_models import BaseLanguageModel as TheirModel
from langchain_core.runnables import Runnable as TheirRunnable
from langchain_core.tools import BaseTool as TheirTool

from headrace.langchain.forwarding import ForwardingToLangChain
from headrace.langchain.tools import LangChainTool, tool_to_langchain
from headrace.langchain.values import value_to_langchain
from headrace.runnables.runnable import Runnable

__all__ = ["LangChainModel", "LangChainRunnable", "from_langchain"]


def from_langchain(runnable: Any) -> Runnable[Any, Any]:
    """Make a runnable of LangChain's a step for chains of this library.

    What it is given is converted to LangChain's classes and what it gives to this library's:
    messages, prompt values, documents and generations, wherever they stand in dictionaries, lists
    and tuples. Tags, metadata, name, id and the other parts of the configuration are carried over.
    Where somebody observes, LangChain's runs inside it are runs here, of the same ids.

    Args:
        runnable: Any runnable of LangChain's: a model, a chain, a prompt, a parser, a retriever, a
            tool, a graph of LangGraph.

    Returns:
        The runnable; of a tool a tool, of a model one that has `bind_tools` and
        `with_structured_output`. What `to_langchain` made is unwrapped.

    Raises:
        TypeError: If it is no runnable of LangChain's.
    """
    from headrace.langchain.headrace_runnable import inner_of

    own = inner_of(runnable)
    if own is not None:
        return cast("Runnable[Any, Any]", own)
    if isinstance(runnable, TheirTool):
        return LangChainTool.of(runnable)
    if isinstance(runnable, TheirRunnable):
        # what chooses or binds a model stands in the place of one
        stands_for_model = callable(getattr(runnable, "bind_tools", None))
        if stands_for_model or isinstance(runnable, TheirModel):
            return LangChainModel(runnable)
        return LangChainRunnable(runnable)
    raise TypeError(
        f"from_langchain needs a Runnable of langchain-core, and was given {type(runnable)!r}"
    )


class LangChainRunnable(ForwardingToLangChain, Runnable[Any, Any]):
    """A runnable of LangChain's as one of this library. It has no run of its own.

    Attributes of the other are found here too.

    Attributes:
        inner: The runnable of LangChain's.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: TheirRunnable[Any, Any]) -> None:
        """Adapt a runnable; `from_langchain` chooses the right class.

        Args:
            inner: The runnable of LangChain's.
        """
        self.inner = inner

    def __repr__(self) -> str:
        return f"from_langchain({self.inner!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LangChainRunnable) and bool(self.inner == other.inner)

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.inner,)


class LangChainModel(LangChainRunnable):
    """A model of LangChain's as a runnable of this library."""

    __slots__ = ()

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any], **kwargs: Any
    ) -> Runnable[Any, Any]:
        """Let the model call tools.

        Args:
            tools: The tools: of either library, functions, classes or schemas.
            **kwargs: For the model.

        Returns:
            The model with them.
        """
        inner = cast("Any", self.inner)
        return from_langchain(inner.bind_tools([tool_to_langchain(one) for one in tools], **kwargs))

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[Any, Any]:
        """Answer with data of a given shape.

        Args:
            schema: The shape.
            **kwargs: For the model.

        Returns:
            The model, answering so.
        """
        return from_langchain(cast("Any", self.inner).with_structured_output(schema, **kwargs))

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
        given = value_to_langchain(list(messages))
        inner = cast("Any", self.inner)
        if tools is None:
            return int(inner.get_num_tokens_from_messages(given))
        return int(
            inner.get_num_tokens_from_messages(given, [tool_to_langchain(one) for one in tools])
        )
