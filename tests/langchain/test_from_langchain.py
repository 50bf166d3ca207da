"""Runnables of LangChain's as steps of headrace's chains."""

import asyncio
import pickle
from uuid import uuid4

import pytest
from langchain_core.callbacks import adispatch_custom_event
from langchain_core.documents import Document
from langchain_core.exceptions import OutputParserException as TheirParserException
from langchain_core.language_models import FakeListChatModel as TheirFakeList
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import JsonOutputParser as TheirJsonParser
from langchain_core.output_parsers import StrOutputParser as TheirParser
from langchain_core.prompts import ChatPromptTemplate as TheirPrompt
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import ConfigurableField as TheirField
from langchain_core.runnables import RunnableGenerator as TheirGenerator
from langchain_core.runnables import RunnableLambda as TheirLambda
from langchain_core.runnables import ensure_config as their_ensure_config
from langchain_core.tools import ToolException as TheirToolException
from langchain_core.tools import tool as their_tool
from tests.compat.events import Comparer

from headrace import documents, messages
from headrace.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from headrace.exceptions import OutputParserException, ToolException
from headrace.langchain import from_langchain, to_langchain
from headrace.language_models import GenericFakeChatModel as OurFake
from headrace.language_models import ReplayChatModel
from headrace.output_parsers import JsonOutputParser, StrOutputParser
from headrace.prompts import ChatPromptTemplate
from headrace.runnables import (
    ConfigurableField,
    ConfigurableFieldSpec,
    RunnableGenerator,
    RunnableLambda,
)


def fake(text="once upon a time", **fields):
    return GenericFakeChatModel(messages=iter([AIMessage(text, id="m")] * 5), **fields)


def our_fake(text="once upon a time"):
    return OurFake(messages=iter([messages.AIMessage(text, id="m")] * 5))


def chain_with(model):
    return ChatPromptTemplate.from_messages([("human", "{q}")]) | model | StrOutputParser()


async def events_of(chain, value, config=None, **options):
    comparer = Comparer()
    return [comparer.value(event) async for event in chain.astream_events(value, config, **options)]


PIECES = ["once", " ", "upon", " ", "a", " ", "time"]


async def test_all_ways_of_running():
    chain = chain_with(from_langchain(fake()))
    assert chain.invoke({"q": "hi"}) == "once upon a time"
    assert await chain.ainvoke({"q": "hi"}) == "once upon a time"
    assert list(chain.stream({"q": "hi"})) == PIECES
    assert [chunk async for chunk in chain.astream({"q": "hi"})] == PIECES

    def upper_of(pieces):
        for piece in pieces:
            yield piece.upper()

    upper = from_langchain(TheirGenerator(upper_of))
    assert list(upper.transform(iter("ab"))) == ["A", "B"]


async def test_transforming_asynchronously():
    async def upper(pieces):
        async for piece in pieces:
            yield piece.upper()

    async def source():
        yield "a"
        yield "b"

    adapted = from_langchain(TheirGenerator(upper))
    assert [chunk async for chunk in adapted.atransform(source())] == ["A", "B"]


async def test_batches():
    seen = []

    def step(x, config):
        seen.append(config.get("tags"))
        if x == 2:
            raise TheirParserException("two")
        return AIMessage(str(x))

    adapted = from_langchain(TheirLambda(step))
    configs = [{"tags": [str(i)], "max_concurrency": 1} for i in range(3)]
    answers = adapted.batch([1, 2, 3], configs, return_exceptions=True)
    assert seen == [["0"], ["1"], ["2"]]
    assert answers[0] == messages.AIMessage("1")
    assert isinstance(answers[1], OutputParserException)
    with pytest.raises(OutputParserException):
        await adapted.abatch([2])
    assert await adapted.abatch([1, 3]) == [messages.AIMessage("1"), messages.AIMessage("3")]


