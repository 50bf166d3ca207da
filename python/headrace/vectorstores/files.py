"""Files of vector stores: JSON for what is readable, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from headrace.documents import Document

__all__ = ["as_document", "as_json", "dump_store", "load_store", "replace_file"]

_ESCAPED = "__lc_escaped__"
"""The reference wraps dictionaries that could be taken for its objects in this key."""


def dump_store(store: dict[str, dict[str, Any]], path: str | os.PathLike[str]) -> None:
    """Write the contents of an `InMemoryVectorStore`, in the reference's form.

    Args:
        store: The contents.
        path: The file.

    Raises:
        TypeError: If JSON has no form for what is in the metadata of a document.
    """
    entries = [
        f"{as_json(id)}: {as_json({**entry, 'metadata': _escaped(entry['metadata'])}, id)}"
        for id, entry in store.items()
    ]
    text = "{\n" + ",\n".join(entries) + "\n}\n"
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, lambda file: Path(file).write_text(text, encoding="utf-8"))


def load_store(path: str | os.PathLike[str]) -> tuple[list[Document], list[list[float]]]:
    """Read what `dump_store` wrote.

    Args:
        path: The file.

    Returns:
        The documents and their vectors.

    Raises:
        ValueError: If the file is damaged, or another's.
    """
    try:
        store = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged, or no file of a vector store: {error}") from error
    if not isinstance(store, dict):
        raise ValueError(f"{path} is no file of a vector store: it holds no JSON object.")
    documents: list[Document] = []
    vectors: list[list[float]] = []
    for id, entry in store.items():
        try:
            document = as_document(id, entry["text"], _unescaped(entry["metadata"]))
            vector = [float(number) for number in entry["vector"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"{path} is damaged, or no file of a vector store: the entry {id!r} has no proper "
                "text, metadata and vector."
            ) from error
        documents.append(document)
        vectors.append(vector)
    return documents, vectors


def as_json(value: Any, id: str | None = None) -> str:
    """Write a value as JSON; `id` is the document that it belongs to.

    Raises:
        TypeError: If JSON has no form for it.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"The document {id!r} cannot be written as JSON: {error}") from error


def as_document(id: Any, text: Any, metadata: Any) -> Document:
    """Make a document of what was read.

    Raises:
        TypeError: If that is something else.
    """
    if not (isinstance(id, str) and isinstance(text, str) and isinstance(metadata, dict)):
        raise TypeError("a document has an id and a text, which are strings, and metadata")
    return Document(text, id=id, metadata=metadata)


def replace_file(path: Path, write: Callable[[str], Any]) -> None:
    """Put a file into the place of another once it is written and on the disk.

    Whatever happens meanwhile, there is the old file or the new one, each whole.

    Args:
        path: The file.
        write: Writes to a path; another one, in the same folder.
    """
    beside = path.parent / f".{path.name}.{uuid4().hex}.tmp"
    try:
        write(str(beside))
        _sync(beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(path: Path) -> None:
    """See that a file, or what was renamed in a folder, is there after the power has failed."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        if "lc" in value or set(value) == {_ESCAPED}:
            return {_ESCAPED: value}
        return {key: _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value] if isinstance(value, (list, tuple)) else value


def _unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {_ESCAPED}:
            return value[_ESCAPED]
        return {key: _unescaped(item) for key, item in value.items()}
    return [_unescaped(item) for item in value] if isinstance(value, list) else value
