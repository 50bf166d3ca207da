"""LangChain's event streams, with acceleration and without."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool

from headrace.langchain import accelerate


def model(text: str = '{"a": [1, 2], "b": "x y"}') -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(content=text)] * 9)).with_config(
        tags=["talks"]
    )


def chains() -> dict[str, Any]:
    prompt = ChatPromptTemplate.from_template("{x}")

    @tool
    def look(x: str) -> str:
        """Look."""
        return str(model("found it").invoke(x).content)

    async def inner(x: Any) -> Any:
        return [chunk async for chunk in (model() | StrOutputParser()).astream("y")]

    return {
        "text": prompt | model("a b c") | StrOutputParser(),
        "json": prompt | model() | JsonOutputParser(),
        "parallel": prompt
        | RunnableParallel(one=model("a b"), two=model("c d") | StrOutputParser()),
        "tool": RunnableLambda(lambda x: x["x"]) | look,
        "function": RunnableLambda(inner).with_config(run_name="inner"),
    }


FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "nothing": {"include_names": ["nobody"]},
    "models": {"include_types": ["chat_model"]},
    "no models": {"exclude_types": ["chat_model"]},
    "tags": {"include_tags": ["talks"]},
    "no tags": {"exclude_tags": ["talks"]},
    "names": {
        "include_names": ["inner", "JsonOutputParser", "look"],
        "exclude_tags": ["seq:step:1"],
    },
}


def in_order(value: Any) -> Any:
    """Give the same with the keys of dicts sorted: those of parallel steps come as they end."""
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value)}
    return value


async def events(chain: Any, version: str, filters: dict[str, Any]) -> list[Any]:
    ids: dict[str, int] = {}
    seen = []
    async for event in chain.astream_events({"x": "hi"}, version=version, **filters):
        text = repr(in_order(event))
        for run_id in re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", text):
            text = text.replace(run_id, str(ids.setdefault(run_id, len(ids))))
        seen.append(text)
    return seen


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("name", chains())
def test_the_events_are_the_same(name: str, filters: dict[str, Any]) -> None:
    def scenario() -> Any:
        seen = asyncio.run(events(chains()[name], "v2", filters))
        # Which of two parallel steps goes first is the scheduler's.
        return (
            sorted(
                re.sub(r"'(run_id|parent_ids)': ('\w+'|\[.*?\])|lc_run--\d+", "", it) for it in seen
            )
            if (name == "parallel")
            else seen
        )

    with accelerate():
        ours = scenario()
    assert ours == scenario()
    if filters == FILTERS["none"]:
        assert any("on_chat_model_stream" in it for it in ours)
    if filters == FILTERS["nothing"]:
        assert ours == []


@pytest.mark.filterwarnings("ignore:astream_log is deprecated")
def test_the_log_is_the_same() -> None:
    async def log() -> list[Any]:
        chain = chains()["json"]
        return [
            re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.+]+", "", repr(patch))
            async for patch in chain.astream_log({"x": "hi"})
        ]

    with accelerate():
        ours = asyncio.run(log())
    assert ours == asyncio.run(log())


def test_a_discarded_run_is_tapped_once() -> None:
    """Also where its own astream and the event stream both pass its chunks on."""
    made: list[str] = []

    class Counting(GenericFakeChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
            for chunk in super()._stream(*args, **kwargs):
                made.append(str(chunk.text))
                yield chunk

    prompt = ChatPromptTemplate.from_template("{x}")
    chain = prompt | Counting(messages=iter(["a b"] * 2)) | StrOutputParser()
    with accelerate():
        assert asyncio.run(events(chain, "v2", {"exclude_types": ["chat_model"]}))
    assert "".join(made) == "a b"
