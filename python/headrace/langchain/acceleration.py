"""`accelerate()`: langchain-core, on the Rust core."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from threading import RLock
from types import TracebackType
from typing import Any, overload

from headrace.langchain.parts import PARTS, Part
from headrace.langchain.replacing import Replacement

__all__ = ["Acceleration", "AccelerationWarning", "accelerate", "restore"]

_lock = RLock()
_active: dict[str, tuple[tuple[Any, ...], list[Replacement]]] = {}
"""For each part that is in place: the objects that it changed, and the replacements."""
_retired: list[Replacement] = []
"""Replacements that are undone, but under a replacement of another patcher's."""


class AccelerationWarning(UserWarning):
    """A part of langchain-core is not as it is expected, and was left as it is."""


class Acceleration(Sequence[str]):
    """What was replaced, by full names; as a context manager, it is restored at the end.

    Where langchain-core had been accelerated before, the end of the block leaves it so.
    """

    def __init__(self, names: list[str], ours: bool) -> None:
        self._names = names
        self._ours = ours

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Give one name, or some of them."""
        return self._names[index]

    def __len__(self) -> int:
        """How many things were replaced."""
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names)

    def __repr__(self) -> str:
        return f"Acceleration({self._names!r})"

    def __enter__(self) -> Acceleration:
        """Begin the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Restore langchain-core, unless it had been accelerated before the block."""
        if self._ours:
            restore()


def accelerate() -> Acceleration:
    """Make langchain-core use the Rust core, with the same results.

    It replaces the code of `parse_partial_json`, `parse_json_markdown`, `merge_dicts` and
    `merge_lists`, the sum of `AIMessageChunk`s, the streaming of `StrOutputParser`,
    `JsonOutputParser` and the tools parsers, and the filter of `astream_events`. A part that is not
    as expected in the installed version is left as it is, with an `AccelerationWarning` that names
    it. To call it once more does nothing, but for parts that have been reloaded since.

    What sums and parsers give while a stream goes on is read-only: successive values share the
    parts that have not changed.

    Returns:
        The full names of what is replaced now. `restore()` undoes it; so does the end of a `with`
        block.
    """
    with _lock:
        ours = not _active
        _undo([])
        for part in PARTS:
            _apply(part)
        names = [one.name for _, replacements in _active.values() for one in replacements]
        return Acceleration(list(dict.fromkeys(names)), ours)


def restore() -> list[str]:
    """Make langchain-core what it was before `accelerate()`.

    If another patcher has replaced something since, its replacement stays. If that one wraps what
    `accelerate()` put there, it calls langchain-core's own code from now on.

    Returns:
        The full names of what is no longer accelerated.
    """
    with _lock:
        replacements = [one for _, some in _active.values() for one in some]
        _active.clear()
        _undo(replacements)
        return [replacement.name for replacement in replacements]


def _undo(replacements: list[Replacement]) -> None:
    """Undo all replacements, the last one first, even if one of them cannot be undone.

    Raises:
        Exception: The first failure, after all others are undone.
    """
    failure: Exception | None = None
    for replacement in reversed(replacements):
        try:
            if not replacement.undo():
                _retired.append(replacement)
        except Exception as error:  # noqa: BLE001 - raised below
            _retired.append(replacement)
            failure = failure or error
    # Another patcher may have put back what it found, which is undone by now.
    _retired[:] = [replacement for replacement in _retired if not replacement.remove()]
    if failure is not None:
        raise failure


def _apply(part: Part) -> None:
    changed, before = _active.get(part.name, ((), []))
    replacements: list[Replacement] = []
    try:
        subjects = part.subjects()
        if changed and all(one is two for one, two in zip(changed, subjects, strict=True)):
            return
        for replacement in part.replacements():
            replacement.put()
            replacements.append(replacement)
        part.prove()
    except Exception as error:  # noqa: BLE001 - whatever is amiss is told, and the part skipped
        _undo(replacements)
        _warn(part, error)
        return
    _active[part.name] = subjects, before + replacements


def _warn(part: Part, error: Exception) -> None:
    warnings.warn(
        f"{part.name} is left as it is: langchain-core {version('langchain-core')} is not as"
        f" expected there ({type(error).__name__}: {error})",
        AccelerationWarning,
        stacklevel=4,
    )
