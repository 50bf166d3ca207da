"""Merging, batches, a chat interface, and the log."""

import asyncio
import contextlib
import threading
import warnings

import pytest

from headrace.messages import AIMessage

from .kit import LIBRARIES, collected
from .scripts import SKY

USAGE = {"input_tokens": 8, "output_tokens": 9, "total_tokens": 17}


def test_chunks_merge_into_a_whole_message(both):
    async def program(kit):
        model = kit.says(AIMessage("Hi there", usage_metadata=USAGE))
        full = None
        async for chunk in model.astream([kit.HumanMessage(content="hi")]):
            full = chunk if full is None else full + chunk
        return full, full.content, full.usage_metadata

    _, content, usage = both(program)
    assert content == "Hi there"
    assert usage == USAGE


def test_a_chain_streams_messages_in_and_text_out(both):
    async def program(kit):
        chain = kit.ChatPromptTemplate.from_messages([("human", "{question}")]) | kit.says(SKY)
        return list((chain | kit.StrOutputParser()).stream({"question": "What is it?"}))

    assert both(program) == SKY


def test_streaming_is_no_matter_of_the_constructor():
    """The guide wants `streaming=True`: here a model that can stream does."""
    kit = LIBRARIES[1]
    assert len(list(kit.says(SKY).stream("hi"))) == len(SKY)
    assert len(list(kit.says(SKY, disable_streaming=True).stream("hi"))) == 1


def shelf(kit):
    """What the guide calls a graph: a model that asks for a tool, the tool, and the answer."""

    @kit.tool
    def weather(city: str) -> str:
        """Tell the weather."""
        return f"sun in {city}"

    call = {"name": "weather", "args": {"city": "Oslo"}, "id": "call_1"}
    asks = AIMessage("Let me see.", tool_calls=[call], usage_metadata=USAGE)
    answers = AIMessage("It is sunny.", usage_metadata=USAGE)
    first = kit.says(asks).bind_tools([weather]).with_config(tags=["prod"])
    second = kit.says(answers)

    @kit.chain
    async def graph(state):
        messages = list(state["messages"])
        messages.append(await first.ainvoke(messages))
        for asked in messages[-1].tool_calls:
            messages.append(await weather.ainvoke(asked))
        messages.append(await second.ainvoke(messages))
        return {"messages": messages}

    return graph


async def chat_events(kit, graph, said, **options):
    """The loop of a chat interface: what the browser is sent."""
    async for event in graph.astream_events(
        {"messages": [kit.HumanMessage(content=said)]},
        config={"configurable": {"thread_id": "abc"}},
        version="v2",
        include_types=["chat_model", "tool"],
        **options,
    ):
        kind, data = event["event"], event["data"]
        if kind == "on_chat_model_stream" and data["chunk"].content:
            yield {"type": "token", "content": data["chunk"].content}
        elif kind == "on_tool_start":
            yield {"type": "tool_call", "name": event["name"], "args": data["input"]}
        elif kind == "on_tool_end":
            yield {"type": "tool_result", "name": event["name"], "result": data["output"]}
        elif kind == "on_chat_model_end":
            usage = data["output"].usage_metadata or {}
            yield {"type": "usage", "output_tokens": usage.get("output_tokens", 0)}


def test_a_chat_interface(both):
    async def program(kit):
        return [one async for one in chat_events(kit, shelf(kit), "How is the weather?")]

    sent = both(program)
    text = "".join(one["content"] for one in sent if one["type"] == "token")
    assert text == "Let me see.It is sunny."
    rest = [one for one in sent if one["type"] != "token"]
    assert [one["type"] for one in rest] == ["usage", "tool_call", "tool_result", "usage"]
    assert rest[0] == rest[-1] == {"type": "usage", "output_tokens": 9}
    assert rest[1]["args"] == {"city": "Oslo"}
    kind, result = rest[2]["result"]
    assert (kind, result["content"], result["tool_call_id"]) == (
        "ToolMessage",
        "sun in Oslo",
        "call_1",
    )


def test_a_chat_interface_that_looks_at_tagged_runs(both):
    async def program(kit):
        stream = chat_events(kit, shelf(kit), "How?", include_tags=["prod"])
        both_filters = [one async for one in stream]
        stream = chat_events(kit, shelf(kit), "How?", exclude_types=["chat_model"])
        return both_filters, [one async for one in stream]

    # runs that one of the lists wants are told of
    tagged, without = both(program)
    assert {one["type"] for one in tagged} == {"token", "usage", "tool_call", "tool_result"}
    assert {one["type"] for one in without} == {"tool_call", "tool_result"}


def test_arguments_come_in_pieces_and_are_whole_at_the_end(both):
    async def program(kit):
        seen = []
        async for event in shelf(kit).astream_events(
            {"messages": [kit.HumanMessage(content="hi")]}, version="v2"
        ):
            if event["event"] == "on_chat_model_stream":
                seen.append([one["args"] for one in event["data"]["chunk"].tool_call_chunks])
            elif event["event"] == "on_chat_model_end":
                seen.append(event["data"]["output"].tool_calls)
        return seen

    seen = both(program)
    assert [call["args"] for calls in seen for call in calls if isinstance(call, dict)] == [
        {"city": "Oslo"}
    ]
    assert len([args for args in seen if args and isinstance(args[0], str)]) > 3


