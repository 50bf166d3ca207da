"""`Part`: the base class of the parts of `accelerate()`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from headrace.langchain.replacing import Replacement

__all__ = ["Part"]


class Part(ABC):
    """Base class of the parts of `accelerate()`.

    If a method raises, the installed langchain-core is not as expected and the part is skipped.
    """

    name: str
    """The full name of the function or class that the part accelerates."""

    @abstractmethod
    def subjects(self) -> tuple[Any, ...]:
        """Return the current objects that the part changes; a reload creates new ones."""

    @abstractmethod
    def replacements(self) -> Iterable[Replacement]:
        """Return the replacements."""

    @abstractmethod
    def prove(self) -> None:
        """Check the replacements on a sample.

        Raises:
            AssertionError: If a result differs from langchain-core's.
        """

    @staticmethod
    def same(ours: Any, theirs: Any) -> None:
        """Compare the results for a sample.

        Raises:
            AssertionError: If they differ in value or type.
        """
        if repr(ours) != repr(theirs):
            raise AssertionError(f"the result of a sample is {ours!r} instead of {theirs!r}")
