"""What nobody asked to see is not done."""

from typing import Any

import pytest

from headrace.callbacks import BaseCallbackHandler, RunObserver
from headrace.callbacks.context import var_child_runnable_config
from headrace.language_models import GenericFakeChatModel
from headrace.messages import AIMessage
from headrace.output_parsers import StrOutputParser
from headrace.prompts import ChatPromptTemplate, DictPromptTemplate
from headrace.runnables import Runnable, RunnableGenerator, RunnableLambda


class Sum:
    """A chunk that counts how often chunks are added up."""

    added = 0

    def __add__(self, other: Any) -> "Sum":
        Sum.added += 1
        return self


def sums() -> Runnable[Any, Sum]:
    async def gives(items):
        async for _ in items:
            for _ in range(3):
                yield Sum()

    async def hands_on(items):
        async for item in items:
            yield item

    return RunnableGenerator(gives) | RunnableGenerator(hands_on)


async def collected(stream):
    return [item async for item in stream]


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("events", "added"),
    [(["start"], False), (["stream"], False), (["end"], True), (["error"], True)],
)
async def test_results_that_no_event_shows_are_not_added_up(version, events, added):
    Sum.added = 0
    await collected(sums().astream_events(1, version=version, include_events=events))
    assert Sum.added > 0 if added else Sum.added == 0


class Described(ChatPromptTemplate):
    """Counts how often it is described."""

    def to_json(self):
        described.append(self)
        return super().to_json()


described: list[Any] = []


class Hears(BaseCallbackHandler):
    def __init__(self):
        self.started: list[Any] = []

    def on_chain_start(self, serialized, inputs, **kwargs):
        self.started.append(serialized)


class Watches(RunObserver):
    def __init__(self):
        self.started: list[Any] = []

    def run_started(self, run, inputs):
        self.started.append(run)


async def test_a_prompt_is_described_to_those_who_hear_of_it_alone():
    described.clear()
    prompt = Described.from_template("{a}")
    watches = Watches()
    prompt.invoke({"a": 1}, {"callbacks": [watches]})
    await prompt.ainvoke({"a": 1}, {"callbacks": [watches]})
    await collected(prompt.astream_events({"a": 1}))
    assert not described
    assert [run.serialized["name"] for run in watches.started] == ["Described"] * 2
    assert len(described) == 2
    hears = Hears()
    prompt.invoke({"a": 1}, {"callbacks": [hears]})
    await prompt.ainvoke({"a": 1}, {"callbacks": [hears]})
    assert [serialized["name"] for serialized in hears.started] == ["Described"] * 2


def test_a_dictionary_as_a_prompt_is_described_too():
    hears = Hears()
    prompt = DictPromptTemplate(template={"text": "{a}"}, template_format="f-string")
    assert prompt.invoke({"a": 1}, {"callbacks": [hears]}) == {"text": "1"}
    assert hears.started[0]["name"] == "DictPromptTemplate"


class Loud(StrOutputParser):
    """Reads in its own way."""

    def parse(self, text):
        return text.upper()


class Reversed(StrOutputParser):
    """Streams in its own way."""

    def _transform(self, input):
        for chunk in input:
            yield chunk.content[::-1]

    async def _atransform(self, input):
        async for chunk in input:
            yield chunk.content[::-1]


@pytest.mark.parametrize(
    ("parser", "texts"),
    [
        (StrOutputParser(), ["ab", " ", "cd"]),
        (Loud(), ["AB", " ", "CD"]),
        (Reversed(), ["ba", " ", "dc"]),
    ],
)
async def test_parsers_of_ones_own_are_not_passed_by(parser, texts):
    def chain():
        return GenericFakeChatModel(messages=iter([AIMessage("ab cd")])) | parser

    assert [text for text in chain().stream("x") if text] == texts
    assert [text for text in await collected(chain().astream("x")) if text] == texts
    handlers = {"callbacks": [Hears()]}
    assert [text for text in chain().stream("x", handlers) if text] == texts
    assert [text for text in await collected(chain().astream("x", handlers)) if text] == texts
    events = await collected(chain().astream_events("x", include_types=["parser", "chat_model"]))
    streamed = [e["data"]["chunk"] for e in events if e["event"] == "on_parser_stream"]
    assert [text for text in streamed if text] == texts
    assert events[-1]["data"]["output"] == "".join(texts)
    assert events[-1]["data"]["input"].content == "ab cd"


async def test_steps_inherit_and_readers_do_not():
    inherited = []

    async def gives(items):
        async for item in items:
            for _ in range(3):
                inherited.append(var_child_runnable_config.get())
                yield item

    chain = RunnableGenerator(gives) | RunnableLambda(lambda x: x)
    async for _ in chain.astream_events(1):
        assert var_child_runnable_config.get() is None
    assert len(inherited) == 3
    assert all(config["callbacks"].parent_run_id for config in inherited)


async def test_a_root_that_reads_another_stream_inherits_nothing_of_it():
    class Root(Runnable):
        def invoke(self, input, config=None, **kwargs):
            raise NotImplementedError

        async def astream(self, input, config=None, **kwargs):
            async for chunk in RunnableGenerator(gives).astream(input, config):
                seen.append(var_child_runnable_config.get())
                yield chunk

    async def gives(items):
        async for item in items:
            yield item
            yield item

    seen: list[Any] = []
    events = await collected(Root().astream_events(1))
    assert len([e for e in events if e["event"].endswith("_stream")]) == 2
    assert seen == [None, None]
