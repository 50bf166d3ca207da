"""Deliberate differences from LangChain, and a switch to turn them off.

Each difference is a flag that is set by default and cleared inside `exact()`. They are explained in
docs/differences.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntFlag
from typing import Literal

from headrace._core import set_default_flags

__all__ = [
    "FLAGS",
    "Flag",
    "UsagePolicy",
    "exact",
    "flags",
    "set_default",
    "usage_policy",
    "using_usage",
]

UsagePolicy = Literal["sum", "last", "max"]
"""The way to combine two token counts: add them, or use the later or the larger one."""


class Flag(IntFlag):
    """The deliberate differences in how messages add up. The numbers are known to the core."""

    STICKY_FIELDS = 1
    """A finish reason, model or tool name that a provider repeats is not doubled."""

    ROUTED_TOOL_CALLS = 2
    """Parallel tool calls that share or lack an index do not run into each other."""

    STRICT_ARGUMENTS = 4
    """A finished message has a truncated tool call among the invalid ones."""

    STEADY_ARGUMENTS = 8
    """The arguments of a live call never lose what they had."""

    REPAIRED_STREAMS = 16
    """Decoders repair the streams of odd servers: tool calls, usage, content that comes late."""

    WHOLE_STREAMS = 32
    """A stream that ends before the answer does is an error."""

    BOUNDED_STREAMS = 64
    """Async content-block streams pause a model that runs ahead of their readers."""

    WHOLE_TOOL_TURNS = 128
    """Trimming drops the result of a tool together with its call."""

    PATIENT_FALLBACKS = 256
    """A fallback still takes over after chunks that carry nothing."""

    FORMATTED_PLACEHOLDERS = 512
    """Placeholders follow the template format: `{{name}}` in mustache and jinja2."""

    SEPARATE_BLOCKS = 1024
    """Content blocks of text, of reasoning and of calls stay apart if they share an index."""

    CHECKED_OBJECTS = 2048
    """A stream of objects from tool calls that ends with wrong arguments raises an error."""


_ALL = (
    Flag.STICKY_FIELDS
    | Flag.ROUTED_TOOL_CALLS
    | Flag.STRICT_ARGUMENTS
    | Flag.STEADY_ARGUMENTS
    | Flag.REPAIRED_STREAMS
    | Flag.WHOLE_STREAMS
    | Flag.BOUNDED_STREAMS
    | Flag.WHOLE_TOOL_TURNS
    | Flag.PATIENT_FALLBACKS
    | Flag.FORMATTED_PLACEHOLDERS
    | Flag.SEPARATE_BLOCKS
    | Flag.CHECKED_OBJECTS
)

UNSET = -1

FLAGS: ContextVar[int] = ContextVar("headrace_flags", default=UNSET)
"""The flags of this context, read by the core; `UNSET` stands for those of the process."""

_USAGE: ContextVar[UsagePolicy] = ContextVar("headrace_usage_policy", default="sum")

_default = _ALL


def set_default(value: Flag) -> None:
    """Set the flags of every context, in all threads, that does not choose its own.

    Args:
        value: The flags; none of them makes the process behave as LangChain does.
    """
    global _default
    _default = value
    set_default_flags(int(value))


def flags() -> Flag:
    """Return the flags that are set in the current context."""
    value = FLAGS.get()
    return _default if value == UNSET else Flag(value)


@contextmanager
def exact() -> Iterator[None]:
    """Do as LangChain does, known faults included, inside the `with` block."""
    token = FLAGS.set(0)
    try:
        yield
    finally:
        FLAGS.reset(token)


def usage_policy() -> UsagePolicy:
    """Return the policy with which `+` combines token counts in the current context."""
    return _USAGE.get()


@contextmanager
def using_usage(policy: UsagePolicy) -> Iterator[None]:
    """Add up token counts by another policy inside the `with` block.

    Args:
        policy: `"sum"`, or for providers whose chunks carry the count so far, `"last"` or `"max"`.

    Raises:
        ValueError: If there is no such policy.
    """
    if policy not in ("sum", "last", "max"):
        raise ValueError(f"the usage policy must be 'sum', 'last' or 'max', not {policy!r}")
    token = _USAGE.set(policy)
    try:
        yield
    finally:
        _USAGE.reset(token)
