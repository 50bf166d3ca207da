"""Adapted chains beside LangChain's own: a model and a parser, a character a chunk."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser as TheirParser

from headrace.langchain import from_langchain, to_langchain
from headrace.language_models import ReplayChatModel
from headrace.output_parsers import StrOutputParser
from race import Contender, adrain, race

CHUNKS = 300
THEIRS = FakeListChatModel(responses=["x" * CHUNKS])
OURS = ReplayChatModel("x" * CHUNKS, split=1)
CHAINS: dict[str, Any] = {
    "langchain": THEIRS | TheirParser(),
    "from_langchain(model)": from_langchain(THEIRS) | StrOutputParser(),
    "to_langchain(chain)": to_langchain(OURS | StrOutputParser()),
}


WAYS: dict[str, Callable[[Any], Any]] = {
    "stream": lambda chain: deque(chain.stream("?"), maxlen=1),
    "astream": lambda chain: asyncio.run(adrain(chain.astream("?"))),
    "astream_events": lambda chain: asyncio.run(adrain(chain.astream_events("?", version="v2"))),
}


@pytest.mark.parametrize("way", WAYS)
def bench_adapted(way: str, record: Callable[..., None], benchmark: Any) -> None:
    run = WAYS[way]
    benchmark(run, CHAINS["to_langchain(chain)"])
    times = race(
        {
            name: Contender(lambda chain=chain: run(chain), CHUNKS)  # type: ignore[misc]
            for name, chain in CHAINS.items()
        }
    )
    record(f"adapted, {way}", **times)
    for name, taken in times.items():
        assert taken < times["langchain"] * 1.15, name
