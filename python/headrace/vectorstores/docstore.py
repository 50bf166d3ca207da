"""`InMemoryDocstore`: the documents of a `FAISS` store, keyed by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from headrace.documents import Document

__all__ = ["InMemoryDocstore"]


class InMemoryDocstore:
    """Documents in memory, keyed by id."""

    def __init__(self, _dict: dict[str, Document] | None = None) -> None:
        """Create a store with the documents of `_dict`, keyed by id."""
        self._dict: dict[str, Document] = {} if _dict is None else _dict

    def __copy__(self) -> InMemoryDocstore:
        return InMemoryDocstore(self._dict.copy())

    def add(self, texts: Mapping[str, Document]) -> None:
        """Add documents.

        Args:
            texts: The documents, keyed by id.

        Raises:
            ValueError: If an id exists already. Nothing is added then.
        """
        known = sorted(self._dict.keys() & texts.keys())
        if known:
            raise ValueError(f"There are documents with these ids already: {', '.join(known)}.")
        self._dict.update(texts)

    def delete(self, ids: Iterable[str]) -> None:
        """Delete documents.

        Args:
            ids: The ids of the documents.

        Raises:
            ValueError: If an id does not exist. Nothing is deleted then.
        """
        ids = list(ids)
        unknown = sorted(set(ids) - self._dict.keys())
        if unknown:
            raise ValueError(f"There are no documents with these ids: {', '.join(unknown)}.")
        for id in ids:
            self._dict.pop(id, None)

    def search(self, search: str) -> Document | str:
        """Return the document with an id, or a text that it was not found."""
        return self._dict.get(search, f"ID {search} not found.")
