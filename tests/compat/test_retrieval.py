"""Retrievers, embeddings and the vector store in memory, on both libraries."""

import asyncio
import importlib
import sys
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

TEXTS = ["one fish", "two fish", "red fish", "blue fish", "an old one", "a new one"]
RUN_ID = UUID(int=7)


def module(lib, name):
    return importlib.import_module(f"{lib.package}.{name}")


def document(lib, text, **kwargs):
    return module(lib, "documents").Document(text, **kwargs)


def embedding(lib, size=8):
    return module(lib, "embeddings").DeterministicFakeEmbedding(size=size)


def store_of(lib, texts=TEXTS, **kwargs):
    store = module(lib, "vectorstores").InMemoryVectorStore(embedding(lib))
    store.add_texts(
        texts,
        metadatas=[{"at": at} for at in range(len(texts))],
        ids=[f"id{at}" for at in range(len(texts))],
    )
    return store


# -- retrievers ------------------------------------------------------------------------------------


def plain(lib):
    class Plain(module(lib, "retrievers").BaseRetriever):
        found: list

        def _get_relevant_documents(self, query, *, run_manager):
            run_manager.on_text(query)
            return self.found

    return Plain(found=[document(lib, "x", metadata={"a": 1})])


def own_async(lib):
    class RetrieverOfBooks(module(lib, "retrievers").BaseRetriever):
        k: int = 1

        def _get_relevant_documents(self, query, *, run_manager):
            return [document(lib, "sync")] * self.k

        async def _aget_relevant_documents(self, query, *, run_manager):
            await run_manager.on_text(query)
            return [document(lib, "async")] * self.k

    return RetrieverOfBooks(k=2, tags=["own"], metadata={"whose": "own"}, name="Named")


def without_run_manager(lib):
    class OldRetriever(module(lib, "retrievers").BaseRetriever):
        def _get_relevant_documents(self, query):
            return [document(lib, query)]

    return OldRetriever(tags=["old"])


