"""JSON schemas: resolve references, close objects and remove titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["closed", "copied", "dereference_refs", "untitled"]

_ANY: dict[str, Any] = {}
"""Empty schema, which replaces recursive references."""


def _resolve(path: str, root: Any) -> Any:
    """Follow a JSON pointer (RFC 6901) from the root of a schema.

    Raises:
        ValueError: If it points outside of the schema.
        KeyError: If there is no such part.
    """
    first, *steps = path.split("/")
    if first != "#":
        raise ValueError(
            "ref paths are expected to be URI fragments, meaning they should start with #."
        )
    place = root
    for step in steps:
        for key in (step, step.replace("~1", "/").replace("~0", "~")):
            if isinstance(place, Mapping) and key in place:
                place = place[key]
                break
            if isinstance(place, Mapping) and key.isdigit() and int(key) in place:
                place = place[int(key)]
                break
            if isinstance(place, list) and key.isdigit() and int(key) < len(place):
                place = place[int(key)]
                break
        else:
            raise KeyError(f"Reference '{path}' not found.")
    return place


def dereference_refs(
    schema_obj: dict[str, Any],
    *,
    full_schema: dict[str, Any] | None = None,
    skip_keys: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Replace the references of a schema by their targets.

    Keys next to a reference override those of its target. A recursive reference becomes the empty
    schema, which allows anything.

    Args:
        schema_obj: The schema, or a part of one; it is not modified.
        full_schema: The root schema of the references; by default `schema_obj`.
        skip_keys: The keys whose values are not modified; by default `$defs`.

    Returns:
        A schema without references, except below the skipped keys.

    Raises:
        KeyError: If a reference has no target.
        ValueError: If a reference points outside of the schema.
    """
    root = schema_obj if full_schema is None else full_schema
    skipped = frozenset({"$defs"} if skip_keys is None else skip_keys)

    def followed(value: Any, open_refs: frozenset[str]) -> Any:
        if isinstance(value, list):
            return [followed(item, open_refs) for item in value]
        if not isinstance(value, dict):
            return value
        path = value.get("$ref")
        # A property may be named `$ref`: its value is a schema, not a string.
        if not isinstance(path, str):
            return {
                key: item if key in skipped else followed(item, open_refs)
                for key, item in value.items()
            }
        target: Any = dict(_ANY)
        if path not in open_refs:
            target = followed(_resolve(path, root), open_refs | {path})
        beside = {key: item for key, item in value.items() if key != "$ref"}
        if not beside:
            return target
        over = followed(beside, open_refs)
        return {**target, **over} if isinstance(target, dict) else over

    result: dict[str, Any] = followed(schema_obj, frozenset())
    return result


def copied(value: Any) -> Any:
    """Return a deep copy of the containers of a schema."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


_VALUES = frozenset({"enum", "const", "default", "examples", "required"})
"""Keywords whose values are data, not schemas."""


def untitled(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without the titles that pydantic generates from names.

    Schemas in lists, such as in `anyOf`, keep their titles, which identify the alternatives.

    Args:
        schema: The schema; it is not modified.

    Returns:
        The schema without titles.
    """
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            found[key] = {
                name: untitled(item) if isinstance(item, dict) else item
                for name, item in value.items()
            }
        elif key != "title":
            inner = isinstance(value, dict) and key not in _VALUES
            found[key] = untitled(value) if inner else value
    return found


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema for OpenAI's strict mode: all properties are required, and no others allowed.

    Args:
        schema: The schema; it is not modified.

    Returns:
        The schema, in which each object requires all its properties and allows no others.
    """
    shut: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs", "definitions") and isinstance(value, dict):
            shut[key] = {name: _closed(item) for name, item in value.items()}
        elif key in ("anyOf", "allOf") and isinstance(value, list):
            # Strict mode has no other keyword with a list of schemas.
            shut[key] = [_closed(item) for item in value]
        else:
            shut[key] = value if key in _VALUES else _closed(value)
    properties = shut.get("properties")
    if properties:
        shut["required"] = list(properties)
    if "required" in shut or "additionalProperties" in shut or properties is not None:
        shut["additionalProperties"] = False
    return shut


def _closed(value: Any) -> Any:
    return closed(value) if isinstance(value, dict) else value
