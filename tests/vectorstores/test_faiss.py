"""`FAISS` over the real library, against what one would compute by hand."""

import asyncio
import copy
import math
import pickle
import sys
import threading

import faiss
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.vectorstores.faiss import FAISS, DistanceStrategy, InMemoryDocstore


class Spelled(Embeddings):
    """Reads a vector from its text: `"1 2"` is [1, 2]."""

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [float(number) for number in text.split()]


TEXTS = ["1 0", "0 1", "1 1", "-1 0"]
IDS = ["right", "up", "both", "left"]


def made(**kwargs):
    metadatas = [{"at": at, "odd": bool(at % 2)} for at in range(4)]
    return FAISS.from_texts(TEXTS, Spelled(), metadatas, ids=IDS, **kwargs)


def ids(documents):
    return [one.id for one in documents]


def scores(found):
    return {one.id: pytest.approx(score, abs=1e-6) for one, score in found}


# -- making, adding, deleting ----------------------------------------------------------------------


def test_every_way_to_make_one():
    pairs = list(zip(TEXTS, Spelled().embed_documents(TEXTS), strict=True))
    documents = [Document(text, id=id) for text, id in zip(TEXTS, IDS, strict=True)]
    stores = [
        made(),
        FAISS.from_embeddings(pairs, Spelled(), ids=IDS),
        FAISS.from_documents(documents, Spelled()),
        asyncio.run(FAISS.afrom_texts(TEXTS, Spelled(), ids=IDS)),
        asyncio.run(FAISS.afrom_embeddings(iter(pairs), Spelled(), ids=IDS)),
        asyncio.run(FAISS.afrom_documents(documents, Spelled())),
        FAISS(Spelled(), faiss.IndexFlatL2(2), InMemoryDocstore(), {}),
    ]
    stores[-1].add_embeddings(pairs, ids=IDS)
    for store in stores:
        assert ids(store.similarity_search("1 0.1", k=4)) == ["right", "both", "up", "left"]
        assert len(store) == 4
        assert store.embeddings is store.embedding_function


@pytest.mark.parametrize(
    "way", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
)
def test_a_copy_is_a_store_of_its_own(way):
    store = made(distance_strategy="COSINE")
    other = way(store)
    other.add_texts(["1 0.1"], ids=["new"])
    store.delete(["right"])
    assert ids(store.similarity_search("1 0.1", k=2)) == ["both", "up"]
    assert ids(other.similarity_search("1 0.1", k=2)) == ["new", "right"]
    assert other.distance_strategy is DistanceStrategy.COSINE


def test_documents_without_ids_are_given_some():
    store = made()
    first, second = store.add_documents([Document("5 5", id="own"), Document("6 6")])
    assert first == "own"
    assert store.get_by_ids([second])[0].page_content == "6 6"
    assert asyncio.run(store.aadd_texts(["7 7"], ids=["seven"])) == ["seven"]
    assert store.add_texts([]) == []
    assert len(store) == 7


def test_deleting():
    store = made()
    assert store.delete(["up", "right", "up"]) is True
    assert ids(store.similarity_search("1 0", k=4)) == ["both", "left"]
    assert store.add_texts(["1 0"], ids=["right"]) == ["right"]
    assert ids(store.similarity_search("1 0", k=1)) == ["right"]
    assert asyncio.run(store.adelete(["right"])) is True
    assert ids(store.get_by_ids(["right", "left"])) == ["left"]
    with pytest.raises(ValueError, match="these ids: none"):
        store.delete(["left", "none"])
    with pytest.raises(ValueError, match="needs the ids"):
        store.delete()
    assert ids(store.get_by_ids(["left"])) == ["left"]


def test_merging_leaves_the_other_as_it_is():
    store, other = made(), FAISS.from_texts(["0 3"], Spelled(), ids=["far"])
    store.merge_from(other)
    assert (
        ids(store.similarity_search("0 4", k=1)) == ids(other.similarity_search("0 4")) == ["far"]
    )
    with pytest.raises(ValueError, match="already: far"):
        store.merge_from(other)
    with pytest.raises(ValueError, match="differ in size"):
        store.merge_from(FAISS.from_texts(["1 2 3"], Spelled()))
    with pytest.raises(ValueError, match="or in their measure"):
        store.merge_from(FAISS.from_texts(["1 2"], Spelled(), distance_strategy="COSINE"))
    assert len(store) == store.index.ntotal == 5


