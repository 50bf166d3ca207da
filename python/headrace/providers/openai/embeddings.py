"""`OpenAIEmbeddings`: vectors of texts, by the embeddings API."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from pydantic import Field

from headrace.embeddings import Embeddings
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.counting import encoding_for
from headrace.runnables.executor import run_in_executor
from headrace.wire.fields import fields_of

__all__ = ["OpenAIEmbeddings"]

_MOST_TOKENS = 300_000
"""How many tokens a request may have, of all its texts."""

_Piece = str | list[int]


class OpenAIEmbeddings(OpenAIConnection, Embeddings):
    """Makes vectors of texts with a model of OpenAI, or of a server that speaks the same.

    A text that is longer than the model reads is cut, and the vectors of its pieces are averaged by
    their length; that takes the package tiktoken.

    Arguments that are no fields are sent to the server as they are, as if in `model_kwargs`.
    """

    model: str = "text-embedding-ada-002"
    """The model."""

    dimensions: int | None = None
    """How many numbers a vector has, where the model can make shorter ones."""

    chunk_size: int = 1000
    """How many texts to send in one request."""

    embedding_ctx_length: int = 8191
    """How many tokens of a text the model reads."""

    check_embedding_ctx_length: bool = True
    """Whether to cut texts that are longer."""

    tiktoken_model_name: str | None = None
    """As which model to count tokens, where it is not its name that tells."""

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
        """Make the vectors of texts that are searched.

        Args:
            texts: The texts.
            chunk_size: How many to send in one request.
            **kwargs: For the provider.

        Returns:
            A vector for each.
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
        """Make the vectors of texts that are searched; see `embed_documents`."""
        pieces, owners = await run_in_executor(None, self._pieces, texts)
        asked = self._asked(kwargs)
        vectors: list[list[float]] = []
        with self._errors_for(asked):
            for batch in _batches(pieces, chunk_size or self.chunk_size):
                answer = await self.root_async_client.embeddings.create(input=batch, **asked)
                vectors += _vectors(answer)
        return _joined(len(texts), pieces, owners, vectors)

    def embed_query(self, text: str, **kwargs: Any) -> list[float]:
        """Make the vector of a text that is searched for."""
        return self.embed_documents([text], **kwargs)[0]

    async def aembed_query(self, text: str, **kwargs: Any) -> list[float]:
        """Make the vector of a text that is searched for."""
        return (await self.aembed_documents([text], **kwargs))[0]

    def _pieces(self, texts: Sequence[str]) -> tuple[list[_Piece], list[int]]:
        """Cut texts that are too long; with each piece, of which text it is."""
        pieces: list[_Piece] = []
        owners: list[int] = []
        for owner, text in enumerate(texts):
            for piece in self._cut(text):
                pieces.append(piece)
                owners.append(owner)
        return pieces, owners

    def _cut(self, text: str) -> Iterator[_Piece]:
        longest = self.embedding_ctx_length
        # a token is at least a byte: most texts need not be counted
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
    """Give what goes into one request: not too many pieces, and not too much of them."""
    batch: list[_Piece] = []
    size = 0
    for piece in pieces:
        # a text has no more tokens than bytes, and about a fourth
        weight = len(piece) if isinstance(piece, list) else len(piece) // 2 + 1
        if batch and (len(batch) >= most or size + weight > _MOST_TOKENS):
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += weight
    if batch:
        yield batch


def _vectors(answer: Any) -> list[list[float]]:
    """Give the vectors in an answer, in the order in which they were asked for."""
    data = [fields_of(one) for one in fields_of(answer)["data"]]
    if all(isinstance(one.get("index"), int) for one in data):
        data.sort(key=lambda one: one["index"])
    return [list(one["embedding"]) for one in data]


def _joined(
    count: int, pieces: list[_Piece], owners: list[int], vectors: list[list[float]]
) -> list[list[float]]:
    """Give a vector for each text: that of its only piece, or the average of length 1."""
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
