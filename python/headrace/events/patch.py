"""JSON patches (RFC 6902): applying them without copying what they leave alone, and making them."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

__all__ = ["PatchError", "apply", "diff", "pointer"]


class PatchError(ValueError):
    """A patch does not fit the document."""


def pointer(*keys: Any) -> str:
    """Give the JSON pointer (RFC 6901) that leads through these keys."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in keys)


def _keys(path: str) -> list[str]:
    if not path:
        return []
    if not path.startswith("/"):
        raise PatchError(f"The path {path!r} does not begin with '/'.")
    return [key.replace("~1", "/").replace("~0", "~") for key in path[1:].split("/")]


def _index(key: str, length: int, path: str) -> int:
    if not key.isdecimal() or int(key) > length - 1:
        raise PatchError(f"The path {path!r} leads outside of a list of {length}.")
    return int(key)


def _within(node: Any, key: str, path: str) -> Any:
    """Step into a container."""
    if isinstance(node, list):
        return node[_index(key, len(node), path)]
    if isinstance(node, dict):
        if key not in node:
            raise PatchError(f"The path {path!r} leads to {key!r}, which is not there.")
        return node[key]
    raise PatchError(f"The path {path!r} leads into a {type(node).__name__}.")


def _changed(node: Any, keys: list[str], name: str, value: Any, path: str) -> Any:
    """Give a container with a change in it; what lies beside the path is shared."""
    if not keys:
        if name == "remove":
            return None
        return value
    key, *rest = keys
    if rest:
        inner = _changed(_within(node, key, path), rest, name, value, path)
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
        raise PatchError(f"The path {path!r} leads into a {type(node).__name__}.")
    if name != "add":
        _within(changed, key, path)
    if name == "remove":
        del changed[key]
    else:
        changed[key] = value
    return changed


def _found(document: Any, path: str) -> Any:
    for key in _keys(path):
        document = _within(document, key, path)
    return document


def apply(document: Any, ops: Iterable[dict[str, Any]]) -> Any:
    """Apply operations, each to what the one before gave.

    Args:
        document: What they are applied to; it stays as it is.
        ops: `add`, `replace`, `remove`, `move`, `copy` and `test`.

    Returns:
        The new document. It shares with the old one whatever no path leads through.

    Raises:
        PatchError: If one does not fit.
    """
    for op in ops:
        name, path = op.get("op"), op.get("path")
        if not isinstance(path, str):
            raise PatchError(f"The operation {op!r} has no path.")
        if name in ("add", "replace", "remove"):
            if name != "remove" and "value" not in op:
                raise PatchError(f"The operation {op!r} has no value.")
            document = _changed(document, _keys(path), name, op.get("value"), path)
        elif name in ("move", "copy"):
            value = _found(document, op["from"])
            if name == "move":
                document = _changed(document, _keys(op["from"]), "remove", None, op["from"])
            document = _changed(document, _keys(path), "add", value, path)
        elif name == "test":
            if _found(document, path) != op["value"]:
                raise PatchError(f"What is at {path!r} is not what the patch expects.")
        else:
            raise PatchError(f"There is no operation {name!r}.")
    return document


def diff(old: Any, new: Any, path: str = "") -> list[dict[str, Any]]:
    """Give the operations that make one value another, as deep as both are containers.

    Args:
        old: The value before.
        new: The value after.
        path: Where it is.

    Returns:
        The operations: `add` what is new, `remove` what is gone, `replace` what differs.
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