def nested(lib):
    inner = lib.r.RunnableLambda(str.upper, name="inner")

    class Nested(module(lib, "retrievers").BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [document(lib, inner.invoke(query, {"callbacks": run_manager.get_child("c")}))]

    return Nested(tags=["t"], metadata={"m": 1})


def failing(lib):
    class Failing(module(lib, "retrievers").BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            raise ValueError(f"nothing about {query}")

    return Failing()


def taking_more(lib):
    class TakingMore(module(lib, "retrievers").BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager, k=1):
            return [document(lib, query)] * k

        async def _aget_relevant_documents(self, query, *, run_manager, **kwargs):
            return [document(lib, query)] * kwargs.get("k", 1)

    return TakingMore()


def in_a_chain(lib):
    docs = plain(lib).with_config(run_name="Docs", tags=["bound"])
    parallel = lib.r.RunnableParallel(context=docs).with_config(max_concurrency=1)
    return parallel | (lambda x: x["context"])


def over_a_store(lib):
    return store_of(lib).as_retriever(search_kwargs={"k": 2}, metadata={"m": 1})


def by_relevance(lib):
    return store_of(lib).as_retriever(search_type="mmr", search_kwargs={"k": 2}, tags=["mine"])


RETRIEVERS = [
    plain,
    own_async,
    without_run_manager,
    nested,
    failing,
    taking_more,
    in_a_chain,
    over_a_store,
    by_relevance,
]
CALLS = {
    "invoke": lambda it, config: it.invoke("fish", config),
    "more": lambda it, config: it.invoke("fish", config, k=3),
    "stream": lambda it, config: list(it.stream("fish", config)),
    "batch": lambda it, config: it.batch(["fish"], config),
}
ASYNC_CALLS = {
    "ainvoke": lambda it, config: it.ainvoke("fish", config),
    "abatch": lambda it, config: it.abatch(["fish"], config),
}


async def answer(func, *args):
    try:
        result = func(*args)
        return await result if asyncio.iscoroutine(result) else result
    except Exception as error:
        return error


@pytest.mark.parametrize(
    ("make", "call"),
    [
        (make, call)
        for make in RETRIEVERS
        for call in (*CALLS, *ASYNC_CALLS)
        if (make, call) != (in_a_chain, "more")  # a chain takes no more arguments
    ],
)
def test_what_handlers_hear(compare, make, call):
    async def scenario(lib):
        watch = lib.watch(is_async=call in ASYNC_CALLS)
        config = {"callbacks": [watch], "tags": ["a"], "metadata": {"b": 1}}
        result = await answer({**CALLS, **ASYNC_CALLS}[call], make(lib), config)
        return result, watch.events

    compare(scenario)


def test_names(compare):
    async def scenario(lib):
        watch = lib.watch()
        config = {"callbacks": [watch], "run_name": "other"}
        own_async(lib).invoke("x", config)
        plain(lib).invoke("x", {"callbacks": [watch]}, run_id=RUN_ID)
        return watch.events

    compare(scenario)


def test_verbose_prints(compare, capsys):
    def scenario(lib):
        plain(lib).invoke("x", {}, verbose=True)
        return capsys.readouterr().out

    compare(scenario)


@pytest.mark.parametrize(
    "fields",
    [
        {"search_type": "nearest"},
        {"search_type": "similarity_score_threshold"},
        {"search_type": "similarity_score_threshold", "search_kwargs": {"score_threshold": "1"}},
        {"search_type": "similarity_score_threshold", "search_kwargs": {"score_threshold": 0.5}},
        {"search_type": "mmr", "search_kwargs": {"k": 1, "fetch_k": 2, "lambda_mult": 0.4}},
    ],
)
def test_fields_of_a_store_s_retriever(compare, fields):
    def scenario(lib):
        try:
            made = store_of(lib).as_retriever(**fields)
        except ValidationError:
            return "ValidationError"
        return made.search_type, made.search_kwargs, made.tags

    compare(scenario)


# -- embeddings ------------------------------------------------------------------------------------


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])), size=st.integers(0, 40))
def test_the_same_fake_vectors(text, size):
    theirs, ours = (
        importlib.import_module(f"{package}.embeddings").DeterministicFakeEmbedding(size=size)
        for package in ("langchain_core", "headrace")
    )
    assert ours.embed_query(text) == theirs.embed_query(text)
    assert ours.embed_documents([text, "x"]) == theirs.embed_documents([text, "x"])


def test_fake_vectors_differ_each_time(compare):
    def scenario(lib):
        fake = module(lib, "embeddings").FakeEmbeddings(size=5)
        vectors = fake.embed_documents(["a", "a"])
        return [len(one) for one in vectors], vectors[0] == vectors[1], len(fake.embed_query("a"))

    assert compare(scenario) == [[5, 5], False, 5]


# -- the store in memory ---------------------------------------------------------------------------


def rounded(found):
    return [(document, round(score, 9)) for document, score in found]


def even(document):
    return document.metadata["at"] % 2 == 0


@pytest.mark.parametrize("query", ["one fish", "something else", ""])
@pytest.mark.parametrize("k", [0, 1, 4, 20])
@pytest.mark.parametrize("accepts", [None, even, lambda document: False])
def test_similarity(compare, query, k, accepts):
    async def scenario(lib):
        store = store_of(lib)
        vector = embedding(lib).embed_query(query)
        return [
            rounded(store.similarity_search_with_score(query, k, filter=accepts)),
            rounded(await store.asimilarity_search_with_score(query, k, filter=accepts)),
            rounded(store.similarity_search_with_score_by_vector(vector, k, filter=accepts)),
            store.similarity_search(query, k, filter=accepts),
            await store.asimilarity_search(query, k, filter=accepts),
            store.similarity_search_by_vector(vector, k, filter=accepts),
            await store.asimilarity_search_by_vector(vector, k, filter=accepts),
            store.search(query, "similarity", k=k, filter=accepts),
            await store.asearch(query, "similarity", k=k, filter=accepts),
        ]

    compare(scenario)


