"""Files of a `FAISS` store: a FAISS index, and JSON with the documents and the name of the index.

The JSON is replaced last and atomically, and only the index that it names belongs to the store. So
a save that is killed at any moment leaves the old or the new store. A lock on the folder separates
saving and loading.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headrace.vectorstores.docstore import InMemoryDocstore
from headrace.vectorstores.files import as_document, as_json, replace_file
from headrace.vectorstores.utils import DistanceStrategy

if TYPE_CHECKING:
    from headrace.documents import Document

__all__ = ["document_json", "from_bytes", "load", "save", "to_bytes"]

FORMAT = "headrace.faiss"
VERSION = 1
_MAGIC = b"headrace.faiss\n"
_LENGTH = 8


def save(
    folder: str | os.PathLike[str],
    name: str,
    settings: Mapping[str, Any],
    write_index: Callable[[str], list[str]],
) -> None:
    """Save a store in a folder; see `FAISS.save_local`.

    Args:
        folder: The folder.
        name: The name of the store in it.
        settings: The settings of the store.
        write_index: A function that writes the index to the file with the given name, and returns
            the documents in the order of its rows, from `document_json`.
    """
    folder = Path(folder)
    path = _json_path(folder, name)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder, fcntl.LOCK_EX):
        _clear(folder, name, keep=_named(path))
        beside = folder / f".{name}.faiss.tmp"
        documents = write_index(str(beside))
        size, digest = _measure(beside)
        index = folder / f"{name}.{digest[:16]}.faiss"
        replace_file(index, lambda to: beside.replace(to))
        about = {"file": index.name, "bytes": size, "sha256": digest}
        text = _describe(settings, about, documents)
        replace_file(path, lambda to: Path(to).write_text(text, encoding="utf-8"))
        _clear(folder, name, keep=index.name)


def load(faiss: Any, folder: str | os.PathLike[str], name: str, io_flags: int) -> dict[str, Any]:
    """Load a store from a folder; see `FAISS.load_local`.

    Args:
        faiss: The module `faiss`.
        folder: The folder.
        name: The name of the store in it.
        io_flags: Flags for reading the index.

    Returns:
        The arguments for `FAISS`.
    """
    folder = Path(folder)
    path = _json_path(folder, name)
    if not path.exists() and (folder / f"{name}.pkl").exists():
        raise ValueError(
            f"{folder / name}.pkl was saved with pickle, which runs what it reads, so it is not "
            "read here. Make the store anew, and save that."
        )
    if not path.exists():
        raise FileNotFoundError(f"There is no store {name!r} in {folder}: {path} is missing.")
    with _locked(folder, fcntl.LOCK_SH):
        fields, about = _parse(path.read_text(encoding="utf-8", errors="replace"), str(path))
        index = folder / _plain_name(str(about.get("file", "")))
        if not index.is_file():
            raise ValueError(f"{path} is damaged: {index}, which it names, is missing.")
        if io_flags & faiss.IO_FLAG_MMAP:
            matches = index.stat().st_size == about.get("bytes")
        else:
            matches = _measure(index) == (about.get("bytes"), about.get("sha256"))
        if not matches:
            raise ValueError(f"{index} is damaged: it is not what was saved.")
        try:
            fields["index"] = faiss.read_index(str(index), io_flags)
        except RuntimeError as error:
            raise ValueError(f"{index} is damaged: {error}") from error
    _fits(fields, str(path))
    return fields


def to_bytes(index: bytes, settings: Mapping[str, Any], documents: list[str]) -> bytes:
    """Serialize a store to bytes; see `FAISS.serialize_to_bytes`.

    Args:
        index: The serialized index.
        settings: The settings of the store.
        documents: The documents in the order of the rows of the index, from `document_json`.
    """
    about = {"bytes": len(index), "sha256": sha256(index).hexdigest()}
    head = _describe(settings, about, documents).encode()
    return b"".join((_MAGIC, len(head).to_bytes(_LENGTH, "big"), head, index))


def from_bytes(faiss: Any, data: bytes) -> dict[str, Any]:
    """Load a store from bytes; see `FAISS.deserialize_from_bytes`.

    Args:
        faiss: The module `faiss`.
        data: The bytes.

    Returns:
        The arguments for `FAISS`.
    """
    import numpy

    start = len(_MAGIC) + _LENGTH
    if not data.startswith(_MAGIC) or len(data) < start:
        raise ValueError("The bytes are no store: serialize_to_bytes did not give them.")
    end = start + int.from_bytes(data[len(_MAGIC) : start], "big")
    fields, about = _parse(data[start:end].decode("utf-8", "replace"), "the serialized store")
    index = data[end:]
    if (len(index), sha256(index).hexdigest()) != (about.get("bytes"), about.get("sha256")):
        raise ValueError("The serialized store is damaged: its index is not what was saved.")
    try:
        fields["index"] = faiss.deserialize_index(numpy.frombuffer(index, dtype=numpy.uint8))
    except RuntimeError as error:
        raise ValueError(f"The serialized store is damaged: {error}") from error
    _fits(fields, "the serialized store")
    return fields


# -- JSON ----------------------------------------------------------------------------------------


def document_json(id: str, document: Document) -> str:
    """Return a document of a store as JSON."""
    fields = {"id": id, "page_content": document.page_content, "metadata": document.metadata}
    return as_json(fields, id)


def _describe(settings: Mapping[str, Any], about: dict[str, Any], documents: list[str]) -> str:
    head = {
        "format": FORMAT,
        "version": VERSION,
        "index": about,
        **settings,
        "documents_sha256": _digest(documents),
    }
    rows = ",\n".join(documents)
    return f'{as_json(head)[:-1]}, "documents": [\n{rows}\n]}}\n'


def _digest(documents: Iterable[str]) -> str:
    return sha256("\n".join(documents).encode()).hexdigest()


def _parse(text: str, where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parse the output of `_describe`: the arguments of the store, and facts about its index."""
    try:
        told = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{where} is damaged, or no store: {error}") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ValueError(f"{where} is no store: it does not say that its format is {FORMAT}.")
    if told.get("version") != VERSION:
        raise ValueError(
            f"{where} is of version {told.get('version')!r}, and this reads version {VERSION}."
        )
    try:
        documents = [
            as_document(one["id"], one["page_content"], one["metadata"])
            for one in told["documents"]
        ]
        fields = {
            "docstore": InMemoryDocstore({str(one.id): one for one in documents}),
            "index_to_docstore_id": {row: one.id for row, one in enumerate(documents)},
            "distance_strategy": DistanceStrategy(told["distance_strategy"]),
            "normalize_L2": bool(told["normalize_L2"]),
        }
        about = dict(told["index"])
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{where} is damaged: {error!r}") from error
    # serialized again, so that the layout does not matter
    if _digest(map(as_json, told["documents"])) != told.get("documents_sha256"):
        raise ValueError(f"{where} is damaged: its documents are not what was saved.")
    return fields, about


