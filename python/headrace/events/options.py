"""The options of an event stream, validated before the run starts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from headrace._core import RunFilter, is_event_name

__all__ = ["DEFAULT_BUFFER", "Names", "OnFull", "Options"]

Names: TypeAlias = "Iterable[str] | None"
OnFull: TypeAlias = Literal["wait", "coalesce"]

DEFAULT_BUFFER = 256
"""The default number of events that wait for the reader before the producer waits."""


def _parse_filter(parameter: str, value: Any) -> list[str] | None:
    """Return the strings of a filter.

    Raises:
        TypeError: If the filter is not a list of strings; a single string is rejected too.
    """
    if value is None:
        return None
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{parameter} must be a list of strings, not {type(value).__name__}.")
    words = list(value)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(
                f"{parameter} must be a list of strings, but contains an item of type "
                f"{type(word).__name__}."
            )
    return words


def _events(parameter: str, value: Any) -> list[str] | None:
    words = _parse_filter(parameter, value)
    for word in words or ():
        if not is_event_name(word):
            raise ValueError(
                f"{parameter} contains {word!r}, which is not an event: use names such as "
                "`on_chat_model_stream`, or `start`, `stream`, `end`, `error` or `custom`."
            )
    return words


def _flag(parameter: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{parameter} must be a bool, not {type(value).__name__}.")
    return value


def _size(parameter: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{parameter} must be an int, not {type(value).__name__}.")
    if value < 1:
        raise ValueError(f"{parameter} must be at least 1, not {value}.")
    return value


class Options:
    """The options of an event stream or a log.

    Attributes:
        filter: Selects runs and events.
        include_parents: Names of runs; only their descendants are included. None includes all.
        created_at: If true, each event has its creation time.
        on_error: If true, each failed run has an error event, not only tools.
        max_buffered: The maximum number of events that wait for the reader.
        on_full: The behavior when the buffer is full.
    """

    __slots__ = ("created_at", "filter", "include_parents", "max_buffered", "on_error", "on_full")

    def __init__(
        self,
        *,
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
        max_buffered: int = DEFAULT_BUFFER,
        on_full: OnFull = "wait",
    ) -> None:
        """Validate the options; see the attributes.

        Raises:
            TypeError: If an option has the wrong type.
            ValueError: If an option has an invalid value.
        """
        self.filter = RunFilter(
            include_names=_parse_filter("include_names", include_names),
            include_types=_parse_filter("include_types", include_types),
            include_tags=_parse_filter("include_tags", include_tags),
            include_events=_events("include_events", include_events),
            exclude_names=_parse_filter("exclude_names", exclude_names),
            exclude_types=_parse_filter("exclude_types", exclude_types),
            exclude_tags=_parse_filter("exclude_tags", exclude_tags),
            exclude_events=_events("exclude_events", exclude_events),
        )
        parents = _parse_filter("include_parents", include_parents)
        self.include_parents = None if parents is None else frozenset(parents)
        self.created_at = _flag("created_at", created_at)
        self.on_error = _flag("on_error", on_error)
        self.max_buffered = _size("max_buffered", max_buffered)
        if on_full not in ("wait", "coalesce"):
            raise ValueError(f"on_full must be 'wait' or 'coalesce', not {on_full!r}.")
        self.on_full = on_full
