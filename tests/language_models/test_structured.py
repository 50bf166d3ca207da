"""Answers of a given shape."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from typing_extensions import TypedDict

from headrace.callbacks import BaseCallbackHandler
from headrace.exceptions import OutputParserException
from headrace.language_models import FakeListChatModel, ParrotFakeChatModel, ReplayChatModel
from headrace.language_models.structured_raw import with_raw
from headrace.messages import AIMessage, AIMessageChunk
from headrace.output_parsers import JsonOutputParser, MarkdownListOutputParser, XMLOutputParser
from headrace.output_parsers.openai_functions import OutputFunctionsParser


class Joke(BaseModel):
    """A joke."""

    setup: str
    rating: int = 0


class Typed(TypedDict):
    """A joke."""

    setup: str


SCHEMA = {
    "title": "Named",
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}},
}


def model(name: str, **args: Any) -> ReplayChatModel:
    return ReplayChatModel(AIMessage("", tool_calls=[{"name": name, "args": args, "id": "1"}]))


def test_a_pydantic_model() -> None:
    chain = model("Joke", setup="why", rating=3).with_structured_output(Joke)
    assert chain.invoke("x") == Joke(setup="why", rating=3)
    assert list(chain.stream("x"))[-1] == Joke(setup="why", rating=3)


async def test_async() -> None:
    chain = model("Joke", setup="why").with_structured_output(Joke, method="any", strict=True)
    assert await chain.ainvoke("x") == Joke(setup="why")
    assert [part async for part in chain.astream("x")][-1] == Joke(setup="why")


@pytest.mark.parametrize(("schema", "name"), [(Typed, "Typed"), (SCHEMA, "Named")])
def test_a_dictionary(schema: Any, name: str) -> None:
    chain = model(name, setup="why").with_structured_output(schema)
    assert chain.invoke("x") == {"setup": "why"}
    growing = [part["setup"] for part in chain.stream("x") if part and "setup" in part]
    assert growing[-1] == "why"


def test_data_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValidationError, match="setup"):
        model("Joke", rating="many").with_structured_output(Joke).invoke("x")


def test_include_raw() -> None:
    right = model("Joke", setup="why").with_structured_output(Joke, include_raw=True).invoke("x")
    assert (right["parsed"], right["parsing_error"]) == (Joke(setup="why"), None)
    assert right["raw"].tool_calls[0]["args"] == {"setup": "why"}
    wrong = model("Joke").with_structured_output(Joke, include_raw=True).invoke("x")
    assert wrong["parsed"] is None
    assert isinstance(wrong["parsing_error"], ValidationError)
    assert wrong["raw"].tool_calls[0]["args"] == {}


def test_observers_are_told_of_the_shape() -> None:
    told: list[Any] = []

    class Ear(BaseCallbackHandler):
        def on_chat_model_start(self, serialized, messages, *, options, invocation_params, **kw):
            told.append((options["ls_structured_output_format"], invocation_params))

    chain = model("Joke", setup="why").with_structured_output(Joke)
    chain.invoke("x", {"callbacks": [Ear()]})
    list(chain.stream("x", {"callbacks": [Ear()]}))
    for shape, params in told:
        assert shape["kwargs"] == {"method": "function_calling"}
        assert set(shape["schema"]["properties"]) == {"setup", "rating"}
        assert "ls_structured_output_format" not in params
    assert len(told) == 2


def test_who_cannot_and_what_is_not_known() -> None:
    with pytest.raises(NotImplementedError, match="not implemented for this model"):
        ParrotFakeChatModel().with_structured_output(Joke)
    with pytest.raises(ValueError, match=r"unsupported arguments {'more': 1}"):
        FakeListChatModel(responses=["x"]).with_structured_output(Joke, more=1)


TEXT = '{"setup": "Why did the \\u20ac cross?", "rating": 5}'


def replayed(name: str, text: str = TEXT) -> ReplayChatModel:
    call = {"name": name, "args": "", "id": "1", "index": 0}
    pieces = [{**call, "name": None, "id": None, "args": text[i : i + 5]} for i in range(0, 99, 5)]
    chunks = [AIMessageChunk(content="", tool_call_chunks=[one]) for one in (call, *pieces)]
    return ReplayChatModel([AIMessageChunk("Let me see."), *chunks])


def summed(parts: list[Any]) -> Any:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


class Watches(BaseCallbackHandler):
    """Hears of chains: then their steps are runs that tell of themselves."""

    def __init__(self) -> None:
        self.kinds: list[Any] = []

    def on_chain_start(self, *args: Any, **kwargs: Any) -> None:
        self.kinds.append(kwargs.get("run_type"))


watched = pytest.mark.parametrize("watches", [False, True])


@watched
@pytest.mark.parametrize(("schema", "name"), [(Joke, "Joke"), (Typed, "Typed"), (SCHEMA, "Named")])
async def test_raw_and_parsed_stream_together(schema: Any, name: str, watches: bool) -> None:
    chain = replayed(name).with_structured_output(schema, include_raw=True)
    plain = replayed(name).with_structured_output(schema)
    whole = chain.invoke("x")
    assert whole["parsed"] == plain.invoke("x")
    handler = Watches()
    config: Any = {"callbacks": [handler]} if watches else {}
    streamed = list(chain.stream("x", config))
    astreamed = [part async for part in chain.astream("x", config)]
    assert handler.kinds.count("parser") == (2 if watches else 0)
    for parts in (streamed, astreamed):
        raw = [part["raw"] for part in parts if "raw" in part]
        assert raw[0].content == "Let me see."
        data = [part["parsed"] for part in parts if "parsed" in part]
        assert data == list(plain.stream("x"))
        if not watches:  # a watched parser has a thread of its own
            assert parts.index({"parsed": data[0]}) < parts.index({"raw": raw[-2]})
        total = summed(parts)
        assert (total["parsed"], total["parsing_error"]) == (whole["parsed"], None)
        assert total["raw"].tool_calls == whole["raw"].tool_calls


async def test_partial_models() -> None:
    chain = replayed("Joke").with_structured_output(Joke, partial_models=True)
    parts = list(chain.stream("x"))
    assert [part.setup for part in parts[:3]] == [None, "Why ", "Why did t"]
    assert isinstance(parts[0], Joke)
    assert (parts[-1].setup, parts[-1].rating) == ("Why did the € cross?", 5)
    assert parts == [part async for part in chain.astream("x")]
    both = replayed("Joke").with_structured_output(Joke, partial_models=True, include_raw=True)
    assert summed(list(both.stream("x")))["parsed"] == both.invoke("x")["parsed"]
    assert type(summed(list(both.stream("x")))["parsed"]) is Joke
    with pytest.raises(ValueError, match="dictionaries grow"):
        replayed("Typed").with_structured_output(Typed, partial_models=True)


def one_parser(parser: Any, text: str, config: Any) -> list[Any]:
    chunks = [AIMessageChunk(text[start : start + 3]) for start in range(0, len(text), 3)]
    parts = with_raw(ReplayChatModel(chunks), parser).stream("x", config)
    return [part for part in parts if "raw" not in part]


class Loud(JsonOutputParser):
    """Reads whole texts by a rule of its own."""

    def parse_result(self, result: Any, *, partial: bool = False) -> Any:
        return result[0].text.upper()


def test_a_parser_of_whole_answers_gives_its_own_at_the_end() -> None:
    calls = [{"name": "f", "arguments": "{"}, {"arguments": "}"}]
    chunks = [AIMessageChunk("", additional_kwargs={"function_call": call}) for call in calls]
    parts = list(with_raw(ReplayChatModel(chunks), OutputFunctionsParser()).stream("x"))
    assert parts[-1] == {"parsed": "{}", "parsing_error": None}
    assert all(set(part) == {"raw"} for part in parts[:-1])


@watched
def test_any_parser_stands_beside_the_message(watches: bool) -> None:
    config: Any = {"callbacks": [Watches()]} if watches else {}
    ends = {"parsing_error": None}
    assert one_parser(JsonOutputParser(), "[1, 2]", config) == [
        {"parsed": [1]},
        {"parsed": [1, 2]},
        ends,
    ]
    assert one_parser(MarkdownListOutputParser(), "- a\n- b", config) == [
        {"parsed": ["a"]},
        {"parsed": ["b"]},
        {"parsed": ["a", "b"], **ends},
    ]
    assert one_parser(Loud(), "[1, 2]", config) == [
        {"parsed": "[1,"},
        {"parsed": "[1, 2]"},
        ends,
    ]
    (whole,) = one_parser(OutputFunctionsParser(), "text", config)
    assert isinstance(whole.pop("parsing_error"), OutputParserException)
    assert whole == {"parsed": None}
    broken = one_parser(XMLOutputParser(parser="xml"), "<a><b>1</b></c></a>", config)
    assert [set(part) for part in broken] == [{"parsed"}, {"parsed", "parsing_error"}]
    assert isinstance(broken[1]["parsing_error"], OutputParserException)


@watched
@pytest.mark.parametrize(("schema", "name"), [(Joke, "Joke"), (Typed, "Typed")])
async def test_arguments_that_were_cut_off(schema: Any, name: str, watches: bool) -> None:
    config: Any = {"callbacks": [Watches()]} if watches else {}
    assert replayed(name, TEXT[:20]).with_structured_output(schema).invoke("x") is None
    chain = replayed(name, TEXT[:20]).with_structured_output(schema, include_raw=True)
    streamed = summed(list(chain.stream("x", config)))
    astreamed = summed([part async for part in chain.astream("x", config)])
    for total in (chain.invoke("x"), await chain.ainvoke("x"), streamed, astreamed):
        assert total["parsed"] is None
        assert isinstance(total["parsing_error"], OutputParserException)
        assert name in str(total["parsing_error"])
        assert total["parsing_error"].llm_output == TEXT[:20]


async def test_a_model_that_fails_in_mid_stream() -> None:
    class Breaks(ReplayChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            yield from super()._stream(*args, **kwargs)
            raise ConnectionError("lost")

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            async for chunk in super()._astream(*args, **kwargs):
                yield chunk
            raise ConnectionError("lost")

    model = Breaks(AIMessage("", tool_calls=[{"name": "Typed", "args": {"setup": "a"}, "id": "1"}]))
    chain = model.with_structured_output(Typed, include_raw=True)
    seen: list[Any] = []
    with pytest.raises(ConnectionError, match="lost"):
        seen.extend(part for part in chain.stream("x"))

    async def read() -> None:
        async for part in chain.astream("x"):
            seen.append(part)

    with pytest.raises(ConnectionError, match="lost"):
        await read()
    assert any("parsed" in part for part in seen)
    assert not any("parsing_error" in part for part in seen)


async def test_leaving_closes_the_model() -> None:
    closed = []

    class Watched(ReplayChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            try:
                yield from super()._stream(*args, **kwargs)
            finally:
                closed.append("stream")

        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            try:
                async for chunk in super()._astream(*args, **kwargs):
                    yield chunk
            finally:
                closed.append("astream")

    model = Watched(
        AIMessage("", tool_calls=[{"name": "Typed", "args": {"setup": "a"}, "id": "1"}])
    )
    chain = model.with_structured_output(Typed, include_raw=True)
    parts = chain.stream("x")
    next(parts)
    parts.close()
    assert closed == ["stream"]
    aparts = chain.astream("x")
    await aparts.__anext__()
    await aparts.aclose()
    assert closed == ["stream", "astream"]
