"""Files of `FAISS`: what was stored stays stored, and what is damaged is said."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import faiss
import pytest

from headrace.vectorstores import faiss_files
from headrace.vectorstores.faiss import FAISS

from .test_faiss import IDS, Spelled, made


def saved(folder):
    """Give what a store in a folder holds."""
    store = FAISS.load_local(folder, Spelled())
    rows = [store.index.reconstruct(row).tolist() for row in range(store.index.ntotal)]
    ids = [store.index_to_docstore_id[row] for row in range(len(store))]
    return rows, ids, store.get_by_ids(ids)


@pytest.mark.parametrize("strategy", ["EUCLIDEAN_DISTANCE", "MAX_INNER_PRODUCT", "COSINE"])
def test_round_trip(tmp_path, strategy):
    store = made(distance_strategy=strategy)
    store.add_texts(["3 3"], [{"inner": {"é": [1, None, 2.5, "\ud800"]}}], ids=["odd/id"])
    store.delete(["up"])
    store.save_local(tmp_path / "new" / "folder")
    loaded = [
        FAISS.load_local(tmp_path / "new" / "folder", Spelled()),
        FAISS.deserialize_from_bytes(store.serialize_to_bytes(), Spelled()),
    ]
    for one in loaded:
        assert one.distance_strategy is store.distance_strategy
        assert one.index_to_docstore_id == store.index_to_docstore_id
        for question in ("1 0.1", "-3 1"):
            assert one.similarity_search_with_score(question) == store.similarity_search_with_score(
                question
            )
        one.add_texts(["8 9"], ids=["more"])
        assert len(one) == len(store) + 1


def test_an_empty_store(tmp_path):
    store = made()
    store.delete(IDS)
    store.save_local(tmp_path)
    assert saved(tmp_path) == ([], [], [])


def test_nothing_is_pickled(tmp_path):
    made(normalize_L2=True).save_local(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert [name.split(".")[-1] for name in names] == ["faiss", "json"]
    told = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert told["format"] == "headrace.faiss"
    assert told["normalize_L2"] is True
    assert [one["id"] for one in told["documents"]] == IDS
    assert faiss.read_index(str(tmp_path / told["index"]["file"])).ntotal == 4


def test_the_index_may_stay_in_the_file(tmp_path):
    made().save_local(tmp_path)
    store = FAISS.load_local(tmp_path, Spelled(), io_flags=faiss.IO_FLAG_MMAP)
    assert store.similarity_search("1 0", k=1)[0].id == "right"
    (index,) = tmp_path.glob("*.faiss")
    index.write_bytes(index.read_bytes()[:-1])
    with pytest.raises(ValueError, match="not what was saved"):
        FAISS.load_local(tmp_path, Spelled(), io_flags=faiss.IO_FLAG_MMAP)


def test_several_in_one_folder(tmp_path):
    made().save_local(tmp_path, "a")
    other = made()
    other.delete(["up"])
    other.save_local(tmp_path, "a.b")
    other.save_local(tmp_path, "a.b")
    assert len(FAISS.load_local(tmp_path, Spelled(), "a")) == 4
    assert len(FAISS.load_local(tmp_path, Spelled(), "a.b")) == 3
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["", "..", "a/b", "/a"])
def test_a_name_that_is_a_path(tmp_path, name):
    with pytest.raises(ValueError, match="no name of a file"):
        made().save_local(tmp_path, name)
    with pytest.raises(ValueError, match="no name of a file"):
        FAISS.load_local(tmp_path, Spelled(), name)


def test_what_was_said_goes_before_what_was_saved(tmp_path):
    made().save_local(tmp_path)
    store = FAISS.load_local(
        tmp_path,
        Spelled(),
        allow_dangerous_deserialization=True,
        relevance_score_fn=lambda score: 0.5,
    )
    assert store.similarity_search_with_relevance_scores("1 0", k=1)[0][1] == 0.5


# -- saves that fail -------------------------------------------------------------------------------


def test_what_json_cannot_hold(tmp_path):
    store = made()
    store.save_local(tmp_path)
    before = saved(tmp_path)
    store.add_texts(["1 2"], [{"a": object()}], ids=["odd"])
    with pytest.raises(TypeError, match="'odd' cannot be written as JSON"):
        store.save_local(tmp_path)
    with pytest.raises(TypeError, match="'odd' cannot be written as JSON"):
        store.serialize_to_bytes()
    assert saved(tmp_path) == before


STEPS = ["fsync", "replace"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("at", range(1, 7))
def test_a_save_that_fails_half_way(tmp_path, monkeypatch, step, at):
    store = made()
    store.save_local(tmp_path)
    before = saved(tmp_path)
    store.delete(["up"])
    owner = os if step == "fsync" else Path
    real, calls = getattr(owner, step), []

    def failing(*args):
        calls.append(args)
        if len(calls) == at:
            raise OSError("No space left on device")
        return real(*args)

    monkeypatch.setattr(owner, step, failing)
    failed = False
    try:
        store.save_local(tmp_path)
    except OSError:
        failed = True
    monkeypatch.undo()
    after = saved(tmp_path)
    # the last thing is to sync the folder, after the store is there
    assert after in (before, (before[0][:1] + before[0][2:], store_ids(), store.get_by_ids(IDS)))
    assert failed is (len(calls) >= at)
    store.save_local(tmp_path)
    assert saved(tmp_path)[1] == store_ids()
    assert len(list(tmp_path.iterdir())) == 2


def store_ids():
    return [id for id in IDS if id != "up"]


SAVER = """
import sys
from headrace.embeddings import FakeEmbeddings
from headrace.vectorstores.faiss import FAISS

