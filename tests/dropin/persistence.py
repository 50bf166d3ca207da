"""Pickles and LangGraph checkpoints of one library, written and then read; see test_persistence.py.

Arguments: LIBRARY FOLDER [POSTGRES]. The library is `langchain-core`, `standalone` (headrace's
messages in a graph that runs on langchain-core) or `dropin`. After a line of input the program
writes and prints a line; after another it reads what each library has written, and prints a JSON
line for each.
"""

import json
import logging
import operator
import pickle
import sys
import warnings
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, TypedDict

warnings.simplefilter("error")
# Other people's deprecations depend on their release and on the date.
warnings.filterwarnings("default", category=DeprecationWarning)

LIBRARY, FOLDER, *POSTGRES = sys.argv[1:]
LIBRARIES = ("langchain-core", "standalone", "dropin")

if LIBRARY == "dropin":
    from headrace import dropin

    dropin.install()
if LIBRARY == "standalone":
    from headrace.documents import Document
    from headrace.langchain.checkpoints import CheckpointSerializer
    from headrace.messages import (
        AIMessage,
        AIMessageChunk,
        ChatMessage,
        FunctionMessage,
        HumanMessage,
        HumanMessageChunk,
        RemoveMessage,
        SystemMessage,
        SystemMessageChunk,
        ToolMessage,
        ToolMessageChunk,
    )
    from headrace.outputs import ChatGeneration, ChatGenerationChunk, Generation, LLMResult
    from headrace.prompt_values import ChatPromptValue, StringPromptValue
    from headrace.prompts import ChatPromptTemplate

    SERDE: Any = {"serde": CheckpointSerializer()}
else:
    from langchain_core.documents import Document
    from langchain_core.messages import (
        AIMessage,
        AIMessageChunk,
        ChatMessage,
        FunctionMessage,
        HumanMessage,
        HumanMessageChunk,
        RemoveMessage,
        SystemMessage,
        SystemMessageChunk,
        ToolMessage,
        ToolMessageChunk,
    )
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, Generation, LLMResult
    from langchain_core.prompt_values import ChatPromptValue, StringPromptValue
    from langchain_core.prompts import ChatPromptTemplate

    SERDE = {}
from langgraph.checkpoint.memory import InMemorySaver  # noqa: E402
from langgraph.checkpoint.postgres import PostgresSaver  # noqa: E402
from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: E402
from langgraph.graph import END, START, StateGraph  # noqa: E402
from langgraph.types import Command, Send, interrupt  # noqa: E402

CALL = {"name": "f", "args": {"a": [1, {"b": "é"}]}, "id": "c", "type": "tool_call"}
PART = {"name": "f", "args": '{"a": 1}', "id": "c", "index": 0, "type": "tool_call_chunk"}
BAD = {"name": "f", "args": "{", "id": "d", "error": "no", "type": "invalid_tool_call"}
USAGE = {
    "input_tokens": 1,
    "output_tokens": 2,
    "total_tokens": 3,
    "input_token_details": {"cache_read": 1},
}


def messages() -> list[Any]:
    """Messages of every class, with every field."""
    return [
        AIMessage(
            "hi",
            id="1",
            name="bob",
            tool_calls=[CALL],
            invalid_tool_calls=[BAD],
            usage_metadata=USAGE,
            response_metadata={"finish_reason": "stop"},
            additional_kwargs={"k": {"a": 1}},
        ),
        AIMessage([{"type": "text", "text": "hi"}, {"type": "reasoning", "reasoning": "r"}]),
        AIMessageChunk("ab", id="2", tool_call_chunks=[PART], chunk_position="last"),
        HumanMessage(["a", {"type": "image_url", "image_url": {"url": "u"}}], mood="good"),
        HumanMessageChunk("x"),
        SystemMessage("s"),
        SystemMessageChunk("s"),
        ToolMessage("t", tool_call_id="c", artifact={"a": [1, 2]}, status="error"),
        ToolMessageChunk("t", tool_call_id="c"),
        RemoveMessage(id="3"),
        ChatMessage("x", role="r"),
        FunctionMessage("x", name="f"),
    ]


def pickled() -> list[Any]:
    """What programs pickle."""
    generation = ChatGeneration(message=AIMessage("x", id="1"), generation_info={"a": 1})
    return [
        *messages(),
        Document("p", metadata={"a": 1}, id="d"),
        generation,
        Generation(text="x"),
        ChatGenerationChunk(message=AIMessageChunk("x")),
        LLMResult(generations=[[generation]], llm_output={"model": "m"}),
        ChatPromptValue(messages=[HumanMessage("x")]),
        StringPromptValue(text="x"),
        ChatPromptTemplate.from_messages([("system", "s {a}"), ("placeholder", "{b}")]),
    ]


class State(TypedDict):
    log: Annotated[list[Any], operator.add]
    values: dict[str, Any]


