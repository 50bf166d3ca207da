"""`headrace demo`: what it shows, in a pipe and on a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from headrace.cli.demo import changed_part

COMMAND = [sys.executable, "-m", "headrace"]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
SNAPSHOTS = [
    "{}",
    "{'countries': []}",
    "{'countries': [{}]}",
    "{'countries': [{'name': ''}]}",
    "{'countries': [{'name': 'France'}]}",
    "{'countries': [{'name': 'France', 'population': 67}]}",
    "{'countries': [{'name': 'France', 'population': 67413}]}",
    "{'countries': [{'name': 'France', 'population': 67413000}]}",
    "{'countries': [{'name': 'France', 'population': 67413000}, {}]}",
]
WHOLE = (
    "{'countries': [{'name': 'France', 'population': 67413000},"
    " {'name': 'Spain', 'population': 47351567}, {'name': 'Japan', 'population': 125584000}]}"
)


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "demo", *options],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, **environment},
    )


def read_terminal(command: list[str], **environment: str) -> tuple[int, str]:
    """Runs a command on a terminal of its own; gives its exit code and what is on the screen."""
    clean = {name: os.environ[name] for name in os.environ.keys() - {"NO_COLOR", "FORCE_COLOR"}}
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**clean, "TERM": "xterm", **environment},
    ) as process:
        os.close(theirs)
        shown = b""
        while select.select([ours], [], [], 30)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux says that the other side has closed
                break
            if not piece:
                break
            shown += piece
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


def check_parts(text: str) -> None:
    lines = text.splitlines()
    start = lines.index("{}")
    assert lines[start : start + len(SNAPSHOTS)] == SNAPSHOTS
    assert lines.count(WHOLE) == 2
    assert "['France', 'Spain', 'Japan']" in lines
    assert "France|Spain|Japan|" in lines
    # Without the options names come in pieces; with them neither names nor numbers do.
    complete = text[text.index("the snapshots with it:") :].splitlines()[1:]
    complete = complete[: complete.index(WHOLE) + 1]
    assert {name for line in complete for name in re.findall(r"'name': '(\w*)'", line)} == {
        "France",
        "Spain",
        "Japan",
    }
    assert {number for line in complete for number in re.findall(r"\d+", line)} == {
        "67413000",
        "47351567",
        "125584000",
    }
    assert "Sp|Spain|" in text


def test_in_a_pipe() -> None:
    result = run()
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    check_parts(result.stdout)
    rows = re.findall(r"^(.*) KB, .* (\d+) +([\d.]+) +([\d.]+) +([\d.]+)x$", result.stdout, re.M)
    assert [row[0] for row in rows] == ["the countries, 0.2"] * 2 + ["a document, 10.2"] * 2
    for _, chunks, ours, pure, ratio in rows:
        assert int(chunks) > 50
        assert float(ours) > 0
        assert float(ratio) == pytest.approx(float(pure) / float(ours), rel=0.2)


def test_without_the_timing() -> None:
    result = run("--no-timing")
    check_parts(result.stdout)
    assert "pure" not in result.stdout.lower()


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
def test_without_utf8(environment: dict[str, str]) -> None:
    result = run("--no-timing", PYTHONUTF8="0", **environment)
    assert (result.returncode, result.stderr) == (0, "")


def test_colour_on_a_terminal() -> None:
    code, shown = read_terminal([*COMMAND, "demo", "--fast", "--no-timing"])
    assert code == 0
    assert "{'countries': [{'name': '\x1b[1;32mFrance\x1b[0m'}]}" in shown
    check_parts(ESCAPE.sub("", shown))


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_on_a_terminal(environment: dict[str, str]) -> None:
    code, shown = read_terminal([*COMMAND, "demo", "--fast", "--no-timing"], **environment)
    assert code == 0
    assert "\x1b" not in shown
    check_parts(shown)


def test_forced_colour() -> None:
    assert "\x1b[1;32m" in run("--no-timing", FORCE_COLOR="1", NO_COLOR="").stdout
    assert "\x1b" not in run("--no-timing", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_errors_are_coloured_on_a_terminal() -> None:
    code, shown = read_terminal([*COMMAND, "json", "missing.json"])
    assert code == 2
    assert shown.startswith("\x1b[1;31mheadrace json:\x1b[0m cannot read missing.json")


def test_the_delay_is_that_of_each_token() -> None:
    begun = time.monotonic()
    assert run("--no-timing", "--delay", "0.003").returncode == 0
    assert time.monotonic() - begun > 300 * 0.003


@pytest.mark.parametrize("options", [["--delay", "-1"], ["--delay", "x"], ["--fast", "--delay=1"]])
def test_wrong_options(options: list[str]) -> None:
    result = run(*options)
    assert result.returncode == 2
    assert "error: argument" in result.stderr


@pytest.mark.parametrize("lines", [1, 32])
def test_ctrl_c_ends_it_quietly(lines: int) -> None:
    """Within the sync chains, and (after so many lines) within the async one."""
    with subprocess.Popen(
        [*COMMAND, "demo", "--delay", "0.01"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"")


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    command = f"{' '.join(COMMAND)} demo | head -n 1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
    assert (result.stdout.split(), result.stderr) == (["141"], "")


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("", "{}", "{}"),
        ("{}", "{'a': []}", "'a': []"),
        ("{'a': ''}", "{'a': 'x'}", "x"),
        ("[1]", "[11]", "1"),
        ("[1]", "[1]", ""),
    ],
)
def test_what_is_new(before: str, after: str, new: str) -> None:
    start, end = changed_part(before, after)
    assert after[start:end] == new
