"""The retrieval example, run as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_it_runs():
    ran = subprocess.run(
        [sys.executable, "examples/retrieval.py"],
        cwd=EXAMPLES.parent,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"},
    )
    assert ran.returncode == 0, ran.stderr
    found, answer = ran.stdout.splitlines()
    assert found == "['harrison worked at kensho', 'harrison likes spicy food']"
    assert answer.count("|") > 5
    assert answer.replace("|", "") == "Based on the given context, Harrison worked at Kensho."


@pytest.fixture
def embeddings(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from hashing_embeddings import HashingEmbeddings

    return HashingEmbeddings()


def likest(embeddings, question, texts):
    asked = embeddings.embed_query(question)
    likeness = [
        sum(a * b for a, b in zip(asked, vector, strict=True))
        for vector in embeddings.embed_documents(texts)
    ]
    return texts[likeness.index(max(likeness))]


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("where did harrison work?", 0),
        ("Where did harrison work? Write 3 made up sentences about this place.", 0),
        ("What food does Harrison like?", 1),
        ("is spice on the table", 1),
    ],
)
def test_the_right_sentence_is_found(embeddings, question, right):
    texts = ["harrison worked at kensho", "harrison likes spicy food"]
    assert likest(embeddings, question, texts) == texts[right]


def test_vectors_are_1_long_and_always_the_same(embeddings):
    vector = embeddings.embed_query("Ünïcode words, and 42")
    assert len(vector) == embeddings.size
    assert sum(number * number for number in vector) == pytest.approx(1.0)
    assert vector == embeddings.embed_query("ünïcode Words and 42!")
    assert embeddings.embed_query("") == [0.0] * embeddings.size
    # the same on every machine
    assert [i for i, number in enumerate(embeddings.embed_query("hi")) if number] == [207, 437, 472]
