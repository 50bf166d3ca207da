"""`Part`: one thing that `accelerate()` does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from headrace.langchain.replacing import Replacement

__all__ = ["Part"]


class Part(ABC):
    """One thing that `accelerate()` does, or leaves.

    Whatever it raises says that the installed langchain-core is not as expected: the part is left.
    """

    name: str
    """The full name of what it is about."""

    @abstractmethod
    def subjects(self) -> tuple[Any, ...]:
        """Give what it changes, as it is now; others after a reload."""

    @abstractmethod
    def replacements(self) -> Iterable[Replacement]:
        """Give what it puts into the place of what."""

    @abstractmethod
    def prove(self) -> None:
        """Try what was put in place, on a sample.

        Raises:
            AssertionError: If the result is another than langchain-core's.
        """

    @staticmethod
    def same(ours: Any, theirs: Any) -> None:
        """Compare what came of a sample.

        Raises:
            AssertionError: If it differs, types included.
        """
        if repr(ours) != repr(theirs):
            raise AssertionError(f"a sample gives {ours!r} and not {theirs!r}")