@pytest.mark.parametrize("lambda_mult", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize(("k", "fetch_k"), [(0, 20), (3, 20), (3, 2), (20, 20), (2, 3)])
@pytest.mark.parametrize("accepts", [None, even])
def test_marginal_relevance(compare, lambda_mult, k, fetch_k, accepts):
    async def scenario(lib):
        store = store_of(lib)
        vector = embedding(lib).embed_query("a question")
        how = {"k": k, "fetch_k": fetch_k, "lambda_mult": lambda_mult, "filter": accepts}
        return [
            store.max_marginal_relevance_search("a question", **how),
            await store.amax_marginal_relevance_search("a question", **how),
            store.max_marginal_relevance_search_by_vector(vector, **how),
            await store.amax_marginal_relevance_search_by_vector(vector, **how),
            store.search("a question", "mmr", **how),
            await store.asearch("a question", "mmr", **how),
        ]

    compare(scenario)


def changes(lib):
    store = store_of(lib)
    yield store.add_texts(["again"], [{"at": 9}], ids=["id2"])
    yield store.get_by_ids(["id5", "none", "id2"])
    yield store.add_documents([document(lib, "d", id="own", metadata={"at": 7})])
    yield store.add_documents([document(lib, "e", id="own2"), document(lib, "f")], ids=["x", "y"])
    yield store.delete(["id0", "none", "id4"])
    yield store.delete()
    yield rounded(store.similarity_search_with_score("again", 20))
    yield [(id, entry["text"], entry["metadata"]) for id, entry in store.store.items()]
    yield [list(entry["vector"]) for entry in store.store.values()]
    yield type(store.embeddings).__name__


async def achanges(lib):
    kind = module(lib, "vectorstores").InMemoryVectorStore
    store = await kind.afrom_texts(TEXTS, embedding(lib), ids=list("abcdef"))
    other = await kind.afrom_documents([document(lib, "x", id="1")], embedding(lib))
    return [
        await store.aadd_documents([document(lib, "g", id="own")]),
        await store.aadd_texts(["h"], ids=["z"]),
        await store.adelete(["a", "b"]),
        await store.aget_by_ids(["z", "a", "c"]),
        store.similarity_search("g", 3),
        other.similarity_search("x"),
        kind.from_documents([document(lib, "x", id="1")], embedding(lib)).get_by_ids(["1"]),
        kind.from_texts(["t"], embedding(lib), ids=["i"]).get_by_ids(["i"]),
    ]


def test_adding_and_deleting(compare):
    compare(lambda lib: list(changes(lib)))
    compare(achanges)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda store: store.add_texts(["a", "b"], metadatas=[{}]),
        lambda store: store.add_documents([], ids=["a"]),
        lambda store: store.search("a", "nearest"),
        lambda store: store.similarity_search_by_vector([1.0, 2.0]),
    ],
)
def test_mistakes(compare, wrong):
    def scenario(lib):
        try:
            wrong(store_of(lib))
        except ValueError:
            return "ValueError"

    assert compare(scenario) == "ValueError"


METADATA = [
    {"lc": 1, "a": {"lc": 2, "list": [{"lc": 3}]}},
    {"__lc_escaped__": {"x": 1}},
    {"nothing": None, "list": [1, 2.5, "é\ud800"], "inner": {"lc": 1}},
]


@pytest.mark.parametrize("writer", ["langchain_core", "headrace"])
@pytest.mark.parametrize("reader", ["langchain_core", "headrace"])
def test_files_of_either_are_read_by_both(tmp_path, writer, reader):
    def of(package):
        vectorstores = importlib.import_module(f"{package}.vectorstores")
        embeddings = importlib.import_module(f"{package}.embeddings")
        fake = embeddings.DeterministicFakeEmbedding(size=6)
        return vectorstores.InMemoryVectorStore, fake

    path = str(tmp_path / "folder" / "store.json")
    kind, fake = of(writer)
    written = kind.from_texts(["a", "b", "c"], fake, METADATA, ids=["1", "2", "3"])
    written.dump(path)
    kind, fake = of(reader)
    assert kind.load(path, fake).store == written.store


