"""Texts made to break a parser: a value, or an error with its place, at a cost linear in the text.

Nothing here measures time. Each program runs by itself, so that an overflowing stack is seen, with
texts for which work that grows with the square of their length would take many minutes.
"""

import subprocess
import sys

import pytest

from headrace.json import JsonStreamError, PartialJsonParser

LIMIT = 120
"""Seconds after which a program is taken to be quadratic. Each needs about one."""


def run(program: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout.strip()


PRELUDE = """
import sys
from headrace.json import *

def feed(text, size, **options):
    parser = PartialJsonParser(**options)
    for at in range(0, len(text), size):
        parser.feed(text[at : at + size])
        parser.value
    return parser

def depth(value):
    levels = 0
    while isinstance(value, (list, dict)):
        levels += 1
        if isinstance(value, dict):
            value = next(iter(value.values()), None)
        else:
            value = value[0] if value else None
    return levels

def fails(call, *arguments):
    try:
        call(*arguments)
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("no error")
"""


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_a_hundred_thousand_opening_brackets(opening: str) -> None:
    program = f"""
text = {opening!r} * 100_000
for size in (1, 7, len(text)):
    parser = feed(text, size)
    print(depth(parser.value), parser.error)
    print(fails(parser.close))
print(fails(parse_partial_json, text))
print(fails(parse_json_markdown, text))
"""
    lines = run(program).splitlines()
    per_opening = opening.count("[") + opening.count("{")
    place = 1000 // per_opening * len(opening)
    error = f"too deeply nested at line 1 column {place + 1} (byte {place})"
    assert lines[:6] == [f"1000 {error}", f"JsonStreamError: {error}"] * 3
    assert lines[6:] == ["RecursionError: maximum depth exceeded while reading JSON"] * 2


def test_deep_documents_where_they_are_allowed() -> None:
    # Python's own deallocation and comparison of what is nested so deep is Python's affair.
    program = """
for text in ("[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000):
    for options in ({}, {"fresh": True}):
        parser = PartialJsonParser(max_depth=10**6, **options)
        assert parser.feed(text)
        print(depth(parser.close()))
parser = feed("[" * 3000, 1, max_depth=10**6)
kept = parser.value
parser.feed("1")
print(depth(kept), depth(parser.value))
"""
    assert run(program).split() == ["100000", "100000", "50000", "50000", "3000", "3000"]


def test_a_string_of_twenty_megabytes() -> None:
    program = """
text = '{"a": "' + "text é " * (20 * 2**20 // 7) + '"}'
for size in (500, 1 << 16, len(text)):
    parser = feed(text, size)
    assert parser.close() == {"a": text[7:-2]}
encoded = text.encode()
parser = feed(encoded, 4099)
assert parser.close() == {"a": text[7:-2]}
assert parse_partial_json(text[:-2]) == {"a": text[7:-2]}
assert parse_json_markdown(text[:-1]) == {"a": text[7:-2]}
"""
    run(program)


def test_a_long_string_in_small_chunks() -> None:
    # Each value is read, so copying the string each time would copy terabytes.
    program = """
text = '["' + "abcdefgh" * (2 * 2**20) + '"]'
parser = feed(text, 16)
assert parser.close() == [text[2:-2]]
"""
    run(program)


def test_a_long_string_that_others_hold_now_and_then() -> None:
    program = """
parser = PartialJsonParser()
parser.feed('["')
kept = []
for number in range(200_000):
    parser.feed("abcd efgh ")
    value = parser.value
    if number % 20_000 == 0:
        kept.append((value, len(value[0])))
assert all(len(value[0]) == length for value, length in kept)
"""
    run(program)


def test_many_keys() -> None:
    program = """
text = "{" + ",".join(f'"key {number}": {number}' for number in range(300_000)) + "}"
for size in (64, len(text)):
    value = feed(text, size).close()
    assert len(value) == 300_000 and value["key 299999"] == 299999
    assert list(value)[-1] == "key 299999"
"""
    run(program)


def test_a_key_many_times() -> None:
    program = """
text = "{" + ",".join(f'"key": {number}' for number in range(300_000)) + "}"
assert feed(text, 32).close() == {"key": 299999}
text = "{" + ",".join('"key": [1, 2]' for number in range(10**5)) + "}"
assert feed(text, 5).close() == {"key": [1, 2]}
# A long member that comes again is compared at its end, not at each chunk.
inner = "[" + ",".join(map(str, range(100_000))) + "]"
assert len(feed('{"a": %s, "a": %s}' % (inner, inner), 8).close()["a"]) == 100_000
"""
    run(program)


def test_a_long_key() -> None:
    run("""
text = '{"' + "k" * (8 * 2**20) + '": 1}'
parser = feed(text, 16)
assert parser.close() == {text[2:-5]: 1}
""")


def test_many_elements_in_small_chunks() -> None:
    run("""
text = "[" + ",".join(map(str, range(400_000))) + "]"
assert feed(text, 8).close() == list(range(400_000))
""")


def test_many_elements_while_some_values_are_kept() -> None:
    # Kept ones are copied, a hundred in all; the others are not.
    run("""
parser = PartialJsonParser()
parser.feed("[")
kept = []
for number in range(300_000):
    parser.feed("1,")
    value = parser.value
    if number % 3_000 == 0:
        kept.append(value)
assert [len(value) for value in kept] == list(range(1, 300_000, 3_000))
""")


def test_numbers_of_ten_thousand_digits() -> None:
    program = """
digits = "1234567890" * 1000
for size in (1, 1000, 20_000):
    for text, column in ((f"[{digits}]", 10002), (f'{{"a": -{digits} , ', 10008)):
        parser = feed(text, size)
        error = parser.error
        print(type(error).__name__, error.line, error.column, error.offset)
        assert error.column == column == error.offset + 1
        assert str(error).startswith("Exceeds the limit (4300"), error
        assert type(error.__cause__) is ValueError
        assert "at line 1 column" in fails(parser.close)
    parser = feed(digits, size)
    assert parser.error is None
    print(fails(parser.close)[:30], parser.error.offset)
    float_parser = feed(f"[{digits}.{digits}e-9990, 1{digits}e5]", size)
    print(float_parser.close())
sys.set_int_max_str_digits(0)
for size in (1, 20_000):
    assert feed(f"[{digits}]", size).close() == [int(digits)]
    assert feed(digits, size).close() == int(digits)
"""
    lines = run(program).splitlines()
    per_size = ["JsonStreamError 1 10002 10001", "JsonStreamError 1 10008 10007"]
    per_size += ["JsonStreamError: Exceeds the l 10000", "[1234567890.1234567, inf]"]
    assert lines == per_size * 3


def test_numbers_of_many_digits_in_small_chunks() -> None:
    run("""
many = "1" * 300_000
for text in (many, "0." + many, "1e" + many, "-" + many + ".5"):
    parser = feed("[" + text, 1)
    parser.feed("]")
    parser.value
""")


@pytest.mark.parametrize(
    "noise",
    [
        "`", "` ", "```", "``` ", "``` \n", "```\n", "```json ", "```json\n", " ", "\n", "prose ",
        "{", "[x] ", "[x ", '"', '"a" ', "1 ", "tru ", "```x", "```{", "```[x]\n", '```"', "\\",
        '{"a', "{x", "[[[x",
    ],
    ids=ascii,
)  # fmt: skip
def test_long_noise_before_the_document(noise: str) -> None:
    """Prose, fences, backticks, and what looks like a document and is none."""
    run(f"""
text = {noise!r} * (2**18 // len({noise!r}))
for size in (1, 5, 4096, len(text)):
    parser = feed(text, size)
    parser.feed('\\n```json\\n{{"a": 1}}\\n```')
    error = parser.error
    assert error is None or error.offset <= len(text) + 30, error
    assert parser.value is not None or error is not None or not parser.complete
try:
    parse_json_markdown(text[: 2**12] + '```json\\n{{"a": 1}}')
except (ValueError, RecursionError):
    pass
""")


@pytest.mark.parametrize("tail", ["`", " ", "\n", "` ", "`\n ", "```", "\t"], ids=ascii)
def test_a_long_end_of_a_string_held_back(tail: str) -> None:
    """It is shown once something follows it, and read again at no chunk."""
    run(f"""
text = {tail!r} * (2**18 // len({tail!r}))
for strip in ("blanks", "unicode"):
    for size in (1, 1000, len(text)):
        parser = feed('["a' + text, size, strip=strip)
        assert parser.value == ["a"]
        parser.feed("b")
        assert parser.value == ["a" + text + "b"]
        assert parser.feed('"]') is False
""")


def test_many_unicode_blanks_held_back() -> None:
    run("""
for blank in ("\\u00a0", "\\u2003 ", "\\u3000`"):
    parser = feed('["a' + blank * 150_000, 3, strip="unicode")
    parser.feed("b")
    assert parser.value == ["a" + blank * 150_000 + "b"]
""")


def test_many_escapes() -> None:
    run(r"""
for piece in ("\\n", "\\u00e9", "\\ud83d", "\\ud83d\\ude00", "\\\\", '\\"'):
    text = '["' + piece * 50_000 + '"]'
    import json
    for size in (1, 7, len(text)):
        assert feed(text, size).close() == json.loads(text)
""")


def test_what_follows_the_document_costs_nothing_to_ignore() -> None:
    run("""
parser = PartialJsonParser()
parser.feed("[1]")
value = parser.value
for _ in range(300_000):
    parser.feed(" more")
assert parser.value is value
""")


@pytest.mark.parametrize(("encoded", "offset"), [
    (b'["\x80"]', 2), (b'["a\xbf', 3), (b'["\xfe"]', 2), (b'["\xff"]', 2), (b'["\xc0\x80"]', 2),
    (b'["\xc1\xbf"]', 2), (b'["\xe0\x80\x80"]', 2), (b'["\xf0\x80\x80\x80"]', 2),
    (b'["\xed\xa0\x80"]', 2), (b'["\xed\xbf\xbf"]', 2), (b'["\xf4\x90\x80\x80"]', 2),
    (b'["\xf5\x80\x80\x80"]', 2), (b'["\xc3"]', 2), (b'["\xe2\x82"]', 2), (b'["\xf0\x9f\x98"]', 2),
    (b'["\xc3\xa9\xc3', 4), (b'["\xf0\x9f\x98', 2), (b"\xff[]", 0), (b"[\xe9]", 1), (b'{"\xe9": 1}',
    2), (b"\xef\xbb[]", 0), (b"prose \xff", 6),
])  # fmt: skip
def test_what_is_no_utf_8(encoded: bytes, offset: int) -> None:
    for size in (1, 2, 3, len(encoded)):
        parser = PartialJsonParser()
        for at in range(0, len(encoded), size):
            parser.feed(encoded[at : at + size])
        with pytest.raises(JsonStreamError, match=r"^invalid UTF-8 at line 1 ") as raised:
            parser.close()
        assert raised.value.offset == offset
        assert raised.value.column == 1 + len(encoded[:offset].decode())


@pytest.mark.parametrize(
    "text", ["\x00", "[\x00", '{"a":\x00', '{"a"\x00', "\x00[]", "[1\x00", "tru\x00"]
)
def test_nul_bytes_where_they_cannot_be(text: str) -> None:
    for chunk in (text, text.encode()):
        parser = PartialJsonParser(fences=False)
        parser.feed(chunk)
        with pytest.raises(JsonStreamError) as raised:
            parser.close()
        assert raised.value.offset == text.index("\x00")
    assert PartialJsonParser().feed('["\x00a\x00"]')


def test_thousands_of_documents_one_after_another_use_one_parser_each() -> None:
    run("""
for number in range(20_000):
    parser = PartialJsonParser()
    parser.feed('{"a": [1, {"b": "text')
    parser.value
""")
