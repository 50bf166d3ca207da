"""Examples by their likeness to the input, found in a vector store."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from typing_extensions import Self

from headrace.documents import Document
from headrace.example_selectors.base import BaseExampleSelector
from headrace.vectorstores import VectorStore

if TYPE_CHECKING:
    from headrace.embeddings import Embeddings

__all__ = [
    "MaxMarginalRelevanceExampleSelector",
    "SemanticSimilarityExampleSelector",
    "sorted_values",
]


def sorted_values(values: dict[str, str]) -> list[str]:
    """Return the values of a dictionary in the order of its keys.

    Args:
        values: The dictionary.

    Returns:
        The values.
    """
    return [values[key] for key in sorted(values)]


class _VectorStoreExampleSelector(BaseExampleSelector, BaseModel, ABC):
    """Base class of selectors that keep examples in a vector store."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    vectorstore: VectorStore
    """The vector store of the examples."""

    k: int = 4
    """How many to choose."""

    example_keys: list[str] | None = None
    """The keys of an example to give; None for all."""

    input_keys: list[str] | None = None
    """The variables to find examples by; None for all."""

    vectorstore_kwargs: dict[str, Any] | None = None
    """More for the store's search."""

    def add_example(self, example: dict[str, str]) -> str:
        """Add an example.

        Args:
            example: The variables of the example's prompt.

        Returns:
            Its id in the store.
        """
        text = _text(example, self.input_keys)
        return self.vectorstore.add_texts([text], metadatas=[example])[0]

    async def aadd_example(self, example: dict[str, str]) -> str:
        """Add an example; see `add_example`."""
        text = _text(example, self.input_keys)
        return (await self.vectorstore.aadd_texts([text], metadatas=[example]))[0]

    def _examples(self, documents: list[Document]) -> list[dict[str, Any]]:
        examples = [dict(document.metadata) for document in documents]
        if self.example_keys is None:
            return examples
        return [{key: example[key] for key in self.example_keys} for example in examples]

    @classmethod
    def _from_store(
        cls,
        make: Any,
        examples: list[dict[str, str]],
        embeddings: Embeddings,
        input_keys: list[str] | None,
        options: dict[str, Any],
    ) -> Any:
        """Create a store of examples."""
        texts = [_text(example, input_keys) for example in examples]
        return make(texts, embeddings, metadatas=examples, **options)


def _text(example: dict[str, str], keys: list[str] | None) -> str:
    """Return the search text of an example."""
    chosen = example if keys is None else {key: example[key] for key in keys}
    return " ".join(sorted_values(chosen))


class SemanticSimilarityExampleSelector(_VectorStoreExampleSelector):
    """Selector of the examples most similar to the input."""

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples.

        Args:
            input_variables: The variables of the whole prompt.

        Returns:
            The examples, the most alike first.
        """
        text = _text(input_variables, self.input_keys)
        options = self.vectorstore_kwargs or {}
        return self._examples(self.vectorstore.similarity_search(text, k=self.k, **options))

    async def aselect_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples; see `select_examples`."""
        text = _text(input_variables, self.input_keys)
        options = self.vectorstore_kwargs or {}
        return self._examples(await self.vectorstore.asimilarity_search(text, k=self.k, **options))

    @classmethod
    def from_examples(
        cls,
        examples: list[dict[str, str]],
        embeddings: Embeddings,
        vectorstore_cls: type[VectorStore],
        k: int = 4,
        input_keys: list[str] | None = None,
        *,
        example_keys: list[str] | None = None,
        vectorstore_kwargs: dict[str, Any] | None = None,
        **vectorstore_cls_kwargs: Any,
    ) -> Self:
        """Create a selector with a store of examples.

        Args:
            examples: The examples.
            embeddings: The embedding model.
            vectorstore_cls: The class of the vector store.
            k: The number of examples to choose.
            input_keys: The variables used for the search.
            example_keys: The keys of an example to return.
            vectorstore_kwargs: Passed to the search of the store.
            **vectorstore_cls_kwargs: Passed to the store.

        Returns:
            The selector.
        """
        make = vectorstore_cls.from_texts
        return cls(
            vectorstore=cls._from_store(
                make, examples, embeddings, input_keys, vectorstore_cls_kwargs
            ),
            k=k,
            input_keys=input_keys,
            example_keys=example_keys,
            vectorstore_kwargs=vectorstore_kwargs,
        )

    @classmethod
    async def afrom_examples(
        cls,
        examples: list[dict[str, str]],
        embeddings: Embeddings,
        vectorstore_cls: type[VectorStore],
        k: int = 4,
        input_keys: list[str] | None = None,
        *,
        example_keys: list[str] | None = None,
        vectorstore_kwargs: dict[str, Any] | None = None,
        **vectorstore_cls_kwargs: Any,
    ) -> Self:
        """Create a selector; async version of `from_examples`."""
        make = vectorstore_cls.afrom_texts
        return cls(
            vectorstore=await cls._from_store(
                make, examples, embeddings, input_keys, vectorstore_cls_kwargs
            ),
            k=k,
            input_keys=input_keys,
            example_keys=example_keys,
            vectorstore_kwargs=vectorstore_kwargs,
        )


