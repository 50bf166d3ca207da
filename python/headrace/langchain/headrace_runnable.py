"""`to_langchain`: what is of this library, as what is LangChain's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel as TheirChatModel
from langchain_core.messages import BaseMessage as TheirMessage
from langchain_core.outputs import ChatResult as TheirResult
from langchain_core.runnables import Runnable as TheirRunnable
from langchain_core.runnables import RunnableBinding as TheirBinding
from pydantic import Field

from headrace.langchain.errors import raised_there
from headrace.langchain.forwarding import ForwardingToHeadrace
from headrace.langchain.langchain_runnable import LangChainRunnable
from headrace.langchain.tools import HeadraceTool, LangChainTool, tool_from_langchain
from headrace.langchain.values import value_from_langchain, value_to_langchain
from headrace.language_models.chat_models import BaseChatModel
from headrace.runnables.binding import RunnableBinding
from headrace.runnables.coerce import coerce_to_runnable
from headrace.runnables.runnable import Runnable
from headrace.tools.base import BaseTool

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
        a tool a tool. What `from_langchain` made is unwrapped.

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
        return HeadraceBoundModel(
            bound=HeadraceChatModel(inner=runnable.bound), kwargs=runnable.kwargs, inner=runnable
        )
    return HeadraceRunnable(coerce_to_runnable(runnable))


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

    def __repr__(self) -> str:
        return f"to_langchain({self.inner!r})"


class HeadraceChatModel(ForwardingToHeadrace, TheirChatModel):
    """A chat model of this library as one of LangChain's. Its runs are those of the model here."""

    inner: Any = Field(exclude=True)
    """The chat model of this library."""

    @property
    def _llm_type(self) -> str:
        return cast("str", self.inner._llm_type)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return dict(self.inner._identifying_params)

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

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any], **kwargs: Any
    ) -> TheirRunnable[Any, Any]:
        """Let the model call tools.

        Args:
            tools: The tools: of either library, functions, classes or schemas.
            **kwargs: For the model.

        Returns:
            The model with them.
        """
        given = [tool_from_langchain(one) for one in tools]
        return to_langchain(self.inner.bind_tools(given, **kwargs))

    def with_structured_output(self, schema: Any, **kwargs: Any) -> TheirRunnable[Any, Any]:
        """Answer with data of a given shape.

        Args:
            schema: The shape.
            **kwargs: For the model.

        Returns:
            The model, answering so.
        """
        return to_langchain(self.inner.with_structured_output(schema, **kwargs))

    def get_token_ids(self, text: str) -> list[int]:
        """Give the tokens of a text, as the model counts."""
        return cast("list[int]", self.inner.get_token_ids(text))

    def get_num_tokens_from_messages(
        self, messages: Sequence[TheirMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Count the tokens of messages, as the model counts."""
        given = value_from_langchain(list(messages))
        bound = None if tools is None else [tool_from_langchain(one) for one in tools]
        return int(self.inner.get_num_tokens_from_messages(given, tools=bound))


class HeadraceBoundModel(ForwardingToHeadrace, TheirBinding[Any, Any]):
    """A chat model of this library with arguments bound to it, such as tools.

    It is LangChain's binding, since agents look into that for the tools.
    """

    inner: Any = Field(exclude=True)
    """The binding of this library, which is what runs."""