@pytest.mark.parametrize(
    ("texts", "kwargs", "message"),
    [
        (["1 2", "1 2 3"], {}, "position 1 has 3 numbers; those in the store have 2"),
        (["1 2", "nan 3"], {}, "position 1 has NaN"),
        (["1 2", "1e39 3"], {}, "position 1 has NaN or an infinite"),
        (["1 2"], {"ids": ["up"]}, "already: up"),
        (["1 2", "3 4"], {"ids": ["a", "a"]}, "more than once: a"),
        (["1 2", "3 4"], {"ids": ["a"]}, "1 ids, but 2 texts"),
        (["1 2"], {"metadatas": [{}, {}]}, "2 metadatas, but 1 texts"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_what_does_not_fit_is_refused_whole(texts, kwargs, message):
    store = made()
    with pytest.raises(ValueError, match=message):
        store.add_texts(texts, **kwargs)
    assert len(store) == store.index.ntotal == 4
    assert len(store.similarity_search("1 0", k=9)) == 4


def test_an_index_that_fails_adds_no_document():
    store = made()
    index = store.index

    class Failing:
        def __getattr__(self, name):
            return getattr(index, name)

        def add(self, array):
            raise MemoryError

    store.index = Failing()
    with pytest.raises(MemoryError):
        store.add_texts(["1 2"], ids=["new"])
    store.index = index
    assert store.get_by_ids(["new"]) == []
    assert store.add_texts(["1 2"], ids=["new"]) == ["new"]


def test_nothing_to_make_one_of():
    with pytest.raises(ValueError, match="There are no texts"):
        FAISS.from_texts([], Spelled())
    with pytest.raises(ValueError, match="1 vectors, but 2 texts"):
        FAISS._made_of(["a", "b"], [[1.0]], Spelled(), None, None, {})


def test_an_index_that_does_not_fit():
    index = faiss.IndexFlatIP(2)
    assert FAISS(Spelled(), index).distance_strategy is DistanceStrategy.MAX_INNER_PRODUCT
    with pytest.raises(ValueError, match="measures products"):
        FAISS(Spelled(), index, distance_strategy="COSINE")
    with pytest.raises(ValueError, match="0 rows, but there are 1 ids"):
        FAISS(Spelled(), index, InMemoryDocstore(), {0: "a"})
    with pytest.raises(ValueError, match="JACCARD"):
        FAISS(Spelled(), index, distance_strategy="JACCARD")
    with pytest.raises(ValueError, match="nearest"):
        made(distance_strategy="nearest")


def test_without_faiss(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(ImportError, match=r"pip install 'headrace\[faiss\]'"):
        made()
    with pytest.raises(ImportError, match=r"pip install 'headrace\[faiss\]'"):
        FAISS.load_local("folder", Spelled())


# -- measures --------------------------------------------------------------------------------------


def test_squares_of_distances():
    store = made()
    found = store.similarity_search_with_score("2 0", k=4)
    assert scores(found) == {"right": 1.0, "both": 2.0, "up": 5.0, "left": 9.0}
    assert type(found[0][1]) is float
    near = store.similarity_search_with_score("2 0", k=4, score_threshold=2.0)
    assert ids(one for one, _ in near) == ["right", "both"]


def test_inner_products():
    store = made(distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT)
    found = store.similarity_search_with_score("2 1", k=4)
    assert scores(found) == {"both": 3.0, "right": 2.0, "up": 1.0, "left": -2.0}
    near = store.similarity_search_with_score("2 1", k=4, score_threshold=2.0)
    assert ids(one for one, _ in near) == ["both", "right"]
    dot = made(distance_strategy="DOT_PRODUCT")
    assert dot.similarity_search_with_score("2 1", k=4) == found


def test_cosines():
    store = made(distance_strategy="COSINE")
    found = store.similarity_search_with_score("5 0", k=4)
    half = math.sqrt(0.5)
    assert scores(found) == {"right": 0.0, "both": 1 - half, "up": 1.0, "left": 2.0}
    relevant = store.similarity_search_with_relevance_scores("5 0", k=3)
    assert scores(relevant) == {"right": 1.0, "both": half, "up": 0.0}


def test_vectors_made_1_long():
    store = made(normalize_L2=True)
    found = store.similarity_search_with_score("7 0", k=4)
    assert scores(found) == {"right": 0.0, "both": 2 - math.sqrt(2), "up": 2.0, "left": 4.0}
    store.add_texts(["0 0"], ids=["zero"])
    assert scores(store.similarity_search_with_score("7 0", k=5))["zero"] == 1.0


def test_relevance():
    store = made(normalize_L2=True)
    found = store.similarity_search_with_relevance_scores("1 0", k=2)
    far = 1 - (2 - math.sqrt(2)) / math.sqrt(2)
    assert scores(found) == {"right": 1.0, "both": far}
    assert ids(store.search("1 0", "similarity_score_threshold", score_threshold=0.9, k=2)) == [
        "right"
    ]
    product = made(distance_strategy="MAX_INNER_PRODUCT")
    assert scores(product.similarity_search_with_relevance_scores("1 0", k=3)) == {
        "right": 1.0,
        "both": 1.0,
        "up": 0.0,
    }
    own = made(relevance_score_fn=lambda score: 0.25)
    assert asyncio.run(own.asimilarity_search_with_relevance_scores("1 0", k=1))[0][1] == 0.25


vectors = st.lists(
    st.lists(st.integers(-4, 4).map(float), min_size=3, max_size=3), min_size=1, max_size=15
)


@given(vectors=vectors, query=vectors, k=st.integers(0, 20), cut=st.integers(-4, 4))
def test_the_nearest_are_found(vectors, query, k, cut):
    texts = [" ".join(map(str, one)) for one in vectors]
    metadatas = [{"first": one[0]} for one in vectors]
    store = FAISS.from_texts(texts, Spelled(), metadatas, ids=[str(i) for i in range(len(texts))])
    question = " ".join(map(str, query[0]))

    def distance(vector):
        return sum((a - b) ** 2 for a, b in zip(query[0], vector, strict=True))

    found = store.similarity_search_with_score(question, k=k)
    assert [score for _, score in found] == sorted(map(distance, vectors))[:k]
    assert [score for _, score in found] == [distance(vectors[int(one.id)]) for one, _ in found]
    some = store.similarity_search_with_score(
        question, k=k, filter={"first": {"$gt": cut}}, fetch_k=100
    )
    left = [one for one in vectors if one[0] > cut]
    assert [score for _, score in some] == sorted(map(distance, left))[:k]


# -- ways to search --------------------------------------------------------------------------------


def test_all_ways_agree():
    async def all_of(store):
        vector = [1.0, 0.2]
        return [
            store.similarity_search("1 0.2", k=2),
            store.similarity_search_by_vector(vector, k=2),
            [one for one, _ in store.similarity_search_with_score("1 0.2", k=2)],
            await store.asimilarity_search("1 0.2", k=2),
            await store.asimilarity_search_by_vector(vector, k=2),
            [one for one, _ in await store.asimilarity_search_with_score("1 0.2", k=2)],
            [one for one, _ in await store.asimilarity_search_with_score_by_vector(vector, k=2)],
            store.max_marginal_relevance_search("1 0.2", k=2, lambda_mult=1.0),
            await store.amax_marginal_relevance_search("1 0.2", k=2, lambda_mult=1.0),
            store.max_marginal_relevance_search_by_vector(vector, k=2, lambda_mult=1.0),
            await store.amax_marginal_relevance_search_by_vector(vector, k=2, lambda_mult=1.0),
        ]

    found = asyncio.run(all_of(made()))
    assert [ids(one) for one in found] == [["right", "both"]] * len(found)


def test_a_function_may_make_the_vectors():
    store = FAISS(Spelled().embed_query, faiss.IndexFlatL2(2))
    store.add_texts(TEXTS, ids=IDS)
    asyncio.run(store.aadd_texts(["9 9"], ids=["far"]))
    assert store.embeddings is None
    assert store.as_retriever().tags == ["FAISS"]
    assert ids(store.similarity_search("8 8", k=1)) == ["far"]
    assert ids(asyncio.run(store.asimilarity_search("8 8", k=1))) == ["far"]


def test_filters():
    store = made()
    assert ids(store.similarity_search("1 0", filter={"odd": True})) == ["up", "left"]
    assert ids(store.similarity_search("1 0", filter=lambda it: it["at"] > 1)) == ["both", "left"]
    assert ids(store.similarity_search("1 0", k=1, filter={"at": {"$gte": 2}})) == ["both"]
    assert ids(store.similarity_search("1 0", 2, {"odd": True})) == ["up", "left"]
    assert ids(store.similarity_search_by_vector([1.0, 0.0], 1, {"odd": True})) == ["up"]
    assert ids(store.max_marginal_relevance_search("1 0", 1, 20, 0.5, {"odd": True})) == ["up"]
    # the filter chooses among the nearest
    assert ids(store.similarity_search("1 0", filter={"odd": True}, fetch_k=3)) == ["up"]
    with pytest.raises(ValueError, match="no operator"):
        store.similarity_search("1 0", filter={"$where": 1})


def test_marginal_relevance():
    store = made()
    assert ids(store.max_marginal_relevance_search("1 0.1", k=2, lambda_mult=0.1)) == [
        "right",
        "left",
    ]
    near = store.max_marginal_relevance_search("1 0.1", k=2, fetch_k=3, lambda_mult=0.1)
    assert ids(near) == ["right", "up"]
    scored = store.max_marginal_relevance_search_with_score_by_vector(
        [1.0, 0.0], k=2, lambda_mult=0.9, filter={"odd": True}
    )
    assert scores(scored) == {"up": 2.0, "left": 4.0}
    again = store.amax_marginal_relevance_search_with_score_by_vector(
        [1.0, 0.0], k=2, lambda_mult=0.9, filter={"odd": True}
    )
    assert asyncio.run(again) == scored


def test_as_a_retriever():
    store = made()
    retriever = store.as_retriever(search_kwargs={"k": 1, "filter": {"odd": True}})
    assert ids(retriever.invoke("1 0")) == ["up"]
    assert ids(asyncio.run(retriever.ainvoke("1 0", k=2))) == ["up", "left"]
    assert retriever.tags == ["FAISS", "Spelled"]
    assert retriever._get_ls_params() == {
        "ls_retriever_name": "vectorstore",
        "ls_vector_store_provider": "FAISS",
        "ls_embedding_provider": "Spelled",
    }
    retriever.add_documents([Document("1 0", id="new", metadata={"odd": True})])
    assert ids(retriever.invoke("1 0")) == ["new"]
    asyncio.run(retriever.aadd_documents([Document("1 0", id="newer", metadata={"odd": True})]))
    assert len(retriever.invoke("1 0", k=9)) == 4


def test_what_is_found_is_no_part_of_the_store():
    store = made()
    store.similarity_search("1 0", k=1)[0].metadata["at"] = "changed"
    store.get_by_ids(["right"])[0].metadata["at"] = "changed"
    assert store.get_by_ids(["right"])[0].metadata["at"] == 0


def test_a_question_that_does_not_fit():
    with pytest.raises(ValueError, match="has 3 numbers; those in the store have 2"):
        made().similarity_search("1 2 3")


def test_an_emptied_store():
    store = made()
    store.delete(IDS)
    assert store.similarity_search("1 0") == []
    assert store.max_marginal_relevance_search("1 0") == []
    assert store.as_retriever().invoke("1 0") == []


def test_another_index():
    index = faiss.IndexHNSWFlat(2, 8)
    store = FAISS(Spelled(), index)
    store.add_texts(TEXTS, ids=IDS)
    assert ids(store.similarity_search("1 0.1", k=2)) == ["right", "both"]
    before = store.get_by_ids(IDS)
    with pytest.raises(RuntimeError, match="not implemented"):
        store.delete(["up"])
    assert store.get_by_ids(IDS) == before


def test_a_docstore_that_lost_a_document():
    store = made()
    store.docstore.delete(["right"])
    with pytest.raises(ValueError, match="row 0 is missing"):
        store.similarity_search("1 0")


def test_a_docstore_refuses_what_it_does_not_have():
    docstore = InMemoryDocstore({"a": Document("x")})
    with pytest.raises(ValueError, match="no documents with these ids: b"):
        docstore.delete(["a", "b"])
    assert docstore.search("a") == Document("x")
    assert docstore.search("b") == "ID b not found."


def test_adding_deleting_and_searching_at_once():
    store = FAISS.from_texts(["0 0"], Spelled(), ids=["fixed"])
    errors = []
    ended = threading.Event()

    def guarded(func):
        def run():
            try:
                func()
            except BaseException as error:
                errors.append(error)

        return threading.Thread(target=run)

    def change(name):
        for i in range(100):
            added = store.add_texts(
                [f"{i + 1} 1", f"1 {i + 1}"], ids=[f"{name} {i}", f"{i} {name}"]
            )
            if i % 3:
                store.delete(added)

    def search():
        while not ended.is_set():
            found = store.similarity_search_with_score("0 0", k=5)
            assert found[0][0].id == "fixed"
            for one, score in found:
                assert score == sum(number**2 for number in Spelled().embed_query(one.page_content))

    changing = [guarded(lambda name=name: change(name)) for name in "abc"]
    searching = [guarded(search) for _ in range(2)]
    for thread in (*changing, *searching):
        thread.start()
    for thread in changing:
        thread.join()
    ended.set()
    for thread in searching:
        thread.join()
    assert errors == []
    assert len(store) == store.index.ntotal == 1 + 3 * 34 * 2
