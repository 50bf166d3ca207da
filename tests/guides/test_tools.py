"""Streaming from inside a tool, and events of one's own."""

import asyncio

import pytest

from headrace.messages import AIMessage, AIMessageChunk

from .kit import LIBRARIES, collected, texts

TEXT = (
    "According to the laws of aviation a bee cannot fly. The bee flies anyway. Breakfast is ready!"
)
SUMMARY = "Bee defies physics; breakfast is ready."
BACKWARDS = SUMMARY[::-1]


class Claude:
    """What the guide's model says of itself: tracing wants to know."""

    def _get_ls_params(self, stop=None, **kwargs):
        return {
            "ls_provider": "anthropic",
            "ls_model_name": "claude",
            "ls_model_type": "chat",
            "ls_temperature": 0.0,
            "ls_max_tokens": 1024,
        }


def metered(kit):
    """A model that reports its usage first and last."""
    words = ("Bee", " def", "ies physics", ";", " breakfast", " is", " ready", ".")
    stopped = {"stop_reason": "end_turn", "stop_sequence": None}
    chunks = [
        AIMessageChunk("", usage_metadata=usage(182, 0)),
        *(AIMessageChunk(word) for word in words),
        AIMessageChunk("", usage_metadata=usage(0, 16), response_metadata=stopped),
    ]
    return kit.says_as("ChatAnthropic", Claude, chunks)


def usage(given, made):
    return {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}


def summarizing(kit, model):
    """The chain inside the tool: what the model says, backwards."""
    prompt = kit.ChatPromptTemplate.from_template("Summarize in 10 words:\n\n{long_text}")
    return prompt | model | kit.StrOutputParser() | (lambda text: text[::-1])


def implied(kit):
    model = metered(kit)

    @kit.tool
    async def summarization_tool(long_text: str) -> str:
        """Summarize a text."""
        return await summarizing(kit, model).ainvoke({"long_text": long_text})

    return summarization_tool


def passed(kit):
    model = metered(kit)

    async def summarization_tool(long_text: str, config: kit.RunnableConfig) -> str:
        """Summarize a text."""
        return await summarizing(kit, model).ainvoke({"long_text": long_text}, config=config)

    return kit.tool(summarization_tool)


def in_sync_code(kit):
    """A tool that is a plain function: it runs on a thread."""
    model = metered(kit)

    def summarization_tool(long_text: str, config: kit.RunnableConfig) -> str:
        """Summarize a text."""
        return summarizing(kit, model).invoke({"long_text": long_text}, config=config)

    return kit.tool(summarization_tool)


WAYS = [implied, passed, in_sync_code]


@pytest.mark.parametrize("make", WAYS)
def test_the_tool_by_itself(make, both):
    async def program(kit):
        tool = make(kit)
        assert list(tool.args) == ["long_text"]
        return await tool.ainvoke({"long_text": TEXT})

    assert both(program) == BACKWARDS


@pytest.mark.parametrize("make", WAYS)
def test_what_happens_inside_is_told(make, both):
    async def program(kit):
        return await collected(make(kit).astream_events({"long_text": TEXT}, version="v2"))

    events = both(program)
    (start,) = [one for one in events if one["event"] == "on_tool_start"]
    (chain,) = [
        one["run_id"]
        for one in events
        if one["event"] == "on_chain_start" and one["name"] == "RunnableSequence"
    ]
    (end,) = [one for one in events if one["event"] == "on_chat_model_end"]
    assert end["name"] == "ChatAnthropic"
    assert end["tags"] == ["seq:step:2"]
    assert end["metadata"]["ls_provider"] == "anthropic"
    assert end["metadata"]["ls_temperature"] == 0.0
    assert end["metadata"]["ls_max_tokens"] == 1024
    # the configuration that a tool is given is its caller's: what is run with it is beside the
    # tool, what is run without is below it
    assert end["parent_ids"] == ([start["run_id"], chain] if make is implied else [chain])
    kind, output = end["data"]["output"]
    assert (kind, output["content"]) == ("AIMessage", SUMMARY)
    assert output["usage_metadata"] == usage(182, 16)
    assert output["response_metadata"] == {"stop_reason": "end_turn", "stop_sequence": None}
    ((human, message),) = end["data"]["input"]["messages"][0]
    assert human == "HumanMessage"
    assert TEXT in message["content"]


@pytest.mark.parametrize("make", WAYS)
def test_the_model_inside_streams(make, both):
    async def program(kit):
        stream = make(kit).astream_events({"long_text": TEXT}, version="v2")
        events = [one async for one in stream if one["event"] == "on_chat_model_stream"]
        assert texts(events, "on_chat_model_stream") == (
            "|Bee| def|ies physics|;| breakfast| is| ready|.|"
        )
        assert len({event["run_id"] for event in events}) == 1
        return events

    events = both(program)
    first, last = events[0]["data"]["chunk"][1], events[-1]["data"]["chunk"][1]
    assert first["usage_metadata"]["input_tokens"] == 182
    assert last["usage_metadata"]["output_tokens"] == 16
    assert last["response_metadata"]["stop_reason"] == "end_turn"


