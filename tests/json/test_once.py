"""The one-shot functions have the reference's results and errors."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.utils import json as reference

import headrace.utils.json
from headrace import json as ours

from .documents import garbage, mutations, texts_of_models
from .oracle import Raised, outcome, same

# What agents write: an "action_input" with raw line ends, quotes, backslashes before either.
_PIECES = [
    "a", "\n", "\r", "\t", "\\\n", "\\\t", r"\n", r"\"", r"\\", '"', ", ", "}", "```", "```json",
    '"action_input": "', '"action_input":"x"', r"\u00e9", "é", "  ",
]  # fmt: skip
_inputs = st.lists(st.sampled_from(_PIECES), max_size=6).map("".join)
action_inputs = st.builds(
    '{}{{{}{}{}{}"{}}}{}'.format,
    st.sampled_from(
        ["", "```json\n", "Thought: I should\n```\n", 'as "action_input": " says\n```json\n']
    ),
    st.sampled_from(["", '"action": "search", ', '"action_input": "first\n", ', "\n"]),
    st.sampled_from(
        ['"action_input": "', '"action_input":\n "', '"action_input" : "', '"action_input": ']
    ),
    _inputs,
    st.sampled_from(["", ', "more": "a\nb', r"\\", "\n"]),
    st.sampled_from(["", "}", "\n", " \n x"]),
    st.sampled_from(["", "\n```", "```\nDone", ' and "action_input": "\n"']),
)
# What the reference adds to the message of each OutputParserException: see docs/differences.md.
TROUBLESHOOTING = "\nFor troubleshooting, visit: "

texts = texts_of_models | mutations(texts_of_models) | garbage


def check(name: str, *arguments: Any, **options: Any) -> None:
    mine = outcome(getattr(ours, name), *arguments, **options)
    theirs = outcome(getattr(reference, name), *arguments, **options)
    if isinstance(theirs, Raised):
        theirs = Raised(theirs.kind, theirs.message.partition(TROUBLESHOOTING)[0])
    assert same(mine, theirs), (arguments, options, mine, theirs)


def prefixes(text: str) -> list[str]:
    return [text[:length] for length in range(len(text) + 1)]


@given(texts, st.booleans())
def test_parse_partial_json_of_each_prefix(text: str, strict: bool) -> None:
    for prefix in prefixes(text):
        check("parse_partial_json", prefix, strict=strict)


@given(texts)
def test_parse_json_markdown_of_each_prefix(text: str) -> None:
    for prefix in prefixes(text):
        check("parse_json_markdown", prefix)


@given(action_inputs)
def test_action_inputs(text: str) -> None:
    for prefix in prefixes(text):
        check("parse_json_markdown", prefix)


@given(st.text(max_size=12) | texts.map(lambda text: f"\ufeff{text}"))
def test_any_text_at_all(text: str) -> None:
    check("parse_partial_json", text)
    check("parse_partial_json", text, strict=True)
    check("parse_json_markdown", text)


@pytest.mark.parametrize("text", [
    "", " ", "```", "``````", "```json", "```json\n```", "nothing", "null", "[null", "tru", "[tru",
    "-", "[-", "[1.", "[1e", '["a\\', '["a\\u12', '["\ud83d', '["\x00\x1f\n"]', '{"a"', '{"a":',
    '{"a": 1,', "[1,", "[1 2", "]", "[}", '{"a": 1}}', '{"a": 1} x', '{"a": 1} {', "[1, [2]] [",
    "{'a': 1}", "\ufeff[]", "[NaN, -Infinity", "1 2", '"a" b', "0123", "[01", "\u00a0[]",
    "[1]\u00a0", "\x0b[1]", '{"a": 1}\n```\n{"b": 2}', "```JSON\n[]",
    "x ```\n[1]\n``` y ```json\n[2]\n```", "```json[1]", "``` json\n[1]", "```json json\n[1]",
    "[" * 50, '{"a":1,"a":2', "[1e400, -1e400, 1e-400]", "-0", "[-0.0", '["\\ud83d\\ude0',
    '["\\ud83d\\', 'Final `{"a": 1}` it is', "[1]```", "```[1", "`[1]`", "\n\n{\n", "[[[[]]]",
    '[{"a":"}"}', '{"]":[',
])  # fmt: skip
def test_a_text_of_note(text: str) -> None:
    check("parse_partial_json", text)
    check("parse_partial_json", text, strict=True)
    check("parse_json_markdown", text)
    check("parse_and_check_json_markdown", text, [])
    check("parse_and_check_json_markdown", text, ["a"])


@pytest.mark.parametrize("name", ["parse_partial_json", "parse_json_markdown"])
@pytest.mark.parametrize("value", [None, 1, ["[]"], {"a": 1}, object, 1.5], ids=repr)
def test_what_is_no_text_is_refused_alike(name: str, value: Any) -> None:
    check(name, value)


@pytest.mark.parametrize(
    "text", [b"[1, 2]", bytearray(b'{"a": 1}'), "\ufeff[]".encode(), b'"\xc3\xa9"']
)
def test_whole_documents_in_bytes(text: bytes) -> None:
    check("parse_partial_json", text)
    check("parse_json_markdown", text)


def test_the_number_of_digits_is_limited_alike() -> None:
    long = '{"a": ' + "1" * 5000
    for text in (
        long,
        f"{long}}}",
        f"{long} x",
        f"{long}.5",
        "1" * 4300,
        f"[{'1' * 200}",
        "-1" * 150,
    ):
        check("parse_partial_json", text)
        check("parse_json_markdown", text)
    assert isinstance(outcome(ours.parse_partial_json, "1" * 4301), Raised)


@pytest.mark.parametrize(("name", "arguments"), [
    ("parse_partial_json", ()), ("parse_partial_json", ("[]", True)),
    ("parse_json_markdown", ()), ("parse_json_markdown", ("[]", json.loads)),
    ("parse_and_check_json_markdown", ("[]",)),
])  # fmt: skip
def test_what_cannot_be_called_so_there_cannot_be_here(
    name: str, arguments: tuple[Any, ...]
) -> None:
    for module in (ours, reference):
        with pytest.raises(TypeError):
            getattr(module, name)(*arguments)


def test_the_arguments_have_the_reference_s_names() -> None:
    assert ours.parse_partial_json(s="[1", strict=True) == [1]
    assert ours.parse_json_markdown(json_string="[1]", parser=json.loads) == [1]
    assert ours.parse_json_markdown(json_string="```json\n[1") == [1]
    assert ours.parse_and_check_json_markdown(text='{"a": 1', expected_keys=["a"]) == {"a": 1}


PARSERS: list[Callable[[str], Any]] = [
    json.loads,
    str.upper,
    lambda text: json.loads(text.replace("'", '"')),
    lambda text: reference.parse_partial_json(text, strict=True),
    lambda text: {}[text],
    lambda text: int(text),
]


@pytest.mark.parametrize("parser", PARSERS, ids=range(len(PARSERS)))
@given(text=texts | action_inputs)
def test_a_parser_of_one_s_own(parser: Callable[[str], Any], text: str) -> None:
    check("parse_json_markdown", text, parser=parser)


@pytest.mark.parametrize("text", ["[1]", "x ```json\n[1]\n```", "x ```[1", "no", "``` a ``` b"])
def test_a_parser_of_one_s_own_sees_the_same_texts(text: str) -> None:
    def seen_by(module: Any) -> list[str]:
        seen: list[str] = []

        def parse(candidate: str) -> Any:
            seen.append(candidate)
            return json.loads(candidate)

        outcome(module.parse_json_markdown, text, parser=parse)
        return seen

    assert seen_by(ours) == seen_by(reference)


@given(texts | action_inputs, st.lists(st.sampled_from(["a", "b", "name", ""]), max_size=2))
def test_parse_and_check_json_markdown(text: str, keys: list[str]) -> None:
    check("parse_and_check_json_markdown", text, keys)


def test_what_is_said_where_keys_are_checked() -> None:
    def error_of(module: Any, text: str) -> Any:
        with pytest.raises(ValueError, match=r".") as raised:
            module.parse_and_check_json_markdown(text, ["a"])
        return raised.value

    for text in ["[1]", "no", '{"b": 1}', "", "null"]:
        mine, theirs = error_of(ours, text), error_of(reference, text)
        assert type(mine).__name__ == type(theirs).__name__ == "OutputParserException"
        assert mine.llm_output == theirs.llm_output
        assert mine.observation == theirs.observation
        assert mine.send_to_llm == theirs.send_to_llm
        assert type(mine.__cause__) is type(theirs.__cause__)


def test_the_functions_are_where_the_reference_has_them() -> None:
    for name in headrace.utils.json.__all__:
        assert getattr(headrace.utils.json, name) is getattr(ours, name)
        assert hasattr(reference, name)


@pytest.mark.parametrize("text", [b'["\xff"]', b"\xff", b'["\xc3', b'{"\xe2\x82": 1'])
def test_bytes_that_are_no_text_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        ours.parse_partial_json(text)


@pytest.mark.parametrize(
    "text",
    [b'{"a": [1, "x', bytearray(b"[1"), memoryview(b"[1, 2")],
    ids=["bytes", "bytearray", "memoryview"],
)
def test_bytes_that_were_cut_off_are_completed(text: bytes | bytearray | memoryview) -> None:
    assert ours.parse_partial_json(text) == ours.parse_partial_json(bytes(text).decode())


def test_values_are_one_s_own() -> None:
    first, second = ours.parse_partial_json('{"a": [1'), ours.parse_partial_json('{"a": [1')
    first["a"].append(2)
    assert second == {"a": [1]}


def test_an_error_raised_by_the_parser_goes_up_as_it_is() -> None:
    class Failure(Exception):
        pass

    def fail(_: str) -> Any:
        raise Failure("of the user")

    with pytest.raises(Failure, match="of the user"):
        ours.parse_json_markdown("[]", parser=fail)
