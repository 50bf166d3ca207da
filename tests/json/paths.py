"""Random documents and JSONPaths, and what a library finds with them."""

from typing import Any

import jsonpath_rfc9535
from hypothesis import strategies as st

_NAMES = ["a", "b", "name", "é", ""]
_QUOTED = [f"'{name}'" for name in _NAMES] + [f'"{name}"' for name in _NAMES] + [r"'\u0061'"]
_bounds = st.none() | st.integers(-4, 4)
_steps = st.none() | st.integers(-3, 3)


def _slice(start: int | None, end: int | None, step: int | None) -> str:
    texts = ["" if bound is None else str(bound) for bound in (start, end, step)]
    return ":".join(texts if step is not None else texts[:2])


_selectors = (
    st.sampled_from([*_QUOTED, "*"])
    | st.integers(-4, 4).map(str)
    | st.builds(_slice, _bounds, _bounds, _steps)
)
_brackets = st.lists(_selectors, min_size=1, max_size=3).map(lambda some: f"[{', '.join(some)}]")
_dotted = st.sampled_from(["a", "b", "name", "é", "*"])
_segments = (
    _brackets
    | _dotted.map(".{}".format)
    | _dotted.map("..{}".format)
    | _brackets.map("..{}".format)
)

paths = st.lists(_segments, max_size=4).map(lambda segments: "$" + "".join(segments))
"""Paths without filters."""

documents = st.recursive(
    st.integers(-9, 9) | st.sampled_from(["x", "y z", "", None, True, 1.5]),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4)
    ),
    max_leaves=14,
)
"""Documents to which those paths lead somewhere often enough."""


def found(path: str, document: Any) -> list[tuple[tuple[str | int, ...], Any]]:
    """Where the library finds what, each place once, in its order."""
    nodes = jsonpath_rfc9535.find(path, document)
    return list({node.location: node.value for node in nodes}.items())
