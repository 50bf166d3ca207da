"""Chat models: what a subclass defines, and what follows from it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from headrace.callbacks import BaseCallbackHandler
from headrace.language_models import BaseChatModel, FakeListChatModel, GenericFakeChatModel
from headrace.load.dump import dumpd
from headrace.messages import AIMessage, AIMessageChunk, HumanMessage
from headrace.outputs import ChatGeneration, ChatGenerationChunk, ChatResult


class Whole(BaseChatModel):
    """Says where it was called, and cannot stream."""

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        said = threading.current_thread() is threading.main_thread()
        return ChatResult(generations=[ChatGeneration(message=AIMessage(str(said)))])

    @property
    def _llm_type(self) -> str:
        return "whole"


class Streaming(Whole):
    """Streams words, and keeps on which thread it began and was closed."""

    words: tuple[str, ...] = ("a", "b", "c")
    log: list[Any] = []  # noqa: RUF012 - pydantic copies it

    def _stream(self, messages, stop=None, run_manager=None, **kwargs) -> Iterator[Any]:
        self.log.append(threading.current_thread())
        try:
            for word in self.words:
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        finally:
            self.log.append(threading.current_thread())


class StreamingAsync(Whole):
    """Streams words on the loop alone."""

    log: list[Any] = []  # noqa: RUF012 - pydantic copies it

    async def _astream(self, messages, stop=None, run_manager=None, **kwargs) -> AsyncIterator[Any]:
        try:
            for word in "abc":
                await asyncio.sleep(0)
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        finally:
            self.log.append("closed")


def test_a_model_that_cannot_stream_gives_one_chunk() -> None:
    (chunk,) = Whole().stream("hi")
    assert chunk.content == "True"


async def test_a_whole_answer_is_made_off_the_loop() -> None:
    assert (await Whole().ainvoke("hi")).content == "False"
    assert [chunk.content async for chunk in Whole().astream("hi")] == ["False"]


def test_the_chunks_of_a_stream_share_the_run_s_id_and_the_last_says_so() -> None:
    chunks = list(Streaming().stream("hi"))
    assert [chunk.content for chunk in chunks] == ["a", "b", "c", ""]
    (only,) = {chunk.id for chunk in chunks}
    assert only is not None
    assert only.startswith("lc_run--")
    assert [chunk.chunk_position for chunk in chunks] == [None, None, None, "last"]


def test_leaving_a_stream_closes_the_models_generator() -> None:
    model = Streaming()
    for _ in model.stream("hi"):
        break
    assert len(model.log) == 2


async def test_a_sync_stream_is_pumped_and_closed_by_one_thread() -> None:
    model = Streaming()
    assert [chunk.content async for chunk in model.astream("hi")] == ["a", "b", "c", ""]
    began, closed = model.log
    assert began is closed
    assert began is not threading.main_thread()


async def test_a_fake_asks_for_its_message_on_a_thread_and_streams_it_on_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, made = [], []

    def messages() -> Iterator[str]:
        while True:
            asked.append(threading.current_thread())
            yield "a b c"

    init = ChatGenerationChunk.__init__

    def counted(self, *args, **kwargs):
        made.append(threading.current_thread())
        init(self, *args, **kwargs)

    monkeypatch.setattr(ChatGenerationChunk, "__init__", counted)
    model = GenericFakeChatModel(messages=messages())
    assert "".join([chunk.content async for chunk in model.astream("hi")]) == "a b c"
    assert asked == made[:1] != [threading.main_thread()]
    assert made[1:] == [threading.main_thread()] * 4


async def test_a_fake_streams_as_a_subclass_says() -> None:
    class Loud(GenericFakeChatModel):
        def _stream(self, *args, **kwargs) -> Iterator[Any]:
            for chunk in super()._stream(*args, **kwargs):
                chunk.message.content = chunk.message.content.upper()
                yield chunk

    chunks = [chunk.content async for chunk in Loud(messages=iter(["a b"])).astream("hi")]
    assert chunks == ["A", " ", "B"]


async def test_closing_an_async_stream_closes_the_models_generator() -> None:
    for model in (Streaming(), StreamingAsync()):
        stream = model.astream("hi")
        async for _ in stream:
            break
        await stream.aclose()
        assert len(model.log) >= 1


def test_observers_hear_of_each_chunk() -> None:
    heard: list[Any] = []

    class Handler(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, **kwargs):
            heard.append(("start", [m.content for m in messages[0]], kwargs["metadata"]))

        def on_llm_new_token(self, token, *, chunk=None, **kwargs):
            heard.append(("token", token, chunk.message.content))

        def on_llm_end(self, response, **kwargs):
            heard.append(("end", response.generations[0][0].text))

    list(Streaming().stream("hi", {"callbacks": [Handler()]}))
    start, *tokens, end = heard
    assert start[:2] == ("start", ["hi"])
    assert start[2]["ls_provider"] == "streaming"
    assert tokens == [("token", word, word) for word in ("a", "b", "c", "")]
    assert end == ("end", "abc")


@pytest.mark.parametrize("given", ["hi", [("user", "hi")], [HumanMessage("hi")]])
def test_input_in_any_form(given: Any) -> None:
    assert Whole().invoke(given).content == "True"


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="Invalid input type <class 'int'>"):
        Whole().invoke(1)  # type: ignore[arg-type]


def test_what_is_as_it_is_by_default_is_not_shown() -> None:
    model = FakeListChatModel(responses=["a"])
    assert "output_version" not in repr(model)
    assert "output_version" not in dumpd(model)["repr"]
    assert "output_version='v1'" in repr(FakeListChatModel(responses=["a"], output_version="v1"))