async def test_events_are_those_of_ones_own_model():
    config = {"tags": ["t"], "metadata": {"k": "v"}}
    adapted = await events_of(chain_with(from_langchain(fake())), {"q": "hi"}, config)
    assert adapted == await events_of(chain_with(our_fake()), {"q": "hi"}, config)
    assert sum(event["event"] == "on_chat_model_stream" for event in adapted) == len(PIECES)


async def test_events_of_an_invoked_model_have_its_tokens():
    """Whoever watches a step that invokes a model sees it stream."""
    model = from_langchain(fake())
    step = RunnableLambda(lambda question: model.invoke(question))
    events = await events_of(step, "hi")
    assert sum(event["event"] == "on_chat_model_stream" for event in events) == len(PIECES)


async def test_filters_and_sync_events():
    chain = chain_with(from_langchain(fake()))
    events = await events_of(chain, {"q": "hi"}, include_types=["chat_model"])
    assert {event["event"] for event in events} == {
        "on_chat_model_start",
        "on_chat_model_stream",
        "on_chat_model_end",
    }
    names = [event["event"] for event in chain.stream_events({"q": "hi"})]
    assert names.count("on_chat_model_stream") == len(PIECES)


class Watch(BaseCallbackHandler):
    def __init__(self):
        self.heard = []

    def on_chat_model_start(self, serialized, messages, **kwargs):
        self.heard.append(("start", messages[0], kwargs["tags"], kwargs["metadata"].get("k")))

    def on_llm_new_token(self, token, *, chunk=None, **kwargs):
        self.heard.append(("token", type(chunk.message), token))

    def on_llm_end(self, response, **kwargs):
        self.heard.append(("end", response.generations[0][0].message))

    def on_custom_event(self, name, data, **kwargs):
        self.heard.append((name, data, kwargs["run_id"]))


class AsyncWatch(AsyncCallbackHandler, Watch):
    def __init__(self):
        super().__init__()
        self.loops = set()

    async def on_llm_new_token(self, token, *, chunk=None, **kwargs):
        self.loops.add(asyncio.get_running_loop())
        Watch.on_llm_new_token(self, token, chunk=chunk, **kwargs)

    async def on_chat_model_start(self, serialized, messages, **kwargs):
        Watch.on_chat_model_start(self, serialized, messages, **kwargs)


@pytest.mark.parametrize("kind", [Watch, AsyncWatch])
async def test_handlers_hear_with_this_librarys_classes(kind):
    watch = kind()
    config = {"callbacks": [watch], "tags": ["t"], "metadata": {"k": "v"}}
    model = from_langchain(fake())
    assert len([chunk async for chunk in model.astream("hi", config)]) == len(PIECES)
    assert watch.heard[0] == ("start", [messages.HumanMessage("hi")], ["t"], "v")
    assert watch.heard[1] == ("token", messages.AIMessageChunk, "once")
    if kind is AsyncWatch:
        assert watch.loops == {asyncio.get_running_loop()}
    else:
        assert watch.heard[-1][1].content == "once upon a time"


async def test_custom_events_and_ids():
    run_id = uuid4()

    async def step(value):
        await adispatch_custom_event("progress", {"at": HumanMessage("half")})
        return value

    watch = Watch()
    adapted = from_langchain(TheirLambda(step))
    await adapted.ainvoke("x", {"callbacks": [watch], "run_id": run_id})
    assert watch.heard == [("progress", {"at": messages.HumanMessage("half")}, run_id)]


def test_what_a_tool_says_at_its_end():
    @their_tool
    def look(where: str) -> str:
        """Look somewhere."""
        return where

    heard = []

    class Ends(BaseCallbackHandler):
        def on_tool_end(self, output, **kwargs):
            heard.append((output, kwargs["name"]))

    from_langchain(look).invoke({"where": "here"}, {"callbacks": [Ends()]})
    assert heard == [("here", "look")]


