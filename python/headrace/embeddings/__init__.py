"""Embeddings: texts as vectors that are close where the texts are alike."""

from headrace.embeddings.embeddings import Embeddings
from headrace.embeddings.fake import DeterministicFakeEmbedding, FakeEmbeddings

__all__ = ["DeterministicFakeEmbedding", "Embeddings", "FakeEmbeddings"]
