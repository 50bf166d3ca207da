"""Chunks add up as with the reference, in any order of brackets, and change nothing."""

import copy
import gc
import itertools
import json
import pickle
import subprocess
import sys
import threading
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk as TheirChunk
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from headrace import compat
from headrace.messages import AIMessageChunk, HumanMessageChunk
from headrace.messages.ai import add_ai_message_chunks

# The reference shows half a surrogate pair, and takes back what stood before half an escape: see
# docs/differences.md. Neither can be in these texts.
plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\\"), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def calls(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The parts of parallel calls, each of an index and an id of its own, mixed."""
    parts: list[list[dict[str, Any]]] = []
    for index in range(draw(st.integers(1, 3))):
        text = json.dumps(draw(st.dictionaries(plain, values, max_size=3)), ensure_ascii=False)
        if "\\" in text:
            text = "{}"
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        first = {"name": "f", "args": "", "id": f"call_{index}", "index": index}
        rest = [{"name": None, "args": piece, "id": None, "index": index} for piece in pieces]
        parts.append([first, *rest])
    mixed: list[dict[str, Any]] = []
    while any(parts):
        chosen = draw(st.sampled_from([part for part in parts if part]))
        mixed.append(chosen.pop(0))
    return mixed


usages = st.fixed_dictionaries(
    {name: st.integers(0, 99) for name in ("input_tokens", "output_tokens", "total_tokens")},
    optional={"output_token_details": st.fixed_dictionaries({"reasoning": st.integers(0, 9)})},
)
blocks = st.fixed_dictionaries(
    {"type": st.just("text"), "text": plain, "index": st.integers(0, 2)},
)


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The fields of chunks."""
    contents = draw(st.sampled_from([plain, st.lists(blocks, max_size=2), plain | st.just([])]))
    fields = [{"content": "", "tool_call_chunks": [part]} for part in draw(st.just([]) | calls())]
    for field in fields:
        field["content"] = draw(contents)
    fields += draw(
        st.lists(
            st.fixed_dictionaries(
                {"content": contents},
                optional={
                    "id": st.sampled_from(["lc_run--1", "msg_1", "lc_2", None]),
                    "additional_kwargs": st.dictionaries(st.sampled_from("ab"), plain, max_size=2),
                    "response_metadata": st.dictionaries(st.sampled_from("cd"), plain, max_size=2),
                    "usage_metadata": usages,
                    "chunk_position": st.sampled_from([None, "last"]),
                },
            ),
            min_size=1,
            max_size=6,
        )
    )
    return fields


def fold(cls: Any, fields: list[dict[str, Any]]) -> list[Any]:
    """The sum after each chunk, or what it raises."""
    totals: list[Any] = []
    for given_fields in fields:
        chunk = cls(**copy.deepcopy(given_fields))
        totals.append(totals[-1] + chunk if totals else chunk)
    return totals


def outcome(cls: Any, fields: list[dict[str, Any]]) -> Any:
    try:
        return [total.model_dump() for total in fold(cls, fields)]
    except (TypeError, ValueError) as error:
        return type(error).__name__, str(error)


@given(streams())
def test_each_sum_is_that_of_the_reference(fields: list[dict[str, Any]]) -> None:
    with compat.exact():
        assert outcome(AIMessageChunk, fields) == outcome(TheirChunk, fields)


@given(calls())
def test_calls_are_those_of_the_reference_also_without_exact(parts: list[dict[str, Any]]) -> None:
    fields = [{"content": "", "tool_call_chunks": [part]} for part in parts]
    assert outcome(AIMessageChunk, fields) == outcome(TheirChunk, fields)


@given(streams(), st.data())
def test_brackets_do_not_matter(fields: list[dict[str, Any]], data: st.DataObject) -> None:
    fields = [
        {**it, "content": it["content"] if isinstance(it["content"], str) else ""} for it in fields
    ]
    expected = fold(AIMessageChunk, fields)[-1]
    chunks = [AIMessageChunk(**it) for it in fields]
    while len(chunks) > 1:
        at = data.draw(st.integers(0, len(chunks) - 2))
        chunks[at : at + 2] = [chunks[at] + chunks[at + 1]]
    total = chunks[0]
    for name in ("content", "tool_calls", "tool_call_chunks", "usage_metadata", "text"):
        assert getattr(total, name) == getattr(expected, name)


pieces = st.lists(st.sampled_from(['{"a"', ": 1", "}", ""]), min_size=1, max_size=3)


@given(st.lists(pieces, min_size=1, max_size=3), st.data())
def test_brackets_do_not_matter_where_calls_have_no_index(
    calls: list[list[str]], data: st.DataObject
) -> None:
    """The beginning of a call says who it is; what follows goes on with it."""
    parts = [
        {"name": None, "args": args, "id": None, "index": None}
        | ({} if place else {"name": "f", "id": str(number)})
        for number, pieces_of_call in enumerate(calls)
        for place, args in enumerate(pieces_of_call)
    ]
    chunks = [AIMessageChunk(content="")]
    while parts:
        cut = data.draw(st.integers(1, len(parts)))
        chunks.append(AIMessageChunk(content="", tool_call_chunks=parts[:cut]))
        parts = parts[cut:]
    while len(chunks) > 1:
        at = data.draw(st.integers(0, len(chunks) - 2))
        chunks[at : at + 2] = [chunks[at] + chunks[at + 1]]
    assert [(it["id"], it["args"]) for it in chunks[0].tool_call_chunks] == [
        (str(number), "".join(pieces_of_call)) for number, pieces_of_call in enumerate(calls)
    ]


@given(streams(), st.data())
def test_forks_and_readers_disturb_nothing(
    fields: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Whatever is read, kept or continued twice on the way, each sum is what it would be alone."""
    expected = [total.model_dump() for total in fold(AIMessageChunk, fields)]
    totals: list[AIMessageChunk] = []
    for number, given_fields in enumerate(fields):
        chunk = AIMessageChunk(**copy.deepcopy(given_fields))
        if not totals:
            totals.append(chunk)
            continue
        for _ in range(data.draw(st.integers(0, 2))):
            other = data.draw(st.sampled_from(totals))
            other + AIMessageChunk(
                content="other",
                tool_call_chunks=[{"args": "}x", "index": 0, "name": None, "id": None}],
            )
            data.draw(st.sampled_from([lambda it: it.content, lambda it: it.tool_calls]))(other)
        totals.append(totals[-1] + chunk)
        assert number + 1 == len(totals)
    assert [total.model_dump() for total in totals] == expected


