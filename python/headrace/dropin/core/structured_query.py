"""Queries with filters, in the form that vector stores translate to their own."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum
from typing import Any

from pydantic import BaseModel

__all__ = [
    "Comparator",
    "Comparison",
    "Expr",
    "FilterDirective",
    "Operation",
    "Operator",
    "StructuredQuery",
    "Visitor",
]


class _Name(str, Enum):
    """An enumeration whose members are their values as text."""

    __str__ = str.__str__
    __format__ = str.__format__  # type: ignore[assignment]


class Operator(_Name):
    """Operators that join filters."""

    AND = "and"
    OR = "or"
    NOT = "not"


class Comparator(_Name):
    """Comparisons of an attribute with a value."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAIN = "contain"
    LIKE = "like"
    IN = "in"
    NIN = "nin"


class Visitor(ABC):
    """Translates a query.

    Attributes:
        allowed_comparators: The comparators that the store knows; None for all.
        allowed_operators: The operators that the store knows; None for all.
    """

    allowed_comparators: Sequence[Comparator] | None = None
    allowed_operators: Sequence[Operator] | None = None

    def _validate_func(self, func: Operator | Comparator) -> None:
        """Check that the store knows an operator or a comparator.

        Raises:
            ValueError: If it does not.
        """
        kind, allowed = (
            ("operator", self.allowed_operators)
            if isinstance(func, Operator)
            else ("comparator", self.allowed_comparators)
        )
        if allowed is not None and func not in allowed:
            raise ValueError(
                f"Received disallowed {kind} {func}. Allowed comparators are {allowed}"
            )

    @abstractmethod
    def visit_operation(self, operation: Operation) -> Any:
        """Translate filters that are joined."""

    @abstractmethod
    def visit_comparison(self, comparison: Comparison) -> Any:
        """Translate a comparison."""

    @abstractmethod
    def visit_structured_query(self, structured_query: StructuredQuery) -> Any:
        """Translate a query."""


class Expr(BaseModel):
    """A part of a query."""

    def accept(self, visitor: Visitor) -> Any:
        """Return what the visitor's method for this kind of part returns.

        Args:
            visitor: The visitor.
        """
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()
        return getattr(visitor, f"visit_{kind}")(self)


class FilterDirective(Expr, ABC):
    """A filter."""


class Comparison(FilterDirective):
    """An attribute compared with a value."""

    comparator: Comparator
    attribute: str
    value: Any

    def __init__(self, comparator: Comparator, attribute: str, value: Any, **kwargs: Any) -> None:
        """Create a comparison; the arguments may be positional."""
        super().__init__(  # type: ignore[call-arg]
            comparator=comparator, attribute=attribute, value=value, **kwargs
        )


class Operation(FilterDirective):
    """Filters joined by an operator."""

    operator: Operator
    arguments: list[FilterDirective]

    def __init__(self, operator: Operator, arguments: list[FilterDirective], **kwargs: Any) -> None:
        """Create an operation; the arguments may be positional."""
        super().__init__(  # type: ignore[call-arg]
            operator=operator, arguments=arguments, **kwargs
        )


class StructuredQuery(Expr):
    """A text to search for, a filter, and how many results to return."""

    query: str
    filter: FilterDirective | None
    limit: int | None

    def __init__(
        self,
        query: str,
        filter: FilterDirective | None,
        limit: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Create a query; the arguments may be positional."""
        super().__init__(  # type: ignore[call-arg]
            query=query, filter=filter, limit=limit, **kwargs
        )
