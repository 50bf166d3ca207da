"""`to_langchain`: headrace runnables as LangChain runnables."""

from __future__ import annotations

from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel as TheirChatModel
from langchain_core.messages import BaseMessage as TheirMessage
from langchain_core.outputs import ChatResult as TheirResult
from langchain_core.runnables import Runnable as TheirRunnable
from langchain_core.runnables import RunnableBinding as TheirBinding
from pydantic import Field
from typing_extensions import Self

from headrace.langchain.errors import as_langchain_errors
from headrace.langchain.forwarding import ForwardingModel, ForwardingToHeadrace
from headrace.langchain.langchain_runnable import LangChainRunnable
from headrace.langchain.tools import HeadraceTool, LangChainTool, tool_from_langchain
from headrace.langchain.values import value_from_langchain, value_to_langchain
from headrace.language_models.chat_models import BaseChatModel
from headrace.runnables.binding import RunnableBinding
from headrace.runnables.coerce import coerce_to_runnable
from headrace.runnables.runnable import Runnable
from headrace.tools.base import BaseTool
from headrace.utils.secrets import hide_secrets

__all__ = [
    "HeadraceBoundModel",
    "HeadraceChatModel",
    "HeadraceRunnable",
    "inner_of",
    "to_langchain",
]


def inner_of(runnable: Any) -> Any:
    """Return the runnable that `to_langchain` adapted; None for other runnables."""
    if isinstance(
        runnable, (HeadraceRunnable, HeadraceChatModel, HeadraceBoundModel, HeadraceTool)
    ):
        return runnable.inner
    return None


def to_langchain(runnable: Any) -> TheirRunnable[Any, Any]:
    """Convert a headrace runnable to a LangChain runnable, for its chains, graphs and agents.

    Inputs are converted to headrace classes and outputs to LangChain classes; `from_langchain`
    does the opposite. If LangChain has callbacks, they are notified of the inner runs with the same
    ids, so LangChain's `astream_events` includes the inner steps.

    Args:
        runnable: A headrace runnable, or a function, generator function or dict that can be
            converted to one.

    Returns:
        A chat model for a chat model, a binding for a model with bound arguments, a tool for a
        tool. Runnables that wrap a model have `bind_tools` and `with_structured_output`. A result
        of `from_langchain` is unwrapped.

    Raises:
        TypeError: If `runnable` cannot be converted.
    """
    if isinstance(runnable, (LangChainRunnable, LangChainTool)):
        return cast("TheirRunnable[Any, Any]", runnable.inner)
    if isinstance(runnable, BaseTool):
        return HeadraceTool.of(runnable)
    if isinstance(runnable, BaseChatModel):
        return HeadraceChatModel(inner=runnable)
    if isinstance(runnable, RunnableBinding) and isinstance(runnable.bound, BaseChatModel):
        return HeadraceBoundModel.of(runnable)
    coerced: Runnable[Any, Any] = coerce_to_runnable(runnable)
    stands_for_model = callable(getattr(coerced, "bind_tools", None))
    return (HeadraceModel if stands_for_model else HeadraceRunnable)(coerced)


class HeadraceRunnable(ForwardingToHeadrace, TheirRunnable[Any, Any]):
    """A LangChain runnable that forwards to a headrace runnable.

    Attributes:
        inner: The headrace runnable.
    """

    def __init__(self, inner: Runnable[Any, Any]) -> None:
        """Adapt a runnable; `to_langchain` selects the right class.

        Args:
            inner: The headrace runnable.
        """
        self.inner = inner
        self.name = getattr(inner, "name", None)

    def __repr__(self) -> str:
        return f"to_langchain({self.inner!r})"


class _Model(ForwardingModel, ForwardingToHeadrace):
    """A mixin for headrace models adapted to LangChain."""

    _tool = staticmethod(tool_from_langchain)


class HeadraceModel(_Model, HeadraceRunnable):
    """An adapter of a runnable that wraps a model: with fallbacks, or selected by the config."""


class HeadraceChatModel(_Model, TheirChatModel):
    """A LangChain chat model that forwards to a headrace model, which creates the runs."""

    inner: Any = Field(exclude=True)
    """The headrace chat model."""

    @property
    def _llm_type(self) -> str:
        return cast("str", self.inner._llm_type)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return dict(hide_secrets(self.inner._identifying_params))

    def _resolve_model_profile(self) -> Any:
        return self.inner.profile

    def _generate(
        self,
        messages: list[TheirMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> TheirResult:
        """Generate for `generate`, whose runs LangChain creates."""
        with as_langchain_errors():
            given = value_from_langchain(messages)
            return cast(
                "TheirResult", value_to_langchain(self.inner._generate(given, stop, **kwargs))
            )

    async def _agenerate(
        self,
        messages: list[TheirMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> TheirResult:
        """Generate for `agenerate`, whose runs LangChain creates."""
        with as_langchain_errors():
            given = value_from_langchain(messages)
            answer = await self.inner._agenerate(given, stop, **kwargs)
            return cast("TheirResult", value_to_langchain(answer))

    def get_token_ids(self, text: str) -> list[int]:
        """Return the token ids of a string."""
        return cast("list[int]", self.inner.get_token_ids(text))


class HeadraceBoundModel(TheirBinding[Any, Any]):
    """A LangChain binding of a headrace chat model with bound arguments, such as tools.

    It subclasses LangChain's binding, since agents read the tools from it and derived bindings have
    the same class.
    """

    inner: Any = Field(default=None, exclude=True)
    """The headrace binding; None for a binding derived from the result of `to_langchain`."""

    @classmethod
    def of(cls, binding: RunnableBinding[Any, Any]) -> Self:
        """Adapt a binding; its config stays with the model."""
        model: Any = binding.bound
        if binding.config or binding.config_factories:
            model = RunnableBinding(
                bound=model, config=binding.config, config_factories=binding.config_factories
            )
        return cls(bound=HeadraceChatModel(inner=model), kwargs=binding.kwargs, inner=binding)
