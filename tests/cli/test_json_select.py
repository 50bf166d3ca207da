"""`headrace json --select` and `--documents`."""

import json
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-m", "headrace", "json"]
COUNTRIES = (
    b'{"countries": [{"name": "France", "population": 67413000},'
    b' {"name": "Spain", "population": 47351567}]}'
)


def run(data: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *options], input=data, capture_output=True, timeout=60)


def lines(data: bytes, *options: str) -> list[str]:
    result = run(data, *options)
    assert (result.returncode, result.stderr) == (0, b"")
    return result.stdout.decode().splitlines()


def test_what_a_path_leads_to() -> None:
    for size in ("1", "7", "65536"):
        assert lines(COUNTRIES, "--select", "$.countries[*].name", "--chunk-size", size) == [
            '"France"',
            '"Spain"',
        ]
    assert lines(COUNTRIES, "--select", "$.countries[-1]") == [
        '{"name":"Spain","population":47351567}'
    ]
    assert lines(b"12", "--select", "$") == ["12"]
    assert lines(COUNTRIES, "--select", "$.nothing") == []


def test_several_paths() -> None:
    assert lines(COUNTRIES, "--select", "$..name", "--select", "$.countries[0].population") == [
        '["$..name","France"]',
        '["$.countries[0].population",67413000]',
        '["$..name","Spain"]',
    ]


def test_growing_matches() -> None:
    assert lines(
        COUNTRIES, "--select", "$.countries[0].name", "--partial", "--chunk-size", "9"
    ) == ['"Fr"', '"France"']


def test_a_recorded_stream() -> None:
    events = b"".join(
        b'data: {"choices": [{"delta": {"content": ' + json.dumps(part).encode() + b"}}]}\n\n"
        for part in ['[{"a": 1', '2}, {"a"', ": 3}]"]
    )
    assert lines(events, "--select", "$[*].a") == ["12", "3"]
    assert lines(events, "--select", "$[*].b") == []


def test_what_was_found_before_an_error_is_written() -> None:
    result = run(b"[1, 2, x]", "--select", "$[*]", "--no-fences")
    assert (result.returncode, result.stdout) == (1, b"1\n2\n")
    assert b"expected a value at line 1 column 8" in result.stderr


def test_one_document_after_another() -> None:
    ndjson = b'{"a": 1}\n\n{"a": [2, 3]}\n4'
    assert lines(ndjson, "--documents") == ['{"a":1}', '{"a":[2,3]}', "4"]
    assert lines(ndjson, "--documents", "--chunk-size", "3") == [
        "{}", '{"a":1}', "{}", '{"a":[2]}', '{"a":[2,3]}', "4",
    ]  # fmt: skip
    assert lines(ndjson, "--documents", "--final", "--chunk-size", "3") == [
        '{"a":1}', '{"a":[2,3]}', "4",
    ]  # fmt: skip
    assert lines(b"[1][2]null", "--documents") == ["[1]", "[2]", "null"]
    assert lines(b"", "--documents") == []


@pytest.mark.parametrize(
    ("data", "written", "message"),
    [
        (b"[1]\n{x}\n[2]", b"[1]\n{}\n", "document 1: expected a member name in double quotes at"),
        (b"[1]\n[2", b"[1]\n[2]\n", "document 1: the text ended before the document did at line 2"),
    ],
)
def test_documents_that_are_none(data: bytes, written: bytes, message: str) -> None:
    result = run(data, "--documents")
    assert (result.returncode, result.stdout) == (1, written)
    assert message in result.stderr.decode()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--select", "$.a[?@.b]"], "filter expressions are not supported, at character 4 of"),
        (["--select", "$."], "expected a member name or '*', at character 2 of '$.'"),
        (["--partial"], "--partial: of use with --select alone"),
        (["--select", "$", "--final"], "--final: not allowed with argument --select"),
        (["--select", "$", "--documents"], "--documents: not allowed with argument --select"),
        (["--documents", "--input", "events"], "not allowed with argument --input events"),
    ],
)
def test_wrong_arguments(options: list[str], message: str) -> None:
    result = run(b"", *options)
    assert (result.returncode, result.stdout) == (2, b"")
    assert message in result.stderr.decode()


def test_pairs_that_orjson_cannot_write() -> None:
    deep = b"[" * 900 + b"]" * 900
    assert lines(deep, "--select", "$", "--select", "$.a") == ['["$",' + deep.decode() + "]"]
