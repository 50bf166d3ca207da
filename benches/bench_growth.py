"""Growth of time when input doubles: 2 is linear, 4 quadratic, 8 cubic.

Each case was once quadratic or worse, or could become so: parsers, templates, merges and selection.
"""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from headrace import _core
from headrace.exceptions import OutputParserException
from headrace.json import PartialJsonParser, iter_documents, parse_json_markdown, parse_partial_json
from headrace.messages import (
    AIMessageChunk,
    HumanMessage,
    filter_messages,
    merge_message_runs,
    trim_messages,
)
from headrace.messages.ai import add_ai_message_chunks
from headrace.output_parsers import (
    CommaSeparatedListOutputParser,
    JsonOutputParser,
    MarkdownListOutputParser,
    NumberedListOutputParser,
    XMLOutputParser,
)
from headrace.output_parsers.openai_tools import JsonOutputToolsParser
from headrace.outputs import ChatGeneration
from headrace.prompts import ChatPromptTemplate, PromptTemplate
from headrace.utils.mustache import Mustache

QUADRATIC = {
    "merge: tool calls": 5.0,
    "merge: tool calls at once": 5.0,
    "merge: indexed blocks": 5.0,
    "merge: indexed blocks at once": 5.0,
}
"""Cases that are quadratic in the number of parallel calls or blocks, though not in their length.

A part finds its call or block by a look at each one so far, and `+` copies references to all.
"""

Case = Callable[[int], Callable[[], object]]
"""A function that prepares an input of a size and returns what is timed."""

LIMIT = 2.9
"""Between linear and quadratic, with room for the noise of a busy machine."""


def feed(chunks: list[str], **options: Any) -> object:
    parser = PartialJsonParser(**options)
    for chunk in chunks:
        parser.feed(chunk)
        parser.value  # noqa: B018 - each snapshot is read
    return parser.value


def selected(chunks: list[str], select: str) -> object:
    parser = PartialJsonParser(select=select)
    for chunk in chunks:
        parser.feed(chunk)
        parser.matches()
    return parser


def malformed_xml(text: str) -> object:
    with suppress(OutputParserException):
        return XMLOutputParser().parse(text)
    return None


def members(n: int, **options: Any) -> object:
    parser = PartialJsonParser(**options)
    parser.feed("{" + ",".join(f'"a{i}":1' for i in range(n)) + "}")
    return parser.matches()


def changes(n: int, method: str) -> object:
    parser = PartialJsonParser(changes=True)
    for i in range(n):
        parser.feed("[" if i == 0 else f"{i},")
        getattr(parser, method)()
    return parser


def call(i: int, args: str = "{}", name: str | None = "f") -> Any:
    return {"name": name, "args": args, "id": f"call_{i}" if name else None, "index": i}


def fold(chunks: list[AIMessageChunk]) -> object:
    total: Any = chunks[0]
    for chunk in chunks[1:]:
        total = total + chunk
    return total.content, total.tool_calls


def calls(n: int) -> list[AIMessageChunk]:
    return [AIMessageChunk(content="", tool_call_chunks=[call(i)]) for i in range(n)]


def arguments(n: int) -> list[AIMessageChunk]:
    """One call whose arguments arrive in pieces."""
    parts = [call(0, '{"a": "'), *(call(0, "word ", None) for _ in range(n)), call(0, '"}', None)]
    return [AIMessageChunk(content="", tool_call_chunks=[part]) for part in parts]


