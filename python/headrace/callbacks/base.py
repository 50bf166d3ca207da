"""Base classes of handlers and callback managers.

A handler overrides the methods of the events it needs. They receive the id of the run, the id of
its parent and the run's tags. Events that a handler does not override cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, Union

from headrace.callbacks.mixins import (
    CallbackManagerMixin,
    ChainManagerMixin,
    LLMManagerMixin,
    RetrieverManagerMixin,
    RunManagerMixin,
    ToolManagerMixin,
)

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Self

__all__ = [
    "AsyncCallbackHandler",
    "BaseCallbackHandler",
    "BaseCallbackManager",
    "CallbackManagerMixin",
    "Callbacks",
    "ChainManagerMixin",
    "LLMManagerMixin",
    "RetrieverManagerMixin",
    "RunManagerMixin",
    "ToolManagerMixin",
]


class BaseCallbackHandler(
    LLMManagerMixin,
    ChainManagerMixin,
    ToolManagerMixin,
    RetrieverManagerMixin,
    CallbackManagerMixin,
    RunManagerMixin,
):
    """An observer of runs.

    Attributes:
        raise_error: Whether an error in this handler breaks the run; otherwise it is logged.
        run_inline: Whether an asynchronous run calls this handler on the loop's own thread, before
            the others, in place of a thread of the executor.
    """

    raise_error: bool = False
    run_inline: bool = False

    @property
    def ignore_llm(self) -> bool:
        """Whether to skip the runs of text models."""
        return False

    @property
    def ignore_retry(self) -> bool:
        """Whether to skip retries."""
        return False

    @property
    def ignore_chain(self) -> bool:
        """Whether to skip the runs of chains."""
        return False

    @property
    def ignore_agent(self) -> bool:
        """Whether to skip the runs of tools and agents."""
        return False

    @property
    def ignore_retriever(self) -> bool:
        """Whether to skip the runs of retrievers."""
        return False

    @property
    def ignore_chat_model(self) -> bool:
        """Whether to skip the starts of chat models."""
        return False

    @property
    def ignore_custom_event(self) -> bool:
        """Whether to skip custom events."""
        return False


class AsyncCallbackHandler(BaseCallbackHandler):
    """An observer of runs whose events are coroutines.

    Every event of `BaseCallbackHandler` may be overridden with `async def`.
    """

    if not TYPE_CHECKING:
        # these events are awaited when a subclass calls them through super()
        async def _nothing(self, *args: Any, **kwargs: Any) -> None:
            """Do nothing."""

        on_llm_start = on_chain_start = on_tool_start = on_retriever_start = _nothing
        on_llm_new_token = on_llm_end = on_llm_error = on_stream_event = _nothing
        on_chain_end = on_chain_error = on_agent_action = on_agent_finish = _nothing
        on_tool_end = on_tool_error = on_retriever_end = on_retriever_error = _nothing
        on_text = on_retry = on_custom_event = _nothing

        async def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> Any:
            """Raise `NotImplementedError`, so that `on_llm_start` is called instead."""
            raise NotImplementedError(
                f"{type(self).__name__} does not implement `on_chat_model_start`"
            )


class BaseCallbackManager(CallbackManagerMixin):
    """The handlers, tags and metadata for new runs.

    Inheritable ones also apply to child runs; the others apply to the next run only.
    """

    __slots__ = (
        "handlers",
        "inheritable_handlers",
        "inheritable_metadata",
        "inheritable_tags",
        "metadata",
        "parent_run_id",
        "tags",
    )

    def __init__(
        self,
        handlers: list[BaseCallbackHandler],
        inheritable_handlers: list[BaseCallbackHandler] | None = None,
        parent_run_id: UUID | None = None,
        *,
        tags: list[str] | None = None,
        inheritable_tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        inheritable_metadata: dict[str, Any] | None = None,
    ) -> None:
        """Keep handlers.

        Args:
            handlers: All handlers.
            inheritable_handlers: Those of them that the runs below have too.
            parent_run_id: The run under which new ones are started.
            tags: All tags.
            inheritable_tags: Tags that child runs inherit.
            metadata: All metadata.
            inheritable_metadata: Metadata that child runs inherit.
        """
        self.handlers: list[BaseCallbackHandler] = handlers
        self.inheritable_handlers: list[BaseCallbackHandler] = inheritable_handlers or []
        self.parent_run_id: UUID | None = parent_run_id
        self.tags: list[str] = tags or []
        self.inheritable_tags: list[str] = inheritable_tags or []
        self.metadata: dict[str, Any] = metadata or {}
        self.inheritable_metadata: dict[str, Any] = inheritable_metadata or {}

    def copy(self) -> Self:
        """Return an independent copy of the manager."""
        return self.__class__(
            handlers=self.handlers.copy(),
            inheritable_handlers=self.inheritable_handlers.copy(),
            parent_run_id=self.parent_run_id,
            tags=self.tags.copy(),
            inheritable_tags=self.inheritable_tags.copy(),
            metadata=self.metadata.copy(),
            inheritable_metadata=self.inheritable_metadata.copy(),
        )

    def merge(self, other: BaseCallbackManager) -> Self:
        """Return a manager with the contents of both.

        Args:
            other: The manager to add. If both have a parent run, this manager's is used.

        Returns:
            A new manager.
        """
        merged = self.__class__(
            parent_run_id=self.parent_run_id or other.parent_run_id,
            handlers=[],
            inheritable_handlers=[],
            tags=_united(self.tags, other.tags),
            inheritable_tags=_united(self.inheritable_tags, other.inheritable_tags),
            metadata={**self.metadata, **other.metadata},
            inheritable_metadata={**self.inheritable_metadata, **other.inheritable_metadata},
        )
        for handler in (*self.handlers, *other.handlers):
            merged.add_handler(handler, inherit=False)
        for handler in (*self.inheritable_handlers, *other.inheritable_handlers):
            if handler not in merged.inheritable_handlers:
                merged.inheritable_handlers.append(handler)
        return merged

    @property
    def is_async(self) -> bool:
        """Whether to await the methods of this manager."""
        return False

    def add_handler(self, handler: BaseCallbackHandler, inherit: bool = True) -> None:
        """Add a handler, unless it is there.

        Args:
            handler: The handler.
            inherit: Whether the runs below have it too.
        """
        if handler not in self.handlers:
            self.handlers.append(handler)
        if inherit and handler not in self.inheritable_handlers:
            self.inheritable_handlers.append(handler)

    def remove_handler(self, handler: BaseCallbackHandler) -> None:
        """Remove a handler, here and for the runs below."""
        if handler in self.handlers:
            self.handlers.remove(handler)
        if handler in self.inheritable_handlers:
            self.inheritable_handlers.remove(handler)

    def set_handlers(self, handlers: list[BaseCallbackHandler], inherit: bool = True) -> None:
        """Replace all handlers.

        Args:
            handlers: The handlers.
            inherit: Whether the runs below have them too.
        """
        self.handlers = []
        self.inheritable_handlers = []
        for handler in handlers:
            self.add_handler(handler, inherit=inherit)

    def set_handler(self, handler: BaseCallbackHandler, inherit: bool = True) -> None:
        """Replace all handlers by one.

        Args:
            handler: The handler.
            inherit: Whether the runs below have it too.
        """
        self.set_handlers([handler], inherit=inherit)

    def add_tags(self, tags: list[str], inherit: bool = True) -> None:
        """Add tags at the end; those that are there move to it.

        Args:
            tags: The tags.
            inherit: Whether the runs below have them too.
        """
        self.remove_tags([tag for tag in tags if tag in self.tags])
        self.tags.extend(tags)
        if inherit:
            self.inheritable_tags.extend(tags)

    def remove_tags(self, tags: list[str]) -> None:
        """Remove tags, here and for the runs below."""
        if tags:
            self.tags = [tag for tag in self.tags if tag not in tags]
            self.inheritable_tags = [tag for tag in self.inheritable_tags if tag not in tags]

    def add_metadata(self, metadata: dict[str, Any], inherit: bool = True) -> None:
        """Add metadata.

        Args:
            metadata: Keys and values; they replace those that are there.
            inherit: Whether the runs below have them too.
        """
        self.metadata.update(metadata)
        if inherit:
            self.inheritable_metadata.update(metadata)

    def remove_metadata(self, keys: list[str]) -> None:
        """Remove metadata, here and for the runs below."""
        for key in keys:
            self.metadata.pop(key, None)
            self.inheritable_metadata.pop(key, None)


def _united(tags: list[str], others: list[str]) -> list[str]:
    return list(dict.fromkeys((*tags, *others)))


Callbacks: TypeAlias = Union[list[BaseCallbackHandler], BaseCallbackManager, None]  # noqa: UP007
