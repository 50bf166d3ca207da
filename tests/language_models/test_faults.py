"""What happens to a model's generator and its run when the reader leaves, or something breaks."""

import asyncio
import gc
import threading
from typing import Any

import pytest

from headrace.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from headrace.language_models import LLM, BaseChatModel
from headrace.messages import AIMessage, AIMessageChunk
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, GenerationChunk
from headrace.rate_limiters import BaseRateLimiter


class Counting(BaseChatModel):
    """Streams numbers until it is closed, and keeps what happened."""

    log: list[str] = []  # noqa: RUF012 - pydantic copies it
    fail_closing: bool = False

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage("whole"))])

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        try:
            for number in range(1000):
                yield ChatGenerationChunk(message=AIMessageChunk(content=str(number)))
        finally:
            self.log.append("closed")
            if self.fail_closing:
                raise OSError("closing failed")

    @property
    def _llm_type(self) -> str:
        return "counting"


class Native(Counting):
    """The same on the loop."""

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
        try:
            for number in range(1000):
                await asyncio.sleep(0)
                yield ChatGenerationChunk(message=AIMessageChunk(content=str(number)))
        finally:
            await asyncio.sleep(0)
            self.log.append("closed")


class Ear(BaseCallbackHandler):
    """Keeps how runs ended."""

    def __init__(self) -> None:
        self.ends: list[Any] = []

    def on_llm_end(self, response, **kwargs):
        self.ends.append("end")

    def on_llm_error(self, error, *, response=None, **kwargs):
        said = response.generations[0][0].text if response.generations[0] else None
        self.ends.append((type(error).__name__, said))


@pytest.mark.parametrize("observed", [False, True])
def test_leaving_the_loop_closes_the_generator_at_once(observed: bool) -> None:
    model, ear = Counting(), Ear()
    for chunk in model.stream("x", {"callbacks": [ear]} if observed else None):
        if chunk.content == "2":
            break
    assert model.log == ["closed"]
    assert ear.ends == ([("GeneratorExit", "012")] if observed else [])


@pytest.mark.parametrize("observed", [False, True])
def test_a_chain_closes_the_generator_too(observed: bool) -> None:
    model, ear = Counting(), Ear()
    chain = (lambda x: x) | model | (lambda message: message)
    next(iter((model | _texts).stream("x")))
    stream = chain.stream("x", {"callbacks": [ear]} if observed else None)
    stream.close()
    assert model.log == ["closed"]


def _texts(chunks):
    for chunk in chunks:
        yield chunk.content


@pytest.mark.parametrize("kind", [Counting, Native])
@pytest.mark.parametrize("observed", [False, True])
async def test_aclose_has_closed_the_generator(kind: Any, observed: bool) -> None:
    model, ear = kind(), Ear()
    stream = model.astream("x", {"callbacks": [ear]} if observed else None)
    async for chunk in stream:
        if chunk.content == "2":
            break
    await stream.aclose()
    assert model.log == ["closed"]
    assert ear.ends == ([("GeneratorExit", "012")] if observed else [])
    assert not [t for t in threading.enumerate() if t.name == "headrace-pump"]


@pytest.mark.parametrize("kind", [Counting, Native])
@pytest.mark.parametrize("observed", [False, True])
async def test_a_cancelled_task_has_closed_the_generator(kind: Any, observed: bool) -> None:
    model, ear = kind(), Ear()
    third = asyncio.Event()

    async def read() -> None:
        async for chunk in model.astream("x", {"callbacks": [ear]} if observed else None):
            if chunk.content == "2":
                third.set()
                await asyncio.sleep(60)

    task = asyncio.create_task(read())
    await third.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # who cancels a reader that does not close what it reads waits for the collector
    gc.collect()
    for _ in range(100):
        if model.log:
            break
        await asyncio.sleep(0.01)
    assert model.log == ["closed"]


async def test_a_cancelled_answer_ends_its_run() -> None:
    begun = asyncio.Event()

    class Slow(Counting):
        async def _agenerate(self, messages, stop=None, run_manager=None, **kwargs):
            begun.set()
            await asyncio.sleep(60)

    class Late(AsyncCallbackHandler):
        ends: list[str] = []  # noqa: RUF012

        async def on_llm_error(self, error, **kwargs):
            await asyncio.sleep(0)
            self.ends.append(type(error).__name__)

    for inputs in (1, 2):
        begun.clear()
        Late.ends.clear()
        call = Slow().agenerate([[] for _ in range(inputs)], callbacks=[Late()])
        task = asyncio.create_task(call)
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert Late.ends == ["CancelledError"] * inputs


