"""Hypothesis strategies for JSON texts, written by hand rather than by `json.dumps`."""

from hypothesis import strategies as st

BLANKS = st.sampled_from(["", "", "", "", " ", "\n", "  ", "\t", "\r\n", " \n  "])

# What RFC 8259 lets stand in a string, with everything that has a meaning elsewhere.
STRING_PIECES = [
    "a", "B", "7", " ", "  ", "`", "```", "```json", "json", "/", "'", "x y",
    "{", "}", "[", "]", ":", ",", "true", "-1", "null",
    "é", "ß", "€", "漢字", "\u00a0", "\u2028", "\x7f", "\U0001f600", "e\u0301", "\ufeff",
    r"\"", r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t",
    r"\u0041", r"\u00e9", r"\u20AC", r"\u0000", r"\u0022", r"\u005c", r"\uFFFF", r"\ufeff",
    r"\ud83d\ude00", r"\uD834\uDD1E", r"\ud83d", r"\ude00", r"\udbff", r"\uDC00",
    r"\ud83d\ud83d\ude00", r"\ude00\ud83d", r"\ud83d\n", r"\ud83d ", r"\\u0041",
]  # fmt: skip
# What the default accepts beyond it: control characters as they are.
RAW_CONTROLS = ["\n", "\t", "\r\n", "\x00", "\x1f", "\n\n  "]
# What is held back at the end of an open string.
HELD_BACK = [" ", "`", "\n", "\t", "\r", "```", " ` \n", "\u00a0", "\u2003 "]

INTEGERS = [
    "0", "-0", "7", "-12", "67413000", "9007199254740993", "9223372036854775807",
    "9223372036854775808", "-9223372036854775809", "123456789012345678901234567890",
]  # fmt: skip
FLOATS = [
    "0.0", "-0.0", "1.0", "1.50", "-3.25", "1e5", "1E-3", "1.5e+10", "2E0", "0e1", "1e400",
    "-1e400", "5e-324", "1e-400", "0.1", "123456789.123456789e-7", "17976931348623157e292",
]  # fmt: skip
NOT_FINITE = ["NaN", "Infinity", "-Infinity"]

_numbers = (
    st.sampled_from(INTEGERS + FLOATS)
    | st.integers(min_value=-(10**40), max_value=10**40).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
)


def _strings(*, lenient: bool) -> st.SearchStrategy[str]:
    pieces = st.sampled_from(STRING_PIECES + (RAW_CONTROLS if lenient else []))
    any_text = st.text(
        st.characters(
            exclude_categories=["Cs"],
            exclude_characters='"\\',
            min_codepoint=0 if lenient else 0x20,
        ),
        max_size=4,
    )
    held_back = [piece for piece in HELD_BACK if lenient or min(piece) >= " "]
    tail = st.sampled_from(["", "", "", *held_back])
    body = st.lists(pieces | any_text, max_size=6).map("".join)
    return st.builds('"{}{}"'.format, body, tail)


def _arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    element = st.builds("{}{}{}".format, BLANKS, values, BLANKS)
    elements = st.lists(element, max_size=4).map(",".join)
    return st.builds("[{}{}]".format, BLANKS, elements) | elements.map("[{}]".format)


def _objects(
    names: st.SearchStrategy[str], values: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    member = st.builds("{}{}{}:{}{}{}".format, BLANKS, names, BLANKS, BLANKS, values, BLANKS)
    members = st.lists(member, max_size=4).map(",".join)
    return st.builds("{{{}{}}}".format, BLANKS, members) | members.map("{{{}}}".format)


def _documents(*, lenient: bool, containers: bool) -> st.SearchStrategy[str]:
    strings = _strings(lenient=lenient)
    literals = ["true", "false", "null", *(NOT_FINITE if lenient else [])]
    scalars = strings | _numbers | st.sampled_from(literals)
    # Few names, so that some come twice; other spellings of one of them too.
    names = st.sampled_from(['"a"', '"b"', '"name"', r'"\u0061"', '""', '"action_input"']) | strings
    values = st.recursive(
        scalars, lambda inner: _arrays(inner) | _objects(names, inner), max_leaves=10
    )
    if containers:
        values = _arrays(values) | _objects(names, values)
    return values


documents = _documents(lenient=True, containers=False)
"""What is accepted by default: `json.loads(text, strict=False)` reads it."""

containers = _documents(lenient=True, containers=True)
"""Those that are an array or an object, as a model is asked for."""

strict_documents = _documents(lenient=False, containers=False)
"""Those that RFC 8259 allows."""

padded_documents = st.builds("{}{}{}".format, BLANKS, strict_documents, BLANKS)

_PROSE = [
    "", "", "Here you are:\n", "So: ", "`code` and ``more``\n", "it's {this} one\n", "[note] ",
    "1. Result ", '"quoted" ', "true, and ", "-", "nothing more ", "5 of 7:\n", "é\U0001f600\n",
]  # fmt: skip
_FENCES = ["```json\n", "```\n", "```", "```json", "````json\n", "``` \n", "```json\n\n "]
_AFTER = [
    "", "\n```", "```", "\n```\nThat is all.", "\n``` {", ' and "more', "\n\n", " ]",
    "\n```\n```json\n[1]",
]  # fmt: skip
_after = st.sampled_from(_AFTER)

fenced_documents = st.builds(
    "{}{}{}{}".format, st.sampled_from(_PROSE), st.sampled_from(_FENCES), containers, _after
)
"""Documents in a Markdown fence, with prose around it."""

texts_of_models = documents | fenced_documents | st.builds("{}{}".format, containers, _after)
"""What a model may answer."""


@st.composite
def mutations(draw: st.DrawFn, texts: st.SearchStrategy[str] = documents) -> str:
    """Texts that a few characters too many or too few have made malformed, most of them."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            text = text[:at] + text[at + 1 :]
        else:
            text = text[:at] + draw(st.sampled_from('{}[]",:\\`\n 1a-+.eEtnuNI\x00')) + text[at:]
    return text


garbage = st.text('{}[]",:\\`\n 019.-+eEtruefalsnNI/bud8é\x00', max_size=40)
"""Characters that mean something, in any order."""


@st.composite
def cuts(draw: st.DrawFn, text: str | bytes) -> list:
    """The text in pieces, some of them empty."""
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
