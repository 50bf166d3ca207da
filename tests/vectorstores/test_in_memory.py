"""The store in memory: with numpy and without, under threads, and its files."""

import asyncio
import copy
import json
import os
import pickle
import random
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.documents import Document
from headrace.embeddings import Embeddings
from headrace.vectorstores import InMemoryVectorStore
from headrace.vectorstores.table import make_table


class Spelled(Embeddings):
    """Reads a vector from its text: `"1 2"` is [1, 2]."""

    def embed_documents(self, texts):
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text):
        return [float(number) for number in text.split()]


@pytest.fixture(params=["numpy", "plain"])
def way(request, monkeypatch):
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "numpy", None)
    return request.param


@pytest.fixture
def store(way):
    made = InMemoryVectorStore(Spelled())
    made.add_texts(["1 0", "0 1", "1 1"], ids=["right", "up", "both"])
    return made


def ids(documents):
    return [one.id for one in documents]


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def test_finding(store):
    assert ids(store.similarity_search("1 0.1")) == ["right", "both", "up"]
    found = store.similarity_search_with_score("2 0", k=2)
    assert [(one.id, score) for one, score in found] == [
        ("right", pytest.approx(1.0)),
        ("both", pytest.approx(0.5**0.5)),
    ]
    assert store.similarity_search("1 0", k=0) == []
    assert ids(store.max_marginal_relevance_search("1 0.2", k=2, lambda_mult=0.1)) == [
        "right",
        "up",
    ]
    assert len(store) == 3


def test_relevance_is_the_cosine(store):
    found = store.similarity_search_with_relevance_scores("-1 0", k=3)
    assert [(one.id, score) for one, score in found][-1] == ("right", 0.0)
    retriever = store.as_retriever(
        search_type="similarity_score_threshold", search_kwargs={"score_threshold": 0.5}
    )
    assert ids(retriever.invoke("1 0.1")) == ["right", "both"]
    assert ids(asyncio.run(retriever.ainvoke("1 0.1", k=1))) == ["right"]


def test_a_zero_vector_is_like_no_other(store):
    assert [score for _, score in store.similarity_search_with_score("0 0")] == [0.0] * 3
    store.add_texts(["0 0"], ids=["zero"])
    found = store.similarity_search_with_score("1 0", k=9)
    assert {one.id: score for one, score in found}["zero"] == 0.0


def test_the_later_of_equals_comes_first(store):
    store.add_texts(["1 0"], ids=["again"])
    assert ids(store.similarity_search("1 0", k=2)) == ["again", "right"]
    assert ids(store.similarity_search("1 0", k=1)) == ["again"]


@pytest.mark.parametrize("text", ["1", "1 2 3", "nan 1", "1 inf"])
def test_a_vector_that_does_not_fit_is_refused_whole(store, text):
    before = store.store
    with pytest.raises(ValueError, match="position 1 has"):
        store.add_texts(["3 4", text], ids=["up", "new"])
    assert store.store == before
    with pytest.raises(ValueError, match="is searched for has"):
        store.similarity_search(text)


def test_a_mistake_in_number(store):
    class Few(Spelled):
        def embed_documents(self, texts):
            return super().embed_documents(texts)[1:]

    with pytest.raises(ValueError, match="1 vectors, but 2 documents"):
        InMemoryVectorStore.from_texts(["1 1", "2 2"], Few())
    with pytest.raises(ValueError, match="1 ids, but 2 texts"):
        store.add_texts(["1 1", "2 2"], ids=["a"])
    with pytest.raises(ValueError, match="1 ids, but 2 documents"):
        store.add_documents([Document("1 1"), Document("2 2")], ids=["a"])


