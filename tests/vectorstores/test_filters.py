"""Filters by metadata."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace.vectorstores.filters import compile_filter

METADATA = {"year": 2020, "by": "ann", "tags": ["a", "b"], "none": None}


@pytest.mark.parametrize(
    ("filter", "accepted"),
    [
        ({}, True),
        ({"year": 2020}, True),
        ({"year": 2021}, False),
        ({"year": 2020, "by": "ann"}, True),
        ({"year": 2020, "by": "bob"}, False),
        ({"by": ["ann", "bob"]}, True),
        ({"by": []}, False),
        ({"tags": [["a", "b"]]}, True),
        ({"tags": {"$eq": ["a", "b"]}}, True),
        ({"year": {"$gte": 2020, "$lt": 2021}}, True),
        ({"year": {"$gt": 2020}}, False),
        ({"year": {"$lte": 2019}}, False),
        ({"year": {"$neq": 2020}}, False),
        ({"by": {"$in": ["ann"]}}, True),
        ({"by": {"$nin": ["ann"]}}, False),
        ({"missing": {"$gt": 1}}, False),
        ({"missing": {"$lte": 1}}, False),
        ({"missing": {"$neq": 1}}, True),
        ({"missing": None}, True),
        ({"none": {"$eq": None}}, True),
        ({"by": {"$gt": 1}}, False),
        ({"$and": [{"year": 2020}, {"by": "ann"}]}, True),
        ({"$and": [{"year": 2020}, {"by": "bob"}]}, False),
        ({"$and": []}, True),
        ({"$or": [{"year": 1}, {"by": "ann"}]}, True),
        ({"$or": []}, False),
        ({"$not": {"year": 2020}}, False),
        ({"$not": {"$or": [{"year": 1}, {"by": "bob"}]}}, True),
        ({"$or": [{"year": 2020}], "by": "bob"}, False),
    ],
)
def test_a_dictionary(filter, accepted):
    assert compile_filter(filter)(METADATA) is accepted


@given(value=st.integers(0, 9), low=st.integers(0, 9), high=st.integers(0, 9))
def test_orders(value, low, high):
    inside = {"at": {"$gte": low, "$lt": high}}
    assert compile_filter(inside)({"at": value}) is (low <= value < high)
    assert compile_filter({"$not": inside})({"at": value}) is not (low <= value < high)


def test_a_function_is_left_as_it_is():
    def accepts(metadata):
        return True

    assert compile_filter(accepts) is accepts


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ("year", "a dictionary or a function, not str"),
        ({"$xor": []}, r"no operator \$xor over fields"),
        ({"$and": {"year": 1}}, r"\$and takes a list of filters, not dict"),
        ({"$or": [1]}, "not int"),
        ({"year": {"$near": 1}}, r"no operator '\$near', of the field 'year'"),
        ({"$not": {"$gt": 1}}, r"no operator \$gt over fields"),
    ],
)
def test_mistakes(filter, message):
    with pytest.raises(ValueError, match=message):
        compile_filter(filter)
