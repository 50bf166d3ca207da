"""`accelerate()`: make langchain-core use the Rust core."""

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
"""The objects that each applied part changed, and its replacements."""
_retired: list[Replacement] = []
"""Undone replacements that are still covered by another patcher's replacement."""


class AccelerationWarning(UserWarning):
    """A warning about a part of langchain-core that is not as expected and was skipped."""


class Acceleration(Sequence[str]):
    """The full names of the replacements; as a context manager, it restores them at the end.

    If langchain-core was already accelerated before the block, it stays accelerated.
    """

    def __init__(self, names: list[str], ours: bool) -> None:
        self._names = names
        self._ours = ours

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one name or a slice of names."""
        return self._names[index]

    def __len__(self) -> int:
        """Return the number of replacements."""
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names)

    def __repr__(self) -> str:
        return f"Acceleration({self._names!r})"

    def __enter__(self) -> Acceleration:
        """Enter the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Restore langchain-core, unless it was accelerated before the block."""
        if self._ours:
            restore()


def accelerate() -> Acceleration:
    """Replace parts of langchain-core with the Rust core, with the same results.

    It replaces the code of `parse_partial_json`, `parse_json_markdown`, `merge_dicts` and
    `merge_lists`, the sum of `AIMessageChunk`s, the streaming of `StrOutputParser`,
    `JsonOutputParser` and the tools parsers, and the filter of `astream_events`. If a part is not
    as expected in the installed version, it is skipped with an `AccelerationWarning` that names it.
    Calling it again only affects modules that were reloaded.

    Treat the values that sums and parsers yield as read-only: successive values share unchanged
    parts.

    Returns:
        The full names of the active replacements. `restore()` undoes them, and so does the end of
        a `with` block.
    """
    with _lock:
        ours = not _active
        _undo([])
        for part in PARTS:
            _apply(part)
        names = [one.name for _, replacements in _active.values() for one in replacements]
        return Acceleration(list(dict.fromkeys(names)), ours)


def restore() -> list[str]:
    """Undo `accelerate()`.

    Replacements that another patcher has made since stay in place. If they wrap code from
    `accelerate()`, they call langchain-core's own code from now on.

    Returns:
        The full names of the functions and classes that were restored.
    """
    with _lock:
        replacements = [one for _, some in _active.values() for one in some]
        _active.clear()
        _undo(replacements)
        return [replacement.name for replacement in replacements]


def _undo(replacements: list[Replacement]) -> None:
    """Undo all replacements in reverse order, even if undoing one of them fails.

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
    # Another patcher may have restored one of our replacements, which is undone by now.
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
    except Exception as error:  # noqa: BLE001 - reported as a warning
        _undo(replacements)
        _warn(part, error)
        return
    _active[part.name] = subjects, before + replacements


def _warn(part: Part, error: Exception) -> None:
    warnings.warn(
        f"{part.name} is not accelerated: langchain-core {version('langchain-core')} is not as"
        f" expected there ({type(error).__name__}: {error})",
        AccelerationWarning,
        stacklevel=4,
    )
