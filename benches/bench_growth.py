"""How time grows when hostile input doubles: 2 is linear, 4 quadratic."""

import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from headrace.messages import HumanMessage, filter_messages, merge_message_runs, trim_messages
from headrace.output_parsers import (
    MarkdownListOutputParser,
    NumberedListOutputParser,
    XMLOutputParser,
)
from headrace.utils.mustache import Mustache

CASES: dict[str, Callable[[int], Callable[[], object]]] = {
    "xml declaration": lambda n: lambda: XMLOutputParser().parse("<encoding" * n),
    "markdown list": lambda n: lambda: MarkdownListOutputParser().parse("\n" * 10 * n),
    "numbered list": lambda n: lambda: NumberedListOutputParser().parse("1" * 10 * n),
    "mustache line": lambda n: lambda: Mustache("{{a}} " * n),
    "mustache lines": lambda n: lambda: Mustache("{{a}}\n" * n),
    "filter_messages": lambda n: (
        lambda: filter_messages(
            [HumanMessage("x", id=str(i)) for i in range(n)], exclude_ids=[str(i) for i in range(n)]
        )
    ),
    "merge_message_runs": lambda n: lambda: merge_message_runs([HumanMessage("x")] * n),
    "trim_messages": lambda n: (
        lambda: trim_messages([HumanMessage("x")] * n, max_tokens=n, token_counter="approximate")
    ),
}


def seconds(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        with suppress(ValueError):
            run()
        best = min(best, time.perf_counter() - start)
    return best


@pytest.mark.parametrize("case", CASES)
def bench_growth(case: str) -> None:
    make = CASES[case]
    once, twice = seconds(make(4_000)), seconds(make(8_000))
    print(f"{case}: {once * 1e3:.2f} ms, {twice * 1e3:.2f} ms, growth {twice / once:.2f}")
    assert twice / once < 3
