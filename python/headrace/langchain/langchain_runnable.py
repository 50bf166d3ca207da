"""`from_langchain`: LangChain runnables as headrace runnables."""

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
    """Convert a LangChain runnable to a headrace runnable, for use in headrace chains.

    Inputs are converted to LangChain classes and outputs to headrace classes: messages, prompt
    values, documents and generations, also inside dicts, lists and tuples. The config is converted
    too: tags, metadata, name, id and so on. If there are callbacks, they are notified of the inner
    LangChain runs with the same ids.

    Args:
        runnable: A LangChain runnable: a model, chain, prompt, parser, retriever, tool or a
            LangGraph graph.

    Returns:
        A tool for a tool; a runnable with `bind_tools` and `with_structured_output` for a model. A
        result of `to_langchain` is unwrapped.

    Raises:
        TypeError: If `runnable` is not a LangChain runnable.
    """
    from headrace.langchain.headrace_runnable import inner_of

    own = inner_of(runnable)
    if own is not None:
        return cast("Runnable[Any, Any]", own)
    if isinstance(runnable, TheirTool):
        return LangChainTool.of(runnable)
    if isinstance(runnable, TheirRunnable):
        # Bindings and configurable alternatives of a model wrap a model.
        stands_for_model = callable(getattr(runnable, "bind_tools", None))
        if stands_for_model or isinstance(runnable, TheirModel):
            return LangChainModel(runnable)
        return LangChainRunnable(runnable)
    raise TypeError(f"from_langchain expects a Runnable of langchain-core, not {type(runnable)!r}")


class LangChainRunnable(ForwardingToLangChain, Runnable[Any, Any]):
    """A headrace runnable that forwards to a LangChain runnable; it has no run of its own.

    Other attributes are looked up on the inner runnable.

    Attributes:
        inner: The LangChain runnable.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: TheirRunnable[Any, Any]) -> None:
        """Adapt a runnable; `from_langchain` selects the right class.

        Args:
            inner: The LangChain runnable.
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
    """A headrace runnable that forwards to a LangChain model."""

    __slots__ = ()
    _tool = staticmethod(tool_to_langchain)
