"""From version 1 of the events to version 2: each point, in both versions, on both libraries."""

import itertools
import warnings

import pytest

from headrace.messages import AIMessage

from .kit import collected
from .scripts import SKY
from .test_stream_events import text_model

HELLO = ["hello", " world!"]


def in_versions(both, make, given):
    """The events of a chain in version 1 and in version 2."""

    async def program(kit):
        return [
            await collected(make(kit).astream_events(given, version=version))
            for version in ("v1", "v2")
        ]

    return both(program)


def only(events, event):
    (found,) = [one for one in events if one["event"] == event]
    return found["data"]["output"]


def test_the_output_of_a_model_at_the_root(both):
    for events in in_versions(both, lambda kit: kit.says(HELLO), "hi"):
        kind, message = only(events, "on_chat_model_end")
        assert (kind, message["content"]) == ("AIMessageChunk", "hello world!")


def test_the_output_of_a_model_in_a_chain(both):
    first, second = in_versions(both, lambda kit: kit.says(HELLO) | kit.StrOutputParser(), "hi")
    verbose = only(first, "on_chat_model_end")
    assert verbose["llm_output"] is None
    ((generation,),) = verbose["generations"]
    assert generation["text"] == "hello world!"
    assert generation["type"] == "ChatGenerationChunk"
    assert generation["message"][0] == "AIMessageChunk"
    kind, message = only(second, "on_chat_model_end")
    assert (kind, message["content"]) == ("AIMessageChunk", "hello world!")


def test_the_output_of_a_text_model_stays_verbose(both):
    versions = in_versions(both, lambda kit: text_model(kit) | kit.StrOutputParser(), "hi")
    for events in versions:
        output = only(events, "on_llm_end")
        assert output["generations"][0][0]["text"] == "Hello human!"


def shelf(kit):
    class Shelf(kit.BaseRetriever):
        def _get_relevant_documents(self, query, *, run_manager):
            return [kit.Document(page_content=query)]

    return Shelf()


def test_the_output_of_a_retriever(both):
    """In a chain version 1 wraps the documents; at the root it streams them."""
    first, second = in_versions(both, lambda kit: shelf(kit) | len, "tea")
    assert list(only(first, "on_retriever_end")) == ["documents"]
    (document,) = only(second, "on_retriever_end")
    assert document[0] == "Document"
    assert document[1]["page_content"] == "tea"


def kinds(events):
    return [one["event"] for one in events]


def test_retrievers_do_not_stream(both):
    first, second = in_versions(both, shelf, "tea")
    assert kinds(first) == ["on_retriever_start", "on_retriever_stream", "on_retriever_end"]
    assert kinds(second) == ["on_retriever_start", "on_retriever_end"]
    assert only(first, "on_retriever_end") == only(second, "on_retriever_end")


def a_tool(kit):
    @kit.tool
    def shout(word: str) -> str:
        """Say it louder."""
        return word.upper()

    return shout


def test_tools_do_not_stream(both):
    first, second = in_versions(both, a_tool, {"word": "tea"})
    assert kinds(first) == ["on_tool_start", "on_tool_stream", "on_tool_end"]
    assert kinds(second) == ["on_tool_start", "on_tool_end"]
    assert only(first, "on_tool_end") == only(second, "on_tool_end") == "TEA"


def test_names_of_configurable_models(both):
    def make(kit):
        field = kit.ConfigurableField(id="messages", name="Messages", description="What it says")
        messages = itertools.cycle([kit.AIMessage(content="hello world!")])
        return kit.GenericFakeChatModel(messages=messages).configurable_fields(messages=field)

    first, second = in_versions(both, make, "hi")
    assert {one["name"] for one in first} == {"RunnableConfigurableFields"}
    assert {one["name"] for one in second} == {"GenericFakeChatModel"}


def retrying(kit):
    """A step that calls something which fails once; each is made anew."""
    failures = [ValueError("not yet")]

    def flaky(text):
        if failures:
            raise failures.pop()
        return text.upper()

    again = kit.RunnableLambda(flaky).with_retry(wait_exponential_jitter=False)
    again = again.with_config(run_name="again")
    return kit.RunnableLambda(again.ainvoke, name="calls") | (lambda text: text)


def ends(events, name):
    return [
        one["data"].get("output")
        for one in events
        if one.get("event") == "on_chain_end" and one["name"] == name
    ]


def test_attempts_that_fail_have_no_end(both):
    first, second = in_versions(both, retrying, "tea")
    assert ends(first, "flaky") == [None, "TEA"]
    assert ends(second, "flaky") == ["TEA"]


def test_a_last_attempt_that_fails_has_no_end(both):
    async def program(kit):
        def fails(x):
            raise ValueError("no")

        again = kit.RunnableLambda(fails).with_retry(stop_after_attempt=1)
        chain = kit.RunnableLambda(lambda x: x + 1, name="first") | again
        return [await until_it_fails(chain, version) for version in ("v1", "v2")]

    async def until_it_fails(chain, version):
        seen = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                async for event in chain.astream_events(1, version=version):
                    seen.append(event)
            except ValueError:
                return seen
        raise AssertionError("it is not told")

    first, second = both(program)
    assert ends(first, "fails") == [None]
    assert ends(second, "fails") == []
    assert ends(second, "first") == [2]


def test_parents_are_in_version_2_alone(both):
    first, second = in_versions(both, lambda kit: kit.says(SKY) | kit.StrOutputParser(), "hi")
    assert not any(one["parent_ids"] for one in first)
    assert second[1]["parent_ids"] == [second[0]["run_id"]]


def test_custom_events_are_in_version_2_alone(both):
    def make(kit):
        async def tells(x):
            await kit.adispatch_custom_event("told", {"x": x})
            return x

        return kit.RunnableLambda(tells)

    first, second = in_versions(both, make, 1)
    assert "on_custom_event" not in kinds(first)
    assert "on_custom_event" in kinds(second)


@pytest.mark.parametrize("kind", ["tool calls", "text"])
def test_version_2_is_what_is_given_without_a_version(kind, both):
    call = {"name": "weather", "args": {"city": "Oslo"}, "id": "call_1"}
    answer = AIMessage("", tool_calls=[call]) if kind == "tool calls" else "hello"

    async def program(kit):
        chain = kit.says(answer)
        return (
            await collected(chain.astream_events("hi")),
            await collected(chain.astream_events("hi", version="v2")),
        )

    plain, second = both(program)
    assert kinds(plain) == kinds(second)
