"""F-string templates, beside `str.format` and the reference's formatter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.prompts.string import validate_f_string_template
from langchain_core.utils import formatting as reference

from headrace.utils.formatting import FString, formatter

NAMES = st.sampled_from(["a", "b", "a b", " a", "_", "a-b", "é"])
FIELDS = st.builds(
    "{{{}{}{}}}".format,
    NAMES,
    st.sampled_from(["", "", "!r", "!s", "!a"]),
    st.sampled_from(["", "", ":", ":>5", ":<3", ":s", ":^9", ":.2"]),
)
TEMPLATES = st.lists(
    st.one_of(FIELDS, st.sampled_from(["x", "{{", "}}", "\n", " ", "é", "%s"])), max_size=8
).map("".join)
VALUES = st.one_of(st.text(max_size=5), st.floats(allow_nan=False))
ANYTHING = st.text(alphabet="{}ab!:.[]r0 ", max_size=12)


def outcome(func):
    try:
        return func()
    except (ValueError, KeyError, IndexError, TypeError) as error:
        return type(error).__name__, str(error)


@given(TEMPLATES, VALUES, VALUES)
def test_fills_as_str_format_does(template, a, b):
    values = {"a": a, "b": b, "a b": "both", " a": 1, "_": None, "a-b": [1], "é": b"x"}
    filled = outcome(lambda: FString(template).fill(values))
    assert filled == outcome(lambda: template.format(**values))
    assert filled == outcome(lambda: formatter.format(template, **values))


@given(ANYTHING)
def test_refuses_what_the_reference_refuses(template):
    ours = outcome(lambda: FString(template).variables)
    theirs = outcome(lambda: validate_f_string_template(template))
    if isinstance(theirs, list) and "" in theirs:
        # A field without a name is refused here already.
        assert ours == ("ValueError", "A field of an f-string template has no name.")
    elif isinstance(ours, tuple) and "has no name" in ours[1]:
        assert isinstance(theirs, tuple)
    else:
        assert ours == (sorted(theirs) if isinstance(theirs, list) else theirs)


@pytest.mark.parametrize("which", [formatter, reference.formatter])
def test_the_formatter_takes_names_alone(which):
    assert which.format("{a}{b!r:>4}", a=1, b="x", c=3) == "1 'x'"
    with pytest.raises(ValueError, match="keyword arguments"):
        which.format("{a}", 1)
    with pytest.raises(KeyError, match="a"):
        which.format("{a}", b=1)
    which.validate_input_variables("{a} {b}", ["a", "b", "c"])
    with pytest.raises(KeyError, match="b"):
        which.validate_input_variables("{a} {b}", ["a"])
