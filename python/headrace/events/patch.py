"""JSON patches (RFC 6902): create them, and apply them without copying unchanged parts."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

__all__ = ["PatchError", "apply", "diff", "pointer"]


class PatchError(ValueError):
    """An error for a patch that does not fit the document."""


def pointer(*keys: Any) -> str:
    """Return the JSON pointer (RFC 6901) for a path of keys."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def _keys(path: str) -> list[str]:
    if not path:
        return []
    if not path.startswith("/"):
        raise PatchError(f"The path {path!r} does not start with '/'.")
    return [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]


def _index(key: str, length: int, path: str) -> int:
    if not key.isdecimal() or int(key) > length - 1:
        raise PatchError(f"The path {path!r} is out of range for a list of length {length}.")
    return int(key)


def _get_item(node: Any, key: str, path: str) -> Any:
    """Return an item of a container."""
    if isinstance(node, list):
        return node[_index(key, len(node), path)]
    if isinstance(node, dict):
        if key not in node:
            raise PatchError(f"The path {path!r} contains the key {key!r}, which does not exist.")
        return node[key]
    raise PatchError(f"The path {path!r} leads into a {type(node).__name__}, not a dict or list.")


def _apply_at(node: Any, keys: list[str], name: str, value: Any, path: str) -> Any:
    """Return a changed copy of a container; parts outside the path are shared."""
    if not keys:
        if name == "remove":
            return None
        return value
    key, *rest = keys
    if rest:
        inner = _apply_at(_get_item(node, key, path), rest, name, value, path)
        changed = copy.copy(node)
        changed[_index(key, len(node), path) if isinstance(node, list) else key] = inner
        return changed
    changed = copy.copy(node)
    if isinstance(changed, list):
        if name == "add":
            place = len(changed) if key == "-" else _index(key, len(changed) + 1, path)
            changed.insert(place, value)
        elif name == "remove":
            del changed[_index(key, len(changed), path)]
        else:
            changed[_index(key, len(changed), path)] = value
        return changed
    if not isinstance(changed, dict):
        raise PatchError(
            f"The path {path!r} leads into a {type(node).__name__}, not a dict or list."
        )
    if name != "add":
        _get_item(changed, key, path)
    if name == "remove":
        del changed[key]
    else:
        changed[key] = value
    return changed


def _get_at(document: Any, path: str) -> Any:
    for key in _keys(path):
        document = _get_item(document, key, path)
    return document


def apply(document: Any, ops: Iterable[dict[str, Any]]) -> Any:
    """Apply operations in order.

    Args:
        document: The document; it is not changed.
        ops: `add`, `replace`, `remove`, `move`, `copy` and `test` operations.

    Returns:
        The new document, which shares all unchanged parts with the old one.

    Raises:
        PatchError: If an operation does not fit the document.
    """
    for op in ops:
        name, path = op.get("op"), op.get("path")
        if not isinstance(path, str):
            raise PatchError(f"The operation {op!r} does not have a path.")
        if name in ("add", "replace", "remove"):
            if name != "remove" and "value" not in op:
                raise PatchError(f"The operation {op!r} does not have a value.")
            document = _apply_at(document, _keys(path), name, op.get("value"), path)
        elif name in ("move", "copy"):
            value = _get_at(document, op["from"])
            if name == "move":
                document = _apply_at(document, _keys(op["from"]), "remove", None, op["from"])
            document = _apply_at(document, _keys(path), "add", value, path)
        elif name == "test":
            if _get_at(document, path) != op["value"]:
                raise PatchError(
                    f"The value at {path!r} differs from the value in the test operation."
                )
        else:
            raise PatchError(f"Unknown operation {name!r}.")
    return document


def diff(old: Any, new: Any, path: str = "") -> list[dict[str, Any]]:
    """Return the operations that turn one value into another, recursing into containers.

    Args:
        old: The value before.
        new: The value after.
        path: The JSON pointer of the value.

    Returns:
        The `add`, `remove` and `replace` operations.
    """
    if old is new:
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        ops = [{"op": "remove", "path": path + pointer(key)} for key in old if key not in new]
        for key, value in new.items():
            if key in old:
                ops += diff(old[key], value, path + pointer(key))
            else:
                ops.append({"op": "add", "path": path + pointer(key), "value": value})
        return ops
    if isinstance(old, list) and isinstance(new, list):
        ops = []
        for i, (before, after) in enumerate(zip(old, new, strict=False)):
            ops += diff(before, after, f"{path}/{i}")
        ops += [{"op": "remove", "path": f"{path}/{len(new)}"}] * (len(old) - len(new))
        ops += [
            {"op": "add", "path": f"{path}/{i}", "value": new[i]} for i in range(len(old), len(new))
        ]
        return ops
    if type(old) is type(new) and old == new:
        return []
    return [{"op": "replace", "path": path, "value": new}]
