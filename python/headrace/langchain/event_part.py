"""The filter of `astream_events`: applied once for each run, before events are built."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any
from uuid import UUID

from headrace.langchain.part import Part
from headrace.langchain.replacing import AttributeReplacement, Replacement

__all__ = ["FilteredEvents"]


class FilteredEvents(Part):
    """The part that avoids building stream events which the filter discards.

    The name, type and tags of a run do not change, so the filter is applied to its first chunk.
    """

    name = "langchain_core.tracers.event_stream._AstreamEventsCallbackHandler"

    def _class(self) -> Any:
        from langchain_core.tracers.event_stream import _AstreamEventsCallbackHandler

        return _AstreamEventsCallbackHandler

    def _manager(self) -> Any:
        from langchain_core.callbacks.manager import AsyncCallbackManagerForLLMRun

        return AsyncCallbackManagerForLLMRun

    def subjects(self) -> tuple[Any, ...]:
        """Return the classes."""
        return (self._class(), self._manager())

    def replacements(self) -> Iterable[Replacement]:
        """Return the replacements of the methods that handle chunks."""
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
        emit = manager.__dict__["on_llm_new_token"]

        async def tell_of_token(self: Any, token: Any, **kwargs: Any) -> None:
            for handler in self.handlers:
                if not isinstance(handler, cls) or not _is_discarded(handler, self.run_id):
                    await emit(self, token, **kwargs)
                    return

        yield AttributeReplacement(manager, "on_llm_new_token", tell_of_token)
        yield AttributeReplacement(cls, "tap_output_iter", tap_output_iter)
        yield AttributeReplacement(cls, "tap_output_aiter", tap_output_aiter)
        yield AttributeReplacement(cls, "on_llm_new_token", on_llm_new_token)

    def prove(self) -> None:
        """Check that the filter exists and works as expected."""
        handler = self._class().__new__(self._class())
        for name in ("include_event",):
            if not callable(getattr(_filter_class(), name)):
                raise TypeError(f"the filter does not have {name}")
        if not hasattr(type(handler), "_send"):
            raise TypeError("events are sent in a different way")


def _filter_class() -> Any:
    from langchain_core.runnables.utils import _RootEventFilter

    return _RootEventFilter


def _is_discarded(handler: Any, run_id: UUID) -> bool:
    """Return True if the filter discards the stream events of a run."""
    run = handler.run_map.get(run_id)
    if run is None:
        return False
    event = {"name": run["name"], "tags": run["tags"]}
    return not handler.root_event_filter.include_event(event, run["run_type"])
