"""Event and log streams of runnables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, cast, overload

from headrace.callbacks.base import BaseCallbackManager
from headrace.runnables.astreaming import in_own_context
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.run import RunObserver
    from headrace.events.log import RunLog, RunLogPatch
    from headrace.events.log_stream import LogStream
    from headrace.events.options import Names, OnFull, Options
    from headrace.events.schema import StreamEvent
    from headrace.events.watcher import Watcher
    from headrace.runnables.runnable import Runnable

__all__ = ["Observed"]

Version = Literal["v1", "v2"]
T = TypeVar("T")


class Observed:
    """Event and log streaming methods of `Runnable`."""

    __slots__: tuple[str, ...] = ()

    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Version = "v2",
        include_names: Names = None,
        include_types: Names = None,
        include_tags: Names = None,
        exclude_names: Names = None,
        exclude_types: Names = None,
        exclude_tags: Names = None,
        include_events: Names = None,
        exclude_events: Names = None,
        include_parents: Names = None,
        created_at: bool = False,
        on_error: bool = False,
        max_buffered: int = 256,
        on_full: OnFull = "wait",
        **kwargs: Any,
    ) -> AsyncIterator[StreamEvent]:
        """Stream this runnable and yield the events of it and its child runs as they happen.

        A run is included if it matches any of `include_names`, `include_types` and `include_tags`,
        or if none of these are set, and if it does not match an `exclude_` filter. An excluded run
        costs nothing after its start.

        Args:
            input: The input.
            config: The config of the run.
            version: The version of the event schema.
            include_names: Names of runs to include.
            include_types: Types of runs to include: `chain`, `chat_model`, `llm`, `tool`,
                `retriever`, `prompt`, `parser`.
            include_tags: Tags of runs to include.
            exclude_names: Names of runs to exclude.
            exclude_types: Types of runs to exclude.
            exclude_tags: Tags of runs to exclude.
            include_events: Events to include: names such as `on_chat_model_stream`, or `start`,
                `stream`, `end`, `error` or `custom` for all run types.
            exclude_events: Events to exclude.
            include_parents: Names of runs; only their descendants are included.
            created_at: If true, each event has its creation time, in UTC.
            on_error: If true, each failed run has an event `on_KIND_error`. By default, only tools
                have one in `v2`, and failed runs have an end event in `v1`.
            max_buffered: The maximum number of events that wait for the reader.
            on_full: The behavior when the buffer is full: `wait` blocks the producer, `coalesce`
                adds up the waiting chunks of each run.
            **kwargs: Passed to `astream`.

        Yields:
            The events.

        Raises:
            NotImplementedError: If the version is unknown.
            TypeError: If a filter is not a list of strings.
            ValueError: If an option has an invalid value.
        """
        from headrace.events.driving import adrive

        if version not in ("v1", "v2"):
            return cast("AsyncIterator[StreamEvent]", _refuse(self, version))
        options = _options(locals())
        return adrive(
            partial(_prepare, self, "astream", _events(version), input, config, options, kwargs)
        )

    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: Version = "v2",
        include_names: Names = None,
        include_types: Names = None,
        include_tags: Names = None,
        exclude_names: Names = None,
        exclude_types: Names = None,
        exclude_tags: Names = None,
        include_events: Names = None,
        exclude_events: Names = None,
        include_parents: Names = None,
        created_at: bool = False,
        on_error: bool = False,
        max_buffered: int = 256,
        on_full: OnFull = "wait",
        **kwargs: Any,
    ) -> Iterator[StreamEvent]:
        """Stream this runnable and yield the events of it and its child runs as they happen.

        The runnable runs on a separate thread, so that events of blocking steps arrive too. See
        `astream_events` for details and exceptions.

        Args:
            input: The input.
            config: The config of the run.
            version: The version of the event schema.
            include_names: Names of runs to include.
            include_types: Types of runs to include.
            include_tags: Tags of runs to include.
            exclude_names: Names of runs to exclude.
            exclude_types: Types of runs to exclude.
            exclude_tags: Tags of runs to exclude.
            include_events: Events to include.
            exclude_events: Events to exclude.
            include_parents: Names of runs; only their descendants are included.
            created_at: If true, each event has its creation time.
            on_error: If true, each failed run has an error event.
            max_buffered: The maximum number of events that wait for the reader.
            on_full: The behavior when the buffer is full: `wait` or `coalesce`.
            **kwargs: Passed to `stream`.

        Yields:
            The events.
        """
        from headrace.events.driving import drive

        if version not in ("v1", "v2"):
            raise _version_error(self, "stream_events", version)
        options = _options(locals())
        return drive(
            partial(_prepare, self, "stream", _events(version), input, config, options, kwargs)
        )

    @overload
    def astream_log(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        diff: Literal[True] = True,
        **options: Any,
    ) -> AsyncIterator[RunLogPatch]: ...
    @overload
    def astream_log(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        diff: Literal[False],
        **options: Any,
    ) -> AsyncIterator[RunLog]: ...
    def astream_log(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        diff: bool = True,
        with_streamed_output_list: bool = True,
        include_names: Names = None,
        include_types: Names = None,
        include_tags: Names = None,
        exclude_names: Names = None,
        exclude_types: Names = None,
        exclude_tags: Names = None,
        **kwargs: Any,
    ) -> AsyncIterator[RunLogPatch] | AsyncIterator[RunLog]:
        """Stream this runnable and yield the log of it and its child runs, change by change.

        Args:
            input: The input.
            config: The config of the run.
            diff: If true, yield JSON patches; otherwise yield the whole log after each change.
            with_streamed_output_list: If true, the log contains the chunks of the output in
                addition to their sum.
            include_names: Names of runs to include.
            include_types: Types of runs to include; chat models are `llm` here.
            include_tags: Tags of runs to include.
            exclude_names: Names of runs to exclude.
            exclude_types: Types of runs to exclude.
            exclude_tags: Tags of runs to exclude.
            **kwargs: Passed to `astream`.

        Yields:
            The changes, or the logs.

        Raises:
            TypeError: If a filter is not a list of strings.
        """
        from headrace.events.driving import adrive
        from headrace.events.log_stream import aaccumulate

        make = partial(_watcher_log, with_streamed_output_list)
        patches = adrive(
            partial(_prepare, self, "astream", make, input, config, _options(locals()), kwargs)
        )
        return patches if diff else aaccumulate(patches)

    @overload
    def stream_log(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        diff: Literal[True] = True,
        **options: Any,
    ) -> LogStream[RunLogPatch]: ...
    @overload
    def stream_log(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        diff: Literal[False],
        **options: Any,
    ) -> LogStream[RunLog]: ...
    def stream_log(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        diff: bool = True,
        with_streamed_output_list: bool = True,
        include_names: Names = None,
        include_types: Names = None,
        include_tags: Names = None,
        exclude_names: Names = None,
        exclude_types: Names = None,
        exclude_tags: Names = None,
        **kwargs: Any,
    ) -> LogStream[RunLogPatch] | LogStream[RunLog]:
        """Stream this runnable and yield the log of it and its child runs, change by change.

        Args:
            input: The input.
            config: The config of the run.
            diff: If true, yield JSON patches; otherwise yield the whole log after each change.
            with_streamed_output_list: If true, the log contains the chunks of the output in
                addition to their sum.
            include_names: Names of runs to include.
            include_types: Types of runs to include; chat models are `llm` here.
            include_tags: Tags of runs to include.
            exclude_names: Names of runs to exclude.
            exclude_types: Types of runs to exclude.
            exclude_tags: Tags of runs to exclude.
            **kwargs: Passed to `stream` or `astream`.

        Returns:
            An iterator of the changes or the logs. `for` runs the stream on a thread, `async for`
            runs it on the event loop.

        Raises:
            TypeError: If a filter is not a list of strings.
        """
        from headrace.events.log_stream import LogStream

        make = partial(_watcher_log, with_streamed_output_list)
        options = _options(locals())
        return LogStream(
            partial(_prepare, self, "stream", make, input, config, options, kwargs),
            partial(_prepare, self, "astream", make, input, config, options, kwargs),
            diff,
        )

    def _watching(
        self, method: str, input: Any, config: RunnableConfig | None, kwargs: dict[str, Any]
    ) -> tuple[Runnable[Any, Any], RunnableConfig | None, dict[str, Any]]:
        """Return the runnable to run when events are streamed: a binding returns `bound`.

        Args:
            method: `stream` or `astream`.
            input: The input.
            config: The caller's config.
            kwargs: The other arguments.

        Returns:
            The runnable, its config and its arguments.
        """
        return cast("Runnable[Any, Any]", self), config, kwargs


_KEYS = (
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


def _options(given: dict[str, Any]) -> Options:
    """Parse the options from the arguments of a method."""
    from headrace.events.options import Options

    return Options(**{key: given[key] for key in _KEYS if key in given})


def _version_error(runnable: object, method: str, version: str) -> NotImplementedError:
    """Return the error for a version that a runnable does not support."""
    name = type(runnable).__name__
    if version == "v3":
        return NotImplementedError(
            f"{method}(version='v3') streams the content blocks of one chat model, and {name} is "
            "not a chat model or a binding of one; for a chain that ends in one, use "
            "headrace.streams.content_blocks"
        )
    return NotImplementedError(f"Unsupported version: {version!r}. Expected 'v1', 'v2' or 'v3'.")


def _refuse(runnable: object, version: str) -> Awaitable[NoReturn]:
    """Raise the error for a version; for `v3`, return an awaitable that raises it."""
    error = _version_error(runnable, "astream_events", version)
    if version != "v3":
        raise error

    async def fail() -> NoReturn:
        raise error

    return fail()


def _events(version: str) -> Callable[..., Watcher[Any]]:
    """Return the factory of the watcher for a version of the event schema."""
    return _watcher_v2 if version == "v2" else _watcher_v1


def _watcher_v2(
    runnable: Runnable[Any, Any],
    buffer: Any,
    options: Options,
    root_id: UUID,
    input: Any,
    config: RunnableConfig,
) -> Watcher[Any]:
    from headrace.events.v2 import EventsV2

    return EventsV2(buffer, options, root_id, input)


def _watcher_v1(
    runnable: Runnable[Any, Any],
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


def _watcher_log(
    with_streamed_output_list: bool,
    runnable: Runnable[Any, Any],
    buffer: Any,
    options: Options,
    root_id: UUID,
    input: Any,
    config: RunnableConfig,
) -> Watcher[Any]:
    from headrace.events.log_watcher import LogWatcher

    return LogWatcher(buffer, options, root_id, with_streamed_output_list)


def _prepare(
    observed: Observed,
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

    runnable, config, kwargs = observed._watching(method, input, config, kwargs)
    buffer: Any = (AsyncBuffer if method == "astream" else SyncBuffer)(options.max_buffered)
    full = ensure_config(config)
    root_id = full.get("run_id")
    if root_id is None:
        root_id = full["run_id"] = uuid7()
    watcher = make(runnable, buffer, options, root_id, input, full)
    full["callbacks"] = _joined(full.get("callbacks"), watcher)
    produce = partial(getattr(runnable, method), input, full, **kwargs)
    return Drive(
        buffer, watcher, produce if method == "stream" else lambda: in_own_context(produce())
    )


def _joined(callbacks: Any, watcher: RunObserver) -> Any:
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
