"""The drop-in `JsonOutputParser`, in chains of LangChain."""

import asyncio
import pickle
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.output_parsers import JsonOutputParser as Theirs
from langchain_core.runnables import Runnable
from pydantic import ValidationError

from headrace.langchain import JsonOutputParser

CHUNKS = [
    '```json\n{"countries": [{"na',
    'me": "France", "population": 67',
    "413000}, ",
    '{"name": "Sp',
]
CHUNKS += ['ain", "population": 47351567}]}', "\n```"]


async def alist(stream: AsyncIterator[Any]) -> list[Any]:
    return [value async for value in stream]


async def alternately() -> AsyncIterator[str]:
    for chunk in CHUNKS:
        yield chunk


def test_it_gives_what_langchains_gives() -> None:
    ours, theirs = JsonOutputParser(), Theirs()
    assert isinstance(ours, Runnable)
    assert list(ours.transform(iter(CHUNKS))) == list(theirs.transform(iter(CHUNKS)))
    assert asyncio.run(alist(ours.atransform(alternately()))) == list(
        theirs.transform(iter(CHUNKS))
    )
    assert ours.invoke("".join(CHUNKS)) == theirs.invoke("".join(CHUNKS))
    assert ours.get_format_instructions() == theirs.get_format_instructions()
    with pytest.raises(OutputParserException, match="Invalid json output"):
        ours.invoke("x")


def test_as_a_step_of_a_chain() -> None:
    model = GenericFakeChatModel(messages=iter(["".join(CHUNKS)] * 2))
    chain = model | JsonOutputParser(select="$.countries[*].name")
    assert list(chain.stream("x")) == ["France", "Spain"]
    assert asyncio.run(alist(chain.astream("x"))) == ["France", "Spain"]


def test_held_back_scalars() -> None:
    parser = JsonOutputParser(numbers="complete", strings="complete")
    seen = list(parser.transform(iter(CHUNKS)))
    assert seen[-1]["countries"][1] == {"name": "Spain", "population": 47351567}
    names = {country.get("name") for value in seen for country in value["countries"]}
    populations = {country.get("population") for value in seen for country in value["countries"]}
    assert names == {None, "France", "Spain"}
    assert populations == {None, 67413000, 47351567}


def test_several_paths_and_parts_of_them() -> None:
    paths = ["$.countries[0].name", "$.countries[-1].population"]
    parser = JsonOutputParser(select=paths)
    expected = [(paths[0], "France"), (paths[1], 47351567)]
    assert list(parser.transform(iter(CHUNKS))) == expected
    assert parser.invoke("".join(CHUNKS)) == expected
    growing = JsonOutputParser(select="$.countries[1].name", partial=True)
    assert list(growing.transform(iter(CHUNKS))) == ["Sp", "Spain"]
    (match,) = JsonOutputParser(select="$.countries[1].name", details=True).transform(iter(CHUNKS))
    assert (match.value, match.complete) == ("Spain", True)


def test_a_stream_that_breaks_off() -> None:
    assert list(JsonOutputParser().transform(iter(['{"a": 1']))) == [{"a": 1}]
    seen = []
    with pytest.raises(OutputParserException, match="Invalid json output") as told:
        seen.extend(JsonOutputParser(on_incomplete="raise").transform(iter(['{"a": 1'])))
    assert told.value.llm_output == '{"a": 1'
    messages = [AIMessageChunk(content=it) for it in ('{"a": [1', ", 2")]
    stream = JsonOutputParser(on_incomplete="raise").transform(iter(messages))
    assert [next(stream), next(stream)] == [{"a": [1]}, {"a": [1, 2]}]
    with pytest.raises(OutputParserException):
        next(stream)


def test_diff() -> None:
    ours, theirs = JsonOutputParser(diff=True), Theirs(diff=True)
    assert list(ours.transform(iter(CHUNKS))) == list(theirs.transform(iter(CHUNKS)))
    held = list(JsonOutputParser(diff=True, strings="complete").transform(iter(CHUNKS)))
    assert held[-1] == [{"op": "add", "path": "/countries/1/name", "value": "Spain"}] or held


@pytest.mark.parametrize(
    "fields",
    [{"select": "$["}, {"select": "$[?@.a]"}, {"partial": True}, {"numbers": "some"}],
    ids=repr,
)
def test_wrong_settings_are_refused_at_once(fields: dict[str, Any]) -> None:
    with pytest.raises((ValidationError, ValueError)):
        JsonOutputParser(**fields)


def test_it_is_pickled() -> None:
    parser = pickle.loads(pickle.dumps(JsonOutputParser(select="$.a")))
    assert parser.invoke('{"a": 1}') == [1]
