"""The base classes of loaders and parsers of documents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from typing import Any

from headrace.documents.base import Blob, Document
from headrace.utils.executor import run_in_executor

__all__ = ["BaseBlobParser", "BaseLoader"]

_END = object()


class BaseLoader(ABC):  # noqa: B024 - a subclass defines `lazy_load` or, in older code, `load`
    """Loads documents. A subclass defines `lazy_load`."""

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents one by one.

        Raises:
            NotImplementedError: If the subclass defines neither this nor `load`.
        """
        if type(self).load is BaseLoader.load:
            raise NotImplementedError(f"{type(self).__name__} does not implement lazy_load()")
        return iter(self.load())

    def load(self) -> list[Document]:
        """Return all documents."""
        return list(self.lazy_load())

    async def alazy_load(self) -> AsyncIterator[Document]:
        """Yield the documents one by one, each loaded on a thread."""
        documents = await run_in_executor(None, self.lazy_load)
        while (document := await run_in_executor(None, next, documents, _END)) is not _END:
            yield document  # type: ignore[misc]

    async def aload(self) -> list[Document]:
        """Return all documents, loaded on a thread."""
        return [document async for document in self.alazy_load()]

    def load_and_split(self, text_splitter: Any = None) -> list[Document]:
        """Return all documents in parts.

        Args:
            text_splitter: Splits them; by default langchain-text-splitters' recursive splitter.

        Raises:
            ImportError: If there is no splitter and langchain-text-splitters is not installed.
        """
        if text_splitter is None:
            try:
                splitters = import_module("langchain_text_splitters")
            except ImportError as error:
                raise ImportError(
                    "Pass a text_splitter, or install langchain-text-splitters: "
                    "pip install langchain-text-splitters"
                ) from error
            text_splitter = splitters.RecursiveCharacterTextSplitter()
        documents: list[Document] = text_splitter.split_documents(self.load())
        return documents


class BaseBlobParser(ABC):
    """Base class of parsers from raw data to documents. A subclass defines `lazy_parse`."""

    @abstractmethod
    def lazy_parse(self, blob: Blob) -> Iterator[Document]:
        """Yield the documents in raw data one by one."""

    def parse(self, blob: Blob) -> list[Document]:
        """Return all documents in raw data."""
        return list(self.lazy_parse(blob))
