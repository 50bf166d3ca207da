"""`Runnable`: the base class of everything that can be invoked, streamed and composed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, cast, get_args, overload

from headrace.runnables import (
    astreaming,
    closing,
    event_streams,
    execution,
    streaming,
    type_inference,
)
from headrace.runnables import batch as batching
from headrace.runnables.config import RunnableConfig
from headrace.runnables.typevars import Input, Other, Output
from headrace.utils.executor import run_in_executor
from headrace.utils.fold import Fold

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.observer import Described
    from headrace.events.log import RunLog, RunLogPatch
    from headrace.events.log_stream import LogStream
    from headrace.events.options import Names, OnFull
    from headrace.events.schema import StreamEvent
    from headrace.prompts.base import BasePromptTemplate
    from headrace.runnables.binding import RunnableBinding
    from headrace.runnables.coerce import RunnableLike
    from headrace.runnables.dynamic import DynamicRunnable
    from headrace.runnables.each import RunnableEach
    from headrace.runnables.fallbacks import RunnableWithFallbacks
    from headrace.runnables.graph import Graph
    from headrace.runnables.listeners import AsyncListener, Listener
    from headrace.runnables.retry import ExponentialJitterParams, RetryOn
    from headrace.runnables.sequence import RunnableSequence
    from headrace.runnables.specs import (
        AnyConfigurableField,
        ConfigurableField,
        ConfigurableFieldSpec,
    )
    from headrace.tools.base import BaseTool

__all__ = ["Input", "Other", "Output", "Runnable"]

EventVersion = Literal["v1", "v2"]


class Runnable(Generic[Input, Output], ABC):
    """A unit of work that turns an input into an output; both may be streams.

    Subclasses implement `invoke`. To stream, implement `transform` and `atransform` as well, or
    `stream` and `astream` if the whole input is needed. The other methods have defaults based on
    these.

    `a | b` is a chain that passes the output of `a` to `b`. Functions, generator functions and
    dicts in a chain become runnables. The output type of a step depends on the type of its
    function, so each type has an overload. Parameters of functions are left open, since they may
    also take `config` and other arguments.
    """

    __slots__: tuple[str, ...] = ()  # typed because of an import cycle that confuses mypy

    _defers_inputs: ClassVar[bool] = False

    name: str | None
    """The name of the runnable in runs and errors; defaults to the name of the class."""

    # -- running -----------------------------------------------------------------------------------

    @abstractmethod
    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Return the output for an input.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The output.
        """

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Return the output for an input; by default run `invoke` off the event loop.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The output.
        """
        return await run_in_executor(config, self.invoke, input, config, **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Stream the output; by default as one chunk, the result of `invoke`.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks as they become available.
        """
        yield self.invoke(input, config, **kwargs)

    async def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Stream the output; by default as one chunk, the result of `ainvoke`.

        Args:
            input: The input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks as they become available.
        """
        yield await self.ainvoke(input, config, **kwargs)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Transform a stream; by default add up the input and stream the output for the sum.

        Args:
            input: The chunks of the input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks of the output.
        """
        whole = Fold()
        try:
            for chunk in input:
                whole.put(chunk)
        finally:
            closing.close_all(input)
        if not whole.empty:
            yield from self.stream(whole.value, config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Transform a stream; by default add up the input and stream the output for the sum.

        Args:
            input: The chunks of the input.
            config: The config of the run.
            **kwargs: Additional arguments of the runnable.

        Yields:
            The chunks of the output.
        """
        whole = Fold()
        try:
            async for chunk in input:
                whole.put(chunk)
        finally:
            await closing.aclose_all(input)
        if not whole.empty:
            output = self.astream(whole.value, config, **kwargs)
            try:
                async for part in output:
                    yield part
            finally:
                await closing.aclose_all(output)

    # -- many inputs -------------------------------------------------------------------------------

    def batch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke this on each input, on threads.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each; `max_concurrency` is
                the number of threads.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The outputs in order.
        """
        return batching.batch(self, inputs, config, return_exceptions, kwargs)

    async def abatch(
        self,
        inputs: list[Input],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Output]:
        """Invoke this on each input, concurrently; if one fails, the others are cancelled.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each; `max_concurrency` limits
                the number of concurrent runs.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            The outputs in order.
        """
        return await batching.abatch(self, inputs, config, return_exceptions, kwargs)

    def batch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> Iterator[tuple[int, Output | Exception]]:
        """Invoke this on each input, on threads, and yield outputs as they complete.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            Pairs of the index of an input and its output.
        """
        return batching.batch_as_completed(self, inputs, config, return_exceptions, kwargs)

    def abatch_as_completed(
        self,
        inputs: Sequence[Input],
        config: RunnableConfig | Sequence[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> AsyncIterator[tuple[int, Output | Exception]]:
        """Invoke this on each input, concurrently, and yield outputs as they complete.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each.
            return_exceptions: If true, return exceptions instead of raising them.
            **kwargs: Additional arguments of the runnable.

        Returns:
            Pairs of the index of an input and its output.
        """
        return batching.abatch_as_completed(self, inputs, config, return_exceptions, kwargs)

    # -- events and logs ---------------------------------------------------------------------------

    def astream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: EventVersion = "v2",
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
            return cast("AsyncIterator[StreamEvent]", event_streams.refuse_version(self, version))
        options = event_streams.options_of(locals())
        return adrive(
            partial(
                event_streams.prepare,
                self,
                "astream",
                event_streams.watcher_factory(version),
                input,
                config,
                options,
                kwargs,
            )
        )

    def stream_events(
        self,
        input: Any,
        config: RunnableConfig | None = None,
        *,
        version: EventVersion = "v2",
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
            raise event_streams.version_error(self, "stream_events", version)
        options = event_streams.options_of(locals())
        return drive(
            partial(
                event_streams.prepare,
                self,
                "stream",
                event_streams.watcher_factory(version),
                input,
                config,
                options,
                kwargs,
            )
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

        make = partial(event_streams.log_watcher, with_streamed_output_list)
        patches = adrive(
            partial(
                event_streams.prepare,
                self,
                "astream",
                make,
                input,
                config,
                event_streams.options_of(locals()),
                kwargs,
            )
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

        make = partial(event_streams.log_watcher, with_streamed_output_list)
        options = event_streams.options_of(locals())
        return LogStream(
            partial(event_streams.prepare, self, "stream", make, input, config, options, kwargs),
            partial(event_streams.prepare, self, "astream", make, input, config, options, kwargs),
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
        return self, config, kwargs

    # -- chains ------------------------------------------------------------------------------------

    @overload
    def __or__(self, other: Runnable[Any, Other]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(
        self, other: Callable[..., AsyncIterator[Other]]
    ) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Iterator[Other]]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Awaitable[Other]]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Callable[..., Other]) -> RunnableSequence[Input, Other]: ...
    @overload
    def __or__(self, other: Mapping[str, Any]) -> RunnableSequence[Input, dict[str, Any]]: ...
    def __or__(self, other: Any) -> Any:
        """Return a chain that passes the output of this to `other`."""
        from headrace.runnables.coerce import coerce_to_runnable

        return self._append(coerce_to_runnable(other))

    @overload
    def __ror__(
        self, other: Callable[[AsyncIterator[Other]], AsyncIterator[Any]]
    ) -> RunnableSequence[Other, Output]: ...
    @overload
    def __ror__(
        self, other: Callable[[Iterator[Other]], Iterator[Any]]
    ) -> RunnableSequence[Other, Output]: ...
    @overload
    def __ror__(self, other: Callable[[Other], Any]) -> RunnableSequence[Other, Output]: ...
    @overload
    def __ror__(self, other: Mapping[str, Any]) -> RunnableSequence[Any, Output]: ...
    def __ror__(self, other: Any) -> Any:
        """Return a chain that passes the output of `other` to this."""
        from headrace.runnables.coerce import coerce_to_runnable

        return self._prepend(coerce_to_runnable(other))

    def pipe(
        self, *others: RunnableLike[Any, Other], name: str | None = None
    ) -> RunnableSequence[Input, Other]:
        """Return a chain of this runnable and the others.

        Args:
            *others: The steps that follow.
            name: The name of the chain.

        Returns:
            The chain.
        """
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(self, *others, name=name)

    def _append(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(self, other)

    def _prepend(self, other: Runnable[Any, Any]) -> RunnableSequence[Any, Any]:
        from headrace.runnables.sequence import RunnableSequence

        return RunnableSequence(other, self)

    # -- derived runnables -------------------------------------------------------------------------

    def map(self) -> RunnableEach[Input, Output]:
        """Return a runnable that runs this one on each item of a list.

        Returns:
            A runnable from a list of inputs to a list of outputs.
        """
        from headrace.runnables.each import RunnableEach

        return RunnableEach(bound=self)

    def pick(self, keys: str | list[str]) -> RunnableSequence[Input, Any]:
        """Pick keys from the output dicts of this runnable.

        Args:
            keys: A key, to output its value; or a list of keys, to output a dict of them.

        Returns:
            The chain.
        """
        from headrace.runnables.pick import RunnablePick

        return self | RunnablePick(keys)

    def assign(
        self, **kwargs: RunnableLike[dict[str, Any], Any]
    ) -> RunnableSequence[Input, dict[str, Any]]:
        """Add keys to the output dicts of this runnable.

        Args:
            **kwargs: For each new key, the runnable that computes its value from the whole dict.

        Returns:
            The chain.
        """
        from headrace.runnables.assign import RunnableAssign
        from headrace.runnables.parallel import RunnableParallel

        return self | RunnableAssign(RunnableParallel[dict[str, Any]](kwargs))

    def bind(self, **kwargs: Any) -> RunnableBinding[Input, Output]:
        """Bind keyword arguments that are passed with every call.

        Args:
            **kwargs: The arguments.

        Returns:
            A binding of this runnable.
        """
        from headrace.runnables.binding import RunnableBinding

        return RunnableBinding(bound=self, kwargs=kwargs)

    def with_config(
        self, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Runnable[Input, Output]:
        """Bind a config that is used with every call.

        Args:
            config: The config.
            **kwargs: Keys to add to `config`.

        Returns:
            A binding of this runnable.
        """
        from headrace.runnables.binding import RunnableBinding

        both = cast("RunnableConfig", {**(config or {}), **kwargs})
        return RunnableBinding(bound=self, config=both)

    def with_types(
        self, *, input_type: Any = None, output_type: Any = None
    ) -> RunnableBinding[Any, Any]:
        """Declare the input and output types that schemas use.

        Args:
            input_type: The type of the input.
            output_type: The type of the output.

        Returns:
            A binding of this runnable.
        """
        from headrace.runnables.binding import RunnableBinding

        return RunnableBinding(
            bound=self, custom_input_type=input_type, custom_output_type=output_type
        )

    def with_retry(
        self,
        *,
        retry_if_exception_type: RetryOn = (Exception,),
        wait_exponential_jitter: bool = True,
        exponential_jitter_params: ExponentialJitterParams | None = None,
        stop_after_attempt: int = 3,
    ) -> Runnable[Input, Output]:
        """Retry failed invocations.

        Args:
            retry_if_exception_type: The exception types to retry on, or a predicate.
            wait_exponential_jitter: If true, wait between attempts with exponential backoff.
            exponential_jitter_params: The backoff: `initial`, `max`, `exp_base`, `jitter`.
            stop_after_attempt: The maximum number of attempts.

        Returns:
            A runnable that retries this one.
        """
        from headrace.runnables.retry import RunnableRetry

        return RunnableRetry(
            bound=self,
            retry_exception_types=retry_if_exception_type,
            wait_exponential_jitter=wait_exponential_jitter,
            exponential_jitter_params=exponential_jitter_params,
            max_attempt_number=stop_after_attempt,
        )

    def with_fallbacks(
        self,
        fallbacks: Sequence[Runnable[Input, Output]],
        *,
        exceptions_to_handle: tuple[type[BaseException], ...] = (Exception,),
        exception_key: str | None = None,
    ) -> RunnableWithFallbacks[Input, Output]:
        """Run other runnables if this one fails.

        Args:
            fallbacks: The runnables to try in order until one succeeds.
            exceptions_to_handle: The exception types that trigger a fallback.
            exception_key: The key under which the exception is added to the input of a fallback;
                the input must then be a dict.

        Returns:
            A runnable that falls back.
        """
        from headrace.runnables.fallbacks import RunnableWithFallbacks

        return RunnableWithFallbacks(
            runnable=self,
            fallbacks=fallbacks,
            exceptions_to_handle=exceptions_to_handle,
            exception_key=exception_key,
        )

    def with_listeners(
        self,
        *,
        on_start: Listener | None = None,
        on_end: Listener | None = None,
        on_error: Listener | None = None,
    ) -> Runnable[Input, Output]:
        """Call functions when a run of this starts, ends or fails.

        Args:
            on_start: Called with the run's record, and with its config if it takes two arguments.
            on_end: As `on_start`, when the run ends.
            on_error: As `on_start`, when the run fails.

        Returns:
            A binding of this runnable.
        """
        from headrace.runnables.listeners import with_listeners

        return with_listeners(self, on_start, on_end, on_error)

    def with_alisteners(
        self,
        *,
        on_start: AsyncListener | None = None,
        on_end: AsyncListener | None = None,
        on_error: AsyncListener | None = None,
    ) -> Runnable[Input, Output]:
        """Await functions when a run of this starts, ends or fails.

        Args:
            on_start: Called with the run's record, and with its config if it takes two arguments.
            on_end: As `on_start`, when the run ends.
            on_error: As `on_start`, when the run fails.

        Returns:
            A binding of this runnable.
        """
        from headrace.runnables.listeners import with_alisteners

        return with_alisteners(self, on_start, on_end, on_error)

    def configurable_fields(self, **kwargs: AnyConfigurableField) -> DynamicRunnable[Input, Output]:
        """Allow the config to set fields of this runnable.

        Args:
            **kwargs: For each field, the key that sets it in the config.

        Returns:
            A runnable with configurable fields.

        Raises:
            ValueError: If this runnable does not have one of the fields.
        """
        from headrace.runnables.configurable import RunnableConfigurableFields

        return RunnableConfigurableFields(default=self, fields=kwargs)

    def configurable_alternatives(
        self,
        which: ConfigurableField,
        *,
        default_key: str = "default",
        prefix_keys: bool = False,
        **kwargs: Runnable[Input, Output] | Callable[[], Runnable[Input, Output]],
    ) -> DynamicRunnable[Input, Output]:
        """Allow the config to select an alternative to this runnable.

        Args:
            which: The config key that selects the alternative.
            default_key: The value that selects this runnable.
            prefix_keys: If true, the configurable fields of the alternatives are prefixed with the
                selection.
            **kwargs: The alternatives, or functions that create them.

        Returns:
            A runnable that runs the selected alternative.
        """
        from headrace.runnables.configurable import RunnableConfigurableAlternatives

        return RunnableConfigurableAlternatives(
            which=which,
            default=self,
            alternatives=kwargs,
            default_key=default_key,
            prefix_keys=prefix_keys,
        )

    def as_tool(
        self,
        args_schema: type[BaseModel] | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        arg_types: dict[str, type] | None = None,
    ) -> BaseTool:
        """Convert this runnable, whose input is a string or a dict, to a tool.

        Args:
            args_schema: The schema of the arguments; defaults to the input schema.
            name: The name of the tool; defaults to the name of this runnable.
            description: The description of the tool; by default it lists the arguments.
            arg_types: The types of the arguments, if they cannot be inferred.

        Returns:
            The tool.
        """
        from headrace.tools.convert import convert_runnable_to_tool

        return convert_runnable_to_tool(
            self, args_schema, name=name, description=description, arg_types=arg_types
        )

    # -- name, schemas and graph -------------------------------------------------------------------

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of this runnable.

        Args:
            suffix: A suffix to append.
            name: A name to use instead.

        Returns:
            The name.
        """
        base = name or getattr(self, "name", None) or type(self).__name__.partition("[")[0]
        if not suffix:
            return base
        if base[0].isupper():
            return base + suffix.title()
        return base + "_" + suffix.lower()

    @property
    def InputType(self) -> Any:
        """The type of the input.

        Raises:
            TypeError: If the type cannot be inferred.
        """
        return self._type_argument(0, "Input")

    @property
    def OutputType(self) -> Any:
        """The type of the output.

        Raises:
            TypeError: If the type cannot be inferred.
        """
        return self._type_argument(1, "Output")

    def _type_argument(self, i: int, which: str) -> Any:
        """Return a type argument of `Runnable[Input, Output]` from the base classes.

        Raises:
            TypeError: If there is no type argument.
        """
        for kind in type(self).__mro__:
            generic = getattr(kind, "__pydantic_generic_metadata__", None)
            if generic and len(generic["args"]) == 2:
                return generic["args"][i]
            for base in kind.__dict__.get("__orig_bases__", ()):
                args = get_args(base)
                if len(args) == 2 and not isinstance(args[i], TypeVar):
                    return args[i]
        if isinstance(getattr(type(self), "_parts", None), tuple):
            return Any
        raise TypeError(
            f"Runnable {self.get_name()} doesn't have an inferable {which}Type. "
            f"Override the {which}Type property to specify the {which.lower()} type."
        )

    @property
    def input_schema(self) -> type[BaseModel]:
        """The input schema as a pydantic model."""
        return self.get_input_schema()

    @property
    def output_schema(self) -> type[BaseModel]:
        """The output schema as a pydantic model."""
        return self.get_output_schema()

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema as a pydantic model.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The model.
        """
        return type_inference.model_of(self.get_name("Input"), self.InputType)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the output schema as a pydantic model.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The model.
        """
        return type_inference.model_of(self.get_name("Output"), self.OutputType)

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Return the JSON schema of the input.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The schema.
        """
        return self.get_input_schema(config).model_json_schema()

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Return the JSON schema of the output.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The schema.
        """
        return self.get_output_schema(config).model_json_schema()

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of this runnable."""
        return []

    def config_schema(self, *, include: Sequence[str] | None = None) -> type[BaseModel]:
        """Return the config schema as a pydantic model.

        Args:
            include: The keys of `RunnableConfig` to include in addition to `configurable`.

        Returns:
            The model.
        """
        return type_inference.config_model(
            self.get_name("Config"), self.config_specs, include or ()
        )

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the JSON schema of the config.

        Args:
            include: The keys of `RunnableConfig` to include in addition to `configurable`.

        Returns:
            The schema.
        """
        return self.config_schema(include=include).model_json_schema()

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of this runnable.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The graph: its nodes are the steps, its edges the data flow.
        """
        from headrace.runnables.graph import graph_of

        return graph_of(self, config)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[BasePromptTemplate[Any]]:
        """Return the prompts in this runnable.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The prompts, in the order of `get_graph`.
        """
        # Prompts are in a layer above this one.
        base: Any = import_module("headrace.prompts.base").BasePromptTemplate
        nodes = self.get_graph(config).nodes.values()
        return [node.data for node in nodes if isinstance(node.data, base)]

    # -- the way through a run, declared by subclasses ---------------------------------------------

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        """Return the generator function that `transform` or `atransform` consists of.

        Args:
            method: The name of the method.

        Returns:
            A function that transforms a stream; None if the method does more than call one.

        Raises:
            TypeError: If the function is async and `method` is `transform`.
        """
        return None

    def _takes_the_sum(self, method: str) -> bool:
        """Return True if `transform` or `atransform` only streams the sum of its input.

        Args:
            method: The name of the method.
        """
        return getattr(type(self), method) is getattr(Runnable, method)

    def _chunk_function(self) -> Callable[[Any], Any] | None:
        """Return the function that `transform` calls for each chunk, if it does nothing else.

        Returns:
            A function from an input chunk to an output chunk; None if `transform` does more. The
            function never runs other runnables or user code.
        """
        return None

    def _is_leaf(self) -> bool:
        """Return True if this is known to run neither other runnables nor user code."""
        return False

    # -- helpers for subclasses --------------------------------------------------------------------

    def _call_with_config(
        self,
        func: Callable[..., Any],
        input_: Any,
        config: RunnableConfig | None,
        run_type: str | None = None,
        serialized: Described = None,
        **kwargs: Any,
    ) -> Any:
        """Run `func(input_)` as a run of this runnable.

        Args:
            func: The implementation of `invoke`; it may take `run_manager` and `config`.
            input_: The input.
            config: The caller's config.
            run_type: The type of the run, such as `parser` or `prompt`.
            serialized: A description of this runnable for handlers, or a function that returns one.
            **kwargs: Passed to `func`.

        Returns:
            The return value of `func`.
        """
        return execution.call(self, func, input_, config, kwargs, serialized, run_type=run_type)

    async def _acall_with_config(
        self,
        func: Callable[..., Awaitable[Any]],
        input_: Any,
        config: RunnableConfig | None,
        run_type: str | None = None,
        serialized: Described = None,
        **kwargs: Any,
    ) -> Any:
        """Run `await func(input_)` as a run of this runnable; see `_call_with_config`."""
        return await execution.acall(
            self, func, input_, config, kwargs, serialized, run_type=run_type
        )

    def _batch_with_config(
        self,
        func: Callable[..., list[Any]],
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """Run `func(inputs)` as a run of this runnable for each input.

        Args:
            func: The implementation of `batch`; it may take lists as `run_manager` and `config`.
            inputs: The inputs.
            config: The caller's config or configs.
            return_exceptions: If true, return exceptions instead of raising them.
            run_type: The type of the run, such as `parser` or `prompt`.
            **kwargs: Passed to `func`.

        Returns:
            The outputs in order.
        """
        return batching.batch_runs(
            self, func, inputs, config, return_exceptions, kwargs, run_type=run_type
        )

    async def _abatch_with_config(
        self,
        func: Callable[..., Awaitable[list[Any]]],
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> list[Any]:
        """Run `await func(inputs)` as a run for each input; see `_batch_with_config`."""
        return await batching.abatch_runs(
            self, func, inputs, config, return_exceptions, kwargs, run_type=run_type
        )

    def _transform_stream_with_config(
        self,
        inputs: Iterator[Any],
        transformer: Callable[..., Iterator[Any]],
        config: RunnableConfig | None,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> Iterator[Any]:
        """Run the generator `transformer(inputs)` as a run of this runnable.

        Args:
            inputs: The chunks of the input; closed at the end.
            transformer: The implementation of `transform`; it may take `run_manager` and `config`.
            config: The caller's config.
            run_type: The type of the run, such as `parser` or `prompt`.
            **kwargs: Passed to `transformer`.

        Returns:
            The stream of the output.
        """
        return streaming.transform(self, inputs, transformer, config, kwargs, run_type=run_type)

    def _atransform_stream_with_config(
        self,
        inputs: AsyncIterator[Any],
        transformer: Callable[..., AsyncIterator[Any]],
        config: RunnableConfig | None,
        run_type: str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Run the async generator `transformer(inputs)` as a run of this runnable.

        Args:
            inputs: The chunks of the input; closed at the end.
            transformer: The implementation of `atransform`; it may take `run_manager` and `config`.
            config: The caller's config.
            run_type: The type of the run, such as `parser` or `prompt`.
            **kwargs: Passed to `transformer`.

        Returns:
            The stream of the output.
        """
        return astreaming.atransform(self, inputs, transformer, config, kwargs, run_type=run_type)
