"""Each behaviour of models, stated once and run on both libraries."""

import asyncio
import inspect
import warnings
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pydantic
import pytest

from .models_kit import Kit, aoutcome, drained, listed, outcome, plain

KITS = (Kit("langchain_core"), Kit("headrace"))


@pytest.fixture
def same() -> Callable[[Callable[[Kit], Any]], Any]:
    """Run a scenario on both libraries; what it gives must be the same."""

    def run(scenario: Callable[[Kit], Any]) -> Any:
        seen = []
        for kit in KITS:
            with warnings.catch_warnings():
                # the reference says of some of its classes that they will go
                warnings.simplefilter("ignore")
                result = scenario(kit)
                if inspect.isawaitable(result):
                    result = asyncio.run(result)  # type: ignore[arg-type]
            seen.append(plain(result))
        theirs, ours = seen
        different = differing(theirs, ours)
        assert not different, "\n".join(f"{path}: {a!r} != {b!r}" for path, a, b in different)
        return ours

    return run


def differing(theirs: Any, ours: Any, where: str = "") -> list[Any]:
    """Where two values differ: the path, theirs and ours."""
    if isinstance(theirs, dict) and isinstance(ours, dict) and theirs.keys() == ours.keys():
        pairs = [(key, value, ours[key]) for key, value in theirs.items()]
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = [(i, value, ours[i]) for i, value in enumerate(theirs)]
    else:
        return [] if theirs == ours else [(where, theirs, ours)]
    return [item for key, one, two in pairs for item in differing(one, two, f"{where}.{key}")]


def abc(kit: Kit) -> Any:
    for word in "abc":
        yield kit.chunk(word)


def with_usage(kit: Kit) -> Any:
    yield kit.chunk("a", {"model_name": "m"}, id="mine")
    yield kit.chunk("b")
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    yield kit.chunk("", {"finish_reason": "stop"}, usage_metadata=usage)


def positioned(kit: Kit) -> Any:
    yield kit.chunk("a", response_metadata={"x": 1})
    yield kit.chunk("b", {"y": 2}, chunk_position="last")


def in_blocks(kit: Kit) -> Any:
    yield kit.chunk([{"type": "text", "text": "a", "index": 0}])
    yield kit.chunk([{"type": "text", "text": "b", "index": 0}])


def failing(kit: Kit) -> Any:
    yield kit.chunk("a")
    yield kit.chunk("b")
    raise RuntimeError("lost")


def failing_first(kit: Kit) -> Any:
    yield from ()
    raise RuntimeError("lost")


def nothing(kit: Kit) -> Any:
    yield from ()


class ProviderError(Exception):
    """What HTTP clients raise."""

    def __init__(self) -> None:
        super().__init__("429")
        self.request_id = "req"
        self.response = Response()


class Response:
    status_code = 429
    headers = {"retry-after": "1"}  # noqa: RUF012
    text = "slow down"

    def json(self) -> Any:
        raise ValueError("no JSON")


def refused(kit: Kit) -> Any:
    yield kit.chunk("a")
    raise ProviderError


STREAMS = (
    abc,
    with_usage,
    positioned,
    in_blocks,
    failing,
    failing_first,
    nothing,
    refused,
)
BOUND = {"stop": ["x"], "temperature": 0.5, "extra": 1}
CONFIG = {"tags": ["t"], "metadata": {"m": 1}, "run_name": "named"}


