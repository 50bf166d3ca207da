"""Every composition of the compatibility suite, adapted: the other library tells of it as its own.

A chain of LangChain's is watched by headrace through `from_langchain`, and one of headrace by
LangChain through `to_langchain`. Each must give the events that its own library gives of it.
"""

import pytest
from tests.compat.conftest import Library
from tests.compat.events import astreamed
from tests.compat.scenarios import CHAINS, MODELS, TOOLS

from headrace.langchain import from_langchain, to_langchain

ALL = {**CHAINS, **MODELS, **TOOLS}
THEIRS, OURS = Library("langchain_core"), Library("headrace")
CONFIG = {"tags": ["root"], "metadata": {"k": "v"}, "run_name": "it"}


@pytest.mark.parametrize("chain", ALL)
async def test_langchains_chains_watched_here(chain):
    runnable, given = ALL[chain](THEIRS)
    expected = await astreamed(THEIRS, runnable, given, CONFIG, version="v2")
    runnable, given = ALL[chain](THEIRS)
    seen = await astreamed(OURS, from_langchain(runnable), given, CONFIG, version="v2")
    assert seen == expected


@pytest.mark.parametrize("chain", ALL)
async def test_our_chains_watched_by_langchain(chain):
    runnable, given = ALL[chain](OURS)
    expected = await astreamed(OURS, runnable, given, CONFIG, version="v2")
    runnable, given = ALL[chain](OURS)
    seen = await astreamed(THEIRS, to_langchain(runnable), given, CONFIG, version="v2")
    assert seen == expected
