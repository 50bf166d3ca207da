"""The content blocks that an event of the provider ends."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from headrace.wire.deltas import Delta, End

__all__ = ["BlockEnds", "ends_of"]


class BlockEnds:
    """A marker among message chunks: these content blocks have ended.

    Attributes:
        keys: The `index` of each block in the content of the message chunks.
    """

    __slots__ = ("keys",)

    def __init__(self, keys: Sequence[Hashable]) -> None:
        """Create a marker for the blocks with these keys."""
        self.keys = keys


def ends_of(deltas: Sequence[Delta] | None) -> BlockEnds | None:
    """Return the ends among the deltas of an event, or None."""
    if not deltas:
        return None
    keys = [delta.key for delta in deltas if type(delta) is End]
    return BlockEnds(keys) if keys else None
