"""Vector stores: documents found by the likeness of their vectors to that of a question."""

from headrace.vectorstores.in_memory import InMemoryVectorStore
from headrace.vectorstores.retriever import VectorStoreRetriever
from headrace.vectorstores.store import VectorStore

__all__ = ["InMemoryVectorStore", "VectorStore", "VectorStoreRetriever"]
