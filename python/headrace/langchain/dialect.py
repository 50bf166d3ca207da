"""Detection of how the installed langchain-core adds up values, which differs by version."""

from __future__ import annotations

from langchain_core.messages.base import merge_content
from langchain_core.utils import _merge

from headrace._core import ReferenceMerges

__all__ = ["merges", "texts_join_blocks_in_place"]


def merges() -> ReferenceMerges:
    """Return the merge functions that match the installed version.

    Older versions of langchain-core 1 merge items with the same index even if their ids differ, and
    add up times and booleans.
    """
    one, two = {"index": 0, "id": "a"}, {"index": 0, "id": "b"}
    try:
        adds_truths = _merge.merge_dicts({"a": True}, {"a": False}) == {"a": 1}
    except TypeError:
        adds_truths = False
    return ReferenceMerges(
        ids_may_differ=len(_merge.merge_lists([one], [two]) or ()) == 1,
        adds_times=_merge.merge_dicts({"created": 1}, {"created": 2}) == {"created": 3},
        adds_truths=adds_truths,
    )


def texts_join_blocks_in_place() -> bool:
    """Return True if adding a string to blocks changes the blocks, as in old versions."""
    blocks: list[str | dict[str, object]] = ["a"]
    merge_content(blocks, "b")
    return blocks != ["a"]
