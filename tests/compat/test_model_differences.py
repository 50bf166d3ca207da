"""Each difference of models that docs/differences.md lists, on both libraries."""

import asyncio
import threading
import warnings
from typing import Any
from uuid import UUID

import pydantic
import pytest
from tests.differences import check_table

from .models_kit import Kit, outcome

KITS = {"theirs": Kit("langchain_core"), "ours": Kit("headrace")}


def ends(ear: Any) -> list[str]:
    return [event for event, *_ in ear.heard if event in ("on_llm_end", "on_llm_error")]


def failing_input(kit: Kit) -> Any:
    def generate(self, messages, stop=None, run_manager=None, **kwargs):
        if messages[0].content == "b":
            raise ValueError("b")
        return kit.out.ChatResult(generations=[kit.out.ChatGeneration(message=messages[0])])

    ear = kit.ear()
    inputs = [[kit.ms.AIMessage(text)] for text in "abc"]
    outcome(lambda: kit.model(_generate=generate)().generate(inputs, callbacks=[ear]))
    return ends(ear)


def cancelled_answer(kit: Kit) -> Any:
    async def run() -> Any:
        begun = asyncio.Event()

        async def agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            begun.set()
            await asyncio.sleep(60)

        ear = kit.ear(is_async=True)
        call = kit.model(_agenerate=agenerate)().ainvoke("x", {"callbacks": [ear]})
        task = asyncio.ensure_future(call)
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        return ends(ear)

    return asyncio.run(run())


def sync_stream_in_async(kit: Kit) -> Any:
    async def run() -> Any:
        closed_by: list[Any] = []

        def stream(self, messages, stop=None, run_manager=None, **kwargs):
            began = threading.get_ident()
            try:
                for _ in range(9):
                    yield kit.chunk("x")
            finally:
                closed_by.append(threading.get_ident() == began)

        reading = kit.model(_stream=stream)().astream("x")
        await reading.__anext__()
        await reading.aclose()
        # what is closed when `aclose` returns was closed by the thread that runs it
        return closed_by == [True]

    return asyncio.run(run())


def cached_without_usage(kit: Kit) -> Any:
    cache = kit.caches.InMemoryCache()
    model = kit.fakes.FakeListChatModel(responses=["a"], cache=cache)
    model.invoke("x")
    return model.invoke("x").usage_metadata


def arguments_in_the_key(kit: Kit) -> Any:
    model = kit.fake_llms.FakeListLLM(responses=["a", "b"], cache=kit.caches.InMemoryCache())
    return [model.invoke("x", temperature=i) for i in range(2)]


def run_id_beside_a_cache(kit: Kit) -> Any:
    model = kit.fake_llms.FakeListLLM(responses=["a"], cache=kit.caches.InMemoryCache())
    ear = kit.ear()
    model.invoke("x", {"run_id": UUID(int=7), "callbacks": [ear]})
    return ear.heard[0][2]["run_id"] == UUID(int=7)


def tools_of_fakes(kit: Kit) -> Any:
    bound = outcome(lambda: kit.fakes.FakeListChatModel(responses=["a"]).bind_tools([]))
    return type(bound).__name__


def versions(kit: Kit) -> Any:
    # LangChain adds the package langchain if it is installed.
    return list(kit.fakes.FakeChatModel().metadata["lc_versions"])[:1]


def failing_rate_limiter(kit: Kit) -> Any:
    class Refusing(kit.rate.BaseRateLimiter):  # type: ignore[misc, name-defined]
        def acquire(self, *, blocking=True):
            raise TimeoutError

        async def aacquire(self, *, blocking=True):
            raise TimeoutError

    def stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield kit.chunk("x")

    ear = kit.ear()
    model = kit.model(_stream=stream)(rate_limiter=Refusing())
    outcome(lambda: list(model.stream("x", {"callbacks": [ear]})))
    return ends(ear)


def chunks_that_do_not_add_up(kit: Kit) -> Any:
    def stream(self, messages, stop=None, run_manager=None, **kwargs):
        yield kit.chunk("a", {"odd": 1})
        yield kit.chunk("b", {"odd": "x"})

    ear = kit.ear()
    outcome(lambda: list(kit.model(_stream=stream)().stream("x", {"callbacks": [ear]})))
    return ends(ear)


def plain_generations(kit: Kit) -> Any:
    generation = kit.out.ChatGeneration(message=kit.ms.AIMessage("a"))
    generation.message = kit.ms.AIMessage("b")
    return [isinstance(generation, pydantic.BaseModel), generation.text]


def dumped_generations(kit: Kit) -> Any:
    dumped = kit.out.ChatGeneration(message=kit.ms.AIMessage("a")).model_dump()
    return "tool_calls" in dumped["message"]


def warnings_of_histories(kit: Kit) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = kit.fakes.FakeChatModel()
        kit.history.RunnableWithMessageHistory(model, kit.stores.InMemoryChatMessageHistory)
    return bool(caught)


