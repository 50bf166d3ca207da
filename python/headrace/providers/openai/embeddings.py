"""`OpenAIEmbeddings`: vectors of texts from the embeddings API."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from pydantic import Field

from headrace.embeddings import Embeddings
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.counting import encoding_for
from headrace.utils.executor import run_in_executor
from headrace.wire.fields import fields_of

__all__ = ["OpenAIEmbeddings"]

_MOST_TOKENS = 300_000
"""Maximum number of tokens of all texts in a request."""

_Piece = str | list[int]


class OpenAIEmbeddings(OpenAIConnection, Embeddings):
    """Embeddings of OpenAI or of an OpenAI-compatible server.

    A text that is too long for the model is split, and the vectors of its pieces are averaged,
    weighted by length. This needs the package tiktoken.

    Unknown arguments are sent to the server unchanged, as if passed in `model_kwargs`.
    """

    model: str = "text-embedding-ada-002"
    """The name of the model."""

    dimensions: int | None = None
    """Number of dimensions of a vector, for models that support shorter ones."""

    chunk_size: int = 1000
    """Maximum number of texts in a request."""

    embedding_ctx_length: int = 8191
    """Maximum number of tokens in a text for the model."""

    check_embedding_ctx_length: bool = True
    """Whether to split longer texts."""

    tiktoken_model_name: str | None = None
    """The name of the model whose encoding counts tokens, if different from the model's name."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Other parameters of the request."""

    def _asked(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        asked = {"model": self.model, **self.model_kwargs}
        if self.dimensions is not None:
            asked["dimensions"] = self.dimensions
        return {**asked, **kwargs}

    def embed_documents(
        self, texts: list[str], chunk_size: int | None = None, **kwargs: Any
    ) -> list[list[float]]:
        """Return the vectors of texts to search in.

        Args:
            texts: The texts.
            chunk_size: Maximum number of texts in a request.
            **kwargs: Passed to the provider.

        Returns:
            A vector for each text.
        """
        pieces, owners = self._pieces(texts)
        asked = self._asked(kwargs)
        vectors: list[list[float]] = []
        with self._errors_for(asked):
            for batch in _batches(pieces, chunk_size or self.chunk_size):
                vectors += _vectors(self.root_client.embeddings.create(input=batch, **asked))
        return _joined(len(texts), pieces, owners, vectors)

    async def aembed_documents(
        self, texts: list[str], chunk_size: int | None = None, **kwargs: Any
    ) -> list[list[float]]:
        """Async version of `embed_documents`."""
        pieces, owners = await run_in_executor(None, self._pieces, texts)
        asked = self._asked(kwargs)
        vectors: list[list[float]] = []
        with self._errors_for(asked):
            for batch in _batches(pieces, chunk_size or self.chunk_size):
                answer = await self.root_async_client.embeddings.create(input=batch, **asked)
                vectors += _vectors(answer)
        return _joined(len(texts), pieces, owners, vectors)

    def embed_query(self, text: str, **kwargs: Any) -> list[float]:
        """Return the vector of a query."""
        return self.embed_documents([text], **kwargs)[0]

    async def aembed_query(self, text: str, **kwargs: Any) -> list[float]:
        """Async version of `embed_query`."""
        return (await self.aembed_documents([text], **kwargs))[0]

    def _pieces(self, texts: Sequence[str]) -> tuple[list[_Piece], list[int]]:
        """Split texts that are too long; return the pieces and the index of each piece's text."""
        pieces: list[_Piece] = []
        owners: list[int] = []
        for owner, text in enumerate(texts):
            for piece in self._cut(text):
                pieces.append(piece)
                owners.append(owner)
        return pieces, owners

    def _cut(self, text: str) -> Iterator[_Piece]:
        longest = self.embedding_ctx_length
        # a token has at least a byte, so most texts need no count
        short = len(text) * 4 <= longest or len(text.encode()) <= longest
        if short or not self.check_embedding_ctx_length or find_spec("tiktoken") is None:
            yield text
            return
        tokens = encoding_for(self.tiktoken_model_name or self.model).encode_ordinary(text)
        if len(tokens) <= longest:
            yield text
            return
        for at in range(0, len(tokens), longest):
            yield tokens[at : at + longest]


def _batches(pieces: list[_Piece], most: int) -> Iterator[list[_Piece]]:
    """Yield the pieces for each request, limited in number and in tokens."""
    batch: list[_Piece] = []
    size = 0
    for piece in pieces:
        # a text has at most as many tokens as bytes, and usually about a fourth
        weight = len(piece) if isinstance(piece, list) else len(piece) // 2 + 1
        if batch and (len(batch) >= most or size + weight > _MOST_TOKENS):
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += weight
    if batch:
        yield batch


def _vectors(answer: Any) -> list[list[float]]:
    """Return the vectors in an answer, in the order of the request."""
    data = [fields_of(one) for one in fields_of(answer)["data"]]
    if all(isinstance(one.get("index"), int) for one in data):
        data.sort(key=lambda one: one["index"])
    return [list(one["embedding"]) for one in data]


def _joined(
    count: int, pieces: list[_Piece], owners: list[int], vectors: list[list[float]]
) -> list[list[float]]:
    """Return a vector for each text: that of its only piece, or the normalized average."""
    if len(vectors) != len(pieces):
        raise ValueError(f"the server gave {len(vectors)} vectors for {len(pieces)} texts")
    parts: list[list[tuple[int, list[float]]]] = [[] for _ in range(count)]
    for piece, owner, vector in zip(pieces, owners, vectors, strict=True):
        parts[owner].append((len(piece), vector))
    return [own[0][1] if len(own) == 1 else _average(own) for own in parts]


def _average(parts: list[tuple[int, list[float]]]) -> list[float]:
    total = sum(weight for weight, _ in parts)
    mean = [
        sum(weight * number for (weight, _), number in zip(parts, numbers, strict=True)) / total
        for numbers in zip(*(vector for _, vector in parts), strict=True)
    ]
    length = math.sqrt(sum(number * number for number in mean))
    return [number / length for number in mean] if length else mean
