"""Run the test suites of LangGraph and LangChain on langchain-core and on headrace, in one table.

Usage: ecosystem.py FOLDER [--fast] [--again] [SUITE ...]
       ecosystem.py --requirements    what the suites test with

FOLDER keeps the source distributions and the reports. `--fast` runs a few files of each suite. The
interpreter that runs this has the packages and headrace. It runs each suite as it is, then with
`headrace run`. The outcomes on langchain-core are kept, and found anew only with `--again`.

The exit code is 1 if a test that passes on langchain-core fails on headrace and `EXPLAINED` does
not say why.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tarfile
import time
import xml.etree.ElementTree as ElementTree
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from tests.dropin import postgres  # noqa: E402


class Suite(NamedTuple):
    """The tests of a distribution.

    Attributes:
        distribution: The name of the distribution.
        tests: The folder of tests that run without a network.
        fast: The files of it that `--fast` runs.
        ignore: Files that cannot run, such as those that measure time.
    """

    distribution: str
    tests: str
    fast: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


POSTGRES_SUITE = "langgraph-checkpoint-postgres"
POSTGRES_PORT = 5441
"""The port that the tests of the Postgres checkpointer connect to."""

SUITES = (
    Suite(
        "langgraph",
        "tests",
        (
            "test_runnable.py",
            "test_messages_state.py",
            "test_tool_stream_handler.py",
            "test_trace_policy.py",
            "test_interruption.py",
        ),
        ("test_delta_channel_benchmark.py",),
    ),
    Suite("langgraph-prebuilt", "tests", ("test_tool_node.py",)),
    Suite("langgraph-checkpoint", "tests", ("test_jsonplus.py",)),
    Suite("langgraph-checkpoint-sqlite", "tests", ("test_sqlite.py", "test_aiosqlite.py")),
    Suite(POSTGRES_SUITE, "tests", (), ("test_conformance_delta.py",)),
    Suite(
        "langchain",
        "tests/unit_tests",
        ("agents/test_response_format.py", "agents/middleware/core/test_framework.py"),
    ),
    Suite("langchain-text-splitters", "tests/unit_tests", ("test_text_splitters.py",)),
)

REQUIREMENTS = (
    "pytest>=9 pytest-asyncio<2 pytest-mock pytest-retry pytest-repeat pytest-socket pytest-xdist "
    "pytest-dotenv pytest-timeout syrupy blockbuster toml fastmcp dataclasses-json numpy pandas "
    "redis pycryptodome uvloop langgraph-checkpoint-conformance langchain-openai "
    "langchain-anthropic requests-mock freezegun responses langgraph-cli httpx"
)
"""What the suites test with."""

EXPLAINED = (
    (r"test_large_cases\w*::test_message_graph\b", "the prose of JSON schemas"),
    (r"test_large_cases\w*::test_prebuilt_tool_chat\b", "the prose of JSON schemas"),
    (r"test_pregel_async::test_imp_exception\b", "the order of events of concurrent runs"),
    (r"test_pregel::test_stream_subgraphs_during_execution\b", "times on a busy machine"),
    (r"::test_pre_lane_mutation_lands_in_messages_projection$", "a private attribute"),
    (r"test_chat_models::test_configurable(_with_default)?$", "model_dump of a binding"),
)
"""Patterns of the names of tests that pass on langchain-core alone, and why; see docs/dropin.md."""


class Unavailable(Exception):
    """A source distribution cannot be downloaded."""


def source_of(suite: Suite, folder: Path) -> Path:
    """Return the folder of the source of the installed version; download it if needed.

    Raises:
        Unavailable: If it cannot be downloaded.
    """
    wanted = version(suite.distribution)
    name = f"{suite.distribution.replace('-', '_')}-{wanted}"
    source = folder / name
    if not source.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        # The build tools of a package are not needed to read its source.
        pip += ["--no-build-isolation", "--no-binary", ":all:", "--dest", str(folder)]
        subprocess.run([*pip, f"{suite.distribution}=={wanted}"], check=False, capture_output=True)
        archive = folder / f"{name}.tar.gz"
        if not archive.is_file():
            raise Unavailable(f"{suite.distribution} {wanted} cannot be downloaded")
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
    if not (source / suite.tests).is_dir():
        raise Unavailable(f"the source distribution of {suite.distribution} has no tests")
    return source


def run(suite: Suite, source: Path, folder: Path, library: str, fast: bool) -> Path:
    """Run a suite and return its report.

    Args:
        suite: The suite.
        source: The folder of its source.
        folder: The folder of the report.
        library: `langchain-core` or `headrace`.
        fast: Whether to run only a few files.
    """
    report = report_of(suite, folder, library, fast)
    report.unlink(missing_ok=True)
    tests = Path(suite.tests)
    files = [str(tests / name) for name in suite.fast] if fast else [suite.tests]
    command = [sys.executable]
    if library == "headrace":
        # Before pytest: it imports the warnings that its settings name.
        command += ["-m", "headrace", "run"]
    command += ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "120"]
    command += [f"--ignore={tests / name}" for name in suite.ignore]
    command += [f"--junit-xml={report}", *files]
    # Without other servers and keys.
    environment = {**os.environ, "NO_DOCKER": "true", "LANGSMITH_TRACING": "false"}
    log = report.with_suffix(".log")
    with log.open("w") as output:
        subprocess.run(
            command, cwd=source, env=environment, stdout=output, stderr=output, check=False
        )
    if not report.is_file():
        raise SystemExit(f"{suite.distribution} did not run on {library}: see {log}")
    return report


def report_of(suite: Suite, folder: Path, library: str, fast: bool) -> Path:
    """Return the path of the report on a suite."""
    kind = "fast" if fast else "whole"
    name = f"{suite.distribution}-{version(suite.distribution)}.{library}.{kind}.xml"
    return folder / name


def outcomes(report: Path) -> dict[str, str]:
    """Return the outcome of each test in a report: `passed`, `skipped`, or the error."""
    found: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = "passed"
        for child in case:
            if child.tag in ("failure", "error"):
                outcome = child.text or child.tag
            elif child.tag == "skipped":
                outcome = "skipped"
        found[f"{case.get('classname')}::{case.get('name')}"] = outcome
    return found


def explanation(name: str) -> str | None:
    """Return why a test differs, if that is known."""
    return next((why for pattern, why in EXPLAINED if re.search(pattern, name)), None)


def compare(suite: Suite, folder: Path, fast: bool, again: bool) -> tuple[int, list[str]]:
    """Run a suite on both libraries.

    Returns:
        How many tests pass on langchain-core, and those of them that fail on headrace.
    """
    source = source_of(suite, folder)
    theirs = report_of(suite, folder, "langchain-core", fast)
    if again or not theirs.is_file():
        run(suite, source, folder, "langchain-core", fast)
    ours = outcomes(run(suite, source, folder, "headrace", fast))
    passed = [name for name, outcome in outcomes(theirs).items() if outcome == "passed"]
    return len(passed), [name for name in passed if ours.get(name) != "passed"]


def main(arguments: list[str]) -> int:
    """Run the suites and print the table; return 1 if a difference is not explained."""
    if "--requirements" in arguments:
        print(REQUIREMENTS)
        return 0
    options = {one for one in arguments if one.startswith("--")}
    folder_name, *names = [one for one in arguments if one not in options]
    fast = "--fast" in options
    folder = Path(folder_name).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    rows: list[tuple[str, int, list[str]]] = []
    for suite in SUITES:
        if (names and suite.distribution not in names) or (fast and not suite.fast):
            continue
        title = f"{suite.distribution} {version(suite.distribution)}"
        server: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        if suite.distribution == POSTGRES_SUITE:
            if not postgres.INSTALLED:
                print(f"{title}: not run: initdb or postgres is not installed")
                continue
            server = postgres.server(POSTGRES_PORT)
        try:
            with server:
                count, lost = compare(suite, folder, fast, "--again" in options)
        except Unavailable as error:
            print(f"{title}: not run: {error}")
            continue
        rows.append((title, count, lost))
        print(f"{title}: {count - len(lost)} of {count}", flush=True)
    print("\n| suite | pass on langchain-core | of these, on headrace |\n|---|---|---|")
    for title, count, lost in rows:
        print(f"| {title} | {count:,} | {count - len(lost):,} |")
    unexplained = 0
    for title, _, lost in rows:
        for name in lost:
            why = explanation(name)
            unexplained += why is None
            print(f"{why or 'NOT EXPLAINED'}: {title.split()[0]} {name}")
    print(f"\n{unexplained} differences are not explained; {time.monotonic() - started:.0f} s")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