@given(streams())
def test_round_trips(fields: list[dict[str, Any]]) -> None:
    for total in fold(AIMessageChunk, fields):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(total, protocol)) == total
        assert copy.copy(total) == copy.deepcopy(total) == total == total.model_copy()
        again = AIMessageChunk.model_validate(total.model_dump())
        assert again.model_dump() == total.model_dump()
        assert AIMessageChunk.model_validate_json(total.model_dump_json()) == total


def change(value: Any) -> None:
    """Change everything that can be."""
    if isinstance(value, dict):
        for item in value.values():
            change(item)
        value["changed"] = True
    elif isinstance(value, list):
        for item in value:
            change(item)
        value.append("changed")


@given(streams(), st.booleans())
def test_changing_a_sum_changes_no_operand(fields: list[dict[str, Any]], read: bool) -> None:
    totals = fold(AIMessageChunk, fields[:-1] or fields)
    left = totals[-1]
    right = AIMessageChunk(**copy.deepcopy(fields[-1]))
    before = copy.deepcopy((left, right))
    if read:
        left.model_dump()
        left.tool_calls, right.tool_calls  # noqa: B018 - reading is what may share
    total = left + right
    for name in total.__known_fields__:
        change(getattr(total, name))
    assert (left, right) == before


def parts(*texts: str) -> list[AIMessageChunk]:
    first = {"name": "f", "args": "", "id": "1", "index": 0}
    rest = [{"name": None, "args": text, "id": None, "index": 0} for text in texts]
    return [AIMessageChunk(content="", tool_call_chunks=[it]) for it in (first, *rest)]


