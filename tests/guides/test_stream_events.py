"""Streaming what happens inside: the programs about events."""

import importlib

import pytest

from .kit import LIBRARIES, collected, texts
from .scripts import COUNTRIES, COUNTRIES_QUESTION, SKY, snapshots
from .test_stream import names_of_whole


def json_chain(kit):
    return kit.says(COUNTRIES) | kit.JsonOutputParser()


def kinds(events):
    return [(event["event"], event["name"]) for event in events]


def test_a_model(both):
    async def program(kit):
        return await collected(kit.says(SKY).astream_events("hello", version="v2"))

    events = both(program)
    assert events[0]["event"] == "on_chat_model_start"
    assert events[0]["data"] == {"input": "hello"}
    assert [one["event"] for one in events[1:-1]] == ["on_chat_model_stream"] * len(SKY)
    name, output = events[-1]["data"]["output"]
    assert name == "AIMessageChunk"
    assert output["content"] == "".join(SKY)


def test_a_chain_has_three_starts(both):
    async def program(kit):
        return await collected(json_chain(kit).astream_events(COUNTRIES_QUESTION, version="v2"))

    events = both(program)
    starts = [one for one in events if one["event"].endswith("_start")]
    assert kinds(starts) == [
        ("on_chain_start", "RunnableSequence"),
        ("on_chat_model_start", "ReplayChatModel"),
        ("on_parser_start", "JsonOutputParser"),
    ]
    assert [one["tags"] for one in starts] == [[], ["seq:step:1"], ["seq:step:2"]]
    # what is streamed into a step is not known when it starts
    assert starts[0]["data"] == {"input": COUNTRIES_QUESTION}
    assert starts[2]["data"] == {}
    assert [one["data"]["chunk"] for one in events if one["event"] == "on_parser_stream"] == (
        snapshots()
    )


def test_both_steps_are_seen_as_they_stream(both):
    """The loop of the guide, which stops after some events."""

    async def program(kit):
        shown = []
        async for event in json_chain(kit).astream_events(COUNTRIES_QUESTION, version="v2"):
            if event["event"] == "on_chat_model_stream":
                shown.append(f"Chat model chunk: {event['data']['chunk'].content!r}")
            if event["event"] == "on_parser_stream":
                shown.append(f"Parser chunk: {event['data']['chunk']}")
            if len(shown) > 20:
                break
        return shown

    assert both(program)[:9] == [
        "Chat model chunk: '{'",
        "Parser chunk: {}",
        "Chat model chunk: '\\n '",
        "Chat model chunk: '\"'",
        "Chat model chunk: 'countries'",
        "Chat model chunk: '\":'",
        "Chat model chunk: ' ['",
        "Parser chunk: {'countries': []}",
        "Chat model chunk: '\\n  '",
    ]


def named(kit):
    model = kit.says(COUNTRIES).with_config({"run_name": "model"})
    return model | kit.JsonOutputParser().with_config({"run_name": "my_parser"})


