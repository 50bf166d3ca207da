"""After any prefix, the value is the reference's, but for the differences that are listed."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headrace.json import PartialJsonParser

from .differences import Moment, expected
from .documents import documents, garbage, mutations, texts_of_models
from .oracle import copied, loads, same, shown_by_reference

UNICODE_BLANKS = "\u00a0\u2003\u3000\u1680\u0085\x1c\x0b\u205f"


def shown_by_output_parser(prefix: str) -> Any:
    """What `JsonOutputParser` shows: it takes all white space off before it calls the function."""
    return shown_by_reference(prefix.strip())


def check_every_prefix(
    text: str,
    *,
    by_reference: Callable[[str], Any] = shown_by_reference,
    **options: Any,
) -> int:
    """Compares after each character; returns how many of the values were compared."""
    parser = PartialJsonParser(**options)
    before = None
    compared = 0
    for length, character in enumerate(text, 1):
        parser.feed(character)
        prefix = text[:length]
        begun = prefix.lstrip() if options.get("strip") == "unicode" else prefix
        wanted = expected(Moment(begun, before, parser, by_reference))
        before = copied(parser.value)
        if wanted is not None:
            assert same(parser.value, wanted), (prefix, parser.value, wanted)
            compared += 1
    return compared


@given(documents)
def test_each_prefix_of_a_document_shows_what_the_reference_shows(text: str) -> None:
    compared = check_every_prefix(text)
    # The values of an array or object are compared from its first bracket on.
    if text[0] in "[{":
        assert compared >= len(text) - 1 - text.count("\\") * 12


@given(texts_of_models)
def test_each_prefix_of_an_answer_shows_what_the_reference_shows(text: str) -> None:
    check_every_prefix(text)


@given(mutations(texts_of_models) | garbage)
def test_each_prefix_of_a_malformed_text_shows_what_the_reference_shows(text: str) -> None:
    check_every_prefix(text)


@given(
    st.builds(
        "{}{}{}".format,
        st.text(UNICODE_BLANKS + " \n", max_size=3),
        documents,
        st.text(UNICODE_BLANKS + " `\n", max_size=4),
    )
)
def test_unicode_blanks_are_stripped_as_the_output_parser_does(text: str) -> None:
    check_every_prefix(text, by_reference=shown_by_output_parser, strip="unicode")


@given(documents)
def test_the_whole_document_is_what_the_reference_reads(text: str) -> None:
    parser = PartialJsonParser()
    parser.feed(text)
    assert same(parser.close(), loads(text))
    assert same(parser.value, shown_by_reference(text))
