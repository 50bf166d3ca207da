"""Preparation of the event and log streams of a runnable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from headrace.callbacks.base import BaseCallbackManager
from headrace.runnables.astreaming import in_own_context
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.observer import RunObserver
    from headrace.events.options import Options
    from headrace.events.watcher import Watcher

__all__ = [
    "log_watcher",
    "options_of",
    "prepare",
    "refuse_version",
    "version_error",
    "watcher_factory",
]


_OPTIONS = (
    "include_names",
    "include_types",
    "include_tags",
    "exclude_names",
    "exclude_types",
    "exclude_tags",
    "include_events",
    "exclude_events",
    "include_parents",
    "created_at",
    "on_error",
    "max_buffered",
    "on_full",
)


def options_of(arguments: dict[str, Any]) -> Options:
    """Return the options among the arguments of a method, checked."""
    from headrace.events.options import Options

    return Options(**{key: arguments[key] for key in _OPTIONS if key in arguments})


def version_error(runnable: object, method: str, version: str) -> NotImplementedError:
    """Return the error for a version that a runnable does not support."""
    name = type(runnable).__name__
    if version == "v3":
        return NotImplementedError(
            f"{method}(version='v3') streams the content blocks of one chat model, and {name} is "
            "not a chat model or a binding of one; for a chain that ends in one, use "
            "headrace.streams.content_blocks"
        )
    return NotImplementedError(f"Unsupported version: {version!r}. Expected 'v1', 'v2' or 'v3'.")


def refuse_version(runnable: object, version: str) -> Awaitable[NoReturn]:
    """Raise the error for a version; for `v3`, return an awaitable that raises it."""
    error = version_error(runnable, "astream_events", version)
    if version != "v3":
        raise error

    async def fail() -> NoReturn:
        raise error

    return fail()


def watcher_factory(version: str) -> Callable[..., Watcher[Any]]:
    """Return the factory of the watcher for a version of the event schema."""
    return _watcher_v2 if version == "v2" else _watcher_v1


def _watcher_v2(
    runnable: Any,
    buffer: Any,
    options: Options,
    root_id: UUID,
    input: Any,
    config: RunnableConfig,
) -> Watcher[Any]:
    from headrace.events.v2 import EventsV2

    return EventsV2(buffer, options, root_id, input)


def _watcher_v1(
    runnable: Any,
    buffer: Any,
    options: Options,
    root_id: UUID,
    input: Any,
    config: RunnableConfig,
) -> Watcher[Any]:
    from headrace.events.v1 import EventsV1

    name = config.get("run_name") or runnable.get_name()
    labels = (name, config["tags"], config["metadata"])
    return EventsV1(buffer, options, root_id, input, labels)


def log_watcher(
    with_streamed_output_list: bool,
    runnable: Any,
    buffer: Any,
    options: Options,
    root_id: UUID,
    input: Any,
    config: RunnableConfig,
) -> Watcher[Any]:
    """Create the watcher of a log."""
    from headrace.events.log_watcher import LogWatcher

    return LogWatcher(buffer, options, root_id, with_streamed_output_list)


def prepare(
    runnable: Any,
    method: str,
    make: Callable[..., Watcher[Any]],
    input: Any,
    config: RunnableConfig | None,
    options: Options,
    kwargs: dict[str, Any],
) -> Any:
    """Prepare the runnable, the watcher and the buffer before the first event."""
    from headrace.events.buffer import AsyncBuffer, SyncBuffer
    from headrace.events.driving import Drive

    runnable, config, kwargs = runnable._watching(method, input, config, kwargs)
    buffer: Any = (AsyncBuffer if method == "astream" else SyncBuffer)(options.max_buffered)
    full = ensure_config(config)
    root_id = full.get("run_id")
    if root_id is None:
        root_id = full["run_id"] = uuid7()
    watcher = make(runnable, buffer, options, root_id, input, full)
    full["callbacks"] = _add_watcher(full.get("callbacks"), watcher)
    produce = partial(getattr(runnable, method), input, full, **kwargs)
    return Drive(
        buffer, watcher, produce if method == "stream" else lambda: in_own_context(produce())
    )


def _add_watcher(callbacks: Any, watcher: RunObserver) -> Any:
    """Return callbacks with a watcher added."""
    if callbacks is None:
        return [watcher]
    if isinstance(callbacks, BaseCallbackManager):
        both = callbacks.copy()
        both.add_handler(watcher, inherit=True)
        return both
    if isinstance(callbacks, list):
        return [*callbacks, watcher]
    raise ValueError(
        f"Unexpected type for callbacks: {type(callbacks).__name__}. "
        "Expected None, a list or a callback manager."
    )
