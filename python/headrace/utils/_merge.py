"""The sums of dictionaries and lists, under the name that the reference has for them."""

from headrace._core import merge_dicts, merge_lists, merge_obj

__all__ = ["merge_dicts", "merge_lists", "merge_obj"]
