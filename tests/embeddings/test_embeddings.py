"""Embeddings: asynchronous twins, and what is said where numpy is missing."""

import sys
import threading

import pytest

from headrace.embeddings import DeterministicFakeEmbedding, Embeddings, FakeEmbeddings


class Counting(Embeddings):
    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        self.thread = threading.current_thread()
        return [float(len(text))]


async def test_async_runs_on_a_thread():
    counting = Counting()
    assert await counting.aembed_query("abc") == [3.0]
    assert counting.thread is not threading.current_thread()
    assert await counting.aembed_documents(["a", "bc"]) == [[1.0], [2.0]]


def test_the_numbers_are_plain():
    vector = DeterministicFakeEmbedding(size=3).embed_query("a")
    assert [type(number) for number in vector] == [float] * 3


def test_without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert len(FakeEmbeddings(size=4).embed_query("a")) == 4
    with pytest.raises(ImportError, match="pip install numpy"):
        DeterministicFakeEmbedding(size=4).embed_query("a")


def test_an_interface_needs_both_methods():
    with pytest.raises(TypeError, match="abstract"):
        Embeddings()
