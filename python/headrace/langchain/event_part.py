"""The filter of `astream_events`: decided once a run, before an event is built."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from uuid import UUID

from headrace.langchain.part import Part
from headrace.langchain.replacing import AttributeReplacement, Replacement

__all__ = ["FilteredEvents"]


class FilteredEvents(Part):
    """What a filter discards is not built, as far as it streams.

    A run's name, type and tags do not change while it goes on: the filter is asked when its first
    chunk comes.
    """

    name = "langchain_core.tracers.event_stream._AstreamEventsCallbackHandler"

    def _class(self) -> Any:
        from langchain_core.tracers.event_stream import _AstreamEventsCallbackHandler

        return _AstreamEventsCallbackHandler

    def _manager(self) -> Any:
        from langchain_core.callbacks.manager import AsyncCallbackManagerForLLMRun

        return AsyncCallbackManagerForLLMRun

    def subjects(self) -> tuple[Any, ...]:
        """Give the classes."""
        return (self._class(), self._manager())

    def replacements(self) -> Iterable[Replacement]:
        """Give the methods through which chunks pass."""
        cls = self._class()
        tap, atap = cls.__dict__["tap_output_iter"], cls.__dict__["tap_output_aiter"]
        token = cls.__dict__["on_llm_new_token"]

        def tap_output_iter(self: Any, run_id: UUID, output: Iterator[Any]) -> Any:
            if not _is_discarded(self, run_id):
                return tap(self, run_id, output)
            self.is_tapped.setdefault(run_id, True)
            return output

        def tap_output_aiter(self: Any, run_id: UUID, output: AsyncIterator[Any]) -> Any:
            if not _is_discarded(self, run_id):
                return atap(self, run_id, output)
            self.is_tapped.setdefault(run_id, True)
            return output

        async def on_llm_new_token(self: Any, *args: Any, run_id: UUID, **kwargs: Any) -> None:
            if not _is_discarded(self, run_id):
                await token(self, *args, run_id=run_id, **kwargs)

        manager = self._manager()
        tell = manager.__dict__["on_llm_new_token"]

        async def tell_of_token(self: Any, token: Any, **kwargs: Any) -> None:
            for handler in self.handlers:
                if not isinstance(handler, cls) or not _is_discarded(handler, self.run_id):
                    await tell(self, token, **kwargs)
                    return

        yield AttributeReplacement(manager, "on_llm_new_token", tell_of_token)
        yield AttributeReplacement(cls, "tap_output_iter", tap_output_iter)
        yield AttributeReplacement(cls, "tap_output_aiter", tap_output_aiter)
        yield AttributeReplacement(cls, "on_llm_new_token", on_llm_new_token)

    def prove(self) -> None:
        """See that a filter is there, and asked as it is here."""
        handler = self._class().__new__(self._class())
        for name in ("include_event",):
            if not callable(getattr(_filter_class(), name)):
                raise TypeError(f"the filter has no {name}")
        if not hasattr(type(handler), "_send"):
            raise TypeError("events are sent in another way")


def _filter_class() -> Any:
    from langchain_core.runnables.utils import _RootEventFilter

    return _RootEventFilter


def _is_discarded(handler: Any, run_id: UUID) -> bool:
    """Whether the filter discards what a run streams, which it says by name, type and tags."""
    run = handler.run_map.get(run_id)
    if run is None:
        return False
    event = {"name": run["name"], "tags": run["tags"]}
    return not handler.root_event_filter.include_event(event, run["run_type"])
