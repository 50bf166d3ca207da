"""The parser's methods, attributes and options."""

from typing import Any

import pytest
from hypothesis import given

import headrace.json
from headrace._core import PartialJsonParser as CompiledParser
from headrace.json import JsonStreamError, PartialJsonParser

from .documents import LONGEST, containers, documents, strict_documents
from .oracle import loads, same


def test_a_new_parser_has_nothing() -> None:
    parser = PartialJsonParser()
    assert parser.value is None
    assert parser.complete is False
    assert parser.error is None


def test_feeding_shows_the_value_so_far() -> None:
    parser = PartialJsonParser()
    assert parser.feed('{"name": "Fra') is True
    assert parser.value == {"name": "Fra"}
    assert parser.feed("nce ") is True
    assert parser.value == {"name": "France"}
    assert parser.feed(" ") is False
    assert parser.feed('"}') is True
    assert parser.value == {"name": "France  "}
    assert parser.complete is True
    assert parser.close() == {"name": "France  "}


def test_nothing_can_be_assigned() -> None:
    parser = PartialJsonParser()
    for name in ("value", "complete", "error", "other"):
        with pytest.raises(AttributeError):
            setattr(parser, name, 1)


def test_the_class_is_one_and_final() -> None:
    assert PartialJsonParser is CompiledParser
    with pytest.raises(TypeError):
        type("Parser", (PartialJsonParser,), {})


def test_repr() -> None:
    parser = PartialJsonParser()
    assert repr(parser) == "<PartialJsonParser complete=False>"
    parser.feed("[1]")
    assert repr(parser) == "<PartialJsonParser complete=True>"
    broken = PartialJsonParser()
    broken.feed("[x")
    assert repr(broken) == (
        "<PartialJsonParser complete=False error='expected a value at line 1 column 2 (byte 1)'>"
    )


# --- ending ---------------------------------------------------------------------------------------


def test_closing_gives_the_document_each_time() -> None:
    parser = PartialJsonParser()
    parser.feed("[1, 2]")
    document = parser.close()
    assert document == [1, 2]
    assert parser.close() is document
    assert parser.value is document
    assert parser.complete


@pytest.mark.parametrize("text", ["", "  ", "[1", '"a', "-", "tru", "[1 2", "prose", "```json\n"])
def test_closing_raises_each_time(text: str) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    value = parser.value
    for _ in range(3):
        with pytest.raises(JsonStreamError) as raised:
            parser.close()
        assert str(raised.value) == str(parser.error)
    assert parser.value is value
    assert not parser.complete


@pytest.mark.parametrize("text", ["[1]", "[1", "1", ""])
def test_nothing_can_be_fed_behind_the_end(text: str) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    try:
        parser.close()
    except JsonStreamError:
        assert text in ("[1", "")
    before = (parser.value, parser.complete, str(parser.error))
    for chunk in ("]", "", b"]"):
        with pytest.raises(ValueError, match=r"^feed\(\) after close\(\)$"):
            parser.feed(chunk)
    assert (parser.value, parser.complete, str(parser.error)) == before


@pytest.mark.parametrize(("text", "complete"), [
    ("[]", True), ("[", False), ("1", False), ("1 ", True), ("-", False), ("null", True), ("nul",
    False), ('""', True), ('"', False), ('{"a": 1}', True), ("```json\n[]", True), ("[] and more",
    True), ("", False), ("prose", False), ("1 is prose", True), ("1 is\n```json\n[", False),
    ("1 is\n```json\n[]", True), ("[x", False), ("[x] ```json\n{}", True),
])  # fmt: skip
def test_complete_says_whether_the_document_has_ended(text: str, complete: bool) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    assert parser.complete is complete


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), ("-1.5e3", -1500.0), ("0", 0), ("```\n7", 7)]
)
def test_a_number_ends_with_the_text(text: str, value: Any) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    assert not parser.complete
    assert same(parser.close(), value)
    assert parser.complete


@given(documents)
def test_the_document_is_what_the_standard_library_reads(text: str) -> None:
    for chunks in ([text], text, [bytes([byte]) for byte in text.encode()]):
        parser = PartialJsonParser()
        for chunk in chunks:
            parser.feed(chunk)
        assert same(parser.close(), loads(text))
        assert parser.complete
        assert parser.error is None