def _fits(fields: dict[str, Any], where: str) -> None:
    """Check that there is one document with a unique id for each row of the index."""
    rows, ids = fields["index"].ntotal, fields["index_to_docstore_id"]
    if rows != len(ids) or len(set(ids.values())) != rows:
        raise ValueError(f"{where} is damaged: it has not one document for each of {rows} rows.")


# -- files ----------------------------------------------------------------------------------------


def _json_path(folder: Path, name: str) -> Path:
    return folder / f"{_plain_name(name)}.json"


def _plain_name(name: str) -> str:
    if name in ("", "..") or Path(name).name != name:
        raise ValueError(f"{name!r} is no name of a file in a folder.")
    return name


def _named(path: Path) -> str | None:
    """Return the name of a store's index, or None if the store is missing or damaged."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["index"]["file"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _clear(folder: Path, name: str, keep: str | None) -> None:
    """Delete old indexes and half-written files of earlier saves."""
    left = re.compile(
        rf"{re.escape(name)}\.[0-9a-f]{{16}}\.faiss|\.{re.escape(name)}\.(.*\.)?tmp", re.DOTALL
    )
    for path in folder.iterdir():
        if path.name != keep and left.fullmatch(path.name):
            path.unlink(missing_ok=True)


def _measure(path: Path) -> tuple[int, str]:
    """Return the size and the SHA-256 of a file."""
    digest = sha256()
    size = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)  # this also releases the lock
