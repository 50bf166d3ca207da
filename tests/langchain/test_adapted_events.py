"""Every composition of the compatibility suite, adapted: the other library tells of it as its own.

A chain of LangChain's is watched by headrace through `from_langchain`, and one of headrace by
LangChain through `to_langchain`. Each must give the events that its own library gives of it, as far
as both know of what they tell: older versions of langchain-core 1 do not say which call a failing
tool was asked by.
"""

import inspect

import pytest
from langchain_core.tracers import event_stream
from tests.compat.conftest import Library
from tests.compat.events import astreamed
from tests.compat.scenarios import CHAINS, MODELS, TOOLS

from headrace.langchain import from_langchain, to_langchain

ALL = {**CHAINS, **MODELS, **TOOLS}
THEIRS, OURS = Library("langchain_core"), Library("headrace")
CONFIG = {"tags": ["root"], "metadata": {"k": "v"}, "run_name": "it"}
KNOWS_CALLS = "tool_call_id" in inspect.getsource(event_stream)


def known_to_both(events):
    if not KNOWS_CALLS:
        for event in events:
            if isinstance(event, dict) and event["event"] == "on_tool_error":
                event["data"].pop("tool_call_id", None)
    return events


@pytest.mark.parametrize("chain", ALL)
async def test_langchains_chains_watched_here(chain):
    runnable, given = ALL[chain](THEIRS)
    expected = await astreamed(THEIRS, runnable, given, CONFIG, version="v2")
    runnable, given = ALL[chain](THEIRS)
    seen = await astreamed(OURS, from_langchain(runnable), given, CONFIG, version="v2")
    assert known_to_both(seen) == known_to_both(expected)


@pytest.mark.parametrize("chain", ALL)
async def test_our_chains_watched_by_langchain(chain):
    runnable, given = ALL[chain](OURS)
    expected = await astreamed(OURS, runnable, given, CONFIG, version="v2")
    runnable, given = ALL[chain](OURS)
    seen = await astreamed(THEIRS, to_langchain(runnable), given, CONFIG, version="v2")
    assert known_to_both(seen) == known_to_both(expected)
