"""However a text is cut, it ends the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .documents import cuts, garbage, mutations, strict_documents, texts_of_models
from .oracle import fed

options = st.fixed_dictionaries(
    {},
    optional={
        "strict": st.booleans(),
        "fences": st.booleans(),
        "numbers": st.sampled_from(["partial", "complete"]),
        "strings": st.sampled_from(["partial", "complete"]),
        "fresh": st.booleans(),
        "max_depth": st.integers(0, 4),
        "strip": st.sampled_from(["blanks", "unicode", "nothing"]),
    },
)
texts = texts_of_models | strict_documents | mutations(texts_of_models) | garbage
TOO_LONG_TO_SHOW = "1234567890" * 20


def characters_of(text: str | bytes) -> list[Any]:
    return [text[index : index + 1] for index in range(len(text))]


@given(st.data(), texts, options, st.booleans())
def test_any_cut_of_the_characters_ends_as_one_piece_does(
    data: st.DataObject, text: str, options: dict[str, Any], close: bool
) -> None:
    whole = fed([text], close=close, **options)
    assert fed(data.draw(cuts(text)), close=close, **options) == whole
    assert fed(characters_of(text), close=close, **options) == whole


@given(st.data(), texts, options, st.booleans())
def test_any_cut_of_the_bytes_ends_as_one_piece_does(
    data: st.DataObject, text: str, options: dict[str, Any], close: bool
) -> None:
    # Half a pair in a str has no bytes in UTF-8.
    text = text.encode("utf-8", "replace").decode()
    encoded = text.encode()
    whole = fed([text], close=close, **options)
    assert fed([encoded], close=close, **options) == whole
    assert fed(data.draw(cuts(encoded)), close=close, **options) == whole
    assert fed(characters_of(encoded), close=close, **options) == whole


@given(st.data(), st.lists(st.binary(max_size=6) | texts.map(str.encode), max_size=4).map(b"".join))
def test_any_cut_of_bytes_that_are_no_text_ends_as_one_piece_does(
    data: st.DataObject, encoded: bytes
) -> None:
    whole = fed([encoded], close=True)
    assert fed(data.draw(cuts(encoded)), close=True) == whole
    assert fed(characters_of(encoded), close=True) == whole


@pytest.mark.parametrize("text", [
    f"[{TOO_LONG_TO_SHOW}", f"[1.{TOO_LONG_TO_SHOW}", f"[{'1' * 127}.{TOO_LONG_TO_SHOW}",
    f"[{'1' * 127}e+{TOO_LONG_TO_SHOW}", f"-{TOO_LONG_TO_SHOW}", f"[{'1' * 128}", f"[{'1' * 128}.5",
])  # fmt: skip
def test_a_number_too_long_to_show_is_shown_alike_however_it_comes(text: str) -> None:
    whole = fed([text])
    assert fed(characters_of(text)) == whole
    assert fed([text[:60], text[60:150], text[150:]]) == whole
    assert whole.value


@given(st.data(), strict_documents)
def test_text_and_bytes_may_take_turns_between_characters(data: st.DataObject, text: str) -> None:
    pieces = data.draw(cuts(text))
    mixed = [piece.encode() if data.draw(st.booleans()) else piece for piece in pieces]
    assert fed(mixed) == fed([text])