def told_again_from_the_cache(kit: Kit) -> Any:
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    answer = kit.ms.AIMessage("a", usage_metadata=usage)
    fake, cache = kit.fakes.FakeMessagesListChatModel, kit.caches.InMemoryCache()
    model = fake(responses=[answer], cache=cache)
    first = model.generate([[]])
    model.generate([[]])
    return "total_cost" in first.generations[0][0].message.usage_metadata


def structured(kit: Kit, *pieces: str) -> Any:
    """A chain that gives data and what was said, of a model that calls a tool."""

    def chunks(kit: Kit) -> Any:
        call = {"name": "Named", "args": "", "id": "1", "index": 0}
        yield kit.chunk(tool_call_chunks=[call])
        for piece in pieces:
            more = {"name": None, "args": piece, "id": None, "index": 0}
            yield kit.chunk(tool_call_chunks=[more])

    def generate(self, *args, **kwargs):
        first, *rest = (chunk.message for chunk in chunks(kit))
        message = kit.ms.message_chunk_to_message(first + rest)
        return kit.out.ChatResult(generations=[kit.out.ChatGeneration(message=message)])

    def bind_tools(self, tools, *, tool_choice=None, **kwargs):
        return self.bind(tools=tools, **kwargs)

    schema = {"title": "Named", "description": "Named.", "type": "object", "properties": {}}
    model = kit.streaming(chunks, _generate=generate, bind_tools=bind_tools)()
    return model.with_structured_output(schema, include_raw=True)


def data_beside_what_is_said(kit: Kit) -> Any:
    chain = structured(kit, '{"a":1', ',"b":2}')
    return len([part for part in chain.stream("x") if part.get("raw")])


def arguments_that_were_cut_off(kit: Kit) -> Any:
    said = structured(kit, '{"a":1').invoke("x")
    return [said["parsed"], type(said["parsing_error"]).__name__]


def stream_that_runs_ahead(kit: Kit) -> Any:
    async def run() -> bool:
        made: list[int] = []

        async def astream(self, messages, stop=None, run_manager=None, **kwargs):
            for i in range(2000):
                made.append(i)
                await asyncio.sleep(0)
                yield kit.chunk("a")

        stream = await kit.model(_astream=astream)().astream_events("x", version="v3")
        async for _ in stream.text:
            break
        for _ in range(5000):
            await asyncio.sleep(0)
        await stream.aclose()
        return len(made) == 2000

    return asyncio.run(run())


def arguments_that_are_no_object(kit: Kit) -> Any:
    call = {"type": "tool_call_chunk", "name": "f", "id": "1", "args": "5", "index": 0}
    model = kit.streaming(lambda kit: [kit.chunk(tool_call_chunks=[call])])()
    found = outcome(lambda: model.stream_events("x", version="v3").output)
    return getattr(found, "invalid_tool_calls", None) and found.invalid_tool_calls[0]["args"]


DIFFERENCES: dict[str, tuple[Any, Any, Any]] = {
    "failing-input": (
        failing_input,
        ["on_llm_error"],
        ["on_llm_end", "on_llm_error", "on_llm_error"],
    ),
    "cancelled-answer": (cancelled_answer, [], ["on_llm_error"]),
    "sync-stream-in-async": (sync_stream_in_async, False, True),
    "cached-without-usage": (cached_without_usage, {"total_cost": 0}, None),
    "told-again-from-the-cache": (told_again_from_the_cache, True, False),
    "arguments-in-the-key": (arguments_in_the_key, ["a", "a"], ["a", "b"]),
    "run-id-beside-a-cache": (run_id_beside_a_cache, False, True),
    "tools-of-fakes": (tools_of_fakes, "NotImplementedError", "RunnableBinding"),
    "model-versions": (versions, ["langchain-core"], ["headrace"]),
    "failing-rate-limiter": (failing_rate_limiter, [], ["on_llm_error"]),
    "chunks-that-do-not-add-up": (chunks_that_do_not_add_up, [], ["on_llm_error"]),
    "plain-generations": (plain_generations, [True, "a"], [False, "b"]),
    "dumped-generations": (dumped_generations, False, True),
    "histories-stay": (warnings_of_histories, True, False),
    "data-beside-what-is-said": (data_beside_what_is_said, 1, 4),
    "arguments-that-were-cut-off": (
        arguments_that_were_cut_off,
        [{"a": 1}, "NoneType"],
        [None, "OutputParserException"],
    ),
    "stream-that-runs-ahead": (stream_that_runs_ahead, True, False),
    "arguments-that-are-no-object": (arguments_that_are_no_object, None, "5"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference(name: str) -> None:
    scenario, theirs, ours = DIFFERENCES[name]
    assert scenario(KITS["ours"]) == ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.filterwarnings("ignore", "The method", Warning)
        assert scenario(KITS["theirs"]) == theirs


def test_the_page_lists_them() -> None:
    check_table("Models", __file__, DIFFERENCES)