FILTERS = {
    "by name": ({"include_names": ["my_parser"]}, {"my_parser"}, {"seq:step:2"}),
    "by type": ({"include_types": ["chat_model"]}, {"model"}, {"seq:step:1"}),
    "of two types": (
        {"include_types": ["chat_model", "parser"]},
        {"model", "my_parser"},
        {"seq:step:1", "seq:step:2"},
    ),
    "by the step's tag": ({"include_tags": ["seq:step:2"]}, {"my_parser"}, {"seq:step:2"}),
    "all but names": ({"exclude_names": ["model", "RunnableSequence"]}, {"my_parser"}, None),
    "all but types": ({"exclude_types": ["parser", "chain"]}, {"model"}, None),
    "all but tags": ({"exclude_tags": ["seq:step:1"]}, {"RunnableSequence", "my_parser"}, None),
    "what is included, less what is excluded": (
        {"include_types": ["chat_model", "parser"], "exclude_types": ["parser", "prompt"]},
        {"model"},
        None,
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(name, both):
    options, names, tags = FILTERS[name]

    async def program(kit):
        stream = named(kit).astream_events(COUNTRIES_QUESTION, version="v2", **options)
        return await collected(stream)

    events = both(program)
    assert {event["name"] for event in events} == names
    assert tags is None or {tag for event in events for tag in event["tags"]} == tags


def test_tags_are_inherited(both):
    """So that choosing by tag chooses everything below, too."""

    async def program(kit):
        chain = json_chain(kit).with_config({"tags": ["my_chain"]})
        stream = chain.astream_events(COUNTRIES_QUESTION, version="v2", include_tags=["my_chain"])
        return await collected(stream)

    events = both(program)
    assert [sorted(event["tags"]) for event in events if event["event"].endswith("_start")] == [
        ["my_chain"],
        ["my_chain", "seq:step:1"],
        ["my_chain", "seq:step:2"],
    ]


def test_steps_stream_inside_a_chain_that_does_not(both):
    async def program(kit):
        chain = json_chain(kit) | names_of_whole
        output = [one async for one in chain.astream(COUNTRIES_QUESTION)]
        assert output == [["France", "Spain", "Japan"]]
        return await collected(chain.astream_events(COUNTRIES_QUESTION, version="v2"))

    events = both(program)
    parsed = [one["data"]["chunk"] for one in events if one["event"] == "on_parser_stream"]
    assert parsed == snapshots()
    assert sum(one["event"] == "on_chat_model_stream" for one in events) == len(COUNTRIES)


def reversing(kit):
    def reverse_word(word: str):
        return word[::-1]

    return kit.RunnableLambda(reverse_word)


def tool_that_says_nothing(kit):
    inner = reversing(kit)

    @kit.tool
    def bad_tool(word: str):
        """Hands nothing on."""
        return inner.invoke(word)

    return bad_tool


def tool_that_hands_on(kit):
    inner = reversing(kit)

    @kit.tool
    def correct_tool(word: str, callbacks):
        """Hands its callbacks on."""
        return inner.invoke(word, {"callbacks": callbacks})

    return correct_tool


@pytest.mark.parametrize("make", [tool_that_says_nothing, tool_that_hands_on])
def test_propagation_in_tools(make, both):
    async def program(kit):
        tool = make(kit)
        assert list(tool.args) == ["word"]
        return await collected(tool.astream_events("hello", version="v2"))

    name = make(LIBRARIES[1]).name
    events = both(program)
    assert kinds(events) == [
        ("on_tool_start", name),
        ("on_chain_start", "reverse_word"),
        ("on_chain_end", "reverse_word"),
        ("on_tool_end", name),
    ]
    assert events[1]["parent_ids"] == [events[0]["run_id"]]
    assert [event["data"] for event in events] == [
        {"input": "hello"},
        {"input": "hello"},
        {"output": "olleh", "input": "hello"},
        {"output": "olleh"},
    ]


def in_a_lambda(kit):
    inner = reversing(kit)

    async def reverse_and_double(word: str):
        return await inner.ainvoke(word) * 2

    return kit.RunnableLambda(reverse_and_double)


def in_a_chain(kit):
    inner = reversing(kit)

    @kit.chain
    async def reverse_and_double(word: str):
        return await inner.ainvoke(word) * 2

    return reverse_and_double


@pytest.mark.parametrize("make", [in_a_lambda, in_a_chain])
def test_propagation_in_functions(make, both):
    async def program(kit):
        runnable = make(kit)
        assert await runnable.ainvoke("1234") == "43214321"
        return await collected(runnable.astream_events("1234", version="v2"))

    events = both(program)
    assert kinds(events) == [
        ("on_chain_start", "reverse_and_double"),
        ("on_chain_start", "reverse_word"),
        ("on_chain_end", "reverse_word"),
        ("on_chain_stream", "reverse_and_double"),
        ("on_chain_end", "reverse_and_double"),
    ]
    assert events[3]["data"] == {"chunk": "43214321"}
    assert events[4]["data"] == {"output": "43214321"}


def text_model(kit):
    chunk = importlib.import_module(f"{kit.package}.outputs").GenerationChunk

    class Greets(kit.LLM):
        @property
        def _llm_type(self):
            return "greets"

        def _call(self, prompt, stop=None, run_manager=None, **kwargs):
            return "Hello human!"

        def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
            for text in ("Hello", " human", "!"):
                if run_manager is not None:
                    run_manager.on_llm_new_token(text, chunk=chunk(text=text))
                yield chunk(text=text)

    return Greets()


def reference_chain(kit):
    """A chain in which everything happens that the table of events lists."""
    documents = kit.Document

    class Shelf(kit.BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [documents(page_content="hello world!"), documents(page_content="goodbye!")]

    def format_docs(found):
        return ", ".join(one.page_content for one in found)

    @kit.tool
    def some_tool(x: int, y: str) -> str:
        """Count."""
        return f"{x} {y}"

    messages = [("system", "Use: {context}"), ("human", "{question}")]
    return (
        {
            "context": kit.RunnableLambda(lambda x: x["question"]) | Shelf() | format_docs,
            "question": lambda x: x["question"],
        }
        | kit.ChatPromptTemplate.from_messages(messages).with_config(run_name="template")
        | kit.says(["hello", " world"])
        | kit.StrOutputParser()
        | (lambda text: {"x": 1, "y": text})
        | some_tool
        | text_model(kit).with_config(run_name="llm")
    )


# event, name: the keys of `data`
TABLE = {
    ("on_chat_model_start", "ReplayChatModel"): {"input"},
    ("on_chat_model_stream", "ReplayChatModel"): {"chunk"},
    ("on_chat_model_end", "ReplayChatModel"): {"input", "output"},
    ("on_llm_start", "llm"): {"input"},
    ("on_llm_stream", "llm"): {"chunk"},
    ("on_llm_end", "llm"): {"input", "output"},
    ("on_chain_stream", "format_docs"): {"chunk"},
    ("on_chain_end", "format_docs"): {"input", "output"},
    ("on_tool_start", "some_tool"): {"input"},
    ("on_tool_end", "some_tool"): {"input", "output"},
    ("on_retriever_start", "Shelf"): {"input"},
    ("on_retriever_end", "Shelf"): {"input", "output"},
    ("on_prompt_start", "template"): {"input"},
    ("on_prompt_end", "template"): {"input", "output"},
    ("on_parser_stream", "StrOutputParser"): {"chunk"},
    ("on_parser_end", "StrOutputParser"): {"input", "output"},
}


def test_the_table_of_events(both):
    async def program(kit):
        events = await collected(
            reference_chain(kit).astream_events({"question": "hello"}, version="v2")
        )
        found = {}
        for event in events:
            found.setdefault((event["event"], event["name"]), event["data"])
        return [(*key, found[key]) for key in TABLE]

    rows = both(program)
    for event, name, data in rows:
        assert set(data) == TABLE[event, name], (event, name)
    data = {(event, name): data for event, name, data in rows}
    messages = data["on_chat_model_start", "ReplayChatModel"]["input"]["messages"][0]
    assert [kind for kind, _ in messages] == ["SystemMessage", "HumanMessage"]
    assert data["on_retriever_start", "Shelf"]["input"] == {"query": "hello"}
    assert [kind for kind, _ in data["on_retriever_end", "Shelf"]["output"]] == ["Document"] * 2
    assert data["on_tool_start", "some_tool"]["input"] == {"x": 1, "y": "hello world"}
    assert data["on_tool_end", "some_tool"]["output"] == "1 hello world"
    assert data["on_chain_end", "format_docs"]["output"] == "hello world!, goodbye!"
    assert data["on_prompt_start", "template"]["input"] == {
        "context": "hello world!, goodbye!",
        "question": "hello",
    }
    assert data["on_prompt_end", "template"]["output"][0] == "ChatPromptValue"
    assert data["on_llm_start", "llm"]["input"] == {"prompts": ["1 hello world"]}


def test_a_text_model_at_the_root_gives_text(both):
    async def program(kit):
        return await collected(text_model(kit).astream_events("hello", version="v2"))

    events = both(program)
    assert events[0]["data"] == {"input": "hello"}
    chunks = [one["data"]["chunk"] for one in events[1:-1]]
    assert "".join(chunks) == "Hello human!"
    assert events[-1]["data"]["output"]["generations"][0][0]["text"] == "Hello human!"


def test_the_same_in_sync_code():
    kit = LIBRARIES[1]
    events = list(json_chain(kit).stream_events(COUNTRIES_QUESTION, version="v2"))
    assert texts(events, "on_chat_model_stream") == "|".join(COUNTRIES)
