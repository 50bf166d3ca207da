"""Chain groups: one chain run around all runs inside a `with` block."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.run_manager import (
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
    """Manager that starts runs below one chain run, and ends that run.

    Attributes:
        parent_run_manager: The manager of the chain run.
        ended: Whether the end of the chain run was emitted.
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
        """Return an independent copy of the manager."""
        return type(self)(**_contents(self), parent_run_manager=self.parent_run_manager)

    def merge(self, other: BaseCallbackManager) -> Self:
        """Return a manager with the contents of both."""
        plain: Any = CallbackManager(**_contents(self)).merge(other)
        return type(self)(**_contents(plain), parent_run_manager=self.parent_run_manager)

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Emit the end of the group."""
        self.ended = True
        self.parent_run_manager.on_chain_end(outputs, **kwargs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the group."""
        self.ended = True
        self.parent_run_manager.on_chain_error(error, **kwargs)


class AsyncCallbackManagerForChainGroup(AsyncCallbackManager):
    """Async manager that starts runs below one chain run, and ends that run.

    Attributes:
        parent_run_manager: The manager of the chain run.
        ended: Whether the end of the chain run was emitted.
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
        """Return an independent copy of the manager."""
        return type(self)(**_contents(self), parent_run_manager=self.parent_run_manager)

    def merge(self, other: BaseCallbackManager) -> Self:
        """Return a manager with the contents of both."""
        plain: Any = AsyncCallbackManager(**_contents(self)).merge(other)
        return type(self)(**_contents(plain), parent_run_manager=self.parent_run_manager)

    async def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        """Emit the end of the group."""
        self.ended = True
        await self.parent_run_manager.on_chain_end(outputs, **kwargs)

    async def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        """Emit the failure of the group."""
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
    """Group the runs inside a `with` block under one chain run.

    Args:
        group_name: The name of the chain run.
        callback_manager: The manager whose handlers observe the run.
        inputs: The input of the chain run.
        run_id: The id of the chain run; generated if None.
        tags: Tags of the child runs.
        metadata: Metadata of the run and its child runs.

    Yields:
        The manager to pass as `callbacks` to the runs.
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
    """Group runs under one chain run; async version of `trace_as_chain_group`."""
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