def test_what_is_given_and_found_is_no_part_of_the_store(store):
    document = Document("5 5", id="own", metadata={"a": 1})
    store.add_documents([document])
    document.metadata["a"] = 2
    store.get_by_ids(["own"])[0].metadata["a"] = 3
    store.similarity_search("5 5", k=1)[0].metadata["a"] = 4
    store.store["own"]["metadata"]["a"] = 5
    assert store.get_by_ids(["own"])[0].metadata == {"a": 1}


def test_an_id_twice_in_one_call_is_one_document(store):
    store.add_texts(["7 7", "8 9"], ids=["new", "new"])
    assert store.store["new"]["vector"] == [8.0, 9.0]
    assert len(store) == 4


def test_a_store_that_was_emptied_takes_other_vectors(store):
    store.delete(["right", "up", "both"])
    assert store.similarity_search("1 2 3 4") == []
    store.add_texts(["1 2 3"])
    assert len(store.similarity_search("1 2 3")) == 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_is_a_store_of_its_own(store, copied):
    store.delete(["up"])
    other = copied(store)
    other.add_texts(["2 2"], ids=["far"])
    store.delete(["both"])
    assert ids(store.similarity_search("1 0.1", k=9)) == ["right"]
    assert ids(other.similarity_search("1 0.1", k=9)) == ["right", "far", "both"]
    assert copied(store.as_retriever()).invoke("1 0")[0].id == "right"


def test_an_empty_store(way):
    store = InMemoryVectorStore(Spelled())
    assert store.similarity_search("1") == []
    assert store.max_marginal_relevance_search("1") == []
    assert store.add_texts([]) == []
    assert store.as_retriever().invoke("1 2") == []


def test_a_filter_may_use_the_store(store):
    accept = lambda document: bool(store.get_by_ids([document.id]))  # noqa: E731
    assert len(store.similarity_search("1 1", k=9, filter=accept)) == 3


def test_a_filter_that_deletes_what_it_saw(store):
    def accept(document):
        store.delete([document.id])
        if document.id == "both":
            store.add_texts(["1 1"], ids=["up"])
        return True

    assert store.similarity_search("1 1", k=9, filter=accept) == []
    assert ids(store.similarity_search("1 1", k=9)) == ["up"]


# -- tables ----------------------------------------------------------------------------------------

rows = st.lists(st.integers(-2, 2).map(float), min_size=3, max_size=3)


@given(data=st.data())
def test_tables_with_numpy_and_without_are_alike(data):
    with_numpy = make_table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        plain = make_table()
    count = 0
    for _ in range(data.draw(st.integers(1, 6))):
        what = data.draw(st.sampled_from(["append", "replace", "keep"]))
        if what == "append":
            new = data.draw(st.lists(rows, max_size=6))
            count += len(new)
            both = [table.append(new) for table in (with_numpy, plain)]
        elif what == "replace" and count:
            row, vector = data.draw(st.integers(0, count - 1)), data.draw(rows)
            both = [table.replace(row, vector) for table in (with_numpy, plain)]
        else:
            kept = sorted(data.draw(st.sets(st.integers(0, max(count - 1, 0))))) if count else []
            count = len(kept)
            both = [table.keep(kept) for table in (with_numpy, plain)]
        assert both == [None, None]
        assert with_numpy.size == plain.size
        assert [with_numpy.vector(i) for i in range(count)] == [
            plain.vector(i) for i in range(count)
        ]
        query, k = data.draw(rows), data.draw(st.integers(0, 8))
        some = sorted(data.draw(st.sets(st.integers(0, count - 1)))) if count else []
        for chosen in (None, some):
            theirs, ours = (
                [score for _, score in table.nearest(query, k, chosen)]
                for table in (with_numpy, plain)
            )
            assert theirs == pytest.approx(ours, abs=1e-12)


# -- threads ---------------------------------------------------------------------------------------


