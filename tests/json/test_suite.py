"""JSONTestSuite: what RFC 8259 allows is read, what it does not is refused with its place."""

import contextlib
import re
from pathlib import Path

import pytest
from tests.shared import SHARED, SKIPPED

from headrace.json import JsonStreamError, PartialJsonParser

from .oracle import loads, same

FILES = sorted(SHARED.glob("json_test_suite/*.json"))

needs_suite = pytest.mark.skipif(not FILES, reason=SKIPPED.format("json_test_suite"))

# Of each kind of text in the suite, one written here.
ACCEPTED = [
    b"[]", b"{}", b"null", b" [1]\r\n", b'{"a":{},"b":[[]]}', b'""', b"-0", b"[1E+2,0.5e-3,-0.0]",
    b'["\\u0000\\ud83d\\ude00\\"\\\\\\/\\b\\f\\n\\r\\t"]', '["é€\U0001f600\u2028\x7f"]'.encode(),
    b'{"a":1,"a":2}', b'{"":0}', b"[123456789012345678901234567890]", b"[1e400]", b'["\\ud83d"]',
]  # fmt: skip
REFUSED = [
    b"", b" ", b"[", b"]", b"{", b"[1,]", b"[,1]", b"[1,,2]", b"[1 2]", b"[1:2]", b'{"a" 1}',
    b'{"a":}', b'{"a":1,}', b"{a:1}", b"{'a':1}", b'{"a":1 "b":2}', b'{"a"}', b'{1:2}', b"[1]]",
    b'[1]x', b"{}}", b"01", b"-", b"-01", b"+1", b".5", b"1.", b"1.e2", b"1e", b"1e+", b"0x1",
    b"1_000", b"[1a]", b"--1", b"NaN", b"[Infinity]", b"-Infinity", b"nul", b"True", b"[nulll]",
    b'"', b'["a', b'["a\\', b"['a']", b'["\\x00"]', b'["\\u12"]', b'["\\u12g4"]', b'["\n"]',
    b'["\t"]', b'["\x00"]', b'["\x1f"]', b"[\x00]", b"\x0c[]", b"[\xa0]", "[\u00a0]".encode(),
    b'["\xff"]', b'["\xc0\xaf"]', b'["\xe2\x82"]', b'["\xed\xa0\x80"]', b"\xe2\x82", b"[\xff]",
    b"/**/[]", b"[1]//", b"[1]#", b'"a" "b"', b"1 2", b"{]", b"```json\n[]\n```", b"json",
    "\u2060[]".encode(),
]  # fmt: skip


def read(text: bytes, *, byte_wise: bool) -> PartialJsonParser:
    parser = PartialJsonParser(strict=True, fences=False)
    for chunk in [text[at : at + 1] for at in range(len(text))] if byte_wise else [text]:
        parser.feed(chunk)
    with contextlib.suppress(JsonStreamError):
        parser.close()
    return parser


def check(text: bytes, verdict: str, *, byte_wise: bool) -> None:
    parser = read(text, byte_wise=byte_wise)
    error = parser.error
    if error is None:
        assert verdict != "refused", parser.value
        assert same(parser.close(), loads(text, strict=True))
        return
    assert verdict != "accepted", error
    with pytest.raises(JsonStreamError, match=re.escape(str(error))):
        parser.close()
    # All before the error is text.
    before = text[: error.offset].decode()
    assert error.offset <= len(text)
    assert (error.line, error.column) == (
        1 + before.count("\n"),
        1 + len(before.rpartition("\n")[2]),
    )


@pytest.mark.parametrize("byte_wise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("text", ACCEPTED, ids=ascii)
def test_what_is_json_is_accepted(text: bytes, byte_wise: bool) -> None:
    check(text, "accepted", byte_wise=byte_wise)


@pytest.mark.parametrize("byte_wise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("text", REFUSED, ids=ascii)
def test_what_is_no_json_is_refused_with_its_place(text: bytes, byte_wise: bool) -> None:
    check(text, "refused", byte_wise=byte_wise)


@needs_suite
@pytest.mark.parametrize("byte_wise", [False, True], ids=["whole", "byte by byte"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_suite(path: Path, byte_wise: bool) -> None:
    verdict = {"y": "accepted", "n": "refused", "i": "either"}[path.name[0]]
    text = path.read_bytes()
    check(text, verdict, byte_wise=byte_wise)


@needs_suite
def test_the_suite_is_whole() -> None:
    assert {path.name[:2] for path in FILES} == {"y_", "n_", "i_"}
    assert len(FILES) > 300
