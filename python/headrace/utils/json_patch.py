"""Changes between two JSON documents as a JSON Patch (RFC 6902)."""

from __future__ import annotations

from typing import Any

__all__ = ["make_patch"]


def make_patch(before: Any, after: Any) -> list[dict[str, Any]]:
    """Return the operations that change one document into another.

    Objects that both documents share are skipped: between snapshots of a stream, the cost depends
    only on the containers that have changed.

    Args:
        before: The old document.
        after: The new document.

    Returns:
        The operations `add`, `remove` and `replace`, as dictionaries. They share the values with
        `after`.
    """
    operations: list[dict[str, Any]] = []
    _compare(operations, "", before, after)
    return operations


def _compare(operations: list[dict[str, Any]], path: str, before: Any, after: Any) -> None:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            if key not in after:
                operations.append({"op": "remove", "path": _below(path, key)})
        for key, value in after.items():
            if key not in before:
                operations.append({"op": "add", "path": _below(path, key), "value": value})
        for key, value in after.items():
            if key in before:
                _compare(operations, _below(path, key), before[key], value)
    elif isinstance(before, list) and isinstance(after, list):
        for i, (one, other) in enumerate(zip(before, after, strict=False)):
            if one is not other:
                _compare(operations, f"{path}/{i}", one, other)
        for i in range(len(before), len(after)):
            operations.append({"op": "add", "path": f"{path}/{i}", "value": after[i]})
        for _ in range(len(after), len(before)):
            operations.append({"op": "remove", "path": f"{path}/{len(after)}"})
    elif type(before) is not type(after) or repr(before) != repr(after):
        # Compare the JSON text: NaN to NaN is not a change, 1 to 1.0 is.
        operations.append({"op": "replace", "path": path, "value": after})


def _below(path: str, key: str) -> str:
    return f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