def test_an_error_in_closing_is_raised_and_told() -> None:
    model, ear = Counting(fail_closing=True), Ear()
    stream = model.stream("x", {"callbacks": [ear]})
    next(stream)
    with pytest.raises(OSError, match="closing failed"):
        stream.close()
    assert ear.ends == [("OSError", "0")]


@pytest.mark.parametrize("observed", [False, True])
def test_an_error_in_mid_stream_leaves_what_was_streamed(observed: bool) -> None:
    class Breaking(Counting):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            yield ChatGenerationChunk(message=AIMessageChunk(content="a"))
            raise ConnectionError("lost")

    ear = Ear()
    stream = Breaking().stream("x", {"callbacks": [ear]} if observed else None)
    assert next(stream).content == "a"
    with pytest.raises(ConnectionError, match="lost"):
        next(stream)
    assert ear.ends == ([("ConnectionError", "a")] if observed else [])


def test_chunks_that_do_not_add_up_end_the_run_with_an_error() -> None:
    class Odd(Counting):
        def _stream(self, messages, stop=None, run_manager=None, **kwargs):
            for info in ({"odd": 1}, {"odd": "x"}):
                message = AIMessageChunk(content="a")
                yield ChatGenerationChunk(message=message, generation_info=info)

    ear = Ear()
    with pytest.raises(TypeError, match="odd"):
        list(Odd().stream("x", {"callbacks": [ear]}))
    assert ear.ends == [("TypeError", None)]


def test_one_of_several_inputs_fails() -> None:
    class Second(Counting):
        def _generate(self, messages, stop=None, run_manager=None, **kwargs):
            if messages[0].content == "b":
                raise ValueError("b")
            return super()._generate(messages)

    ear = Ear()
    inputs = [[AIMessage(text)] for text in "abc"]
    with pytest.raises(ValueError, match="b"):
        Second().generate(inputs, callbacks=[ear])
    # every run that began is told how it ended
    assert ear.ends == ["end", ("ValueError", None), ("ValueError", None)]


class Refusing(BaseRateLimiter):
    """Raises where it is asked."""

    def acquire(self, *, blocking=True):
        raise TimeoutError("no turn")

    async def aacquire(self, *, blocking=True):
        raise TimeoutError("no turn")


async def test_a_failing_rate_limiter_ends_the_run() -> None:
    model, ear = Counting(rate_limiter=Refusing()), Ear()
    with pytest.raises(TimeoutError):
        list(model.stream("x", {"callbacks": [ear]}))
    with pytest.raises(TimeoutError):
        await anext(model.astream("x", {"callbacks": [ear]}))
    with pytest.raises(TimeoutError):
        model.invoke("x", {"callbacks": [ear]})
    with pytest.raises(TimeoutError):
        await model.ainvoke("x", {"callbacks": [ear]})
    assert ear.ends == [("TimeoutError", None)] * 4


class Texts(LLM):
    """A text model that streams numbers."""

    log: list[str] = []  # noqa: RUF012 - pydantic copies it

    def _call(self, prompt, stop=None, run_manager=None, **kwargs):
        return "whole"

    def _stream(self, prompt, stop=None, run_manager=None, **kwargs):
        try:
            for number in range(1000):
                yield GenerationChunk(text=str(number))
        finally:
            self.log.append("closed")

    @property
    def _llm_type(self) -> str:
        return "texts"


async def test_a_text_models_generator_is_closed_too() -> None:
    model, ear = Texts(), Ear()
    for piece in model.stream("x", {"callbacks": [ear]}):
        if piece == "2":
            break
    stream = model.astream("x", {"callbacks": [ear]})
    async for piece in stream:
        if piece == "2":
            break
    await stream.aclose()
    assert model.log == ["closed", "closed"]
    assert [name for name, _ in ear.ends] == ["GeneratorExit", "GeneratorExit"]


def test_threads_may_share_a_model() -> None:
    model = Counting()
    texts: list[str] = []

    def read() -> None:
        texts.append("".join(chunk.content for chunk in model.stream("x")))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["".join(map(str, range(1000)))] * 8


def test_a_run_record_does_not_make_a_model_stream() -> None:
    ends: list[Any] = []
    model = Counting().with_listeners(on_end=lambda run: ends.append(run.run_type))
    assert model.invoke("x").content == "whole"
    assert ends == ["chat_model"]
