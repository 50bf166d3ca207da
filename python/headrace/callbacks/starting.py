"""The shared base of sync and async callback managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from headrace.callbacks.any_run import BaseRunManager
from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager, Callbacks
from headrace.callbacks.context import ambient_handlers, configure_hooks, tracing_requested
from headrace.callbacks.dispatch import hears
from headrace.callbacks.run import Described, Run, RunObserver, RunSink, described
from headrace.globals import get_debug

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from typing_extensions import Self

    from headrace.callbacks.context import ConfigureHook

__all__ = ["RunT", "Starter"]

_LONG_PARAMETERS = frozenset({"functions", "messages", "response_format", "tools"})

RunT = TypeVar("RunT", bound=BaseRunManager)


def _name_of(serialized: Described, extra: dict[str, Any]) -> str:
    """Return the name of a run: the given one, else that of the serialized runnable."""
    name = extra.get("name")
    if name:
        return str(name)
    about = described(serialized)
    if about:
        return str(about.get("name") or about.get("id", ["Unnamed"])[-1])
    return "Unnamed"


class Starter(BaseCallbackManager):
    """Shared base class of `CallbackManager` and `AsyncCallbackManager`."""

    __slots__ = ()

    @classmethod
    def configure(
        cls,
        inheritable_callbacks: Callbacks = None,
        local_callbacks: Callbacks = None,
        verbose: bool = False,
        inheritable_tags: list[str] | None = None,
        local_tags: list[str] | None = None,
        inheritable_metadata: dict[str, Any] | None = None,
        local_metadata: dict[str, Any] | None = None,
        *,
        langsmith_inheritable_metadata: Mapping[str, Any] | None = None,
        langsmith_inheritable_tags: list[str] | None = None,
    ) -> Self:
        """Create a manager from inherited and local callbacks, tags and metadata.

        Args:
            inheritable_callbacks: Handlers, or a manager, that child runs inherit.
            local_callbacks: Handlers, or a manager, for the next run only.
            verbose: If true, print events with `StdOutCallbackHandler`.
            inheritable_tags: Tags that child runs inherit.
            local_tags: Tags for the next run only.
            inheritable_metadata: Metadata that child runs inherit.
            local_metadata: Metadata for the next run only.
            langsmith_inheritable_metadata: Metadata that only tracers see, for this run and its
                child runs; metadata of the run takes precedence.
            langsmith_inheritable_tags: Tags that only tracers see, for this run and its child runs.

        Returns:
            A new manager.
        """
        manager = cls(handlers=[])
        if isinstance(inheritable_callbacks, BaseCallbackManager):
            source = inheritable_callbacks
            manager.handlers = source.handlers.copy()
            manager.inheritable_handlers = source.inheritable_handlers.copy()
            manager.parent_run_id = source.parent_run_id
            manager.tags = source.tags.copy()
            manager.inheritable_tags = source.inheritable_tags.copy()
            manager.metadata = source.metadata.copy()
            manager.inheritable_metadata = source.inheritable_metadata.copy()
        elif inheritable_callbacks:
            manager.handlers = list(inheritable_callbacks)
            manager.inheritable_handlers = list(inheritable_callbacks)
        if local_callbacks:
            if isinstance(local_callbacks, BaseCallbackManager):
                local_callbacks = local_callbacks.handlers
            for handler in local_callbacks:
                manager.add_handler(handler, inherit=False)
        for handler in ambient_handlers.get():
            manager.add_handler(handler, inherit=True)
        if inheritable_tags:
            manager.add_tags(inheritable_tags)
        if local_tags:
            manager.add_tags(local_tags, inherit=False)
        if inheritable_metadata:
            manager.add_metadata(inheritable_metadata)
        if local_metadata:
            manager.add_metadata(local_metadata, inherit=False)
        debug = get_debug()
        if debug:
            from headrace.tracers.stdout import ConsoleCallbackHandler

            if not any(isinstance(h, ConsoleCallbackHandler) for h in manager.handlers):
                manager.add_handler(ConsoleCallbackHandler())
        if verbose and not debug:
            from headrace.callbacks.stdout import StdOutCallbackHandler

            if not any(isinstance(h, StdOutCallbackHandler) for h in manager.handlers):
                manager.add_handler(StdOutCallbackHandler(), inherit=False)
        if tracing_requested():
            from headrace.tracers.context import add_tracer

            langsmith_inheritable_metadata = add_tracer(manager, langsmith_inheritable_metadata)
        for hook in configure_hooks:
            manager._add_hooked(hook)
        if langsmith_inheritable_metadata or langsmith_inheritable_tags:
            manager._set_tracing_defaults(
                langsmith_inheritable_metadata, langsmith_inheritable_tags
            )
        return manager

    def _add_hooked(self, hook: ConfigureHook) -> None:
        """Add the handler of a hook, unless one like it is present."""
        handler = hook.variable.get()
        if handler is None:
            if not hook.requests_handler():
                return
            handler = hook.handler_class()
        kind = hook.handler_class
        if not any(
            one is handler if kind is None else isinstance(one, kind) for one in self.handlers
        ):
            self.add_handler(handler, inherit=hook.inheritable)

    def add_invocation_metadata(self, parameters: Callable[[], Mapping[str, Any]]) -> None:
        """Add the parameters of a model call to the metadata that tracers receive.

        Args:
            parameters: Returns the parameters; called only if there is a tracer. Long ones, such as
                tools, are left out.
        """
        if any(hasattr(handler, "copy_with_metadata_defaults") for handler in self.handlers):
            shown = {k: v for k, v in parameters().items() if k not in _LONG_PARAMETERS}
            self._set_tracing_defaults(shown, None)

    def _set_tracing_defaults(
        self, metadata: Mapping[str, Any] | None, tags: list[str] | None
    ) -> None:
        """Replace each tracer by a copy that adds metadata and tags to the runs it sees."""
        copies: dict[int, BaseCallbackHandler] = {}
        for handlers in (self.handlers, self.inheritable_handlers):
            for index, handler in enumerate(handlers):
                copy = getattr(handler, "copy_with_metadata_defaults", None)
                if copy is not None:
                    if id(handler) not in copies:
                        copies[id(handler)] = copy(metadata=metadata, tags=tags)
                    handlers[index] = copies[id(handler)]

    def _observed(
        self, kind: str, run_id: UUID, serialized: Described, inputs: Any, extra: Any
    ) -> list[RunSink]:
        """Ask the observers whether they watch a run that starts."""
        sinks: list[RunSink] = []
        run: Run | None = None
        for handler in self.handlers:
            if isinstance(handler, RunObserver):
                if run is None:
                    run = Run(
                        run_id,
                        self.parent_run_id,
                        _name_of(serialized, extra),
                        extra.get("run_type") or kind,
                        self.tags,
                        self.metadata,
                        serialized,
                        extra,
                    )
                sink = handler.run_started(run, inputs)
                if sink is not None:
                    sinks.append(sink)
        return sinks

    def _heard(self, event: str, ignored_by: str) -> bool:
        return any(hears(handler, event, ignored_by) for handler in self.handlers)

    def _run(self, manager: type[RunT], run_id: UUID, sinks: list[RunSink]) -> RunT:
        return manager(
            run_id=run_id,
            handlers=self.handlers,
            inheritable_handlers=self.inheritable_handlers,
            parent_run_id=self.parent_run_id,
            tags=self.tags,
            inheritable_tags=self.inheritable_tags,
            metadata=self.metadata,
            inheritable_metadata=self.inheritable_metadata,
            sinks=sinks,
        )
