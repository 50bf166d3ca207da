"""What can be seen of a runnable while it runs: its events, and its log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, overload

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
    """The methods of every runnable that tell what happens inside it."""

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
        """Stream this, and yield what happens to it and to everything that it runs, as it happens.

        Of runs, those are told of that an `include_` of names, types or tags fits, all of them
        where there is none, and no `exclude_` does. A run that is not told of costs nothing after
        its start.

        Args:
            input: The input.
            config: What to say about the run.
            version: The form of the events.
            include_names: Names of runs to tell of.
            include_types: Kinds of runs to tell of: `chain`, `chat_model`, `llm`, `tool`,
                `retriever`, `prompt`, `parser`.
            include_tags: Tags of runs to tell of.
            exclude_names: Names of runs not to tell of.
            exclude_types: Kinds of runs not to tell of.
            exclude_tags: Tags of runs not to tell of.
            include_events: Events to tell of: `on_chat_model_stream` and the like, or `start`,
                `stream`, `end`, `error`, `custom` for those of all kinds.
            exclude_events: Events not to tell of.
            include_parents: Names of runs below which to tell of runs, and nowhere else.
            created_at: Whether each event says when it was made, in UTC.
            on_error: Whether each run that fails has an event `on_KIND_error`; otherwise only tools
                have, in version `v2`, and in `v1` failed runs have an end.
            max_buffered: How many events may wait for the reader.
            on_full: What happens then: the producer waits, or the chunks of each run are added up
                to one.
            **kwargs: More arguments for `astream`.

        Yields:
            The events.

        Raises:
            NotImplementedError: If there is no such version.
            TypeError: If a filter is no list of strings.
            ValueError: If an option has a value that means nothing.
        """
        from headrace.events.driving import adrive

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
        """Stream this, and yield what happens to it and to everything that it runs, as it happens.

        It runs on a thread of its own, so that events arrive also from steps that block. For the
        arguments, and what is raised, see `astream_events`.

        Args:
            input: The input.
            config: What to say about the run.
            version: The form of the events.
            include_names: Names of runs to tell of.
            include_types: Kinds of runs to tell of.
            include_tags: Tags of runs to tell of.
            exclude_names: Names of runs not to tell of.
            exclude_types: Kinds of runs not to tell of.
            exclude_tags: Tags of runs not to tell of.
            include_events: Events to tell of.
            exclude_events: Events not to tell of.
            include_parents: Names of runs below which to tell of runs.
            created_at: Whether each event says when it was made.
            on_error: Whether each run that fails has an event that says so.
            max_buffered: How many events may wait for the reader.
            on_full: What happens then: `wait` or `coalesce`.
            **kwargs: More arguments for `stream`.

        Yields:
            The events.
        """
        from headrace.events.driving import drive

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
        """Stream this, and yield the log of everything that it runs, change by change.

        Args:
            input: The input.
            config: What to say about the run.
            diff: Whether to yield the changes, JSON patches; otherwise the whole log after each.
            with_streamed_output_list: Whether the log has the chunks of the output besides their
                sum.
            include_names: Names of runs to have in the log.
            include_types: Kinds of runs to have in the log; chat models are `llm` here.
            include_tags: Tags of runs to have in the log.
            exclude_names: Names of runs not to have in the log.
            exclude_types: Kinds of runs not to have in the log.
            exclude_tags: Tags of runs not to have in the log.
            **kwargs: More arguments for `astream`.

        Yields:
            The changes, or the logs.

        Raises:
            TypeError: If a filter is no list of strings.
        """
        from headrace.events.driving import adrive
        from headrace.events.log_stream import aaccumulated

        make = partial(_watcher_log, with_streamed_output_list)
        patches = adrive(
            partial(_prepare, self, "astream", make, input, config, _options(locals()), kwargs)
        )
        return patches if diff else aaccumulated(patches)

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
        """Stream this, and yield the log of everything that it runs, change by change.

        Args:
            input: The input.
            config: What to say about the run.
            diff: Whether to yield the changes, JSON patches; otherwise the whole log after each.
            with_streamed_output_list: Whether the log has the chunks of the output besides their
                sum.
            include_names: Names of runs to have in the log.
            include_types: Kinds of runs to have in the log; chat models are `llm` here.
            include_tags: Tags of runs to have in the log.
            exclude_names: Names of runs not to have in the log.
            exclude_types: Kinds of runs not to have in the log.
            exclude_tags: Tags of runs not to have in the log.
            **kwargs: More arguments for `stream` or `astream`.

        Returns:
            An iterator of the changes, or the logs: with `for` this is streamed on a thread, with
            `async for` on the event loop.

        Raises:
            TypeError: If a filter is no list of strings.
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
        """Give what is run when this is watched: a binding gives what it binds.

        Args:
            method: `stream` or `astream`.
            input: The input.
            config: What the caller said about the run.
            kwargs: More arguments.

        Returns:
            The runnable, and its configuration and arguments.
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
    """Check the options among the arguments of a method."""
    from headrace.events.options import Options

    return Options(**{key: given[key] for key in _KEYS if key in given})


def _events(version: str) -> Callable[..., Watcher[Any]]:
    """Give what makes the events of a version."""
    if version == "v2":
        return _watcher_v2
    if version == "v1":
        return _watcher_v1
    raise NotImplementedError(f"Unsupported version: {version!r}. Expected 'v1' or 'v2'.")


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
    """Bring together what is run, who watches it, and where that goes: for the first event."""
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
    """Add a watcher to callbacks."""
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
