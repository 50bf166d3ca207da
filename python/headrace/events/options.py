"""What a caller may ask of an event stream, checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from headrace._core import RunFilter, is_event_name

__all__ = ["DEFAULT_BUFFER", "Names", "OnFull", "Options"]

Names: TypeAlias = "Iterable[str] | None"
OnFull: TypeAlias = Literal["wait", "coalesce"]

DEFAULT_BUFFER = 256
"""How many events wait for a reader before the producer waits, where the caller does not say."""


def _words(parameter: str, value: Any) -> list[str] | None:
    """Give the words of a filter.

    Raises:
        TypeError: If it is no list of strings; a string is none, though it is a sequence of them.
    """
    if value is None:
        return None
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise TypeError(f"{parameter} must be a list of strings, not {type(value).__name__}.")
    words = list(value)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(
                f"{parameter} must be a list of strings, and has an item of type "
                f"{type(word).__name__}."
            )
    return words


def _events(parameter: str, value: Any) -> list[str] | None:
    words = _words(parameter, value)
    for word in words or ():
        if not is_event_name(word):
            raise ValueError(
                f"{parameter} has {word!r}, which names no event: give `on_chat_model_stream` and "
                "the like, or `start`, `stream`, `end`, `error` or `custom` for those of all kinds."
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
    """The options of one event stream, or of a log.

    Attributes:
        filter: Which runs, and which of their events, are wanted.
        include_parents: The names of runs; only what is below one is wanted. None is no condition.
        created_at: Whether each event says when it was made.
        on_error: Whether each failed run has an event that says so, and not only tools.
        max_buffered: How many events may wait for the reader.
        on_full: What happens when so many do.
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
        """Check what was asked for; the attributes say what each argument is.

        Raises:
            TypeError: If one is of the wrong type.
            ValueError: If one has a value that means nothing.
        """
        self.filter = RunFilter(
            include_names=_words("include_names", include_names),
            include_types=_words("include_types", include_types),
            include_tags=_words("include_tags", include_tags),
            include_events=_events("include_events", include_events),
            exclude_names=_words("exclude_names", exclude_names),
            exclude_types=_words("exclude_types", exclude_types),
            exclude_tags=_words("exclude_tags", exclude_tags),
            exclude_events=_events("exclude_events", exclude_events),
        )
        parents = _words("include_parents", include_parents)
        self.include_parents = None if parents is None else frozenset(parents)
        self.created_at = _flag("created_at", created_at)
        self.on_error = _flag("on_error", on_error)
        self.max_buffered = _size("max_buffered", max_buffered)
        if on_full not in ("wait", "coalesce"):
            raise ValueError(f"on_full must be 'wait' or 'coalesce', not {on_full!r}.")
        self.on_full = on_full