def blocks(n: int) -> list[AIMessageChunk]:
    return [
        AIMessageChunk(content=[{"type": "text", "text": "x", "index": i % (n // 2)}])
        for i in range(n)
    ]


def texts(n: int) -> list[AIMessageChunk]:
    return [AIMessageChunk(content="word ") for _ in range(n)]


def tool_answer(n: int) -> list[Any]:
    return [ChatGeneration(message=add_ai_message_chunks(*calls(n)))]


def numbered(n: int) -> list[Any]:
    return [HumanMessage("x", id=str(i)) for i in range(n)]


def of(run: Callable[..., object], make: Callable[[int], Any]) -> Case:
    """Time a function on an input that is made before."""
    return lambda n: partial(run, make(n))


PARSERS: dict[str, Case] = {
    "xml declaration": of(malformed_xml, lambda n: "<encoding" * n),
    "xml elements": of(XMLOutputParser(parser="xml").parse, lambda n: f"<a>{'<b>x</b>' * n}</a>"),
    "xml in pieces": of(
        lambda parts: list(XMLOutputParser(parser="xml").transform(iter(parts))),
        lambda n: ["<a>", *["<b>x</b>"] * n, "</a>"],
    ),
    "markdown list, blank lines": of(MarkdownListOutputParser().parse, lambda n: "\n" * 10 * n),
    "markdown list, items": of(MarkdownListOutputParser().parse, lambda n: "- item\n" * n),
    "numbered list, digits": of(NumberedListOutputParser().parse, lambda n: "1" * 10 * n),
    "numbered list, items": of(NumberedListOutputParser().parse, lambda n: "1. item\n" * n),
    "list in pieces": of(
        lambda parts: list(NumberedListOutputParser().transform(iter(parts))),
        lambda n: ["1. item\n"] * n,
    ),
    "comma-separated list": of(CommaSeparatedListOutputParser().parse, lambda n: "item, " * n),
    "json, one string": of(feed, lambda n: ['["', *["words "] * n]),
    "json, one key": of(feed, lambda n: ['{"', *["words "] * n]),
    "json, one number": of(feed, lambda n: ["[0.", *["1"] * n]),
    "json, elements": of(feed, lambda n: ["[", *["1,"] * n]),
    # A snapshot costs its open levels, of which there are 1,000 at most: it is read once here.
    "json, levels": of(partial(feed, max_depth=10**9), lambda n: ["[" * n]),
    "json, prose before": of(feed, lambda n: ["some [prose "] * n),
    "json, backticks": of(feed, lambda n: ["``` "] * n),
    "json, whole": of(parse_partial_json, lambda n: "[" + '{"a": "b"},' * n),
    "json, markdown": of(parse_json_markdown, lambda n: "```json\n[" + '{"a": "b"},' * n),
    "json documents": of(lambda text: list(iter_documents([text])), lambda n: '{"a": 1}\n' * n),
    "json changes": lambda n: partial(changes, n, "changes"),
    "json patches": lambda n: partial(changes, n, "patch"),
    "json output parser": of(
        lambda parts: list(JsonOutputParser(diff=True).transform(iter(parts))),
        lambda n: ["[", *["1,"] * n],
    ),
    "tools parser": of(JsonOutputToolsParser().parse_result, tool_answer),
}
TEMPLATES: dict[str, Case] = {
    "mustache, a line": of(Mustache, lambda n: "{{a}} " * n),
    "mustache, lines": of(Mustache, lambda n: "{{a}}\n" * n),
    "mustache, sections": of(Mustache, lambda n: "{{#a}}{{/a}}\n" * n),
    "mustache, filled": of(
        lambda values: Mustache("{{#a}}{{.}} {{/a}}").fill(values), lambda n: {"a": ["x"] * n}
    ),
    "f-string": of(
        lambda text: PromptTemplate.from_template(text).format(a=1), lambda n: "{a} " * n
    ),
    "chat prompt": of(
        lambda messages: ChatPromptTemplate.from_messages(messages).invoke({"a": 1}),
        lambda n: [("human", "{a}")] * (n // 4),
    ),
}
MERGES: dict[str, Case] = {
    "text": of(fold, texts),
    "tool calls": of(fold, calls),
    "tool calls at once": of(lambda chunks: add_ai_message_chunks(*chunks), calls),
    "arguments of a call": of(fold, arguments),
    "indexed blocks": of(fold, blocks),
    "indexed blocks at once": of(lambda chunks: add_ai_message_chunks(*chunks), blocks),
    "lists": of(
        lambda both: _core.merge_lists(*both),
        lambda n: ([{"index": i, "x": "a"} for i in range(n)],) * 2,
    ),
    "dictionaries": of(
        lambda both: _core.merge_dicts(*both), lambda n: ({str(i): "a" for i in range(n)},) * 2
    ),
    "message runs": of(merge_message_runs, lambda n: [HumanMessage("x")] * n),
}
SELECTIONS: dict[str, Case] = {
    "many paths": lambda n: partial(members, n, select=[f"$.a{i}" for i in range(n)]),
    "wildcard": lambda n: partial(members, n, select="$.*"),
    "descendants": of(
        partial(selected, select="$..a"), lambda n: ["[", *['{"a": 1, "b": {"a": 2}},'] * n]
    ),
    "members of elements": of(
        partial(selected, select="$[*].a"), lambda n: ["[", *['{"a": 1},{"a": 2},'] * n]
    ),
    "filter_messages": of(
        lambda messages: filter_messages(messages, exclude_ids=[one.id for one in messages]),
        numbered,
    ),
    "trim_messages": of(
        lambda messages: trim_messages(
            messages, max_tokens=len(messages), token_counter="approximate"
        ),
        numbered,
    ),
}
CASES = {
    f"{group}: {name}": case
    for group, cases in (
        ("parser", PARSERS),
        ("template", TEMPLATES),
        ("merge", MERGES),
        ("select", SELECTIONS),
    )
    for name, case in cases.items()
}


def seconds(run: Callable[[], object]) -> float:
    gc.collect()
    start = time.thread_time()  # other processes do not count
    run()
    return time.thread_time() - start


def growth(make: Case, size: int) -> tuple[float, float]:
    """Return the best times of an input and of one twice as large, measured in turns."""
    runs = [make(size), make(2 * size)]
    best = [float("inf")] * 2
    gc.freeze()
    gc.disable()  # collections grow with all objects of the process
    try:
        for _ in range(5):
            best = [min(known, seconds(run)) for known, run in zip(best, runs, strict=True)]
    finally:
        gc.enable()
        gc.unfreeze()
    return best[0], best[1]


@pytest.mark.parametrize("case", CASES)
def bench_growth(case: str) -> None:
    limit = QUADRATIC.get(case, LIMIT)
    for _ in range(3):  # the noise of the machine does not come three times
        once, twice = growth(CASES[case], 4_000)
        print(f"\n{case}: {once * 1e3:.2f} ms, {twice * 1e3:.2f} ms, growth {twice / once:.2f}")
        if twice / once < limit:
            break
    assert twice / once < limit
