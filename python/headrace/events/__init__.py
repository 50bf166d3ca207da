"""Event and log streams of a run and its child runs.

This layer depends on runs, not on runnables: `Runnable.astream_events` and similar methods pass it
a function that starts the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.events.serialization import from_json, to_json

__all__ = ["from_json", "to_json"]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(__name__, serialization="from_json to_json")
