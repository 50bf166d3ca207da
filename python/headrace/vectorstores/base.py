"""Re-exports under LangChain's module name."""

from headrace.vectorstores.retriever import VectorStoreRetriever
from headrace.vectorstores.store import VectorStore

__all__ = ["VectorStore", "VectorStoreRetriever"]