# -- the interface of stores -----------------------------------------------------------------------


def own_store(lib):
    class Own(module(lib, "vectorstores").VectorStore):
        """Says what it is asked."""

        def similarity_search(self, query, k=4, **kwargs):
            return [document(lib, f"{query} {k} {kwargs}")]

        def similarity_search_with_score(self, query, k=4, **kwargs):
            return [(document(lib, query), 0.2), (document(lib, "far"), 0.9)][:k]

        def add_texts(self, texts, metadatas=None, *, ids=None, **kwargs):
            return [f"{text} {metadatas} {ids} {kwargs}" for text in texts]

        def _select_relevance_score_fn(self):
            return self._cosine_relevance_score_fn

        @classmethod
        def from_texts(cls, texts, embedding, metadatas=None, *, ids=None, **kwargs):
            store = cls()
            store.made_of = (texts, metadatas, ids, kwargs)
            return store

    return Own


def test_what_a_store_need_not_define(compare):
    async def scenario(lib):
        kind = own_store(lib)
        documents = [document(lib, "a", id="1", metadata={"m": 1}), document(lib, "b")]
        made = kind.from_documents(documents, embedding(lib), more=1)
        amade = await kind.afrom_documents(documents[1:], embedding(lib))
        atexts = await kind.afrom_texts(["t"], embedding(lib), ids=["i"])
        return [
            made.made_of,
            amade.made_of,
            atexts.made_of,
            made.add_documents(documents, more=2),
            await made.aadd_documents(documents, ids=["x", "y"]),
            await made.aadd_texts(["t"], [{}], ids=["i"]),
            await made.asimilarity_search("q", k=2, more=3),
            made.similarity_search_with_relevance_scores("q", k=2),
            made.similarity_search_with_relevance_scores("q", score_threshold=0.5),
            await made.asimilarity_search_with_relevance_scores("q", score_threshold=0.5),
            made.search("q", "similarity_score_threshold", score_threshold=0.95),
            await made.asearch("q", "similarity_score_threshold", k=1),
            await made.asimilarity_search_with_score("q", k=1),
            made.as_retriever().invoke("q"),
            made.as_retriever().tags,
            made.embeddings,
            [
                getattr(made, f"_{name}_relevance_score_fn")(distance)
                for name in ("euclidean", "cosine", "max_inner_product")
                for distance in (0.3, -0.3)
            ],
        ]

    compare(scenario)


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.delete(["a"]),
        lambda store: store.get_by_ids(["a"]),
        lambda store: store.similarity_search_by_vector([1.0]),
        lambda store: store.max_marginal_relevance_search("a"),
        lambda store: store.max_marginal_relevance_search_by_vector([1.0]),
        lambda store: asyncio.run(store.adelete(["a"])),
        lambda store: asyncio.run(store.aget_by_ids(["a"])),
        lambda store: asyncio.run(store.asimilarity_search_by_vector([1.0])),
        lambda store: asyncio.run(store.amax_marginal_relevance_search("a")),
    ],
)
def test_what_a_store_cannot_do(compare, call):
    def scenario(lib):
        try:
            call(own_store(lib)())
        except NotImplementedError:
            return "NotImplementedError"

    assert compare(scenario) == "NotImplementedError"


def test_relevance_that_is_none_is_warned_of(library):
    class Odd(own_store(library)):
        def _select_relevance_score_fn(self):
            return lambda score: score + 1

    with pytest.warns(UserWarning, match="1.2"):
        Odd().similarity_search_with_relevance_scores("q", k=1)


def test_deep_paths():
    for name in ("base", "compressor", "transformers"):
        module_of = importlib.import_module(f"headrace.documents.{name}")
        for public in module_of.__all__:
            assert getattr(module_of, public) is getattr(sys.modules["headrace.documents"], public)
    for path in ("vectorstores.base", "vectorstores.in_memory", "embeddings.fake"):
        assert importlib.import_module(f"headrace.{path}").__all__
