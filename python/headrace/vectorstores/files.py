"""Files of vector stores: JSON, written atomically."""

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
"""LangChain's key for dictionaries that look like serialized objects."""


def dump_store(store: dict[str, dict[str, Any]], path: str | os.PathLike[str]) -> None:
    """Write the contents of an `InMemoryVectorStore`, in LangChain's format.

    Args:
        store: The contents.
        path: The file.

    Raises:
        TypeError: If the metadata of a document is not JSON serializable.
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
    """Read a file written by `dump_store`.

    Args:
        path: The file.

    Returns:
        The documents and their vectors.

    Raises:
        ValueError: If the file is damaged or not a store.
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
    """Convert a value to JSON; `id` is the document that it belongs to.

    Raises:
        TypeError: If it is not JSON serializable.
    """
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"The document {id!r} cannot be written as JSON: {error}") from error


def as_document(id: Any, text: Any, metadata: Any) -> Document:
    """Create a document from data of a file.

    Raises:
        TypeError: If the data has the wrong types.
    """
    if not (isinstance(id, str) and isinstance(text, str) and isinstance(metadata, dict)):
        raise TypeError("a document has an id and a text, which are strings, and metadata")
    return Document(text, id=id, metadata=metadata)


def replace_file(path: Path, write: Callable[[str], Any]) -> None:
    """Replace a file atomically, after the new one is written and synced to disk.

    At any moment, there is either the complete old file or the complete new one.

    Args:
        path: The file.
        write: A function that writes to a path, which is another one in the same folder.
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
    """Sync a file, or the names in a folder, to disk."""
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
