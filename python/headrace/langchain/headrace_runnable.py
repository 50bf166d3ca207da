"""`to_langchain`: what is of this library, as what is LangChain's."""

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

from headrace.langchain.errors import raised_there
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
    """Give what `to_langchain` adapted; None where it did not make `runnable`."""
    if isinstance(
        runnable, (HeadraceRunnable, HeadraceChatModel, HeadraceBoundModel, HeadraceTool)
    ):
        return runnable.inner
    return None


def to_langchain(runnable: Any) -> TheirRunnable[Any, Any]:
    """Make a runnable of this library a step for LangChain's chains, graphs and agents.

    What it is given is converted to this library's classes and what it gives to LangChain's, as
    `from_langchain` does in the other direction. Where somebody observes in LangChain, the runs
    inside it are runs there, of the same ids: `astream_events` there tells of its steps.

    Args:
        runnable: Any runnable of this library, or what becomes one in a chain: a function, a
            generator function, a dictionary of runnables.

    Returns:
        The runnable; of a chat model a chat model, of one with bound arguments a binding of one, of
        what stands in the place of one a runnable that has `bind_tools` and
        `with_structured_output`; of a tool a tool. What `from_langchain` made is unwrapped.

    Raises:
        TypeError: If it is none of these.
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
    """A runnable of this library as one of LangChain's.

    Attributes:
        inner: The runnable of this library.
    """

    def __init__(self, inner: Runnable[Any, Any]) -> None:
        """Adapt a runnable; `to_langchain` chooses the right class.

        Args:
            inner: The runnable of this library.
        """
        self.inner = inner
        self.name = getattr(inner, "name", None)

    def __repr__(self) -> str:
        return f"to_langchain({self.inner!r})"


class _Model(ForwardingModel, ForwardingToHeadrace):
    """A model of this library, for LangChain."""

    _tool = staticmethod(tool_from_langchain)


class HeadraceModel(_Model, HeadraceRunnable):
    """What stands in the place of a model: one with fallbacks, or that a configuration chooses."""


class HeadraceChatModel(_Model, TheirChatModel):
    """A chat model of this library as one of LangChain's. Its runs are those of the model here."""

    inner: Any = Field(exclude=True)
    """The chat model of this library."""

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
        """Answer for `generate`, whose runs are LangChain's own."""
        with raised_there():
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
        """Answer for `agenerate`, whose runs are LangChain's own."""
        with raised_there():
            given = value_from_langchain(messages)
            answer = await self.inner._agenerate(given, stop, **kwargs)
            return cast("TheirResult", value_to_langchain(answer))

    def get_token_ids(self, text: str) -> list[int]:
        """Give the tokens of a text, as the model counts."""
        return cast("list[int]", self.inner.get_token_ids(text))


class HeadraceBoundModel(TheirBinding[Any, Any]):
    """A chat model of this library with arguments bound to it, such as tools.

    It is LangChain's own binding, since agents look into that for the tools, and what is derived of
    it is made of the same class.
    """

    inner: Any = Field(default=None, exclude=True)
    """The binding of this library; None where this is derived from what `to_langchain` made."""

    @classmethod
    def of(cls, binding: RunnableBinding[Any, Any]) -> Self:
        """Adapt a binding; what it configures stays with the model."""
        model: Any = binding.bound
        if binding.config or binding.config_factories:
            model = RunnableBinding(
                bound=model, config=binding.config, config_factories=binding.config_factories
            )
        return cls(bound=HeadraceChatModel(inner=model), kwargs=binding.kwargs, inner=binding)
