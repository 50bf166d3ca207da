"""`BaseDocumentTransformer`: what makes documents of documents."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from headrace.documents.base import Document

__all__ = ["BaseDocumentTransformer"]


class BaseDocumentTransformer(ABC):
    """Base class of transformers of documents, such as splitters, filters and translators."""

    @abstractmethod
    def transform_documents(
        self, documents: Sequence[Document], **kwargs: Any
    ) -> Sequence[Document]:
        """Transform a list of documents.

        Args:
            documents: The documents.
            **kwargs: For the transformer.

        Returns:
            What became of them.
        """

    async def atransform_documents(
        self, documents: Sequence[Document], **kwargs: Any
    ) -> Sequence[Document]:
        """Transform a list of documents; by default on a thread."""
        return await asyncio.to_thread(self.transform_documents, documents, **kwargs)