def test_the_configuration_is_carried_over():
    seen = {}

    def step(value, config):
        seen.update(config)
        return value

    config = {
        "tags": ["t"],
        "metadata": {"k": "v"},
        "configurable": {"thread_id": "1"},
        "max_concurrency": 3,
        "recursion_limit": 7,
    }
    adapted = from_langchain(TheirLambda(step))
    (adapted | RunnableLambda(lambda x: x)).invoke(1, config)
    assert seen["tags"] == ["t"]
    # older versions of langchain-core 1 add what is configured to the metadata
    assert seen["metadata"] == their_ensure_config(config)["metadata"]
    assert seen["configurable"] == {"thread_id": "1"}
    assert seen["max_concurrency"] == 3
    assert seen["recursion_limit"] <= 7


def test_errors_that_code_here_looks_for():
    def fails(error):
        def step(value):
            raise error

        return from_langchain(TheirLambda(step))

    original = TheirParserException("no", observation="o", llm_output="l", send_to_llm=True)
    with pytest.raises(OutputParserException, match="no") as raised:
        fails(original).invoke(1)
    assert raised.value.__cause__ is original
    assert (raised.value.observation, raised.value.llm_output) == ("o", "l")
    assert raised.value.send_to_llm
    with pytest.raises(ToolException):
        list(fails(TheirToolException("t")).stream(1))
    with pytest.raises(KeyError):
        fails(KeyError("k")).invoke(1)
    with pytest.raises(TheirParserException) as back:
        to_langchain(RunnableLambda(lambda x: fails(original).invoke(x))).invoke(1)
    assert back.value is original


async def test_closing_and_cancelling_reach_the_other_side():
    ended = []

    def numbers(pieces):
        try:
            for _ in pieces:
                yield from range(9)
        finally:
            ended.append("sync")

    stream = from_langchain(TheirGenerator(numbers)).stream("x")
    assert next(stream) == 0
    stream.close()
    assert ended == ["sync"]

    async def waits(pieces):
        try:
            async for _ in pieces:
                yield 0
                await asyncio.sleep(60)
        finally:
            ended.append("async")

    adapted = from_langchain(TheirGenerator(waits))
    first = asyncio.Event()

    async def read():
        async for _ in adapted.astream("x"):
            first.set()

    task = asyncio.create_task(read())
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["sync", "async"]


def test_tools():
    @their_tool
    def look(where: str) -> str:
        """Look somewhere."""
        if where == "nowhere":
            raise TheirToolException("there is nothing")
        return f"seen {where}"

    tool = from_langchain(look)
    assert (tool.name, tool.description) == ("look", "Look somewhere.")
    assert tool.args == look.args
    assert tool.invoke({"where": "here"}) == "seen here"
    call = {"type": "tool_call", "name": "look", "args": {"where": "here"}, "id": "c1"}
    assert tool.invoke(call) == messages.ToolMessage("seen here", name="look", tool_call_id="c1")
    assert tool.run({"where": "here"}, tool_call_id="c1").tool_call_id == "c1"
    with pytest.raises(ToolException, match="nothing"):
        tool.invoke({"where": "nowhere"})
    assert to_langchain(tool) is look
    bound = ReplayChatModel("ok").bind_tools([tool])
    assert bound.kwargs["tools"][0]["function"]["name"] == "look"


