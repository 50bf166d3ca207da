"""Methods that derive one runnable from another: `map`, `bind`, `with_retry`, `as_tool`, ..."""

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
    """Methods of `Runnable` that return a new runnable based on this one."""

    __slots__: tuple[str, ...] = ()  # typed because of an import cycle that confuses mypy

    def map(self) -> RunnableEach[Input, Output]:
        """Return a runnable that runs this one on each item of a list.

        Returns:
            A runnable from a list of inputs to a list of outputs.
        """
        from headrace.runnables.each import RunnableEach

        return RunnableEach(bound=cast("Any", self))

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

        return RunnableBinding(bound=cast("Any", self), kwargs=kwargs)

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
        return RunnableBinding(bound=cast("Any", self), config=both)

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
            on_start: Called with the run's record, and with its config if it takes two arguments.
            on_end: As `on_start`, when the run ends.
            on_error: As `on_start`, when the run fails.

        Returns:
            A binding of this runnable.
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
            on_start: Called with the run's record, and with its config if it takes two arguments.
            on_end: As `on_start`, when the run ends.
            on_error: As `on_start`, when the run fails.

        Returns:
            A binding of this runnable.
        """
        from headrace.runnables.listeners import with_alisteners

        return with_alisteners(cast("Any", self), on_start, on_end, on_error)

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

        return RunnableConfigurableFields(default=cast("Any", self), fields=kwargs)

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
            cast("Any", self), args_schema, name=name, description=description, arg_types=arg_types
        )
