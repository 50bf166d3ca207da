"""Vector stores: find documents by the similarity of their vectors to a query."""

from headrace.vectorstores.in_memory import InMemoryVectorStore
from headrace.vectorstores.retriever import VectorStoreRetriever
from headrace.vectorstores.store import VectorStore

__all__ = ["InMemoryVectorStore", "VectorStore", "VectorStoreRetriever"]
