"""`InMemoryDocstore`: the documents of a `FAISS` store, by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headrace.documents import Document

__all__ = ["InMemoryDocstore"]


class InMemoryDocstore:
    """Keeps documents by their ids."""

    def __init__(self, _dict: dict[str, Document] | None = None) -> None:
        """Make a store of the documents that `_dict` has, by their ids."""
        self._dict: dict[str, Document] = {} if _dict is None else _dict

    def __copy__(self) -> InMemoryDocstore:
        return InMemoryDocstore(self._dict.copy())

    def add(self, texts: Mapping[str, Document]) -> None:
        """Add documents.

        Args:
            texts: The documents by their ids.

        Raises:
            ValueError: If there is a document of such an id; none is added then.
        """
        known = sorted(self._dict.keys() & texts.keys())
        if known:
            raise ValueError(f"There are documents with these ids already: {', '.join(known)}.")
        self._dict.update(texts)

    def delete(self, ids: Iterable[str]) -> None:
        """Delete documents.

        Args:
            ids: Theirs.

        Raises:
            ValueError: If there is none of such an id; none is deleted then.
        """
        ids = list(ids)
        unknown = sorted(set(ids) - self._dict.keys())
        if unknown:
            raise ValueError(f"There are no documents with these ids: {', '.join(unknown)}.")
        for id in ids:
            self._dict.pop(id, None)

    def search(self, search: str) -> Document | str:
        """Give the document of an id, or a sentence that says that there is none."""
        return self._dict.get(search, f"ID {search} not found.")