def test_the_way_out_of_the_tool_in_sync_code():
    kit = LIBRARIES[1]
    events = list(in_sync_code(kit).stream_events({"long_text": TEXT}, version="v2"))
    expected = asyncio.run(
        collected(in_sync_code(kit).astream_events({"long_text": TEXT}, version="v2"))
    )
    assert [one["event"] for one in events] == [one["event"] for one in expected]
    assert texts(events, "on_chat_model_stream").replace("|", "") == SUMMARY


def test_a_tool_called_by_a_model(both):
    """A model asks for the tool, and the answer is a message for it."""

    async def program(kit):
        call = {"name": "summarization_tool", "args": {"long_text": TEXT}, "id": "call_1"}
        asks = kit.says(AIMessage("", tool_calls=[call])).bind_tools([passed(kit)])
        tool = passed(kit)

        @kit.chain
        async def answers(question):
            asked = await asks.ainvoke(question)
            return [await tool.ainvoke(one) for one in asked.tool_calls]

        (message,) = await answers.ainvoke("Summarize it")
        assert isinstance(message, kit.ToolMessage)
        assert message.content == BACKWARDS
        events = await collected(answers.astream_events("Summarize it", version="v2"))
        # what a model is told of a tool is compared where tools are
        return [one for one in events if one["name"] != "ReplayChatModel"]

    events = both(program)
    (end,) = [one for one in events if one["event"] == "on_tool_end"]
    assert end["data"]["output"][1]["tool_call_id"] == "call_1"


async def test_a_callback_of_another_event_loop_tick_is_below_the_tool():
    """Tasks and threads that a tool starts hand on what it was given, config or not."""
    kit = LIBRARIES[1]
    model = metered(kit)

    @kit.tool
    async def asks_twice(text: str) -> str:
        """Ask in two tasks, and on a thread."""
        one, two = await asyncio.gather(
            *(asyncio.create_task(model.ainvoke(text)) for _ in range(2))
        )
        three = await asyncio.to_thread(model.invoke, text)
        return one.content + two.content + three.content

    events = await collected(asks_twice.astream_events({"text": "hi"}, version="v2"))
    ends = [one for one in events if one["event"] == "on_chat_model_end"]
    assert [one["parent_ids"] for one in ends] == [[events[0]["run_id"]]] * 3


def custom(kit):
    async def works(x, config):
        await kit.adispatch_custom_event("progress", {"done": 1}, config=config)
        await kit.adispatch_custom_event("progress", 2, config=config)
        return x

    def works_too(x):
        kit.dispatch_custom_event("finished", [x])
        return x

    return kit.RunnableLambda(works).with_config(tags=["mine"], metadata={"k": 1}) | works_too


def test_custom_events(both):
    async def program(kit):
        return await collected(custom(kit).astream_events("in", version="v2"))

    events = [one for one in both(program) if one["event"] == "on_custom_event"]
    assert [(one["name"], one["data"]) for one in events] == [
        ("progress", {"done": 1}),
        ("progress", 2),
        ("finished", ["in"]),
    ]
    assert events[0]["tags"] == ["mine"]
    assert events[0]["metadata"] == {"k": 1}


def test_custom_events_of_a_tool(both):
    async def program(kit):
        @kit.tool
        async def slow_tool(x: int) -> int:
            """Report its progress."""
            await kit.adispatch_custom_event("half", {"x": x})
            return x

        return await collected(slow_tool.astream_events({"x": 1}, version="v2"))

    events = both(program)
    assert [one["event"] for one in events] == ["on_tool_start", "on_custom_event", "on_tool_end"]
    # the custom event happens to the tool's run
    assert events[1]["run_id"] == events[0]["run_id"]


def test_custom_events_reach_handlers(both):
    async def program(kit):
        seen = []

        class Hears(kit.AsyncCallbackHandler):
            async def on_custom_event(self, name, data, *, run_id, tags=None, **kwargs):
                seen.append((name, data, tags))

        await custom(kit).ainvoke("in", {"callbacks": [Hears()]})
        return seen

    assert [name for name, _, _ in both(program)] == ["progress", "progress", "finished"]


def test_a_custom_event_outside_of_any_run(both):
    async def program(kit):
        with pytest.raises(RuntimeError) as raised:
            await kit.adispatch_custom_event("lost", 1)
        return type(raised.value).__name__

    assert both(program) == "RuntimeError"