class MaxMarginalRelevanceExampleSelector(_VectorStoreExampleSelector):
    """Selector of examples similar to the input and different from each other."""

    fetch_k: int = 20
    """How many of the most alike to choose from."""

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples.

        Args:
            input_variables: The variables of the whole prompt.

        Returns:
            The examples.
        """
        text = _text(input_variables, self.input_keys)
        search = self.vectorstore.max_marginal_relevance_search
        return self._examples(search(text, k=self.k, fetch_k=self.fetch_k))

    async def aselect_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Choose examples; see `select_examples`."""
        text = _text(input_variables, self.input_keys)
        search = self.vectorstore.amax_marginal_relevance_search
        return self._examples(await search(text, k=self.k, fetch_k=self.fetch_k))

    @classmethod
    def from_examples(
        cls,
        examples: list[dict[str, str]],
        embeddings: Embeddings,
        vectorstore_cls: type[VectorStore],
        k: int = 4,
        input_keys: list[str] | None = None,
        fetch_k: int = 20,
        example_keys: list[str] | None = None,
        vectorstore_kwargs: dict[str, Any] | None = None,
        **vectorstore_cls_kwargs: Any,
    ) -> Self:
        """Create a selector with a store of examples.

        Args:
            examples: The examples.
            embeddings: The embedding model.
            vectorstore_cls: The class of the vector store.
            k: The number of examples to choose.
            input_keys: The variables used for the search.
            fetch_k: The number of most similar examples to choose from.
            example_keys: The keys of an example to return.
            vectorstore_kwargs: Passed to the search of the store.
            **vectorstore_cls_kwargs: Passed to the store.

        Returns:
            The selector.
        """
        make = vectorstore_cls.from_texts
        return cls(
            vectorstore=cls._from_store(
                make, examples, embeddings, input_keys, vectorstore_cls_kwargs
            ),
            k=k,
            fetch_k=fetch_k,
            input_keys=input_keys,
            example_keys=example_keys,
            vectorstore_kwargs=vectorstore_kwargs,
        )

    @classmethod
    async def afrom_examples(
        cls,
        examples: list[dict[str, str]],
        embeddings: Embeddings,
        vectorstore_cls: type[VectorStore],
        *,
        k: int = 4,
        input_keys: list[str] | None = None,
        fetch_k: int = 20,
        example_keys: list[str] | None = None,
        vectorstore_kwargs: dict[str, Any] | None = None,
        **vectorstore_cls_kwargs: Any,
    ) -> Self:
        """Create a selector; async version of `from_examples`."""
        make = vectorstore_cls.afrom_texts
        return cls(
            vectorstore=await cls._from_store(
                make, examples, embeddings, input_keys, vectorstore_cls_kwargs
            ),
            k=k,
            fetch_k=fetch_k,
            input_keys=input_keys,
            example_keys=example_keys,
            vectorstore_kwargs=vectorstore_kwargs,
        )
