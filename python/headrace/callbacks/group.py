"""Several runs as one: a chain run of one's own making, around what is called inside a `with`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForChainRun,
        CallbackManagerForChainRun,
    )

__all__ = [
    "AsyncCallbackManagerForChainGroup",
    "CallbackManagerForChainGroup",
    "atrace_as_chain_group",
    "trace_as_chain_group",
]


class CallbackManagerForChainGroup(CallbackManager):
    """Starts runs below one chain run, which it can end.

    Attributes:
        parent_run_manager: That run.
        ended: Whether it was told how it ended.
    """

    def __init__(
        self,
        handlers: list[BaseCallbackHandler],
        inheritable_handlers: list[BaseCallbackHandler] | None = None,
        parent_run_id: UUID | None = None,
        *,
        parent_run_manager: CallbackManagerForChainRun,
        **kwargs: Any,
    ) -> None:
        """Start runs below `parent_run_manager`; for the rest, see `BaseCallbackManager`."""
        super().__init__(handlers, inheritable_handlers, parent_run_id, **kwargs)
        self.parent_run_manager = parent_run_manager
        self.ended = False

    def copy(self) -> Self:
        """Give a manager of its own with the same contents."""
        return type(self)(**_contents(self), parent_run_manager=self.parent_run_manager)

    def merge(self, other: BaseCallbackManager) -> Self:
        """Give a manager with the contents of both."""
        plain: Any = CallbackManager(**_contents(self)).merge(other)
        return type(self)(**_contents(plain), parent_run_manager=self.parent_run_manager)

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Tell that the group came to its end."""
        self.ended = True
        self.parent_run_manager.on_chain_end(outputs, **kwargs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the group failed with `error`."""
        self.ended = True
        self.parent_run_manager.on_chain_error(error, **kwargs)


class AsyncCallbackManagerForChainGroup(AsyncCallbackManager):
    """Starts asynchronous runs below one chain run, which it can end.

    Attributes:
        parent_run_manager: That run.
        ended: Whether it was told how it ended.
    """

    def __init__(
        self,
        handlers: list[BaseCallbackHandler],
        inheritable_handlers: list[BaseCallbackHandler] | None = None,
        parent_run_id: UUID | None = None,
        *,
        parent_run_manager: AsyncCallbackManagerForChainRun,
        **kwargs: Any,
    ) -> None:
        """Start runs below `parent_run_manager`; for the rest, see `BaseCallbackManager`."""
        super().__init__(handlers, inheritable_handlers, parent_run_id, **kwargs)
        self.parent_run_manager = parent_run_manager
        self.ended = False

    def copy(self) -> Self:
        """Give a manager of its own with the same contents."""
        return type(self)(**_contents(self), parent_run_manager=self.parent_run_manager)

    def merge(self, other: BaseCallbackManager) -> Self:
        """Give a manager with the contents of both."""
        plain: Any = AsyncCallbackManager(**_contents(self)).merge(other)
        return type(self)(**_contents(plain), parent_run_manager=self.parent_run_manager)

    async def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Tell that the group came to its end."""
        self.ended = True
        await self.parent_run_manager.on_chain_end(outputs, **kwargs)

    async def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Tell that the group failed with `error`."""
        self.ended = True
        await self.parent_run_manager.on_chain_error(error, **kwargs)


def _contents(manager: BaseCallbackManager) -> dict[str, Any]:
    return {
        "handlers": manager.handlers.copy(),
        "inheritable_handlers": manager.inheritable_handlers.copy(),
        "parent_run_id": manager.parent_run_id,
        "tags": manager.tags.copy(),
        "inheritable_tags": manager.inheritable_tags.copy(),
        "metadata": manager.metadata.copy(),
        "inheritable_metadata": manager.inheritable_metadata.copy(),
    }


@contextmanager
def trace_as_chain_group(
    group_name: str,
    callback_manager: CallbackManager | None = None,
    *,
    inputs: dict[str, Any] | None = None,
    run_id: UUID | None = None,
    tags: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> Iterator[CallbackManagerForChainGroup]:
    """Make what is run inside the `with` part of one chain run.

    Args:
        group_name: What the run is called.
        callback_manager: Whose handlers hear of it.
        inputs: Its input.
        run_id: Its id; made where it is None.
        tags: Labels of the runs below.
        metadata: Facts about the run and those below.

    Yields:
        The manager to give to what is run, as `callbacks`.
    """
    manager = CallbackManager.configure(
        inheritable_callbacks=callback_manager, inheritable_tags=tags, inheritable_metadata=metadata
    )
    run = manager.on_chain_start({"name": group_name}, inputs or {}, run_id=run_id)
    group = CallbackManagerForChainGroup(**_contents(run.get_child()), parent_run_manager=run)
    try:
        yield group
    except BaseException as error:
        if not group.ended:
            run.on_chain_error(error)
        raise
    if not group.ended:
        run.on_chain_end({})


@asynccontextmanager
async def atrace_as_chain_group(
    group_name: str,
    callback_manager: AsyncCallbackManager | None = None,
    *,
    inputs: dict[str, Any] | None = None,
    run_id: UUID | None = None,
    tags: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> AsyncIterator[AsyncCallbackManagerForChainGroup]:
    """Make what is run inside part of one chain run; see `trace_as_chain_group`."""
    manager = AsyncCallbackManager.configure(
        inheritable_callbacks=callback_manager, inheritable_tags=tags, inheritable_metadata=metadata
    )
    run = await manager.on_chain_start({"name": group_name}, inputs or {}, run_id=run_id)
    group = AsyncCallbackManagerForChainGroup(**_contents(run.get_child()), parent_run_manager=run)
    try:
        yield group
    except BaseException as error:
        if not group.ended:
            await run.on_chain_error(error)
        raise
    if not group.ended:
        await run.on_chain_end({})
