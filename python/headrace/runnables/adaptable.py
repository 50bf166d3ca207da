"""What is made of a runnable: one on lists, with arguments, with retries, as a tool, and so on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from headrace.runnables.config import RunnableConfig
from headrace.runnables.piped import Piped
from headrace.runnables.typevars import Input, Output

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.binding import RunnableBinding
    from headrace.runnables.coerce import RunnableLike
    from headrace.runnables.dynamic import DynamicRunnable
    from headrace.runnables.each import RunnableEach
    from headrace.runnables.fallbacks import RunnableWithFallbacks
    from headrace.runnables.listeners import AsyncListener, Listener
    from headrace.runnables.retry import ExponentialJitterParams, RetryOn
    from headrace.runnables.runnable import Runnable
    from headrace.runnables.sequence import RunnableSequence
    from headrace.runnables.specs import AnyConfigurableField, ConfigurableField
    from headrace.tools.base import BaseTool

__all__ = ["Adaptable"]


class Adaptable(Piped[Input, Output]):
    """The methods of every runnable that give another one."""

    __slots__: tuple[str, ...] = ()  # typed, since mypy meets this class in an import cycle

    def map(self) -> RunnableEach[Input, Output]:
        """Give a runnable that runs this on each item of a list.

        Returns:
            From a list of inputs to the list of outputs.
        """
        from headrace.runnables.each import RunnableEach

        return RunnableEach(bound=cast("Any", self))

    def pick(self, keys: str | list[str]) -> RunnableSequence[Input, Any]:
        """Take only some keys of the dictionaries that this gives.

        Args:
            keys: One key, for its value; or several, for a dictionary of them.

        Returns:
            The chain.
        """
        from headrace.runnables.pick import RunnablePick

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
        from headrace.runnables.assign import RunnableAssign
        from headrace.runnables.parallel import RunnableParallel

        return self | RunnableAssign(RunnableParallel[dict[str, Any]](kwargs))

    def bind(self, **kwargs: Any) -> RunnableBinding[Input, Output]:
        """Give arguments along with every call.

        Args:
            **kwargs: The arguments.

        Returns:
            This, with them.
        """
        from headrace.runnables.binding import RunnableBinding

        return RunnableBinding(bound=cast("Any", self), kwargs=kwargs)

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
        return RunnableBinding(bound=cast("Any", self), config=both)

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
            bound=cast("Any", self), custom_input_type=input_type, custom_output_type=output_type
        )

    def with_retry(
        self,
        *,
        retry_if_exception_type: RetryOn = (Exception,),
        wait_exponential_jitter: bool = True,
        exponential_jitter_params: ExponentialJitterParams | None = None,
        stop_after_attempt: int = 3,
    ) -> Runnable[Input, Output]:
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
            bound=cast("Any", self),
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
            runnable=cast("Any", self),
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

        return with_listeners(cast("Any", self), on_start, on_end, on_error)

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

        return with_alisteners(cast("Any", self), on_start, on_end, on_error)

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

        return RunnableConfigurableFields(default=cast("Any", self), fields=kwargs)

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
            default=cast("Any", self),
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
            cast("Any", self), args_schema, name=name, description=description, arg_types=arg_types
        )
