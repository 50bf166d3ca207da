"""Run managers, with which a component emits the events of its run.

Each has a sync and an async version: methods of sync managers return after all handlers have run,
those of async managers are awaited.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from headrace.callbacks.any_run import (
    AsyncParentRunManager,
    AsyncRunManager,
    BaseRunManager,
    ParentRunManager,
    RunManager,
)
from headrace.callbacks.dispatch import atell_each, tell_each

__all__ = [
    "AsyncCallbackManagerForChainRun",
    "AsyncCallbackManagerForLLMRun",
    "AsyncCallbackManagerForRetrieverRun",
    "AsyncCallbackManagerForToolRun",
    "AsyncParentRunManager",
    "AsyncRunManager",
    "BaseRunManager",
    "CallbackManagerForChainRun",
    "CallbackManagerForLLMRun",
    "CallbackManagerForRetrieverRun",
    "CallbackManagerForToolRun",
    "ParentRunManager",
    "RunManager",
]


def _part(token: Any, chunk: Any) -> Any:
    """Return the streamed part: the message chunk of a chat model, else the token."""
    return token if chunk is None else getattr(chunk, "message", chunk)


class CallbackManagerForLLMRun(RunManager):
    """A synchronous run of a model."""

    __slots__ = ()

    @property
    def hears_tokens(self) -> bool:
        """True if a handler, and not only a sink, handles tokens."""
        return bool(self.token_handlers)

    def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, **kwargs: Any
    ) -> None:
        """Emit a `token` that the model streamed in `chunk`."""
        if self.streamers:
            pressure = self.streamed(_part(token, chunk))
            if pressure is not None:
                pressure.block()
        if self.token_handlers:
            about = {
                "chunk": chunk,
                "run_id": self.run_id,
                "parent_run_id": self.parent_run_id,
                "tags": self.tags,
                **kwargs,
            }
            tell_each(self.token_handlers, "on_llm_new_token", (token,), about)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Emit the complete `response` of the model."""
        self._ended(response)
        self._tell("on_llm_end", "ignore_llm", response, **kwargs)

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the model."""
        self._failed(error, None, kwargs.get("response"))
        self._tell("on_llm_error", "ignore_llm", error, **kwargs)

    def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """Emit a content-block `event` that the model streamed."""
        self._tell("on_stream_event", "ignore_llm", event, **kwargs)


class AsyncCallbackManagerForLLMRun(AsyncRunManager):
    """An asynchronous run of a model."""

    __slots__ = ()

    @property
    def hears_tokens(self) -> bool:
        """True if a handler, and not only a sink, handles tokens."""
        return bool(self.token_handlers)

    def get_sync(self) -> CallbackManagerForLLMRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForLLMRun(**self._state())

    async def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, **kwargs: Any
    ) -> None:
        """Emit a `token` that the model streamed in `chunk`."""
        if self.streamers:
            pressure = self.streamed(_part(token, chunk))
            if pressure is not None:
                await pressure
        if self.token_handlers:
            about = {
                "chunk": chunk,
                "run_id": self.run_id,
                "parent_run_id": self.parent_run_id,
                "tags": self.tags,
                **kwargs,
            }
            await atell_each(self.token_handlers, "on_llm_new_token", (token,), about)

    async def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        """Emit the complete `response` of the model."""
        self._ended(response)
        await self._close("on_llm_end", "ignore_llm", response, **kwargs)

    async def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the model."""
        self._failed(error, None, kwargs.get("response"))
        await self._close("on_llm_error", "ignore_llm", error, **kwargs)

    async def on_stream_event(self, event: Any, **kwargs: Any) -> None:
        """Emit a content-block `event` that the model streamed."""
        await self._tell("on_stream_event", "ignore_llm", event, **kwargs)


class CallbackManagerForChainRun(ParentRunManager):
    """A synchronous run of a chain, a prompt or a parser."""

    __slots__ = ()

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Emit the complete output of the chain."""
        self._ended(outputs, kwargs.get("inputs"))
        self._tell("on_chain_end", "ignore_chain", outputs, **kwargs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the chain."""
        self._failed(error, kwargs.get("inputs"))
        self._tell("on_chain_error", "ignore_chain", error, **kwargs)

    def on_agent_action(self, action: Any, **kwargs: Any) -> None:
        """Emit the `action` that the agent chose."""
        self._tell("on_agent_action", "ignore_agent", action, **kwargs)

    def on_agent_finish(self, finish: Any, **kwargs: Any) -> None:
        """Emit the end of the agent."""
        self._tell("on_agent_finish", "ignore_agent", finish, **kwargs)


class AsyncCallbackManagerForChainRun(AsyncParentRunManager):
    """An asynchronous run of a chain, a prompt or a parser."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForChainRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForChainRun(**self._state())

    async def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Emit the complete output of the chain."""
        self._ended(outputs, kwargs.get("inputs"))
        await self._close("on_chain_end", "ignore_chain", outputs, **kwargs)

    async def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the chain."""
        self._failed(error, kwargs.get("inputs"))
        await self._close("on_chain_error", "ignore_chain", error, **kwargs)

    async def on_agent_action(self, action: Any, **kwargs: Any) -> None:
        """Emit the `action` that the agent chose."""
        await self._tell("on_agent_action", "ignore_agent", action, **kwargs)

    async def on_agent_finish(self, finish: Any, **kwargs: Any) -> None:
        """Emit the end of the agent."""
        await self._tell("on_agent_finish", "ignore_agent", finish, **kwargs)


class CallbackManagerForToolRun(ParentRunManager):
    """A synchronous run of a tool."""

    __slots__ = ()

    def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Emit the `output` of the tool."""
        self._ended(output)
        self._tell("on_tool_end", "ignore_agent", output, **kwargs)

    def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the tool."""
        self._failed(error)
        self._tell("on_tool_error", "ignore_agent", error, **kwargs)


class AsyncCallbackManagerForToolRun(AsyncParentRunManager):
    """An asynchronous run of a tool."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForToolRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForToolRun(**self._state())

    async def on_tool_end(self, output: Any, **kwargs: Any) -> None:
        """Emit the `output` of the tool."""
        self._ended(output)
        await self._close("on_tool_end", "ignore_agent", output, **kwargs)

    async def on_tool_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the tool."""
        self._failed(error)
        await self._close("on_tool_error", "ignore_agent", error, **kwargs)


class CallbackManagerForRetrieverRun(ParentRunManager):
    """A synchronous run of a retriever."""

    __slots__ = ()

    def on_retriever_end(self, documents: Iterable[Any], **kwargs: Any) -> None:
        """Emit the `documents` that the retriever found."""
        self._ended(documents)
        self._tell("on_retriever_end", "ignore_retriever", documents, **kwargs)

    def on_retriever_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the retriever."""
        self._failed(error)
        self._tell("on_retriever_error", "ignore_retriever", error, **kwargs)


class AsyncCallbackManagerForRetrieverRun(AsyncParentRunManager):
    """An asynchronous run of a retriever."""

    __slots__ = ()

    def get_sync(self) -> CallbackManagerForRetrieverRun:
        """Return a sync manager for the same run."""
        return CallbackManagerForRetrieverRun(**self._state())

    async def on_retriever_end(self, documents: Iterable[Any], **kwargs: Any) -> None:
        """Emit the `documents` that the retriever found."""
        self._ended(documents)
        await self._close("on_retriever_end", "ignore_retriever", documents, **kwargs)

    async def on_retriever_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the retriever."""
        self._failed(error)
        await self._close("on_retriever_error", "ignore_retriever", error, **kwargs)
