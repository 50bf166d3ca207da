"""Additions to `headrace.utils.json_schema`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.utils.json_schema import _resolve, copied, dereference_refs

__all__ = ["_dereference_refs_helper", "_retrieve_ref"]


def _retrieve_ref(path: str, schema: dict[str, Any]) -> Any:
    """Return a copy of the schema that a `$ref` points to.

    Args:
        path: The value of the `$ref`.
        schema: The schema that contains it.
    """
    return copied(_resolve(path, schema))


def _dereference_refs_helper(
    obj: Any,
    full_schema: dict[str, Any],
    processed_refs: set[str] | None,
    skip_keys: Sequence[str],
    *,
    shallow_refs: bool,
) -> Any:
    """Return a part of a schema with its references replaced.

    Args:
        obj: The part.
        full_schema: The whole.
        processed_refs: Not used: references to themselves are found otherwise.
        skip_keys: Keys whose values stay as they are.
        shallow_refs: Not used: it follows from the caller's keys.
    """
    if isinstance(obj, list):
        return [
            _dereference_refs_helper(
                one, full_schema, processed_refs, skip_keys, shallow_refs=shallow_refs
            )
            for one in obj
        ]
    if not isinstance(obj, dict):
        return obj
    return dereference_refs(obj, full_schema=full_schema, skip_keys=skip_keys)
