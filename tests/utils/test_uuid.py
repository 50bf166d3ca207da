"""Ids of runs: RFC 9562, version 7."""

import uuid

from headrace.utils.uuid import uuid7


def test_ids_are_of_version_7_differ_and_count_upwards() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert made == sorted(set(made))


def test_the_time_can_be_given() -> None:
    now = uuid7()
    then = [uuid7(1_700_000_000_123_456_789) for _ in range(100)]
    assert {one.int >> 80 for one in then} == {1_700_000_000_123}
    assert len(set(then)) == 100
    assert {(one.version, one.variant) for one in then} == {(7, uuid.RFC_4122)}
    assert uuid7(nanoseconds=0).int >> 80 == 0
    assert uuid7() > now, "ids that are made now go on from where they were"