def test_adding_deleting_and_searching_at_once(way):
    store = InMemoryVectorStore(Spelled())
    store.add_texts(["1 0"], ids=["fixed"])
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
        random_numbers = random.Random(name)
        for i in range(150):
            at = f"{name} {i % 20}"
            store.add_texts([f"{random_numbers.random()} 1"], [{"name": at}], ids=[at])
            if i % 3 == 0:
                store.delete([f"{name} {random_numbers.randrange(20)}"])

    def search():
        while not ended.is_set():
            found = store.similarity_search_with_score("1 0", k=5)
            scores = [score for _, score in found]
            assert found[0][0].id == "fixed"
            assert scores == sorted(scores, reverse=True)
            for one, _ in found[1:]:
                assert one.metadata["name"] == one.id
            only = store.similarity_search("1 0", k=3, filter=lambda one: one.id == "fixed")
            assert ids(only) == ["fixed"]

    changing = [guarded(lambda name=name: change(name)) for name in ("a", "b", "c")]
    searching = [guarded(search) for _ in range(2)]
    for thread in (*changing, *searching):
        thread.start()
    for thread in changing:
        thread.join()
    ended.set()
    for thread in searching:
        thread.join()
    assert errors == []
    # each text is where its id is
    for id, entry in store.store.items():
        assert entry["vector"] == Spelled().embed_query(entry["text"])
        assert id == "fixed" or entry["metadata"]["name"] == id


# -- files -----------------------------------------------------------------------------------------


def test_dump_and_load(store, tmp_path):
    store.add_texts(["3 4"], [{"list": [1, None, {"a": "é"}]}], ids=["x"])
    path = tmp_path / "new" / "store.json"
    store.dump(path)
    loaded = InMemoryVectorStore.load(path, Spelled())
    assert loaded.store == store.store
    assert [path.name for path in path.parent.iterdir()] == ["store.json"]
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_json_cannot_hold_leaves_the_file(store, tmp_path):
    path = tmp_path / "store.json"
    store.dump(path)
    before = path.read_bytes()
    store.add_texts(["3 4"], [{"a": {1, 2}}], ids=["odd"])
    with pytest.raises(TypeError, match="'odd' cannot be written as JSON"):
        store.dump(path)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_file(store, tmp_path, monkeypatch, call):
    path = tmp_path / "store.json"
    store.dump(path)
    before = path.read_bytes()
    store.delete(["up"])

    def full(*args):
        raise OSError("No space left on device")

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        monkeypatch.setattr(type(path), "replace", full)
    with pytest.raises(OSError, match="No space"):
        store.dump(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged"),
        ('{"a": ', "damaged"),
        ("[]", "no JSON object"),
        ('{"a": 1}', "entry 'a' has no"),
        ('{"a": {"text": "x", "metadata": {}}}', "entry 'a' has no"),
        ('{"a": {"text": 1, "metadata": {}, "vector": [1]}}', "entry 'a' has no"),
        ('{"a": {"text": "x", "metadata": [], "vector": [1]}}', "entry 'a' has no"),
        ('{"a": {"text": "x", "metadata": {}, "vector": ["y"]}}', "entry 'a' has no"),
        (
            '{"a": {"text": "x", "metadata": {}, "vector": [1]},'
            ' "b": {"text": "x", "metadata": {}, "vector": [1, 2]}}',
            "position 1 has 2 numbers",
        ),
    ],
)
def test_a_damaged_file(tmp_path, text, message):
    path = tmp_path / "store.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        InMemoryVectorStore.load(path, Spelled())
    assert str(path) in str(caught.value)


def test_a_file_cut_anywhere(store, tmp_path):
    path = tmp_path / "store.json"
    store.dump(path)
    whole = path.read_bytes()
    assert json.loads(whole)
    for end in range(0, len(whole.rstrip()) - 1, 5):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError, match="damaged"):
            InMemoryVectorStore.load(path, Spelled())


def test_a_file_that_there_is_not(tmp_path):
    with pytest.raises(FileNotFoundError):
        InMemoryVectorStore.load(tmp_path / "none.json", Spelled())