def test_calls_say_whether_they_are_complete() -> None:
    first, opened, ended = parts('{"a": [1', "]}")
    assert first.tool_calls_complete == [False]
    assert (first + opened).tool_calls == [
        {"name": "f", "args": {"a": [1]}, "id": "1", "type": "tool_call"}
    ]
    assert (first + opened).tool_calls_complete == [False]
    assert (first + opened + ended).tool_calls_complete == [True]
    assert AIMessageChunk("").tool_calls_complete == []


def test_the_same_list_each_time() -> None:
    first, opened = parts('{"a": 1')
    total = first + opened
    assert total.tool_calls is total.tool_calls
    assert total.tool_call_chunks is total.tool_call_chunks
    assert total.additional_kwargs is total.additional_kwargs


def test_changed_parts_count() -> None:
    first, opened = parts('{"a": 1')
    first.tool_call_chunks[0]["args"] = '{"b": 2, '
    assert (first + opened).tool_call_chunks[0]["args"] == '{"b": 2, {"a": 1'
    first.tool_call_chunks.clear()
    assert len((first + opened).tool_call_chunks) == 1


def test_snapshots_of_arguments_do_not_change() -> None:
    chunks = parts(*(c for c in json.dumps({"list": [[1], [2, {"a": "text"}]], "end": None})))
    total, seen = chunks[0], []
    for chunk in chunks[1:]:
        total = total + chunk
        seen.append((total.tool_calls, copy.deepcopy(total.tool_calls)))
    assert all(now == then for now, then in seen)


def test_usage_policies() -> None:
    counts = [{"input_tokens": 5, "output_tokens": n, "total_tokens": 5 + n} for n in (1, 3, 2)]
    chunks = [AIMessageChunk("", usage_metadata=it) for it in counts]
    total = {
        policy: add_ai_message_chunks(*chunks, usage=policy).usage_metadata
        for policy in ("sum", "last", "max")
    }
    assert total["sum"] == {"input_tokens": 15, "output_tokens": 6, "total_tokens": 21}
    assert total["last"] == counts[2]
    assert total["max"] == counts[1]
    with compat.using_usage("last"):
        assert (chunks[0] + chunks[1]).usage_metadata == counts[1]
    with pytest.raises(ValueError, match="the usage policy must be"), compat.using_usage("min"):
        pass


class Scored(AIMessageChunk):
    score: int = 0
    tags: list[str]

    def __init__(self, content: Any = "", **kwargs: Any) -> None:
        kwargs.setdefault("tags", ["new"])
        super().__init__(content, **kwargs)


class Plain(AIMessageChunk):
    pass


def test_subclasses_of_users() -> None:
    total = Scored("a", score=3) + AIMessageChunk("b")
    assert type(total) is Scored
    assert (total.content, total.score, total.tags) == ("ab", 0, ["new"])
    assert Scored("a", score="7").score == 7
    assert pickle.loads(pickle.dumps(Scored("a", score=3))) == Scored("a", score=3)
    assert Scored("a", score=3).model_dump()["score"] == 3
    with pytest.raises(ValueError, match="score"):
        Scored("a", score="many")
    assert type(Plain("a") + Plain("b")) is Plain
    match HumanMessageChunk("hello"):
        case HumanMessageChunk(content=text):
            assert text == "hello"


class Cited(AIMessageChunk):
    sources: list[str] = Field(default_factory=list)
    pages: int | None = None
    notes: str = "none"

    @field_validator("sources")
    @classmethod
    def _known(cls, sources: list[str]) -> list[str]:
        return [cls._tidy(source) for source in sources]

    @field_validator("pages", mode="before")
    @classmethod
    def _counted(cls, pages: Any, info: ValidationInfo) -> Any:
        if pages == "none":
            raise ValueError(f"{info.field_name} must be a number")
        return pages

    @field_validator("content", "notes", mode="wrap")
    @classmethod
    def _loud(cls, text: Any, handler: Any) -> str:
        return str(handler(text)).upper()

    @model_validator(mode="after")
    def _never(self) -> Any:
        raise AssertionError

    @staticmethod
    def _tidy(source: str) -> str:
        return source.strip()


class Quoted(Cited):
    quote: str = ""

    @field_validator("*", mode="after")
    @classmethod
    def _all(cls, value: Any) -> Any:
        return f"{cls.__name__}:{value}" if isinstance(value, str) else value


