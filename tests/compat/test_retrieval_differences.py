"""Each difference of retrieval that docs/differences.md lists, on both libraries."""

import asyncio
import contextlib
import importlib
import inspect
import sys
import warnings
from uuid import UUID

import pytest
from tests.differences import check_table


def module(lib, name):
    return importlib.import_module(f"{lib.package}.{name}")


def spelled(lib):
    class Spelled(module(lib, "embeddings").Embeddings):
        def embed_documents(self, texts):
            return [self.embed_query(text) for text in texts]

        def embed_query(self, text):
            return [float(number) for number in text.split()]

    return Spelled()


def store_of(lib, *texts, **kwargs):
    kind = module(lib, "vectorstores").InMemoryVectorStore
    return kind.from_texts(list(texts), spelled(lib), **kwargs)


def retriever(lib, function):
    class Retriever(module(lib, "retrievers").BaseRetriever):
        _get_relevant_documents = function

    return Retriever()


def run_id(lib):
    seen = []

    class Handler(lib.c.BaseCallbackHandler):
        def on_retriever_start(self, serialized, query, *, run_id, **kwargs):
            seen.append(run_id)

    def find(self, query, *, run_manager):
        return []

    retriever(lib, find).invoke("q", {"run_id": UUID(int=7), "callbacks": [Handler()]})
    return seen == [UUID(int=7)]


async def cancelled(lib):
    watch = lib.watch(is_async=True)
    begun = asyncio.Event()

    class Waiting(module(lib, "retrievers").BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return []

        async def _aget_relevant_documents(self, query, *, run_manager):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(Waiting().ainvoke("q", {"callbacks": [watch]}))
    await begun.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return [event for event, _, _ in watch.events]


async def more_arguments(lib):
    def find(self, query, *, run_manager, k=1):
        return [k]

    try:
        return await retriever(lib, find).ainvoke("q", k=3)
    except TypeError:
        return "TypeError"


def zero(lib):
    try:
        return [score for _, score in store_of(lib, "1 0").similarity_search_with_score("0 0")]
    except ValueError:
        return "ValueError"


def sizes(lib):
    store = store_of(lib, "1 0")
    try:
        store.add_texts(["1 2 3"])
    except ValueError:
        return "refused", len(store.similarity_search("1 0"))
    try:
        return len(store.similarity_search("1 0"))
    except ValueError:
        return "ValueError"


def too_few(lib):
    store = store_of(lib)

    class Few(type(store.embedding)):
        def embed_documents(self, texts):
            return super().embed_documents(texts)[1:]

    store.embedding = Few()
    try:
        return len(store.add_texts(["1 0", "2 0"]))
    except ValueError:
        return "ValueError"


def relevance(lib):
    store = store_of(lib, "1 0", "0 1")
    try:
        found = store.similarity_search_with_relevance_scores("1 0", score_threshold=0.5)
    except NotImplementedError:
        return "NotImplementedError"
    return [round(score, 9) for _, score in found]


def without_numpy(lib):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        if lib.package == "langchain_core":
            # it looks once, when it is imported
            patch.setattr("langchain_core.vectorstores.utils._HAS_NUMPY", False)
        try:
            return len(store_of(lib, "1 0").similarity_search("1 0"))
        except ImportError:
            return "ImportError"


def copies(lib):
    given = module(lib, "documents").Document("1 0", id="a", metadata={"x": 1})
    store = store_of(lib)
    store.add_documents([given])
    given.metadata["x"] = 2
    store.store["a"]["text"] = "other"
    (found,) = store.get_by_ids(["a"])
    return found.metadata["x"], found.page_content


def plain_numbers(lib):
    fake = module(lib, "embeddings").DeterministicFakeEmbedding(size=1)
    return type(fake.embed_query("a")[0]).__name__


def too_few_ids(lib):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return len(store_of(lib).add_texts(["1 0", "0 1"], ids=["a"]))
        except ValueError:
            return "ValueError"


WAS_CANCELLED = ["on_retriever_start", "on_retriever_error"]
DIFFERENCES = {
    "retriever-run-id": (run_id, False, True),
    "cancelled-retriever": (cancelled, WAS_CANCELLED[:1], WAS_CANCELLED),
    "more-arguments-under-async": (more_arguments, "TypeError", [3]),
    "zero-vectors": (zero, "ValueError", [0.0]),
    "vectors-of-other-sizes": (sizes, "ValueError", ("refused", 1)),
    "vectors-that-are-missing": (too_few, 1, "ValueError"),
    "ids-that-are-missing": (too_few_ids, 1, "ValueError"),
    "relevance-in-memory": (relevance, "NotImplementedError", [1.0]),
    "store-without-numpy": (without_numpy, "ImportError", 1),
    "stores-copy": (copies, (2, "other"), (1, "1 0")),
    "fake-numbers": (plain_numbers, "float64", "float"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name, library):
    scenario, theirs, ours = DIFFERENCES[name]
    result = scenario(library)
    if inspect.isawaitable(result):
        result = asyncio.run(result)
    assert result == (ours if library.package == "headrace" else theirs)


def test_the_page_lists_them():
    check_table("Retrieval", __file__, DIFFERENCES)