class Same(FakeEmbeddings):
    def embed_query(self, text):
        return [float(text)] * self.size

even = FAISS.from_texts([str(i) for i in range(0, 400, 2)], Same(size=16))
odd = FAISS.from_texts([str(i) for i in range(1, 400, 2)], Same(size=16))
even.save_local(sys.argv[1])
print("saved", flush=True)
while True:
    odd.save_local(sys.argv[1])
    even.save_local(sys.argv[1])
    print(".", end="", flush=True)
"""


def test_a_save_that_is_killed(tmp_path):
    from headrace.embeddings import FakeEmbeddings

    seen = set()
    saver = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert saver.stdout.readline() == "saved\n"
        # loading beside a saver gives one of the two, whole
        for _ in range(12):
            store = FAISS.load_local(tmp_path, FakeEmbeddings(size=16))
            numbers = [int(one.page_content) for one in store.get_by_ids(_ids(store))]
            rest = numbers[0] % 2
            assert numbers == list(range(rest, 400, 2))
            assert [int(store.index.reconstruct(row)[0]) for row in (0, 199)] == [
                numbers[0],
                numbers[-1],
            ]
            seen.add(rest)
        saver.stdout.read(3)
    finally:
        saver.send_signal(signal.SIGKILL)
        saver.wait()
        saver.stdout.close()
    store = FAISS.load_local(tmp_path, FakeEmbeddings(size=16))
    assert len(store) == 200
    store.save_local(tmp_path)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".faiss", ".json"]
    assert seen <= {0, 1}


def _ids(store):
    return [store.index_to_docstore_id[row] for row in range(len(store))]


def test_every_state_that_a_kill_can_leave(tmp_path, monkeypatch):
    """Copies the folder before and after each change to it, and loads each copy."""
    folder, copies = tmp_path / "store", []
    store = made()
    store.save_local(folder)
    before = saved(folder)
    store.delete(["up"])

    def snapshot():
        copy = tmp_path / f"copy {len(copies)}"
        shutil.copytree(folder, copy)
        copies.append(copy)

    def watched(func):
        def call(*args, **kwargs):
            snapshot()
            try:
                return func(*args, **kwargs)
            finally:
                snapshot()

        return call

    for name in ("replace", "unlink", "write_text"):
        monkeypatch.setattr(Path, name, watched(getattr(Path, name)))
    monkeypatch.setattr(os, "fsync", watched(os.fsync))
    store.save_local(folder)
    monkeypatch.undo()
    after = saved(folder)
    found = [saved(copy) for copy in copies]
    assert len(found) > 12
    # first the one, then the other
    changed = found.index(after)
    assert found == [before] * changed + [after] * (len(found) - changed)


def test_savers_take_turns(tmp_path):
    stores = [made(), made()]
    stores[1].delete(["up"])
    threads = [
        threading.Thread(target=lambda one=one: [one.save_local(tmp_path) for _ in range(10)])
        for one in stores
    ]
    for thread in threads:
        thread.start()
    lengths = {len(FAISS.load_local(tmp_path, Spelled())) for _ in range(10) if _there(tmp_path)}
    for thread in threads:
        thread.join()
    assert lengths <= {3, 4}
    assert len(FAISS.load_local(tmp_path, Spelled())) in (3, 4)
    assert len(list(tmp_path.iterdir())) == 2


def _there(folder):
    return (folder / "index.json").exists()


# -- damaged and foreign files ---------------------------------------------------------------------


def test_no_store(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no store 'index' in .*index\.json is missing"):
        FAISS.load_local(tmp_path, Spelled())
    with pytest.raises(FileNotFoundError, match="no store"):
        FAISS.load_local(tmp_path / "none", Spelled())


def test_a_store_that_was_pickled_is_not_read(tmp_path):
    class Evil:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "evil"),))

    (tmp_path / "index.pkl").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(ValueError, match=r"index\.pkl was saved with pickle"):
        FAISS.load_local(tmp_path, Spelled(), allow_dangerous_deserialization=True)
    with pytest.raises(ValueError, match="are no store"):
        FAISS.deserialize_from_bytes(
            pickle.dumps(Evil()), Spelled(), allow_dangerous_deserialization=True
        )
    assert not (tmp_path / "evil").exists()


def changed(**fields):
    return lambda told: {**told, **fields}


def changed_index(**fields):
    return lambda told: {**told, "index": {**told["index"], **fields}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: [], "is no store"),
        (lambda told: {}, "is no store: it does not say"),
        (changed(format="other"), "is no store"),
        (changed(version=2), "is of version 2, and this reads version 1"),
        (changed(documents=None), "is damaged"),
        (changed(documents=[{"id": "a"}]), "is damaged"),
        (changed(documents=[]), "its documents are not what was saved"),
        (
            lambda told: {**told, "documents": told["documents"][::-1]},
            "its documents are not what was saved",
        ),
        (changed(distance_strategy="odd"), "is damaged"),
        (changed(index=None), "is damaged"),
        (changed_index(file="none.faiss"), "which it names, is missing"),
        (changed_index(file="../index.faiss"), "no name of a file"),
        (changed_index(sha256="0"), "not what was saved"),
        (changed_index(bytes=1), "not what was saved"),
    ],
)
def test_damaged_json(tmp_path, change, message):
    made().save_local(tmp_path)
    path = tmp_path / "index.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(change(told)), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        FAISS.load_local(tmp_path, Spelled())


def test_files_cut_or_changed_anywhere(tmp_path):
    made().save_local(tmp_path)
    (index,) = tmp_path.glob("*.faiss")
    for path in (tmp_path / "index.json", index):
        whole = path.read_bytes()
        for at in range(0, len(whole.rstrip()) - 1, 11):
            path.write_bytes(whole[:at])
            with pytest.raises(ValueError, match=r"damaged|no store"):
                FAISS.load_local(tmp_path, Spelled())
        path.write_bytes(whole)
    whole = index.read_bytes()
    for at in range(0, len(whole), 11):
        index.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ValueError, match="not what was saved"):
            FAISS.load_local(tmp_path, Spelled())


def test_an_index_of_other_rows(tmp_path):
    made().save_local(tmp_path)
    (index,) = tmp_path.glob("*.faiss")
    faiss.write_index(faiss.IndexFlatL2(2), str(index))
    size, digest = faiss_files._measure(index)
    path = tmp_path / "index.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(changed_index(bytes=size, sha256=digest)(told)), encoding="utf-8")
    with pytest.raises(ValueError, match="not one document for each of 0 rows"):
        FAISS.load_local(tmp_path, Spelled())


def test_an_index_of_something_else(tmp_path):
    made().save_local(tmp_path)
    (index,) = tmp_path.glob("*.faiss")
    index.write_bytes(b"something else")
    size, digest = faiss_files._measure(index)
    path = tmp_path / "index.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(changed_index(bytes=size, sha256=digest)(told)), encoding="utf-8")
    with pytest.raises(ValueError, match="is damaged"):
        FAISS.load_local(tmp_path, Spelled())


def test_bytes_cut_anywhere():
    whole = made().serialize_to_bytes()
    for end in range(0, len(whole), 11):
        with pytest.raises(ValueError, match=r"damaged|no store"):
            FAISS.deserialize_from_bytes(whole[:end], Spelled())
    for at in range(0, len(whole), 5):
        other = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        with pytest.raises(ValueError, match=r"damaged|no store|version"):
            FAISS.deserialize_from_bytes(other, Spelled())