def test_prompts_parsers_and_retrievers():
    class Library(BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [Document(f"about {query}")]

    assert from_langchain(Library()).invoke("x") == [documents.Document("about x")]
    prompt = from_langchain(TheirPrompt.from_messages([("human", "{q}")]))
    chain = prompt | our_fake() | from_langchain(TheirParser())
    assert list(chain.stream({"q": "hi"})) == PIECES
    parser = from_langchain(TheirJsonParser())
    assert list(parser.transform(iter(['{"a"', ": 1", "}"]))) == [{}, {"a": 1}]


class Answering(GenericFakeChatModel):
    def bind_tools(self, tools, **kwargs):
        return self.bind(tools=tools, **kwargs)


def test_models_bind_tools_and_structure():
    @their_tool
    def look(where: str) -> str:
        """Look somewhere."""
        return where

    model = from_langchain(Answering(messages=iter([AIMessage("a")])))
    bound = model.bind_tools([from_langchain(look)], tool_choice="any")
    assert bound.kwargs["tools"] == [look]
    assert bound.invoke("hi").content == "a"
    assert model.get_name() == "Answering"
    again = from_langchain(Answering(messages=iter([AIMessage("a")])).bind(stop=["."]))
    assert type(again.bind_tools([look]).invoke("hi")) is messages.AIMessage


def test_round_trips_and_refusals():
    theirs = TheirLambda(lambda x: x)
    ours = RunnableLambda(lambda x: x)
    assert to_langchain(from_langchain(theirs)) is theirs
    assert from_langchain(to_langchain(ours)) is ours
    model = fake()
    assert to_langchain(from_langchain(model)) is model
    with pytest.raises(TypeError, match="langchain-core"):
        from_langchain(ours)


def test_describing_and_pickling():
    prompt = TheirPrompt.from_messages([("human", "{q}")])
    adapted = from_langchain(prompt)
    assert adapted.get_name() == "ChatPromptTemplate"
    assert adapted.get_input_jsonschema() == prompt.get_input_jsonschema()
    assert adapted.input_variables == ["q"]
    assert pickle.loads(pickle.dumps(adapted)).invoke({"q": "a"}) == adapted.invoke({"q": "a"})
    nodes = [node.name for node in (adapted | StrOutputParser()).get_graph().nodes.values()]
    assert "StrOutputParser" in nodes
    assert not hasattr(adapted, "no_such_thing")


def test_json_of_a_langchain_model():
    chain = from_langchain(fake('{"a": [1, 2]}')) | JsonOutputParser()
    assert list(chain.stream("x"))[-1] == {"a": [1, 2]}


def test_where_nobody_observes_nothing_is_mirrored():
    seen = []

    def step(value, config):
        seen.append(config["callbacks"].handlers)
        return value

    adapted = from_langchain(TheirLambda(step))
    adapted.invoke(1)
    adapted.invoke(1, {"callbacks": [Watch()]})
    assert seen[0] == []
    assert len(seen[1]) == 1


def test_a_handler_that_may_break_a_run_breaks_it(caplog):
    class Strict(BaseCallbackHandler):
        raise_error = True

        def on_chat_model_start(self, *args, **kwargs):
            raise KeyError("no")

    class Lenient(Strict):
        raise_error = False

    with pytest.raises(KeyError):
        from_langchain(fake()).invoke("hi", {"callbacks": [Strict()]})
    assert from_langchain(fake()).invoke("hi", {"callbacks": [Lenient()]}).id == "m"


async def test_steps_before_it_are_closed_where_it_is_left():
    ended = []

    def source(pieces):
        try:
            yield from "abcdef"
        finally:
            ended.append("source")

    def same(pieces):
        yield from pieces

    chain = RunnableGenerator(source) | from_langchain(TheirGenerator(same))
    stream = chain.stream("x")
    assert next(stream) == "a"
    stream.close()
    assert ended == ["source"]
    asynchronous = chain.astream("x")
    with pytest.raises(NotImplementedError):  # LangChain refuses generators that are synchronous
        await asynchronous.__anext__()
    assert ended.count("source") >= 1


def test_fields_are_configurable_from_here():
    adapted = from_langchain(TheirFakeList(responses=["a"]))
    for field in (ConfigurableField(id="said"), TheirField(id="said")):
        model = adapted.configurable_fields(responses=field)
        assert model.invoke("hi").content == "a"
        assert model.invoke("hi", {"configurable": {"said": ["b"]}}).content == "b"
        assert callable(model.bind_tools)
    assert [(spec.id, type(spec)) for spec in model.config_specs] == [
        ("said", ConfigurableFieldSpec)
    ]


def test_a_step_that_is_not_adapted_is_refused_with_what_to_do():
    with pytest.raises(TypeError, match="from_langchain makes a step of what is LangChain's"):
        RunnableLambda(len) | TheirLambda(len)