def test_validators_of_users() -> None:
    message = Cited("a", sources=[" x "], pages="7", notes="b")
    assert (message.sources, message.pages, message.notes) == (["x"], 7, "B")
    assert message.content == "a"
    assert Cited.model_validate({"content": "a", "sources": ["y "]}).sources == ["y"]
    with pytest.raises(ValidationError, match=r"pages\n.*pages must be a number"):
        Cited("a", pages="none")
    quoted = Quoted("a", quote="q", notes="n", sources=[" s"])
    assert (quoted.quote, quoted.notes, quoted.sources) == ("Quoted:q", "Quoted:N", ["s"])
    assert (type(quoted + AIMessageChunk("b")), Quoted("a").notes) == (Quoted, "none")
    assert Cited._known(["z "]) == ["z"]


def test_a_cycle_is_collected() -> None:
    for make in (
        lambda: AIMessageChunk("", additional_kwargs={}),
        lambda: sum_of(parts('{"a": [', "1")),
    ):
        message = make()
        message.additional_kwargs["self"] = message
        message.anything = message
        if message.tool_calls:
            message.tool_calls[0]["args"]["a"].append(message)
        gone = weakref.ref(message)
        del message
        gc.collect()
        assert gone() is None


def sum_of(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    total = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    return total


def test_threads_do_no_harm() -> None:
    chunks = [AIMessageChunk("ab ") for _ in range(300)] + parts('{"a": "', *(["xy"] * 300), '"}')
    half = sum_of(chunks[:200])
    results: list[Any] = []

    def run() -> None:
        total = half
        for chunk in chunks[200:]:
            total = total + chunk
            total.content, total.tool_calls  # noqa: B018 - to disturb the others
        results.append((total.content, total.tool_calls))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = (
        "ab " * 300,
        [{"name": "f", "args": {"a": "xy" * 300}, "id": "1", "type": "tool_call"}],
    )
    assert results == [expected] * 8


MILLION = """
from pathlib import Path
from headrace.messages import AIMessageChunk
count = 1_000_000
text = AIMessageChunk("word")
part = AIMessageChunk("", tool_call_chunks=[dict(name=None, args="word", id=None, index=0)])
total = AIMessageChunk("", tool_call_chunks=[dict(name="f", args='{"a": "', id="1", index=0)])
for number in range(count):
    total = total + (part if number % 2 else text)
    if number % 100 == 0:
        assert len(total.content) == 4 * (number // 2 + 1)
        assert len(total.tool_calls[0]["args"]["a"]) == 4 * ((number + 1) // 2)
assert total.content == "word" * (count // 2)
assert total.tool_calls[0]["args"] == {"a": "word" * (count // 2)}
# Not ru_maxrss, which a child begins with its parent's.
status = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
"""


def test_a_million_chunks() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MILLION], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 250, "megabytes, of which the texts are 4"


TEXT = {"type": "text", "text": "Here it is."}
REASONING = {"type": "reasoning", "reasoning": "The user asks."}
CALL = {"type": "tool_use", "name": "f", "id": "1", "input": {}}


@pytest.mark.parametrize("blocks", list(itertools.permutations((TEXT, REASONING, CALL))))
def test_blocks_of_different_kinds_stay_apart(blocks: Any) -> None:
    numbered = [{**block, "index": 0} for block in blocks]
    chunks = [AIMessageChunk([block]) for block in numbered]
    assert (chunks[0] + chunks[1:]).content == numbered
    assert (chunks[0] + chunks[1] + chunks[2]).text == "Here it is."
    # A part of unknown kind continues the first block of its index.
    part = AIMessageChunk([{"index": 0, "extra": 1}])
    assert (chunks[0] + chunks[1] + part).content == [{**numbered[0], "extra": 1}, numbered[1]]
    # Long lists are sorted before they are searched.
    many = [{**block, "index": i} for i in range(40) for block in blocks]
    total = AIMessageChunk(many[::2]) + AIMessageChunk(many[1::2])
    assert sorted(map(str, total.content)) == sorted(map(str, many))
    with compat.exact():
        assert len((chunks[0] + chunks[1:]).content) == 1
