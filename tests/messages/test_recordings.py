"""The sums of recorded streams, after each chunk, with both libraries."""

import copy
from pathlib import Path

import pytest
from langchain_core.messages import AIMessageChunk as TheirChunk

from headrace import compat
from headrace.messages import AIMessageChunk, message_chunk_to_message

from .recordings import chunks_of, recordings


@pytest.mark.parametrize("path", recordings())
def test_each_sum_is_that_of_the_reference(path: Path) -> None:
    fields = chunks_of(path)
    if not fields:
        pytest.skip("the recording has no chunk of a message")
    ours, theirs = AIMessageChunk(**copy.deepcopy(fields[0])), TheirChunk(**fields[0])
    usual = ours
    for number, chunk in enumerate(fields[1:]):
        with compat.exact():
            ours = ours + AIMessageChunk(**copy.deepcopy(chunk))
            # The reference takes long for each look at a long sum.
            if number % 7 == 0 or number > len(fields) - 5:
                theirs_dump = (theirs + TheirChunk(**chunk)).model_dump()
                assert ours.model_dump() == theirs_dump
        theirs = theirs + TheirChunk(**chunk)
        usual = usual + AIMessageChunk(**chunk)
    # What differs without `exact` is what providers repeat.
    for name in ("content", "tool_calls", "invalid_tool_calls", "usage_metadata", "id"):
        assert getattr(usual, name) == getattr(theirs, name)
    whole = message_chunk_to_message(usual)
    assert whole.tool_calls == usual.tool_calls
