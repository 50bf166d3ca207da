"""Ids of runs."""

from __future__ import annotations

import os
import time
from uuid import UUID, SafeUUID

__all__ = ["uuid7"]

_new, _set = object.__new__, object.__setattr__
_state = [
    0,
    0,
]  # The last millisecond and counter; a race of threads affects order, not uniqueness.


def uuid7(nanoseconds: int | None = None) -> UUID:
    """Create a UUID of version 7 (RFC 9562); these ids sort by creation time.

    Args:
        nanoseconds: The time of the id since the epoch; by default the current time.

    Returns:
        A new id; within one millisecond and one thread, ids increase (method 1 of section 6.2).
    """
    random = int.from_bytes(os.urandom(10), "big")
    if nanoseconds is not None:
        return _build(nanoseconds // 1_000_000, random >> 39 & 0x1FF_FFFF_FFFF, random)
    milliseconds = time.time_ns() // 1_000_000
    last, counter = _state
    if milliseconds <= last:
        milliseconds = last
        counter = counter + 1 + (random & 0xFF)
        if counter >> 42:
            milliseconds += 1
            counter = random >> 39 & 0x1FF_FFFF_FFFF
    else:
        counter = random >> 39 & 0x1FF_FFFF_FFFF
    _state[:] = (milliseconds, counter)
    return _build(milliseconds, counter, random)


def _build(milliseconds: int, counter: int, random: int) -> UUID:
    number = (
        milliseconds << 80
        | 0x7 << 76
        | (counter >> 30 & 0xFFF) << 64
        | 0b10 << 62
        | (counter & 0x3FFF_FFFF) << 32
        | (random & 0xFFFF_FFFF)
    )
    # `UUID(int=...)` checks arguments, which costs more than all of the above.
    made = _new(UUID)
    _set(made, "int", number)
    _set(made, "is_safe", SafeUUID.unknown)
    return made
