"""headrace and its references agree on a stored corpus, and on some mutations of it.

scripts/fuzz tries new mutations for as long as it is told, and stores in the corpus what fails.
"""

import zlib
from random import Random
from typing import Any

import pytest
from tests.fuzz.differential import targets
from tests.reference import needs_current

pytestmark = needs_current
TARGETS = targets()
INPUTS = [(name, number) for name, (corpus, *_) in TARGETS.items() for number in range(len(corpus))]


@pytest.mark.parametrize(("name", "number"), INPUTS)
def test_an_input_and_its_mutations(name: str, number: int) -> None:
    corpus, check, mutate = TARGETS[name]
    random = Random(zlib.crc32(f"{name} {number}".encode()))
    given: Any = corpus[number]
    check(given, random)
    for _ in range(25):
        given = mutate(corpus[number], random)
        check(given, random)
