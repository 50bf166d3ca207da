"""`VectorStore` and `VectorStoreRetriever`, where users of LangChain look for them."""

from headrace.vectorstores.retriever import VectorStoreRetriever
from headrace.vectorstores.store import VectorStore

__all__ = ["VectorStore", "VectorStoreRetriever"]
