"""`BaseDocumentCompressor`: what shortens retrieved documents."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from headrace.documents.base import Document

if TYPE_CHECKING:
    from headrace.callbacks.base import Callbacks

__all__ = ["BaseDocumentCompressor"]


class BaseDocumentCompressor(BaseModel, ABC):
    """Base class of compressors, which keep the relevant parts of retrieved documents."""

    @abstractmethod
    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """Compress retrieved documents.

        Args:
            documents: The documents.
            query: The query that they were retrieved for.
            callbacks: The callbacks to notify.

        Returns:
            The compressed documents.
        """

    async def acompress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """Compress retrieved documents; by default on a thread."""
        return await asyncio.to_thread(self.compress_documents, documents, query, callbacks)