# --- chunks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_each_kind(kind: Any) -> None:
    parser = PartialJsonParser()
    encoded = '{"é": "€\U0001f600"}'.encode()
    for index in range(len(encoded)):
        parser.feed(kind(encoded[index : index + 1]))
    assert parser.close() == {"é": "€\U0001f600"}


def test_a_view_with_steps_is_read_as_it_looks() -> None:
    parser = PartialJsonParser()
    parser.feed(memoryview(b"[.1.]")[::2])
    assert parser.close() == [1]


def test_a_bytearray_may_be_changed_afterwards() -> None:
    parser = PartialJsonParser()
    chunk = bytearray(b'["one')
    parser.feed(chunk)
    chunk[:] = b"xxxxx and more"
    assert parser.value == ["one"]


class Text(str):
    """Text of a subclass."""


def test_text_of_a_subclass() -> None:
    parser = PartialJsonParser()
    parser.feed(Text('["é'))
    assert same(parser.value, ["é"])


@pytest.mark.parametrize(
    "chunk",
    [None, 1, 1.5, ["[]"], {"a": 1}, object(), range(3)],
    # The repr of an object holds its address, and each process must find the same tests.
    ids=lambda chunk: type(chunk).__name__,
)
def test_what_is_no_text_is_refused_by_the_name_of_its_type(chunk: Any) -> None:
    parser = PartialJsonParser()
    parser.feed("[1")
    name = type(chunk).__name__
    with pytest.raises(TypeError, match=f"^expected str or bytes, got {name}$"):
        parser.feed(chunk)
    # Nothing has happened.
    assert parser.value == [1]
    parser.feed("]")
    assert parser.close() == [1]


def test_text_and_bytes_may_take_turns_between_characters() -> None:
    parser = PartialJsonParser()
    for chunk in ['["a', b"b", "é", "é".encode(), bytearray(b"c"), '"]']:
        parser.feed(chunk)
    assert parser.close() == ["abééc"]


def test_text_inside_a_character_of_bytes_is_an_error() -> None:
    parser = PartialJsonParser()
    parser.feed(b'["a\xc3')
    assert parser.value == ["a"]
    assert parser.feed("b") is False
    assert str(parser.error) == "invalid UTF-8 at line 1 column 4 (byte 3)"
    assert parser.value == ["a"]


def test_halves_of_pairs_in_text_stay_halves() -> None:
    parser = PartialJsonParser()
    parser.feed('["\ud83d')
    parser.feed('\ude00", {"\udc00": "\\ud83d')
    parser.feed('\ude00"}]')
    assert same(parser.close(), loads('["\ud83d\ude00", {"\udc00": "\\ud83d\ude00"}]'))


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "message"), [
    ({"numbers": "some"}, "numbers must be 'partial' or 'complete', not 'some'"),
    ({"strings": ""}, "strings must be 'partial' or 'complete', not ''"),
    ({"strip": "all"}, "strip must be 'blanks', 'unicode' or 'nothing', not 'all'"),
])  # fmt: skip
def test_unknown_choices_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        PartialJsonParser(**options)


@pytest.mark.parametrize("options", [
    {"strict": "yes"}, {"fences": None}, {"fresh": 1.5}, {"numbers": None}, {"strings": 1},
    {"strip": b""}, {"max_depth": "many"}, {"max_depth": 1.5}, {"max_depth": None}, {"unknown": 1},
], ids=repr)  # fmt: skip
def test_options_of_the_wrong_type_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        PartialJsonParser(**options)


def test_a_depth_that_is_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="max_depth must not be negative, as -1 is"):
        PartialJsonParser(max_depth=-1)
    with pytest.raises(OverflowError):
        PartialJsonParser(max_depth=1 << 70)


def test_options_have_names() -> None:
    with pytest.raises(TypeError):
        PartialJsonParser(True)  # type: ignore[misc]


def read(text: str, **options: Any) -> Any:
    parser = PartialJsonParser(**options)
    parser.feed(text)
    return parser.close()


@pytest.mark.parametrize(
    "text", ["[NaN]", "[-Infinity]", '["a\nb"]', '["\x00"]', '{"\t": 1}', '["\x1f"]']
)
def test_strict_refuses_what_rfc_8259_does_not_know(text: str) -> None:
    assert same(read(text), loads(text))
    with pytest.raises(JsonStreamError):
        read(text, strict=True)


