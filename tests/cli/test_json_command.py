"""`headrace json` as people run it: a process of its own, its standard streams, its exit code."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "headrace", "json"]


def run(
    data: bytes, *options: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *options],
        input=data,
        capture_output=True,
        timeout=60,
        env={**os.environ, **(environment or {})},
    )


def test_a_snapshot_for_each_chunk_that_changes_it() -> None:
    result = run(b'{"a": [1, "xy"]}', "--chunk-size", "4")
    assert result.stdout.decode().splitlines() == [
        "{}",
        '{"a":[1]}',
        '{"a":[1,"x"]}',
        '{"a":[1,"xy"]}',
    ]
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_file_and_standard_input_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_bytes(b"[1]")
    assert run(b"", str(path)).stdout == b"[1]\n"
    assert run(b"[2]", "-").stdout == b"[2]\n"


def test_only_the_last_snapshot() -> None:
    assert run(b'{"a": 1, "b": 2}', "--final", "--chunk-size", "1").stdout == b'{"a":1,"b":2}\n'


def test_the_last_snapshot_of_what_was_cut_off() -> None:
    result = run(b'{"a": [1, 2', "--final", "--chunk-size", "1")
    assert (result.returncode, result.stdout) == (1, b'{"a":[1,2]}\n')
    assert b"line 1 column 12 (byte 11)" in result.stderr


@pytest.mark.parametrize(
    ("data", "shown", "message"),
    [
        (b'{"a": [1, }', b'{"a":[1]}\n', "expected a value at line 1 column 11 (byte 10)"),
        (b'{"a":\n "\xff"}', b'{"a":""}\n', "invalid UTF-8 at line 2 column 3 (byte 8)"),
        (b"", b"", "the input is empty"),
        (b" \r\n\t", b"", "the input is empty"),
        (b"no JSON here", b"", "no JSON document found at line 1 column 1 (byte 0)"),
    ],
)
def test_malformed_input(data: bytes, shown: bytes, message: str) -> None:
    result = run(data)
    assert (result.returncode, result.stdout) == (1, shown)
    assert result.stderr.decode() == f"headrace json: {message}\n"


def test_an_error_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_bytes(b"[1")
    assert run(b"", str(path)).stderr.startswith(f"headrace json: {path}: the text ended".encode())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json"], f"cannot read missing.json: {os.strerror(errno.ENOENT)}"),
        (["/"], f"cannot read /: {os.strerror(errno.EISDIR)}"),
        (["--max-depth", "0"], "0 is not between 1 and"),
        (["--chunk-size", "many"], "invalid number value: 'many'"),
        (["--numbers", "half"], "invalid choice: 'half'"),
    ],
)
def test_wrong_arguments(arguments: list[str], message: str) -> None:
    result = run(b"", *arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr


def test_options_reach_the_parser() -> None:
    text = b'{"name": "Spain", "population": 47351567}'
    lines = run(text, "--strings", "complete", "--numbers", "complete", "--chunk-size", "3").stdout
    assert [json.loads(line) for line in lines.splitlines()] == [
        {},
        {"name": "Spain"},
        {"name": "Spain", "population": 47351567},
    ]
    assert run(b"[NaN]").returncode == 0
    assert run(b"[NaN]", "--strict").returncode == 1
    fenced = b"Here:\n```json\n[1]\n```\n"
    assert run(fenced).stdout == b"[1]\n"
    assert run(fenced, "--no-fences").returncode == 1
    assert b"too deeply nested" in run(b"[[[1]]]", "--max-depth", "2").stderr


@pytest.mark.parametrize(
    "line",
    [
        "[NaN,Infinity,-Infinity,null]",
        "[12345678901234567890123456789]",
        r'["\ud800"]',
        r'{"\udfff":[{},[],"",null,true,0.5]}',
        "[" * 900 + '{"a":[null,"\u20ac"]}' + "]" * 900,
    ],
    ids=["nan", "integer", "surrogate", "surrogate-name", "deep"],
)
def test_values_that_orjson_cannot_write(line: str) -> None:
    result = run(line.encode())
    assert result.stderr == b""
    assert result.stdout.decode() == line + "\n"


def test_deeper_than_python_recurses() -> None:
    line = b"[" * 20_000 + b"]" * 20_000
    assert run(line, "--max-depth", "20000").stdout == line + b"\n"


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0"}],
    ids=["C", "ascii", "no-utf8-mode"],
)
def test_the_output_is_utf8_whatever_the_locale(environment: dict[str, str]) -> None:
    line = '["Espa\u00f1a \U0001f389"]\n'.encode()
    assert run(line, environment=environment).stdout == line
    broken = run("[\u00f1".encode(), "mi\u00f1o.json", environment=environment)
    assert broken.returncode == 2
    assert b"cannot read mi" in broken.stderr


def test_colour_is_never_in_a_pipe_unless_forced() -> None:
    assert b"\x1b" not in run(b"[").stderr
    forced = run(b"[", environment={"FORCE_COLOR": "1"})
    assert b"\x1b[1;31mheadrace json:\x1b[0m the text" in forced.stderr
    assert b"\x1b" not in forced.stdout
    refused = run(b"[", environment={"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert b"\x1b" not in refused.stderr


def test_it_starts_without_pydantic() -> None:
    program = (
        "import sys; from headrace.cli import main; code = main(['json']);"
        "print(code, *sys.modules, file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", program], input=b"[1]", capture_output=True)
    code, *modules = result.stderr.decode().split()
    assert code == "0"
    assert not {"pydantic", "asyncio", "headrace.runnables", "langchain_core"} & set(modules)
