"""Sums of dictionaries and lists, under LangChain's module name."""

from headrace._core import merge_dicts, merge_lists, merge_obj

__all__ = ["merge_dicts", "merge_lists", "merge_obj"]
