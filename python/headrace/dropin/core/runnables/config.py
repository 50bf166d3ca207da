"""Additions to `headrace.runnables.config`."""

from headrace.runnables.config import _COPIED, _merge_metadata

__all__ = ["COPIABLE_KEYS", "_merge_metadata_dicts"]

COPIABLE_KEYS = sorted(_COPIED)
_merge_metadata_dicts = _merge_metadata