def collect(state: State) -> Any:
    values = {
        "documents": [Document("p", metadata={"a": (1, 2)})],
        "time": datetime(2026, 1, 2, tzinfo=timezone.utc),
        "send": Send("ask", [HumanMessage("sent")]),
        "set": {1},
        3: HumanMessage("under a number"),
    }
    return {"log": messages(), "values": values}


def ask(state: State) -> Any:
    answer = interrupt([AIMessage("which?", id="q")])
    return {"log": [AIMessage(f"so {answer.content} it is after {len(state['log'])}", id="a")]}


def follow(state: State) -> Any:
    return {"log": [HumanMessage("beside", id="b")]}


def graph(saver: Any) -> Any:
    """A graph that waits for an answer in one node when another beside it has finished."""
    building = StateGraph(State)
    building.add_node("collect", collect)
    building.add_node("ask", ask)
    building.add_node("follow", follow)
    building.add_edge(START, "collect")
    building.add_edge("collect", "ask")
    building.add_edge("collect", "follow")
    building.add_edge(["ask", "follow"], END)
    return building.compile(checkpointer=saver)


def shown(value: Any) -> Any:
    """What the libraries should agree on."""
    if type(value).__name__ == "ChatPromptTemplate":
        return shown(value.invoke({"a": 1, "b": ["x"]}))
    if hasattr(value, "model_dump"):
        return [type(value).__name__, {name: shown(item) for name, item in value}]
    if isinstance(value, Send):
        return ["Send", value.node, shown(value.arg)]
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, (int, float, bool, type(None))):
        return value
    return str(value)


def thread(writer: str, reader: str) -> Any:
    return {"configurable": {"thread_id": f"{writer} to {reader}"}}


def stop_in_the_middle(saver: Any) -> None:
    for reader in LIBRARIES:
        graph(saver).invoke({"log": [HumanMessage("go", id="g")]}, thread(LIBRARY, reader))


def go_on(saver: Any, writer: str) -> Any:
    """Read what another library has stored, then answer and run to the end."""
    config = thread(writer, LIBRARY)
    runner = graph(saver)
    waiting = runner.get_state(config)
    history = [(state.next, state.values) for state in runner.get_state_history(config)]
    end = runner.invoke(Command(resume=HumanMessage("Ada")), config)
    for message in end["log"]:
        assert type(message) is globals()[type(message).__name__], "a class of another library"
    return shown(
        [
            waiting.values,
            waiting.next,
            [one.value for one in waiting.interrupts],
            history,
            end,
            runner.get_state(config).values,
        ]
    )


def memory_of(writer: str) -> InMemorySaver:
    saver = InMemorySaver(**SERDE)
    stored = pickle.loads((Path(FOLDER) / f"{writer}.memory").read_bytes())
    saver.storage.update(
        {thread: {"": checkpoints} for thread, checkpoints in stored["storage"].items()}
    )
    saver.writes.update(stored["writes"])
    saver.blobs.update(stored["blobs"])
    return saver


def keep_memory(saver: InMemorySaver) -> None:
    storage = {name: dict(namespaces[""]) for name, namespaces in saver.storage.items()}
    writes = {key: dict(value) for key, value in saver.writes.items()}
    stored = {"storage": storage, "writes": writes, "blobs": dict(saver.blobs)}
    (Path(FOLDER) / f"{LIBRARY}.memory").write_bytes(pickle.dumps(stored))


def savers(stack: ExitStack) -> dict[str, Any]:
    """The checkpointers that processes share."""
    sqlite = SqliteSaver.from_conn_string(str(Path(FOLDER) / "checkpoints.sqlite"))
    made = {"sqlite": stack.enter_context(sqlite)}
    for address in POSTGRES:
        made["postgres"] = stack.enter_context(PostgresSaver.from_conn_string(address))
    for saver in made.values():
        saver.serde = SERDE.get("serde", saver.serde)
        saver.jsonplus_serde = saver.serde
    return made


class Refuse(logging.Handler):
    """Fails when a library warns in its log."""

    def emit(self, record: logging.LogRecord) -> None:
        raise AssertionError(record.getMessage())


def main() -> None:
    logging.getLogger().addHandler(Refuse(logging.WARNING))
    sys.stdin.readline()
    protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
    written = [pickle.dumps([pickle.dumps(it, one) for it in pickled()]) for one in protocols]
    (Path(FOLDER) / f"{LIBRARY}.pickle").write_bytes(pickle.dumps(written))
    with ExitStack() as stack:
        shared = savers(stack)
        memory = InMemorySaver(**SERDE)
        for saver in (memory, *shared.values()):
            stop_in_the_middle(saver)
        keep_memory(memory)
        print("written", flush=True)
        sys.stdin.readline()
        for writer in LIBRARIES:
            for name, saver in {"memory": memory_of(writer), **shared}.items():
                print(json.dumps([writer, name, go_on(saver, writer)]), flush=True)
            read = [
                [pickle.loads(it) for it in pickle.loads(one)]
                for one in pickle.loads((Path(FOLDER) / f"{writer}.pickle").read_bytes())
            ]
            print(json.dumps([writer, "pickle", shown(read)]), flush=True)


if __name__ == "__main__":
    main()