@given(strict_documents)
def test_strict_reads_all_that_rfc_8259_knows(text: str) -> None:
    assert same(read(text, strict=True), loads(text, strict=True))
    assert same(read(text, strict=True, fences=False), loads(text, strict=True))


@pytest.mark.parametrize(("text", "value"), [
    ("```json\n[1]\n```", [1]), ("```\n[1]", [1]), ("Here:\n```json\n[1]\n```\nDone.", [1]),
    ("``` json\n[1]", [1]), ("````json\n[1]", [1]), ("```JSON\n[1]", [1]), ("```python x=1\n[1]",
    [1]), ("`[1]`", [1]), ("[1]\n``` [2]", [1]), ("a `b` ``c`` ```\n{}", {}),
    ("```json\n\n```json\n[1]", [1]),
])  # fmt: skip
def test_fences(text: str, value: Any) -> None:
    assert read(text) == value
    assert read(text, strict=True) == value
    if text[0] != "[":
        with pytest.raises(JsonStreamError):
            read(text, fences=False)


def test_text_behind_the_document() -> None:
    assert read("[1] and more") == [1]
    assert read("[1] and more", fences=False) == [1]
    assert read("[1] and more", strict=True) == [1]
    assert read("[1] \n", strict=True, fences=False) == [1]
    with pytest.raises(
        JsonStreamError, match=r"^text after the document at line 1 column 5 \(byte 4\)$"
    ):
        read("[1] and more", strict=True, fences=False)


@pytest.mark.parametrize("depth", [0, 1, 2, 5, 1000, 1001])
def test_max_depth(depth: int) -> None:
    text = '[{"a":' * 600
    parser = PartialJsonParser(max_depth=depth, fences=False)
    parser.feed(text)
    nested, levels = parser.value, 0
    while nested:
        levels += 1
        nested = nested[0] if isinstance(nested, list) else nested.get("a")
    assert levels + (nested is not None) == depth
    place = depth // 2 * 6 + depth % 2
    assert str(parser.error) == f"too deeply nested at line 1 column {place + 1} (byte {place})"


def open_scalar(text: str) -> tuple[str, int] | None:
    """The kind and the beginning of the string or number that a document stops in."""
    start, escaped = -1, False
    for index, character in enumerate(text):
        if start < 0:
            start = index if character == '"' else start
        elif escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            start = -1
    if start >= 0:
        return "string", start
    digits = len(text.rstrip("0123456789.eE+-"))
    return ("number", digits) if digits < len(text) and text[digits] != "e" else None


@given(containers.map(lambda text: text[:LONGEST]))
def test_what_is_shown_complete_is_not_shown_before(text: str) -> None:
    """Instead what stood there before it had begun."""
    parsers = {
        "number": PartialJsonParser(numbers="complete"),
        "string": PartialJsonParser(strings="complete"),
    }
    both = PartialJsonParser(numbers="complete", strings="complete")
    for length in range(1, len(text) + 1):
        so_far = text[:length]
        scalar = open_scalar(so_far)
        shown = PartialJsonParser()
        shown.feed(so_far)
        without = PartialJsonParser()
        without.feed(so_far if scalar is None else so_far[: scalar[1]])
        for kind, parser in parsers.items():
            parser.feed(so_far[-1])
            held_back = scalar is not None and scalar[0] == kind
            assert same(parser.value, (without if held_back else shown).value), so_far
        both.feed(so_far[-1])
        assert same(both.value, without.value), so_far


@pytest.mark.parametrize(("text", "values"), [
    ('{"n": 67413000}', [{}, {"n": 67413000}]),
    ('{"n": "Spain", "m": 1}', [{}, {"n": "Spain"}, {"n": "Spain", "m": 1}]),
    ('["a`` ", 1.50 ]', [[], ["a`` "], ["a`` ", 1.5]]),
    ('"a"', ["a"]),
    (r'["\ud83d"]', [[], ["\ud83d"]]),
    ("[[1", [[], [[]]]),
    ("[tr", [[]]),
])  # fmt: skip
def test_values_shown_complete(text: str, values: list[Any]) -> None:
    parser = PartialJsonParser(numbers="complete", strings="complete")
    assert same([parser.value for character in text if parser.feed(character)], values)


def test_all_public_names_are_there() -> None:
    assert all(hasattr(headrace.json, name) for name in headrace.json.__all__)
