"""Chains of module functions, prompts and models survive a pickle in another process."""

import json
import operator
import os.path
import pickle
import subprocess
import sys
from typing import Any

from headrace.language_models import FakeListChatModel
from headrace.output_parsers import StrOutputParser
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import (
    Runnable,
    RunnableBranch,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)

NAME: Runnable[Any, Any] = RunnableLambda(os.path.basename)
PROMPT = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")])
CHAINS: dict[str, tuple[Runnable[Any, Any], Any]] = {
    "function": (NAME, "/a/b.py"),
    "sequence": (NAME | RunnableLambda(len), "/a/b.py"),
    "parallel": (RunnableParallel(name=NAME, path=RunnablePassthrough()), "/a/b.py"),
    "assign": (RunnablePassthrough.assign(n=RunnableLambda(len)), {"a": 1}),
    "pick": (RunnablePassthrough().pick("a"), {"a": 1, "b": 2}),
    "branch": (RunnableBranch((operator.not_, RunnablePassthrough()), NAME), "/a/b.py"),
    "binding": (NAME.with_config(tags=["t"]).bind(), "/a/b.py"),
    "retry": (NAME.with_retry(stop_after_attempt=2), "/a/b.py"),
    "fallbacks": (RunnableLambda(operator.neg).with_fallbacks([NAME]), "/a/b.py"),
    "each": (NAME.map(), ["/a", "/b"]),
    "prompt and model": (
        PROMPT | FakeListChatModel(responses=["yes"]) | StrOutputParser(),
        {"question": "Really?"},
    ),
}
PROGRAM = """
import json, pickle, sys
chains = pickle.load(sys.stdin.buffer)
results = {name: chain.invoke(value) for name, (chain, value) in chains.items()}
streams = {name: list(chain.stream(value)) for name, (chain, value) in chains.items()}
again = pickle.dumps({name: chain for name, (chain, _) in chains.items()})
sys.stdout.write(json.dumps([results, streams, again.hex()]))
"""


def test_chains_work_in_another_process_and_come_back() -> None:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, input=pickle.dumps(CHAINS), capture_output=True, check=True)
    results, streams, again = json.loads(done.stdout)
    returned = pickle.loads(bytes.fromhex(again))
    assert {*results} == {*CHAINS}
    for name, (chain, value) in CHAINS.items():
        assert results[name] == chain.invoke(value), name
        assert streams[name] == list(chain.stream(value)), name
        assert returned[name].invoke(value) == chain.invoke(value), name