def test_when_an_event_was_made():
    """The guide's events have `created_at`: here by option, in UTC."""
    kit = LIBRARIES[1]
    for event in kit.says(SKY).stream_events("hi", created_at=True):
        assert event["created_at"].utcoffset().total_seconds() == 0


def test_errors_are_told():
    """The guide lists `on_error`: here by option, one for each run that fails."""
    kit = LIBRARIES[1]

    def fails(x):
        raise ValueError("no")

    seen = []
    with contextlib.suppress(ValueError):
        for event in (kit.says(SKY) | fails).stream_events("hi", on_error=True):
            seen.append(event["event"])
    assert seen[-2:] == ["on_chain_error", "on_chain_error"]


INPUTS = [{"input": f"question {number}"} for number in range(1, 4)]


def test_batches(both):
    async def program(kit):
        chain = kit.RunnableLambda(lambda given: given["input"].upper())
        return (
            chain.batch(INPUTS),
            await chain.abatch(INPUTS, config={"max_concurrency": 10}),
            sorted(chain.batch_as_completed(INPUTS)),
            sorted([one async for one in chain.abatch_as_completed(INPUTS)]),
        )

    expected = ["QUESTION 1", "QUESTION 2", "QUESTION 3"]
    numbered = [list(one) for one in enumerate(expected)]
    assert both(program) == [expected, expected, numbered, numbered]


@pytest.mark.parametrize(("limit", "most"), [(None, 6), (2, 2), (1, 1)])
def test_batches_run_at_the_same_time_unless_they_are_limited(limit, most, both):
    """The guide has it the other way round: without `max_concurrency` all inputs are begun."""

    async def program(kit):
        running, peak = 0, 0

        async def works(x):
            nonlocal running, peak
            running += 1
            peak = max(peak, running)
            for _ in range(9):
                await asyncio.sleep(0)
            running -= 1
            return x

        config = {} if limit is None else {"max_concurrency": limit}
        found = await kit.RunnableLambda(works).abatch(list(range(6)), config=config)
        assert found == list(range(6))
        return peak

    assert both(program) == most


def test_batches_in_sync_code_are_not_sequential_either(both):
    """Two inputs wait for each other: one after another they would wait for ever."""

    async def program(kit):
        meet = threading.Barrier(2, timeout=20)
        return kit.RunnableLambda(lambda x: (meet.wait(), x)[1]).batch([1, 2])

    assert both(program) == [1, 2]


def test_results_come_as_they_are_ready(both):
    async def program(kit):
        second_is_given = threading.Event()

        def works(x):
            assert x == 2 or second_is_given.wait(20)
            return x * 10

        order = []
        for index, output in kit.RunnableLambda(works).batch_as_completed([1, 2]):
            order.append((index, output))
            second_is_given.set()
        return order

    assert both(program) == [[1, 20], [0, 10]]


def logged_chain(kit):
    prompt = kit.ChatPromptTemplate.from_template("Say it: {what}")
    return prompt | kit.says(SKY) | kit.StrOutputParser()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"with_streamed_output_list": False},
        {"diff": False},
        {"diff": False, "with_streamed_output_list": False},
        {"include_names": ["StrOutputParser"]},
        {"include_types": ["chat_model"]},
        {"exclude_types": ["prompt"], "exclude_tags": ["seq:step:3"]},
    ],
    ids=str,
)
def test_the_log(options, both):
    async def program(kit):
        stream = logged_chain(kit).astream_log({"what": "sky"}, **options)
        patches = await collected(stream)
        if options.get("diff", True):
            return [patch.ops for patch in patches]
        return [patch.state for patch in patches]

    assert len(both(program)) > 3


def test_patches_add_up_to_the_log(both):
    async def program(kit):
        total = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reference says that the log is old
            async for patch in logged_chain(kit).astream_log({"what": "sky"}):
                total = patch if total is None else total + patch
        return total.state

    state = both(program)
    assert state["final_output"] == "".join(SKY)
    assert state["streamed_output"] == SKY
    assert list(state["logs"]) == ["ChatPromptTemplate", "ReplayChatModel", "StrOutputParser"]
    assert state["logs"]["ReplayChatModel"]["streamed_output_str"] == SKY


async def test_stream_log_as_the_guide_writes_it():
    """`async for` over `stream_log`, and `for`, too: both give what `astream_log` gives."""
    kit = LIBRARIES[1]
    chain = logged_chain(kit)
    paths = []
    async for patch in chain.stream_log({"what": "sky"}):
        paths.append([one["path"] for one in patch.ops])
    assert [
        [one["path"] for one in patch.ops] async for patch in chain.astream_log({"what": "sky"})
    ] == paths
    total = None
    for patch in chain.stream_log({"what": "sky"}):
        total = patch if total is None else total + patch
    assert total.state["final_output"] == "".join(SKY)
    for log in chain.stream_log({"what": "sky"}, diff=False):
        last = log
    assert last.state["streamed_output"] == SKY
