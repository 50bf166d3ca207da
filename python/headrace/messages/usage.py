"""How many tokens a message took, and the sum of two such counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from typing_extensions import NotRequired, TypedDict

from headrace.compat import UsagePolicy, usage_policy

__all__ = [
    "InputTokenDetails",
    "OutputTokenDetails",
    "UsageMetadata",
    "add_usage",
    "subtract_usage",
]


class InputTokenDetails(TypedDict, total=False):
    """Breakdown of input token counts. They need not add up to the total."""

    audio: int
    cache_creation: int
    cache_read: int


class OutputTokenDetails(TypedDict, total=False):
    """Breakdown of output token counts. They need not add up to the total."""

    audio: int
    reasoning: int


class UsageMetadata(TypedDict):
    """How many tokens a message took."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_token_details: NotRequired[InputTokenDetails]
    output_token_details: NotRequired[OutputTokenDetails]


_OPERATIONS: dict[UsagePolicy, Callable[[int, int], int]] = {
    "sum": lambda left, right: left + right,
    "last": lambda _, right: right,
    "max": max,
}


def add_usage(
    left: UsageMetadata | None, right: UsageMetadata | None, *, policy: UsagePolicy = "sum"
) -> UsageMetadata:
    """Add up two token counts.

    Args:
        left: The first, if there is one.
        right: The second, if there is one.
        policy: `"sum"` adds them; `"last"` and `"max"` are for providers that report the count so
            far with each chunk.

    Returns:
        The count for both.
    """
    return _combined(left, right, _OPERATIONS[policy])


def subtract_usage(left: UsageMetadata | None, right: UsageMetadata | None) -> UsageMetadata:
    """Subtract token counts; results are at least zero.

    Args:
        left: The count to subtract from.
        right: The count to subtract.

    Returns:
        The difference.
    """
    return _combined(left, right, lambda one, two: max(one - two, 0))


def add_by_policy(left: Any, right: Any) -> UsageMetadata:
    """Add up two token counts by the policy of the context: for the core."""
    return add_usage(left, right, policy=usage_policy())


def _combined(
    left: UsageMetadata | None, right: UsageMetadata | None, operation: Callable[[int, int], int]
) -> UsageMetadata:
    if left is None and right is None:
        return UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
    if left is None or right is None:
        return cast("UsageMetadata", left if right is None else right)
    return cast("UsageMetadata", _combined_counts(left, right, operation))


def _combined_counts(
    left: Mapping[str, Any], right: Mapping[str, Any], operation: Callable[[int, int], int]
) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for key in [*left, *(key for key in right if key not in left)]:
        one, two = left.get(key), right.get(key)
        if isinstance(one, Mapping) or isinstance(two, Mapping):
            # A counter that only one side has is kept, also with the "last" policy.
            total[key] = _combined_counts(one or {}, two or {}, operation)
        elif one is None or two is None:
            total[key] = two if one is None else one
        else:
            total[key] = operation(one, two)
    return total
