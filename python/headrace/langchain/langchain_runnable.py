"""`from_langchain`: what is LangChain's, as what is of this library."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.language_models import BaseLanguageModel as TheirModel
from langchain_core.runnables import Runnable as TheirRunnable
from langchain_core.tools import BaseTool as TheirTool

from headrace.langchain.forwarding import ForwardingModel, ForwardingToLangChain
from headrace.langchain.tools import LangChainTool, tool_to_langchain
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


class LangChainModel(ForwardingModel, LangChainRunnable):
    """A model of LangChain's as a runnable of this library."""

    __slots__ = ()
    _tool = staticmethod(tool_to_langchain)
