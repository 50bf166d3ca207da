"""Cosines and marginal relevance, against what one would write first."""

import math
import sys
import warnings

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.vectorstores.utils import cosine_similarity, maximal_marginal_relevance

# of few values, so that there are equals, zeros and opposites, and no tie that rounding decides
numbers = st.integers(-3, 3).map(float)


@st.composite
def vectors(draw):
    size = draw(st.integers(1, 5))
    rows = st.lists(numbers, min_size=size, max_size=size)
    return draw(rows), draw(st.lists(rows, max_size=12))


def naive_cosine(a, b):
    product = sum(x * y for x, y in zip(a, b, strict=True))
    sizes = math.sqrt(sum(x * x for x in a)) * math.sqrt(sum(x * x for x in b))
    return product / sizes if sizes else 0.0


def naive_scores(query, rows, chosen, weight):
    return {
        i: weight * naive_cosine(query, row)
        - (1 - weight) * max(naive_cosine(row, rows[j]) for j in chosen)
        for i, row in enumerate(rows)
        if i not in chosen
    }


@pytest.fixture(params=["numpy", "plain"])
def way(request, monkeypatch):
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "numpy", None)
    return request.param


def both(func, *args):
    """Give what a function gives with numpy, and without."""
    with_numpy = func(*args)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numpy", None)
        return with_numpy, func(*args)


@given(made=vectors())
def test_cosines(made):
    query, rows = made
    expected = [[naive_cosine(a, b) for b in rows] for a in [query, *rows]]
    for found in both(cosine_similarity, [query, *rows], rows):
        if not rows:
            assert [list(row) for row in found] == [[]]
            continue
        for row, right in zip(found, expected, strict=True):
            assert list(row) == pytest.approx(right, abs=1e-12)


@given(made=vectors(), weight=st.sampled_from([0.0, 0.35, 0.8, 1.0]), k=st.integers(-1, 14))
def test_each_choice_is_the_best_there_is(made, weight, k):
    query, rows = made
    for found in both(maximal_marginal_relevance, query, rows, weight, k):
        assert len(found) == len(set(found)) == max(0, min(k, len(rows)))
        for step, choice in enumerate(found):
            if step == 0:
                scores = {i: naive_cosine(query, row) for i, row in enumerate(rows)}
            else:
                scores = naive_scores(query, rows, found[:step], weight)
            assert scores[choice] == pytest.approx(max(scores.values()), abs=1e-9)


def test_the_first_of_equals_is_chosen(way):
    rows = [[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]]
    assert maximal_marginal_relevance([1.0, 0.0], rows, 0.5, 3)[0] == 1


def test_a_question_may_be_a_row_or_an_array():
    rows = [[0.0, 1.0], [1.0, 0.0]]
    for query in ([1.0, 0.1], [[1.0, 0.1]], numpy.array([1.0, 0.1]), numpy.array([[1.0, 0.1]])):
        assert maximal_marginal_relevance(query, numpy.array(rows), k=1) == [1]


def test_vectors_of_different_sizes(way):
    with pytest.raises(ValueError, match="different sizes: 2, 3"):
        cosine_similarity([[1.0, 2.0]], [[1.0, 2.0, 3.0]])


def test_numbers_that_are_none(way):
    with pytest.warns(RuntimeWarning, match="NaN"):
        (found,) = cosine_similarity([[math.nan, 1.0]], [[1.0, 1.0]])
    assert list(found) == [0.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(cosine_similarity([[0.0, 0.0]], [[1.0, 1.0]])[0]) == [0.0]
