"""`Runnable`: what can be invoked, streamed, batched and composed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from headrace.runnables import astreaming, closing, execution, schemas, streaming
from headrace.runnables import batch as batching
from headrace.runnables.config import RunnableConfig
from headrace.runnables.executor import run_in_executor
from headrace.runnables.fold import Fold
from headrace.runnables.observed import Observed
from headrace.runnables.piped import Piped
from headrace.runnables.typevars import Input, Other, Output

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.callbacks.run import Described
    from headrace.prompts.base import BasePromptTemplate
    from headrace.runnables.binding import RunnableBinding
    from headrace.runnables.coerce import RunnableLike
    from headrace.runnables.configurable import DynamicRunnable
    from headrace.runnables.each import RunnableEach
    from headrace.runnables.fallbacks import RunnableWithFallbacks
    from headrace.runnables.graph import Graph
    from headrace.runnables.listeners import AsyncListener, Listener
    from headrace.runnables.retry import ExponentialJitterParams, RetryOn, RunnableRetry
    from headrace.runnables.sequence import RunnableSequence
    from headrace.runnables.specs import (
        AnyConfigurableField,
        ConfigurableField,
        ConfigurableFieldSpec,
    )
    from headrace.tools.base import BaseTool

__all__ = ["Input", "Other", "Output", "Runnable"]


class Runnable(Piped[Input, Output], Observed, ABC):
    """A unit of work: from one input to one output, each of which may be a stream.

    A subclass defines `invoke`. One that streams defines `transform` and `atransform` too, or
    `stream` and `astream` where it needs its whole input. What it does not define follows from what
    it does.

    `a | b` is a chain: the output of `a` is the input of `b`. Functions, generator functions and
    dictionaries in it become runnables.
    """

    __slots__: tuple[str, ...] = ()  # typed, since mypy meets this class in an import cycle

    name: str | None
    """What the runnable is called in runs and errors; the class has a name for those without."""

    _defers_inputs: ClassVar[bool] = False

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Give the name of this runnable.

        Args:
            suffix: What to add to it.
            name: What to use instead of its own.

        Returns:
            The name.
        """
        base = name or getattr(self, "name", None) or type(self).__name__.partition("[")[0]
        if not suffix:
            return base
        if base[0].isupper():
            return base + suffix.title()
        return base + "_" + suffix.lower()

    # -- running -----------------------------------------------------------------------------------

    @abstractmethod
    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Make one output of one input.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The output.
        """

    async def ainvoke(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Output:
        """Make one output of one input; by default `invoke`, off the event loop.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The output.
        """
        return await run_in_executor(config, self.invoke, input, config, **kwargs)

    def stream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Make the output in chunks; by default one chunk, what `invoke` gives.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Yields:
            The chunks, each as soon as it exists.
        """
        yield self.invoke(input, config, **kwargs)

    async def astream(
        self, input: Input, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Output]:
        """Make the output in chunks; by default one chunk, what `ainvoke` gives.

        Args:
            input: The input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

        Yields:
            The chunks, each as soon as it exists.
        """
        yield await self.ainvoke(input, config, **kwargs)

    def transform(
        self, input: Iterator[Input], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Output]:
        """Make a stream of a stream; by default the input is added up, and its sum streamed.

        Args:
            input: The chunks of the input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

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
        """Make a stream of a stream; by default the input is added up, and its sum streamed.

        Args:
            input: The chunks of the input.
            config: What to say about the run.
            **kwargs: More arguments, for the runnables that take any.

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
            config: One configuration for all, or a list with one for each; `max_concurrency` is the
                number of threads.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

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
        """Invoke this on each input, concurrently; where one fails the others are cancelled.

        Args:
            inputs: The inputs.
            config: One configuration for all, or a list with one for each; `max_concurrency` is how
                many may be going on at once.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

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
        """Invoke this on each input, on threads, and yield outputs as they come.

        Args:
            inputs: The inputs.
            config: One configuration for all, or a list with one for each.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The index of an input and its output, as they end.
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
        """Invoke this on each input, concurrently, and yield outputs as they come.

        Args:
            inputs: The inputs.
            config: One configuration for all, or a list with one for each.
            return_exceptions: Whether an exception is the result of its input rather than raised.
            **kwargs: More arguments, for the runnables that take any.

        Returns:
            The index of an input and its output, as they end.
        """
        return batching.abatch_as_completed(self, inputs, config, return_exceptions, kwargs)

    def _generator_function(self, method: str) -> Callable[..., Any] | None:
        """Give the generator function that is all that `transform` or `atransform` runs.

        Args:
            method: Which of the two.

        Returns:
            From a stream to a stream; None where there is more to it than that.

        Raises:
            TypeError: If it is asynchronous only and `transform` is asked for.
        """
        return None

    def _takes_the_sum(self) -> bool:
        """Whether `atransform` does nothing but to stream the sum of its input."""
        return type(self).atransform is Runnable.atransform

    def _chunk_function(self) -> Callable[[Any], Any] | None:
        """Give the function that is all that a stream through this calls, for each chunk.

        Returns:
            From a chunk of the input to one of the output; None where there is more to it than
            that. It runs no other runnable and no code of users.
        """
        return None

    def _is_leaf(self) -> bool:
        """Whether what this does is known to run no other runnable and no code of users."""
        return False

    # -- composing ---------------------------------------------------------------------------------

    def map(self) -> RunnableEach[Input, Output]:
        """Give a runnable that runs this on each item of a list.

        Returns:
            From a list of inputs to the list of outputs.
        """
        from headrace.runnables.each import RunnableEach

        return RunnableEach(bound=self)

    def pick(self, keys: str | list[str]) -> RunnableSequence[Input, Any]:
        """Take only some keys of the dictionaries that this gives.

        Args:
            keys: One key, for its value; or several, for a dictionary of them.

        Returns:
            The chain.
        """
        from headrace.runnables.passthrough import RunnablePick

        return self | RunnablePick(keys)

    def assign(
        self, **kwargs: RunnableLike[dict[str, Any], Any]
    ) -> RunnableSequence[Input, dict[str, Any]]:
        """Add keys to the dictionaries that this gives.

        Args:
            **kwargs: What makes the value of each new key, of the whole dictionary.

        Returns:
            The chain.
        """
        from headrace.runnables.parallel import RunnableParallel
        from headrace.runnables.passthrough import RunnableAssign

        return self | RunnableAssign(RunnableParallel[dict[str, Any]](kwargs))

    def bind(self, **kwargs: Any) -> RunnableBinding[Input, Output]:
        """Give arguments along with every call.

        Args:
            **kwargs: The arguments.

        Returns:
            This, with them.
        """
        from headrace.runnables.binding import RunnableBinding

        return RunnableBinding(bound=self, kwargs=kwargs)

    def with_config(
        self, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Runnable[Input, Output]:
        """Give a configuration along with every call.

        Args:
            config: The configuration.
            **kwargs: More of it, key by key.

        Returns:
            This, with it.
        """
        from headrace.runnables.binding import RunnableBinding

        both = cast("RunnableConfig", {**(config or {}), **kwargs})
        return RunnableBinding(bound=self, config=both)

    def with_types(
        self, *, input_type: Any = None, output_type: Any = None
    ) -> RunnableBinding[Any, Any]:
        """State the types of input and output, for schemas.

        Args:
            input_type: The type of the input.
            output_type: The type of the output.

        Returns:
            This, with them.
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
    ) -> RunnableRetry[Input, Output]:
        """Try again where an invocation fails.

        Args:
            retry_if_exception_type: Which exceptions to try again after: types, or a predicate.
            wait_exponential_jitter: Whether to wait in between, longer each time.
            exponential_jitter_params: How long: `initial`, `max`, `exp_base`, `jitter`.
            stop_after_attempt: How many attempts there are at most.

        Returns:
            This, retried.
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
        """Run something else where this fails.

        Args:
            fallbacks: What to run, in order, until one does not fail.
            exceptions_to_handle: After which exceptions.
            exception_key: The key of the input, a dictionary, under which a fallback is given the
                exception.

        Returns:
            This, with fallbacks.
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
            on_start: Called with the run's record, and with its configuration if it takes two
                arguments.
            on_end: As `on_start`.
            on_error: As `on_start`.

        Returns:
            This, with listeners.
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
            on_start: Called with the run's record, and with its configuration if it takes two
                arguments.
            on_end: As `on_start`.
            on_error: As `on_start`.

        Returns:
            This, with listeners.
        """
        from headrace.runnables.listeners import with_alisteners

        return with_alisteners(self, on_start, on_end, on_error)

    def configurable_fields(self, **kwargs: AnyConfigurableField) -> DynamicRunnable[Input, Output]:
        """Let a configuration set fields of this.

        Args:
            **kwargs: How the configuration names each field.

        Returns:
            This, with configurable fields.

        Raises:
            ValueError: If there is no such field.
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
        """Let a configuration choose what runs in place of this.

        Args:
            which: How the configuration names the choice.
            default_key: What it calls this.
            prefix_keys: Whether the alternatives' own configurable fields have the choice in their
                names.
            **kwargs: The alternatives, or functions that make them.

        Returns:
            This, or what the configuration says.
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
        """Make a tool of this, which takes a text or a dictionary.

        Args:
            args_schema: The schema of the arguments; by default the input's.
            name: What models call it; by default the name of this.
            description: What it is for; by default it says what it takes.
            arg_types: The types of the arguments, where they are not known.

        Returns:
            The tool.
        """
        from headrace.tools.convert import convert_runnable_to_tool

        return convert_runnable_to_tool(
            self, args_schema, name=name, description=description, arg_types=arg_types
        )

    # -- describing --------------------------------------------------------------------------------

    @property
    def InputType(self) -> Any:
        """The type of the input.

        Raises:
            TypeError: If it cannot be inferred.
        """
        return schemas.type_argument(self, 0, "Input")

    @property
    def OutputType(self) -> Any:
        """The type of the output.

        Raises:
            TypeError: If it cannot be inferred.
        """
        return schemas.type_argument(self, 1, "Output")

    @property
    def input_schema(self) -> type[BaseModel]:
        """The input as a pydantic model."""
        return self.get_input_schema()

    @property
    def output_schema(self) -> type[BaseModel]:
        """The output as a pydantic model."""
        return self.get_output_schema()

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the input as a pydantic model.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The model.
        """
        return schemas.model_of(self.get_name("Input"), self.InputType)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the output as a pydantic model.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The model.
        """
        return schemas.model_of(self.get_name("Output"), self.OutputType)

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Give the JSON schema of the input.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The schema.
        """
        return self.get_input_schema(config).model_json_schema()

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Give the JSON schema of the output.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The schema.
        """
        return self.get_output_schema(config).model_json_schema()

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What is configurable in this."""
        return []

    def config_schema(self, *, include: Sequence[str] | None = None) -> type[BaseModel]:
        """Give the configuration as a pydantic model.

        Args:
            include: The keys of `RunnableConfig` to include besides `configurable`.

        Returns:
            The model.
        """
        return schemas.config_model(self, include or ())

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> dict[str, Any]:
        """Give the JSON schema of the configuration.

        Args:
            include: The keys of `RunnableConfig` to include besides `configurable`.

        Returns:
            The schema.
        """
        return self.config_schema(include=include).model_json_schema()

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Draw up what this is made of.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The graph: its nodes are the steps, its edges the way of the data.
        """
        from headrace.runnables.graph import graph_of

        return graph_of(self, config)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[BasePromptTemplate[Any]]:
        """Give the prompts that this is made of.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The prompts, in the order of `get_graph`.
        """
        # The prompts are a layer above this one.
        base: Any = import_module("headrace.prompts.base").BasePromptTemplate
        nodes = self.get_graph(config).nodes.values()
        return [node.data for node in nodes if isinstance(node.data, base)]

    # -- for the runnables that users write --------------------------------------------------------

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
            func: What `invoke` is to do; it may take `run_manager` and `config`.
            input_: Its input.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            serialized: A description of this runnable, for handlers, or what makes one.
            **kwargs: More arguments for `func`.

        Returns:
            What `func` returned.
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
            func: What `batch` is to do; it may take lists as `run_manager` and `config`.
            inputs: The inputs.
            config: What the caller said about the runs.
            return_exceptions: Whether exceptions are results.
            run_type: The kind of run, such as `parser` or `prompt`.
            **kwargs: More arguments for `func`.

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
            transformer: What `transform` is to do; it may take `run_manager` and `config`.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            **kwargs: More arguments for `transformer`.

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
            transformer: What `atransform` is to do; it may take `run_manager` and `config`.
            config: What the caller said about the run.
            run_type: The kind of run, such as `parser` or `prompt`.
            **kwargs: More arguments for `transformer`.

        Returns:
            The stream of the output.
        """
        return astreaming.atransform(self, inputs, transformer, config, kwargs, run_type=run_type)
