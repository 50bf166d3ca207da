"""Run the test suites of LangGraph and LangChain on langchain-core and on headrace, in one table.

Usage: ecosystem.py FOLDER [--fast] [SUITE ...]

FOLDER keeps the source distributions and the reports. `--fast` runs a few files of each suite.
Each suite is run twice by the interpreter that runs this, which has the packages and headrace
installed: first as it is, then with `-p headrace.dropin.pytest`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple


class Suite(NamedTuple):
    """The tests of a distribution.

    Attributes:
        distribution: The name of the distribution.
        tests: The folder of tests that run without a network.
        fast: The files of it that `--fast` runs.
        ignore: Files that need something that is not there, such as a server.
    """

    distribution: str
    tests: str
    fast: tuple[str, ...]
    ignore: tuple[str, ...] = ()


SUITES = (
    Suite(
        "langgraph",
        "tests",
        ("test_runnable.py", "test_messages_state.py", "test_stream_messages_transformer.py"),
        ("test_delta_channel_benchmark.py",),
    ),
    Suite("langgraph-prebuilt", "tests", ("test_tool_node.py",)),
    Suite("langgraph-checkpoint", "tests", ("test_jsonplus.py", "test_memory.py")),
    Suite("langgraph-checkpoint-sqlite", "tests", ("test_sqlite.py",)),
    Suite("langchain", "tests/unit_tests", ("agents/test_response_format.py",)),
    Suite("langchain-text-splitters", "tests/unit_tests", ("test_text_splitters.py",)),
)

OUTCOMES = {"failure": "failed", "error": "failed", "skipped": "skipped"}


def source_of(suite: Suite, folder: Path) -> Path:
    """Return the folder of the source of the version that is installed; download it if needed."""
    wanted = version(suite.distribution)
    name = f"{suite.distribution.replace('-', '_')}-{wanted}"
    source = folder / name
    if not source.is_dir():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        pip += ["--no-binary", ":all:", "--dest", str(folder)]
        subprocess.run([*pip, f"{suite.distribution}=={wanted}"], check=True)
        with tarfile.open(folder / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    if not (source / suite.tests).is_dir():
        raise SystemExit(f"{source} has no tests: the source distribution leaves them out")
    return source


def run(suite: Suite, source: Path, folder: Path, library: str, fast: bool) -> dict[str, str]:
    """Run a suite.

    Args:
        suite: The suite.
        source: The folder of its source.
        folder: Where the report goes.
        library: `langchain-core` or `headrace`.
        fast: Whether to run only a few files.

    Returns:
        The outcome of each test: passed, failed or skipped.
    """
    report = folder / f"{suite.distribution}.{library}.xml"
    report.unlink(missing_ok=True)
    tests = Path(suite.tests)
    files = [str(tests / name) for name in suite.fast] if fast else [suite.tests]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    if library == "headrace":
        command += ["-p", "headrace.dropin.pytest"]
    command += [f"--ignore={tests / name}" for name in suite.ignore]
    command += [f"--junit-xml={report}", *files]
    # Without a server, without a key, and without the sources beside the installed package.
    environment = {**os.environ, "NO_DOCKER": "true", "LANGSMITH_TRACING": "false"}
    with (folder / f"{suite.distribution}.{library}.log").open("w") as log:
        subprocess.run(command, cwd=source, env=environment, stdout=log, stderr=log, check=False)
    if not report.is_file():
        raise SystemExit(f"{suite.distribution} did not run on {library}: see {log.name}")
    return dict(outcomes(report))


def outcomes(report: Path) -> list[tuple[str, str]]:
    """Return the name and the outcome of each test of a report."""
    found: list[tuple[str, str]] = []
    for case in ElementTree.parse(report).iter("testcase"):
        outcome = next((OUTCOMES[child.tag] for child in case if child.tag in OUTCOMES), "passed")
        found.append((f"{case.get('classname')}::{case.get('name')}", outcome))
    return found


def main(arguments: list[str]) -> int:
    """Run the suites and print the table; return 1 if a test passes on langchain-core alone."""
    fast = "--fast" in arguments
    folder_name, *names = [one for one in arguments if one != "--fast"]
    folder = Path(folder_name).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, int, list[str]]] = []
    for suite in SUITES:
        if names and suite.distribution not in names:
            continue
        source = source_of(suite, folder)
        theirs = run(suite, source, folder, "langchain-core", fast)
        ours = run(suite, source, folder, "headrace", fast)
        passed = [name for name, outcome in theirs.items() if outcome == "passed"]
        lost = [name for name in passed if ours.get(name) != "passed"]
        rows.append((f"{suite.distribution} {version(suite.distribution)}", len(passed), lost))
        print(f"{rows[-1][0]}: {len(passed) - len(lost)} of {len(passed)}", flush=True)
    print("\n| suite | pass on langchain-core | of these, on headrace |\n|---|---|---|")
    for name, count, lost in rows:
        print(f"| {name} | {count:,} | {count - len(lost):,} |")
    for name, _, lost in rows:
        for test in lost:
            print(f"differs: {name.split()[0]} {test}")
    return int(any(lost for *_, lost in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
