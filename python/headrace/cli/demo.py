"""`headrace demo`: live JSON from a model, and its cost."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from itertools import takewhile
from typing import Any

from headrace.cli.exits import CommandError
from headrace.cli.recording import show_recording
from headrace.cli.terminal import Style
from headrace.cli.texts import COUNTRIES, QUESTION, make_document
from headrace.language_models import ReplayChatModel
from headrace.output_parsers import JsonOutputParser

__all__ = ["run"]

_DELAY = 0.025
_CUT = 4
"""Chunk size in characters if the text is not split into tokens: names and numbers are split."""


def run(arguments: argparse.Namespace) -> int:
    """Run the demo.

    Args:
        arguments: The command line, parsed by `headrace.cli.arguments`.

    Returns:
        The exit code.

    Raises:
        CommandError: If there is no standard output, or the recording is not valid.
    """
    if sys.stdout is None:
        raise CommandError("standard output is closed")
    delay = 0.0 if arguments.fast else arguments.delay
    if delay is None:
        delay = _DELAY if sys.stdout.isatty() else 0.0
    if arguments.recording is not None:
        show_recording(arguments.recording, Style(sys.stdout), delay)
        return 0
    demo = _Demo(Style(sys.stdout), delay)
    demo.show_snapshots()
    demo.show_function()
    asyncio.run(demo.show_generator())
    demo.show_complete()
    if arguments.timing:
        demo.show_timing()
    return 0


def country_names(document: dict[str, Any]) -> list[str]:
    """Return the names in a finished document."""
    return [country["name"] for country in document["countries"]]


async def new_names(documents: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    """Yield each name when it first appears in the growing documents."""
    seen: set[str] = set()
    async for document in documents:
        for country in document.get("countries", []):
            name = country.get("name")
            if name and name not in seen:
                seen.add(name)
                yield name


class _Demo:
    """The parts of the demo, one after another on standard output."""

    def __init__(self, style: Style, delay: float) -> None:
        self._style = style
        self._delay = delay
        self._model = ReplayChatModel(COUNTRIES, delay=delay)

    def show_snapshots(self) -> None:
        self._title(
            "1. Snapshots, as the model speaks",
            "chain = model | JsonOutputParser()",
            "for snapshot in chain.stream(question): print(snapshot)",
        )
        self._print_snapshots((self._model | JsonOutputParser()).stream(QUESTION))

    def show_function(self) -> None:
        self._title(
            "2. A function needs the finished document: one value",
            "chain = model | JsonOutputParser() | country_names",
            "for value in chain.stream(question): print(value)",
        )
        chain = self._model | JsonOutputParser() | country_names
        for value in chain.stream(QUESTION):
            print(self._style.new(repr(value)), flush=True)

    async def show_generator(self) -> None:
        self._title(
            "3. An async generator reads along: each name as soon as it is there",
            "chain = model | JsonOutputParser() | new_names",
            'async for name in chain.astream(question): print(name, end="|")',
        )
        chain = self._model | JsonOutputParser() | new_names
        await self._print_names(chain.astream(QUESTION))

    def show_complete(self) -> None:
        self._title(
            f"4. Nothing half: the same text in pieces of {_CUT} characters",
            'parser = JsonOutputParser(strings="complete", numbers="complete")',
        )
        model = ReplayChatModel(COUNTRIES, split=_CUT, delay=self._delay)
        complete = JsonOutputParser(strings="complete", numbers="complete")
        partial = model | JsonOutputParser() | new_names
        print(self._style.faint("the names without it:"), flush=True)
        asyncio.run(self._print_names(partial.astream(QUESTION)))
        print(self._style.faint("the snapshots with it:"), flush=True)
        self._print_snapshots((model | complete).stream(QUESTION))

    def show_timing(self) -> None:
        from headrace.cli.timing import ROUNDS, compare

        self._title("5. What it costs, measured here and now")
        explanation = (
            "Pure Python: at each chunk the whole text so far is parsed anew, by the standard\n"
            "library's json after our own bracket closer (headrace.cli.baseline).\n"
            f"Microseconds a chunk, the best of at least {ROUNDS} rounds:\n"
        )
        print(self._style.faint(explanation))
        print(f"{'':44}{'chunks':>8}{'headrace':>10}{'pure Python':>13}{'ratio':>8}")
        document = make_document(10_000)
        for name, text, model in (
            ("the countries", COUNTRIES, ReplayChatModel(COUNTRIES)),
            ("a document", document, ReplayChatModel(document, split=_CUT)),
        ):
            size = f"{name}, {len(text) / 1000:.1f} KB"
            for row in compare(model):
                ours, pure = (1e6 * time / row.chunks for time in (row.ours, row.baseline))
                line = f"{size + ', ' + row.what:44}{row.chunks:>8}{ours:>10.2f}{pure:>13.2f}"
                ratio = f"{pure / ours:.{1 if pure < 10 * ours else 0}f}x"
                print(line + self._style.new(f"{ratio:>8}"), flush=True)

    def _title(self, title: str, *code: str) -> None:
        print()
        print(self._style.title(title))
        for line in code:
            print(self._style.code(f"    {line}"))
        print(flush=True)

    def _print_snapshots(self, snapshots: Iterable[Any]) -> None:
        before = ""
        for snapshot in snapshots:
            text = repr(snapshot)
            start, end = changed_part(before, text)
            print(text[:start] + self._style.new(text[start:end]) + text[end:], flush=True)
            before = text

    async def _print_names(self, names: AsyncIterator[str]) -> None:
        async for name in names:
            print(self._style.new(name), end="|", flush=True)
        print(flush=True)


def changed_part(before: str, after: str) -> tuple[int, int]:
    """Return the range of a text that differs from the one before it."""
    start = _common_length(before, after)
    end = _common_length(before[start:][::-1], after[start:][::-1])
    return start, len(after) - end


def _common_length(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
