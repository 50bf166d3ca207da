"""`VectorStoreRetriever`: a vector store as a retriever."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.retrievers import BaseRetriever, LangSmithRetrieverParams
from headrace.vectorstores.store import VectorStore

if TYPE_CHECKING:
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )

__all__ = ["VectorStoreRetriever"]


class VectorStoreRetriever(BaseRetriever):
    """Retriever that searches a vector store.

    Other arguments of `invoke` are passed to the search and override `search_kwargs`.
    """

    vectorstore: VectorStore
    """The store."""

    search_type: str = "similarity"
    """The type of search: `similarity`, `similarity_score_threshold` or `mmr`."""

    search_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the search, such as `k`, `filter` and `score_threshold`."""

    allowed_search_types: ClassVar[Collection[str]] = (
        "similarity",
        "similarity_score_threshold",
        "mmr",
    )
    """The allowed values of `search_type`."""

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        if self.search_type not in self.allowed_search_types:
            allowed = ", ".join(repr(kind) for kind in self.allowed_search_types)
            raise ValueError(f"search_type is {self.search_type!r}, but may be {allowed}.")
        if self.search_type == "similarity_score_threshold" and not isinstance(
            self.search_kwargs.get("score_threshold"), float
        ):
            raise ValueError(
                "search_type 'similarity_score_threshold' needs a float, from 0 to 1, as "
                "score_threshold in search_kwargs."
            )
        return self

    def _get_ls_params(self, **kwargs: Any) -> LangSmithRetrieverParams:
        told = super()._get_ls_params(**kwargs)
        told["ls_vector_store_provider"] = type(self.vectorstore).__name__
        embeddings = self.vectorstore.embeddings or getattr(self.vectorstore, "embedding", None)
        if isinstance(embeddings, Embeddings):
            told["ls_embedding_provider"] = type(embeddings).__name__
        return told

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        return self.vectorstore.search(query, self.search_type, **{**self.search_kwargs, **kwargs})

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        return await self.vectorstore.asearch(
            query, self.search_type, **{**self.search_kwargs, **kwargs}
        )

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Add documents to the store; see `VectorStore.add_documents`."""
        return self.vectorstore.add_documents(documents, **kwargs)

    async def aadd_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Add documents to the store; see `VectorStore.add_documents`."""
        return await self.vectorstore.aadd_documents(documents, **kwargs)