@pytest.mark.parametrize("chunks", STREAMS, ids=lambda stream: stream.__name__)
@pytest.mark.parametrize("kwargs", [{}, BOUND], ids=["bare", "bound"])
@pytest.mark.parametrize("version", [None, "v1"])
def test_streams(same: Any, chunks: Any, kwargs: Any, version: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear = kit.ear()
        model = kit.streaming(chunks)(output_version=version, tags=["own"], metadata={"o": 1})
        config = {**CONFIG, "callbacks": [ear]}
        return [
            drained(model.stream("hi", config, **kwargs)),
            ear.heard,
            drained(model.stream("hi", **kwargs)),
        ]

    same(scenario)


@pytest.mark.parametrize("chunks", STREAMS, ids=lambda stream: stream.__name__)
@pytest.mark.parametrize("native", [True, False], ids=["native", "pumped"])
@pytest.mark.parametrize("is_async", [True, False], ids=["async_ear", "ear"])
def test_async_streams(same: Any, chunks: Any, native: bool, is_async: bool) -> None:
    def scenario(kit: Kit) -> Any:
        async def astream(self, messages, stop=None, run_manager=None, **kwargs):
            for chunk in chunks(kit):
                yield chunk

        async def run() -> Any:
            ear = kit.ear(is_async=is_async)
            own = {"_astream": astream} if native else {}
            model = kit.streaming(chunks, **own)()
            config = {**CONFIG, "callbacks": [ear]}
            observed = await listed(model.astream("hi", config, **BOUND))
            return [observed, ear.heard, await listed(model.astream("hi"))]

        return run()

    same(scenario)


@pytest.mark.parametrize("chunks", STREAMS, ids=lambda stream: stream.__name__)
def test_a_model_told_to_stream_adds_up_its_stream(same: Any, chunks: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear, aear = kit.ear(), kit.ear(is_async=True)
        model = kit.streaming(chunks)()
        whole = outcome(lambda: model.invoke("hi", {"callbacks": [ear]}, stream=True))
        awhole = asyncio.run(aoutcome(model.ainvoke("hi", {"callbacks": [aear]}, stream=True)))
        return [whole, ear.heard, awhole, aear.heard]

    same(scenario)


def test_whole_answers(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear = kit.ear()
        model = kit.model()(callbacks=[ear], metadata={"o": 1})
        config = {**CONFIG, "run_id": UUID(int=7)}
        prompt = kit.pv.StringPromptValue(text="as a prompt")
        given = ["hi", [("system", "be"), {"role": "user", "content": "you"}], prompt]
        answers = [model.invoke(one, config, **BOUND) for one in given]
        aanswers = [asyncio.run(model.ainvoke(one, config)) for one in given]
        return [answers, aanswers, model.batch(["a"]), ear.heard]

    same(scenario)


@pytest.mark.parametrize("given", [1, None, {"a": 1}, object])
def test_wrong_input(same: Any, given: Any) -> None:
    def scenario(kit: Kit) -> Any:
        model, text = kit.streaming(abc)(), kit.text_model()()
        return [
            outcome(lambda: model.invoke(given)),
            drained(model.stream(given)),
            asyncio.run(aoutcome(model.ainvoke(given))),
            asyncio.run(listed(model.astream(given))),
            outcome(lambda: text.invoke(given)),
        ]

    same(scenario)


def test_generate(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear, aear = kit.ear(), kit.ear()
        model = kit.model()()
        human = kit.ms.HumanMessage
        inputs = [[human("a")], [human("b")]]
        ids = {"run_id": UUID(int=7), "run_name": "n", "tags": ["t"], "metadata": {"m": 1}}
        result = model.generate(inputs, ["stop"], [ear], **ids)
        aresult = asyncio.run(model.agenerate(inputs, ["stop"], [aear], **ids))
        prompts = [kit.pv.StringPromptValue(text="p")]
        more = [model.generate_prompt(prompts), asyncio.run(model.agenerate_prompt(prompts))]
        return [result, ear.heard, aresult, sorted_by_run(aear), more]

    same(scenario)


def test_what_the_provider_says_beside_the_answers(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def several(count: int) -> Any:
            def generate(self, messages, stop=None, run_manager=None, **kwargs):
                answer = kit.ms.AIMessage("x", response_metadata={"own": 1})
                generations = [
                    kit.out.ChatGeneration(message=answer.model_copy(), generation_info={"i": i})
                    for i in range(count)
                ]
                output = {"token_usage": {"n": 1}, "model_name": "m"}
                return kit.out.ChatResult(generations=generations, llm_output=output)

            return kit.model(
                _generate=generate, _combine_llm_outputs=lambda self, outputs: {"all": outputs}
            )()

        return [several(count).generate([[kit.ms.HumanMessage("a")]] * 2) for count in (1, 2)]

    same(scenario)


def test_a_failing_answer(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def generate(self, messages, stop=None, run_manager=None, **kwargs):
            raise ProviderError

        ear, aear = kit.ear(), kit.ear(is_async=True)
        model = kit.model(_generate=generate)()
        return [
            outcome(lambda: model.invoke("x", {"callbacks": [ear]})),
            ear.heard,
            asyncio.run(aoutcome(model.ainvoke("x", {"callbacks": [aear]}))),
            aear.heard,
        ]

    same(scenario)


def test_async_inputs_fail_one_by_one(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        async def agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            if messages[0].content == "b":
                raise ValueError("b")
            answer = kit.out.ChatGeneration(message=kit.ms.AIMessage("fine"))
            return kit.out.ChatResult(generations=[answer])

        ear = kit.ear()
        model = kit.model(_agenerate=agenerate)()
        inputs = [[kit.ms.HumanMessage(text)] for text in "abc"]
        result = asyncio.run(aoutcome(model.agenerate(inputs, callbacks=[ear])))
        return [result, sorted_by_run(ear)]

    same(scenario)


def test_a_subclass_may_leave_out_run_manager(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def answer(text: str) -> Any:
            message = kit.ms.AIMessage(text)
            return kit.out.ChatResult(generations=[kit.out.ChatGeneration(message=message)])

        def generate(self, messages, stop=None):
            return answer("sync")

        async def agenerate(self, messages, stop=None):
            return answer("async")

        model = kit.model(_generate=generate, _agenerate=agenerate)()
        return [model.invoke("x"), asyncio.run(model.ainvoke("x"))]

    same(scenario)


def test_a_model_tells_of_its_own_tokens(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def generate(self, messages, stop=None, run_manager=None, **kwargs):
            for word in ("a", "b"):
                run_manager.on_llm_new_token(word, chunk=kit.chunk(word))
            run_manager.on_llm_new_token("c")
            answer = kit.out.ChatGeneration(message=kit.ms.AIMessage("abc"))
            return kit.out.ChatResult(generations=[answer])

        ear = kit.ear()
        model = kit.model(_generate=generate)()
        return [model.invoke("x"), model.invoke("x", {"callbacks": [ear]}), ear.heard]

    same(scenario)


async def _awaited(answer: Any) -> Any:
    return await answer


@pytest.mark.parametrize("ear_is_async", [False, True])
@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_who_has_no_chat_model_start_hears_of_a_text_model(
    way: str, ear_is_async: bool, same: Any
) -> None:
    def scenario(kit: Kit) -> Any:
        ear = kit.ear(is_async=ear_is_async, on_chat_model_start=None)
        call = getattr(kit.model()(), way)
        answer = call([("system", "s"), ("user", "u")], {"callbacks": [ear]})
        if way == "ainvoke":
            asyncio.run(_awaited(answer))
        return [event[0] for event in ear.heard], ear.heard[0][1][1]

    same(scenario)


@pytest.mark.parametrize("disabled", [False, True, "tool_calling"])
@pytest.mark.parametrize("tools", [None, [], [{"name": "t"}]])
@pytest.mark.parametrize("streaming", [None, True, False])
def test_disable_streaming(same: Any, disabled: Any, tools: Any, streaming: Any) -> None:
    def scenario(kit: Kit) -> Any:
        annotated = {"__annotations__": {"streaming": bool}, "streaming": False}
        fields = {} if streaming is None else {"streaming": streaming}
        model = kit.streaming(abc, **annotated)(disable_streaming=disabled, **fields)
        kwargs = {} if tools is None else {"tools": tools}
        return [
            [chunk.content for chunk in model.stream("x", **kwargs)],
            [chunk.content for chunk in asyncio.run(listed(model.astream("x", **kwargs)))],
            model.invoke("x", **kwargs).content,
            model.invoke("x", stream=True, **kwargs).content,
            [chunk.content for chunk in model.stream("x", stream=False, **kwargs)],
            asyncio.run(model.ainvoke("x", **kwargs)).content,
        ]

    same(scenario)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"model": "gpt", "temperature": 0.5, "max_tokens": 5},
        {"model_name": "gpt", "temperature": 1},
        {"model": 3, "model_name": "gpt", "temperature": "hot"},
    ],
)
@pytest.mark.parametrize("kwargs", [{}, {"model": "o", "temperature": 2, "max_tokens": 9}])
def test_ls_params(same: Any, fields: Any, kwargs: Any) -> None:
    def scenario(kit: Kit) -> Any:
        own = {"__annotations__": dict.fromkeys(fields, Any), **dict.fromkeys(fields)}
        made = []
        for kind in (kit.model(**own), kit.text_model(**own)):
            for name in ("ChatMine", "MineChat", "MineLLM", "Mine"):
                model = type(name, (kind,), {"__module__": __name__})(**fields)
                made.append(model._get_ls_params(stop=["s"], **kwargs))
                made.append(model._get_ls_params_with_defaults(**kwargs))
        return made

    same(scenario)


def test_a_cache_answers_in_the_place_of_the_model(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear = kit.ear()
        usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
        answers = [kit.ms.AIMessage(str(i), usage_metadata=usage) for i in range(9)]
        fake, cache = kit.fakes.FakeMessagesListChatModel, kit.caches.InMemoryCache()
        model = fake(responses=answers, cache=cache)
        config = {"callbacks": [ear]}
        asked = [
            model.invoke("x", config),
            model.invoke("x", config),
            model.invoke([kit.ms.HumanMessage("x", id="another")]),
            model.invoke("x", stop=["s"]),
            model.invoke("y"),
            model.invoke("x", temperature=1),
            asyncio.run(model.ainvoke("y")),
        ]
        cache.clear()
        asked.append(model.invoke("x"))
        return [asked, ear.heard]

    same(scenario)


def test_the_cache_of_the_process(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def answers(**fields: Any) -> Any:
            chat = kit.fakes.FakeListChatModel(responses=["a", "b"], **fields)
            text = kit.fake_llms.FakeListLLM(responses=["a", "b"], **fields)
            return [
                outcome(lambda: [chat.invoke("x").content for _ in range(2)]),
                outcome(lambda: [text.invoke("x") for _ in range(2)]),
                type(asyncio.run(aoutcome(chat.ainvoke("x")))).__name__,
            ]

        without = [answers(), answers(cache=False)]
        failure = [type(one).__name__ for one in answers(cache=True)[:2]]
        kit.globals.set_llm_cache(kit.caches.InMemoryCache())
        try:
            assert kit.globals.get_llm_cache() is not None
            return [without, failure, answers(), answers(cache=True), answers(cache=False)]
        finally:
            kit.globals.set_llm_cache(None)

    same(scenario)


def test_an_old_cache_of_texts(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        class Old(kit.caches.BaseCache):  # type: ignore[misc, name-defined]
            def lookup(self, prompt, llm_string):
                return [kit.out.Generation(text="old", generation_info={"x": 1})]

            def update(self, prompt, llm_string, return_val):
                raise AssertionError

            def clear(self, **kwargs):
                raise AssertionError

        model = kit.fakes.FakeListChatModel(responses=["new"], cache=Old())
        return [model.invoke("x"), asyncio.run(model.ainvoke("x")), model.generate([[]])]

    same(scenario)


def test_a_memory_cache_forgets_the_oldest(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        cache = kit.caches.InMemoryCache(maxsize=2)
        for key in "abc":
            cache.update(key, "m", [kit.out.Generation(text=key)])
        found = [cache.lookup(key, "m") for key in "abcd"]
        return [found, outcome(lambda: kit.caches.InMemoryCache(maxsize=0))]

    same(scenario)


def test_text_models(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear, aear = kit.ear(), kit.ear(is_async=True)
        model = kit.text_model()(callbacks=[ear], tags=["own"])
        config = {**CONFIG, "callbacks": [aear]}
        given = ["hi", [("system", "be"), ("user", "you")]]
        answers = [model.invoke(one, config, stop=["s"]) for one in given]
        aanswers = [asyncio.run(model.ainvoke(one, config)) for one in given]
        streamed = [drained(model.stream("hi", config)), asyncio.run(listed(model.astream("hi")))]
        batched = [
            model.batch(["a", "b", "c"], {"max_concurrency": 2, **CONFIG}),
            asyncio.run(model.abatch(["a", "b"], [{"tags": ["1"]}, {"tags": ["2"]}])),
            model.batch([]),
        ]
        ears = [sorted_by_run(one) for one in (ear, aear)]
        return [answers, aanswers, streamed, batched, ears, str(model), model.dict()]

    same(scenario)


def sorted_by_run(ear: Any) -> Any:
    """What was heard, run by run, by what each was given: several start and end in any order."""
    runs: dict[Any, list[Any]] = {}
    for event, args, kwargs in ear.heard:
        runs.setdefault(kwargs["run_id"], []).append((event, args, kwargs))
    return sorted(runs.values(), key=lambda heard: repr(heard[0][1]))


def test_text_models_generate(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        ear = kit.ear()
        model = kit.text_model()()
        one = model.generate(["a", "b"], ["s"], [ear], tags=["t"], metadata={"m": 1}, run_name="n")
        each = model.generate(
            ["a", "b"],
            callbacks=[[ear], None],
            tags=[["1"], ["2"]],
            metadata=[{"m": 1}, {"m": 2}],
            run_name=["n", "o"],
            run_id=[UUID(int=1), UUID(int=2)],
        )
        wrong = [
            outcome(lambda: model.generate("a")),
            outcome(lambda: model.generate(["a"], callbacks=[[ear], [ear]])),
            outcome(lambda: model.generate(["a"], callbacks=[[ear]], tags=["t", "u"])),
            outcome(lambda: model.generate(["a"], callbacks=[[ear]], metadata={"m": 1})),
            outcome(lambda: model.generate(["a"], callbacks=[[ear]], run_name="n")),
            outcome(lambda: model.generate(["a"], run_id=[UUID(int=1), UUID(int=2)])),
        ]
        return [one, each, wrong, ear.heard]

    same(scenario)


@pytest.mark.parametrize("fails", [False, True])
def test_text_models_stream(same: Any, fails: bool) -> None:
    def scenario(kit: Kit) -> Any:
        def stream(self, prompt, stop=None, run_manager=None, **kwargs):
            for i, word in enumerate("abc"):
                chunk = kit.out.GenerationChunk(text=word, generation_info={f"i{i}": i})
                if run_manager is not None:
                    run_manager.on_llm_new_token(word, chunk=chunk)
                yield chunk
            if fails:
                raise RuntimeError("lost")

        ear, aear = kit.ear(), kit.ear()
        model = kit.text_model(_stream=stream)()
        return [
            drained(model.stream("hi", {"callbacks": [ear], **CONFIG}, **BOUND)),
            ear.heard,
            asyncio.run(listed(model.astream("hi", {"callbacks": [aear]}))),
            aear.heard,
        ]

    same(scenario)


def test_a_text_model_that_gives_nothing(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def stream(self, prompt, stop=None, run_manager=None, **kwargs):
            yield from ()

        ear = kit.ear()
        model = kit.text_model(_stream=stream)()
        streamed = drained(model.stream("hi", {"callbacks": [ear]}))
        return [streamed, asyncio.run(listed(model.astream("hi"))), ear.heard]

    same(scenario)


def test_a_failing_text_model(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def call(self, prompt, stop=None, run_manager=None, **kwargs):
            raise RuntimeError(prompt)

        ear = kit.ear()
        model = kit.text_model(_call=call)(callbacks=[ear])
        return [
            outcome(lambda: model.invoke("a")),
            asyncio.run(aoutcome(model.ainvoke("a"))),
            outcome(lambda: model.batch(["a", "b"])),
            model.batch(["a", "b"], return_exceptions=True),
            asyncio.run(model.abatch(["a", "b"], return_exceptions=True)),
            sorted_by_run(ear),
        ]

    same(scenario)


FAKES: dict[str, Callable[[Kit], Any]] = {
    "list": lambda kit: kit.fakes.FakeListChatModel(responses=["ab", "cd", ""]),
    "list error": lambda kit: kit.fakes.FakeListChatModel(
        responses=["abc"], error_on_chunk_number=1
    ),
    "messages": lambda kit: kit.fakes.FakeMessagesListChatModel(
        responses=[kit.ms.AIMessage("a", id="1"), kit.ms.HumanMessage("b")]
    ),
    "fake": lambda kit: kit.fakes.FakeChatModel(),
    "parrot": lambda kit: kit.fakes.ParrotFakeChatModel(),
    "generic": lambda kit: kit.fakes.GenericFakeChatModel(
        messages=iter([*["hello  there\nyou"] * 9, kit.ms.AIMessage([])])
    ),
    "generic blocks": lambda kit: kit.fakes.GenericFakeChatModel(
        messages=iter([kit.ms.AIMessage([{"type": "text", "text": "a"}])] * 9)
    ),
    "generic more": lambda kit: kit.fakes.GenericFakeChatModel(
        messages=iter(
            [
                kit.ms.AIMessage(
                    "a b",
                    id="mine",
                    additional_kwargs={
                        "function_call": {"name": "f", "arguments": '{"a": 1,"b": 2}', "n": 1},
                        "other": [1],
                    },
                )
                for _ in range(9)
            ]
        )
    ),
    "texts": lambda kit: kit.fake_llms.FakeListLLM(responses=["ab", "cd"]),
    "streamed texts": lambda kit: kit.fake_llms.FakeStreamingListLLM(responses=["ab", "cd"]),
    "failing texts": lambda kit: kit.fake_llms.FakeStreamingListLLM(
        responses=["ab", "cd"], error_on_chunk_number=1
    ),
}


@pytest.mark.parametrize("name", FAKES)
def test_fakes(same: Any, name: str) -> None:
    def scenario(kit: Kit) -> Any:
        model, ear = FAKES[name](kit), kit.ear()
        config = {"callbacks": [ear]}
        return [
            outcome(lambda: model.invoke("hi there", config)),
            drained(model.stream("hi there", config)),
            asyncio.run(listed(model.astream("hi there"))),
            asyncio.run(aoutcome(model.ainvoke("hi there"))),
            outcome(lambda: model.batch(["x", "y"], {"max_concurrency": 1})),
            asyncio.run(aoutcome(model.abatch(["x"], [config]))),
            model._llm_type,
            {**model._identifying_params},
            ear.heard,
        ]

    same(scenario)


def test_histories(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        class Listed(kit.stores.BaseChatMessageHistory):  # type: ignore[misc, name-defined]
            def __init__(self) -> None:
                self.messages = []

            def add_messages(self, messages):
                self.messages = [*self.messages, *messages]

            def clear(self):
                self.messages = []

        class Neither(kit.stores.BaseChatMessageHistory):  # type: ignore[misc, name-defined]
            def clear(self):
                raise AssertionError

        async def filled(history: Any) -> Any:
            history.add_user_message("a")
            history.add_ai_message("b")
            history.add_user_message(kit.ms.HumanMessage("c"))
            history.add_ai_message(kit.ms.AIMessage("d"))
            history.add_message(kit.ms.SystemMessage("e"))
            await history.aadd_messages([kit.ms.HumanMessage("f")])
            known = [list(await history.aget_messages()), str(history)]
            history.clear()
            await history.aclear()
            return [*known, history.messages]

        return [
            asyncio.run(filled(Listed())),
            asyncio.run(filled(kit.stores.InMemoryChatMessageHistory())),
            outcome(lambda: Neither().add_message(kit.ms.HumanMessage("a"))),
        ]

    same(scenario)


REMEMBERED: dict[str, Callable[[Kit], Any]] = {
    "model": lambda kit: (
        kit.fakes.FakeListChatModel(responses=["a", "b"]),
        ["hi", [kit.ms.HumanMessage("yo")], kit.ms.HumanMessage("hey")],
        {},
    ),
    "keys": lambda kit: (
        kit.r.RunnableLambda(lambda d: f"{d['q']} after {len(d['h'])}"),
        [{"q": "x"}, {"q": [kit.ms.HumanMessage("y")]}],
        {"input_messages_key": "q", "history_messages_key": "h"},
    ),
    "one key": lambda kit: (
        kit.r.RunnableLambda(lambda d: {"said": f"after {len(d['q'])}", "more": 1}),
        [{"q": "x"}, {"q": "y"}],
        {"input_messages_key": "q", "output_messages_key": "said"},
    ),
    "messages out": lambda kit: (
        kit.r.RunnableLambda(lambda messages: [kit.ms.AIMessage("1"), kit.ms.AIMessage("2")]),
        ["x", "y"],
        {},
    ),
}


@pytest.mark.parametrize("name", REMEMBERED)
def test_message_history(same: Any, name: str) -> None:
    def scenario(kit: Kit) -> Any:
        runnable, inputs, keys = REMEMBERED[name](kit)
        stores: dict[str, Any] = {}

        def of(session_id: str) -> Any:
            return stores.setdefault(session_id, kit.stores.InMemoryChatMessageHistory())

        talk = kit.history.RunnableWithMessageHistory(runnable, of, **keys)
        config = {"configurable": {"session_id": "1"}}
        other = {"configurable": {"session_id": "2"}}
        said = [talk.invoke(one, config) for one in inputs]
        one_by_one = [{**each, "max_concurrency": 1} for each in (config, other)]
        said += talk.batch(inputs[:2], one_by_one)
        said += [drained(talk.stream(inputs[0], config))]
        said += [asyncio.run(talk.ainvoke(inputs[0], other))]
        said += [asyncio.run(listed(talk.astream(inputs[0], other)))]
        kept = {key: store.messages for key, store in stores.items()}
        specs = [(spec.id, spec.name, spec.description) for spec in talk.config_specs]
        return [said, kept, outcome(lambda: talk.invoke(inputs[0])), specs]

    same(scenario)


def test_message_history_by_several_names(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        seen: list[Any] = []

        def of(user: str, talk: str) -> Any:
            seen.append((user, talk))
            return kit.stores.InMemoryChatMessageHistory()

        specs = [kit.r.ConfigurableFieldSpec(id=name, annotation=str) for name in ("user", "talk")]
        model = kit.fakes.FakeListChatModel(responses=["a"])

        def talk(func: Any) -> Any:
            return kit.history.RunnableWithMessageHistory(model, func, history_factory_config=specs)

        talk(of).invoke("x", {"configurable": {"user": "u", "talk": "t"}})
        wrong = [
            outcome(lambda: talk(of).invoke("x", {"configurable": {"user": "u"}})),
            outcome(
                lambda: talk(lambda other: None).invoke(
                    "x", {"configurable": {"user": "u", "talk": "t"}}
                )
            ),
        ]
        return [seen, wrong]

    same(scenario)


def test_usage_is_added_up_by_model(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def answer(name: str | None, count: int) -> Any:
            usage = {
                "input_tokens": count,
                "output_tokens": 1,
                "total_tokens": count + 1,
                "input_token_details": {"audio": 1},
            }
            metadata = {"model_name": name} if name else {}
            return kit.ms.AIMessage("x", usage_metadata=usage, response_metadata=metadata)

        answers = [answer("a", 1), answer("b", 2), answer("a", 3), answer(None, 4)]
        answers.append(kit.ms.AIMessage("x"))

        def model() -> Any:
            return kit.fakes.FakeMessagesListChatModel(responses=answers)

        handler = kit.callbacks.UsageMetadataCallbackHandler()
        model().batch(["x"] * 4, {"callbacks": [handler], "max_concurrency": 1})
        kit.fake_llms.FakeListLLM(responses=["x"]).invoke("x", {"callbacks": [handler]})
        with kit.callbacks.get_usage_metadata_callback() as around:
            chain = kit.r.RunnableLambda(lambda x: x) | model()
            chain.invoke("x")
            asyncio.run(chain.ainvoke("x"))
        chain.invoke("x")
        assert repr(handler) == str(handler.usage_metadata)
        return [handler.usage_metadata, around.usage_metadata]

    same(scenario)


def test_counting_tokens(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        model = kit.model()(custom_get_token_ids=lambda text: list(text.encode()))
        messages = [kit.ms.HumanMessage("hello"), kit.ms.AIMessage("you")]
        return [
            model.get_token_ids("ab"),
            model.get_num_tokens("abc"),
            model.get_num_tokens_from_messages(messages),
            model.get_num_tokens_from_messages(messages, tools=[]),
        ]

    same(scenario)


def test_retries_and_fallbacks(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        tries: list[int] = []

        def stream(self, messages, stop=None, run_manager=None, **kwargs):
            tries.append(1)
            raise RuntimeError("down")
            yield

        def generate(self, messages, stop=None, run_manager=None, **kwargs):
            tries.append(1)
            raise RuntimeError("down")

        broken = kit.model(_generate=generate, _stream=stream)()
        spare = kit.fakes.FakeListChatModel(responses=["spare"])
        retried = broken.with_retry(stop_after_attempt=3, wait_exponential_jitter=False)
        return [
            outcome(lambda: retried.invoke("x")),
            len(tries),
            broken.with_fallbacks([spare]).invoke("x").content,
            [chunk.content for chunk in broken.with_fallbacks([spare]).stream("x")],
            len(tries),
        ]

    same(scenario)


def test_media_in_messages(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        seen: list[Any] = []

        def generate(self, messages, stop=None, run_manager=None, **kwargs):
            seen.append([message.content for message in messages])
            answer = kit.out.ChatGeneration(message=kit.ms.AIMessage("x"))
            return kit.out.ChatResult(generations=[answer])

        blocks = [
            "text",
            {"type": "text", "text": "a"},
            {"type": "image_url", "image_url": {"url": "https://x"}},
            {"type": "image", "url": "https://x"},
            {"type": "image", "base64": "AA", "mime_type": "image/png"},
            {"type": "image", "file_id": "1"},
            {"type": "image", "source_type": "url", "url": "https://x"},
            {"type": "file", "source_type": "base64", "data": "AA", "mime_type": "x/y"},
            {"type": "file", "base64": "AA", "mime_type": "x/y"},
            {"type": "audio", "source_type": "id", "id": "7"},
            {"cachePoint": {"type": "default"}},
        ]
        ear = kit.ear()
        messages = [kit.ms.HumanMessage(content=[block]) for block in blocks]
        before = [list(message.content) for message in messages]
        kit.model(_generate=generate)().invoke(messages, {"callbacks": [ear]})
        assert [message.content for message in messages] == before
        return [seen, ear.heard[0][1][1]]

    same(scenario)


def test_what_a_model_is_from_outside(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        def schemas(model: Any) -> Any:
            return [
                model.get_name(),
                sorted(model.get_output_jsonschema().get("oneOf", ()) and ["oneOf"]),
                sorted(model.model_dump(exclude={"output_version"})),
                outcome(lambda: model.bind_tools([])),
                model.asdict() if hasattr(model, "asdict") else None,
            ]

        named = kit.model()(name="named")
        profile = kit.model()(profile={"max_input_tokens": 3}).profile
        wrong = outcome(lambda: kit.model()(disable_streaming="sometimes"))
        return [schemas(named), schemas(kit.model()()), profile, type(wrong).__name__]

    same(scenario)


def test_generate_from_stream(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        async def chunks(stream: Any) -> Any:
            for chunk in stream:
                yield chunk

        sync, aio = kit.chat.generate_from_stream, kit.chat.agenerate_from_stream
        return [
            [outcome(lambda stream=stream: sync(stream(kit))) for stream in STREAMS[:4]],
            [asyncio.run(aoutcome(aio(chunks(stream(kit))))) for stream in STREAMS[:4]],
            outcome(lambda: sync(iter(()))),
        ]

    same(scenario)


def test_structured_output(same: Any) -> None:
    class Joke(pydantic.BaseModel):
        """A joke."""

        setup: str

    def scenario(kit: Kit) -> Any:
        def chunks(kit: Kit) -> Any:
            for name, args in (("Joke", '{"setup"'), (None, ': "wh'), (None, 'y"}')):
                call = {"name": name, "args": args, "id": name and "1", "index": 0}
                yield kit.chunk("", tool_call_chunks=[call])

        def generate(self, messages, stop=None, run_manager=None, **kwargs):
            call = {"name": "Joke", "args": {"setup": "why"}, "id": "1"}
            message = kit.ms.AIMessage("", tool_calls=[call])
            return kit.out.ChatResult(generations=[kit.out.ChatGeneration(message=message)])

        own = {
            "_generate": generate,
            "bind_tools": lambda self, tools, **kwargs: self.bind(tools=tools, **kwargs),
        }
        model, ear = kit.streaming(chunks, **own)(), kit.ear()
        config = {"callbacks": [ear]}
        named = {"title": "Joke", "description": "", "properties": {"setup": {"type": "string"}}}
        made = []
        for schema in (Joke, named):
            for include_raw in (False, True):
                chain = model.with_structured_output(schema, include_raw=include_raw)
                made.append(outcome(lambda chain=chain: chain.invoke("x", config)))
                made.append(asyncio.run(aoutcome(chain.ainvoke("x"))))
                streamed = drained(chain.stream("x", config))
                astreamed = asyncio.run(listed(chain.astream("x")))
                if not include_raw:  # that streams otherwise: a difference, shown with the others
                    made.append([streamed, astreamed])
        starts = [kw["options"] for event, _, kw in ear.heard if event == "on_chat_model_start"]
        return [made, starts, outcome(lambda: kit.model()().with_structured_output(Joke))]

    same(scenario)


def test_schemas(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        models = [FAKES[name](kit) for name in ("list", "texts", "generic")]
        return [
            (
                model.get_input_jsonschema()["title"],
                sorted(model.get_input_jsonschema()["$defs"]),
                model.get_output_jsonschema()["title"],
                list(model.get_output_jsonschema()),
            )
            for model in models
        ]

    same(scenario)


def test_an_event_stream_around_invoke_hears_of_tokens(same: Any) -> None:
    def scenario(kit: Kit) -> Any:
        async def run() -> Any:
            model = kit.streaming(with_usage)(name="inner")

            def ask(text: str) -> Any:
                return model.invoke(text).content

            async def aask(text: str) -> Any:
                return (await model.ainvoke(text)).content

            seen = []
            for chain in (kit.r.RunnableLambda(ask), kit.r.RunnableLambda(ask, aask), model):
                events = await listed(chain.astream_events("hi", version="v2"))
                seen.append([(e["event"], e["name"], e["data"]) for e in events])
            return seen

        return run()

    same(scenario)
