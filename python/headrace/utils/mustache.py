"""Mustache templates: variables, sections, inverted sections, comments, partials, delimiters.

This is LangChain's dialect, which differs from the specification: falsy list items render nothing,
and dotted names are looked up as a whole in each scope, from the innermost out. Lookups work in
mappings, and in lists and tuples by index, but never on attributes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = ["ChevronError", "Mustache", "Token", "render", "tokenize"]

logger = logging.getLogger(__name__)

Token = tuple[str, str]
"""Type of a part, and its text or key."""

_KINDS = {
    "!": "comment",
    "#": "section",
    "^": "inverted section",
    "/": "end",
    ">": "partial",
    "=": "set delimiter?",
    "{": "no escape?",
    "&": "no escape",
}
_SIGNS = {"section": "#", "inverted section": "^", "end": "/", "partial": ">", "no escape": "&"}
_INLINE = ("variable", "no escape")
_BLANK_LINE_END = re.compile(r"[^\S\n]*(?:(\n)|\Z)")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class ChevronError(SyntaxError):
    """Error for an invalid mustache template; the message has the position."""


# -- reading ---------------------------------------------------------------------------------------


def tokenize(template: str, def_ldel: str = "{{", def_rdel: str = "}}") -> Iterator[Token]:
    """Yield the parts of a template.

    Args:
        template: The template.
        def_ldel: The opening delimiter of a tag.
        def_rdel: The closing delimiter of a tag.

    Yields:
        The parts: literals, variables, sections and their ends, partials.

    Raises:
        ChevronError: If a tag is empty or not closed, or a section is not closed or not opened.
    """
    left, right = def_ldel, def_rdel
    sections: list[tuple[str, int]] = []
    at = counted = 0
    line = 1
    # True if there are only blanks between the start of the line and `at`.
    line_is_blank = True
    while at < len(template):
        start = template.find(left, at) if left else -1
        if start < 0 or start + len(left) == len(template):
            # An opening delimiter at the very end starts no tag, and is dropped.
            yield "literal", template[at:] if start < 0 else template[at:start]
            break
        literal = template[at:start]
        line += template.count("\n", counted, start)
        counted = start
        end = template.find(right, start + len(left))
        if end < 0:
            raise ChevronError(f"unclosed tag at line {line}")
        kind, key = _tag(template[start + len(left) : end], line)
        at = end + len(right)
        if kind == "no escape?" and left == "{{" and right == "}}" and template.startswith("}", at):
            kind, at = "no escape", at + 1
        elif kind == "set delimiter?":
            if not key.endswith("="):
                raise ChevronError(f"unclosed set delimiter tag at line {line}")
            kind, key = "set delimiter", key[:-1].strip()
            marks = key.split(" ")
            left, right = marks[0], marks[-1]
        elif kind in ("section", "inverted section"):
            sections.append((key, line))
        elif kind == "end":
            _close(sections, key, line)
        # A tag alone on its line takes the line with it.
        before = literal.rpartition("\n")
        blank_before = (line_is_blank or bool(before[1])) and not before[2].strip()
        blank_after = blank_before and kind not in _INLINE and _BLANK_LINE_END.match(template, at)
        line_is_blank = bool(blank_after)
        if blank_after:
            at = blank_after.end() if blank_after[1] else at
            if kind != "partial":
                literal = literal.rstrip(" ")
        if literal:
            yield "literal", literal
        if kind != "comment":
            yield kind, key
    if sections:
        key, line = sections[-1]
        raise ChevronError(f"the section {key!r}, opened at line {line}, was never closed")


def _tag(inside: str, line: int) -> Token:
    if not inside.strip():
        raise ChevronError(f"empty tag at line {line}")
    # Only the first character sets the type: after a blank it is part of a name.
    kind = _KINDS.get(inside[0])
    if kind is None:
        return "variable", inside.strip()
    key = inside[1:]
    return kind, key.lstrip() if kind == "set delimiter?" else key.strip()


def _close(sections: list[tuple[str, int]], key: str, line: int) -> None:
    if not sections:
        raise ChevronError(f"line {line} closes the section {key!r}, which was not opened")
    last, opened = sections.pop()
    if last != key:
        raise ChevronError(
            f"line {line} closes the section {key!r}, but {last!r} is open since line {opened}"
        )


class _Node(NamedTuple):
    """A part, with its children if it is a section."""

    kind: str
    key: str
    inside: tuple[_Node, ...] = ()


def _nodes(tokens: Iterable[Token]) -> tuple[_Node, ...]:
    """Build a tree of parts."""
    levels: list[tuple[Token, list[_Node]]] = [(("", ""), [])]
    for kind, key in tokens:
        if kind in ("section", "inverted section"):
            levels.append(((kind, key), []))
        elif kind == "end" and len(levels) > 1:
            section, inside = levels.pop()
            levels[-1][1].append(_Node(*section, tuple(inside)))
        else:
            levels[-1][1].append(_Node(kind, key))
    return tuple(levels[0][1])


# -- rendering -------------------------------------------------------------------------------------


class _Output:
    """Buffer of the rendered text."""

    __slots__ = ("_indent", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._indent: list[str] | None = []

    def write(self, text: str) -> None:
        """Append text."""
        if not text:
            return
        self._pieces.append(text)
        line_start = text.rfind("\n") + 1
        if line_start:
            self._indent = []
        if self._indent is not None and line_start < len(text):
            start = text[line_start:]
            if start.isspace():
                self._indent.append(start)
            else:
                self._indent = None

    @property
    def indent(self) -> str:
        """The last line if it has only white space; else an empty string."""
        return "".join(self._indent or ())

    def __str__(self) -> str:
        return "".join(self._pieces)


class _Writer(NamedTuple):
    """Settings of a rendering, the same for all nested parts."""

    partials: Mapping[str, str]
    left: str
    right: str
    warn: bool
    keep: bool
    parsed_partials: dict[str, tuple[_Node, ...]]

    def render(self, nodes: Iterable[_Node], scopes: Sequence[Any], padding: str) -> str:
        """Return the text of some parts."""
        out = _Output()
        self.write(nodes, scopes, padding, out)
        return str(out)

    def write(
        self, nodes: Iterable[_Node], scopes: Sequence[Any], padding: str, out: _Output
    ) -> None:
        """Append the text of some parts to the output."""
        for node in nodes:
            kind, key, _ = node
            if kind == "literal":
                out.write(key.replace("\n", "\n" + padding) if padding else key)
            elif kind == "variable":
                value = self.look_up(key, scopes)
                if value is True and key == "." and len(scopes) > 1:
                    # A section on a boolean keeps the surrounding scope.
                    value = scopes[1]
                out.write(_escaped(str(value)))
            elif kind == "no escape":
                out.write(str(self.look_up(key, scopes)))
            elif kind == "section":
                self.section(node, scopes, padding, out)
            elif kind == "inverted section":
                if not self.look_up(key, scopes):
                    self.write(node.inside, (True, *scopes), padding, out)
            elif kind == "partial":
                out.write(self.partial(key, scopes, padding, out.indent))

    def section(self, node: _Node, scopes: Sequence[Any], padding: str, out: _Output) -> None:
        value = self.look_up(node.key, scopes)
        if callable(value):
            out.write(str(self.call(value, node, scopes, padding)))
        elif isinstance(value, (Sequence, Iterator)) and not isinstance(value, str):
            for item in value:
                if item:
                    out.write(self.render(node.inside, (item, *scopes), padding))
        elif value:
            self.write(node.inside, (value, *scopes), padding, out)

    def call(self, function: Any, node: _Node, scopes: Sequence[Any], padding: str) -> Any:
        """Call a function with the section's text and a way to render it."""

        def rendered(template: str, data: Any = None) -> str:
            inner = (data, *scopes) if data else scopes
            tokens = tokenize(template, self.left, self.right)
            return self.render(_nodes(tokens), inner, padding)

        return function(self.source(node.inside), rendered)

    def source(self, nodes: Iterable[_Node]) -> str:
        """Return the template source of some parts."""
        texts = []
        for kind, key, inside in nodes:
            if kind == "literal":
                texts.append(key)
                continue
            blank = " " if kind == "no escape" else ""
            texts.append(f"{self.left}{_SIGNS.get(kind, '')} {key}{blank}{self.right}")
            if kind in ("section", "inverted section"):
                texts.append(f"{self.source(inside)}{self.left}/ {key}{self.right}")
        return "".join(texts)

    def partial(self, key: str, scopes: Sequence[Any], padding: str, indent: str) -> str:
        nodes = self.parsed_partials.get(key)
        if nodes is None:
            template = self.partials.get(key)
            if not template:
                return ""
            nodes = _nodes(tokenize(template, self.left, self.right))
            self.parsed_partials[key] = nodes
        text = self.render(nodes, scopes, padding + indent)
        # The line after the partial is not indented with it.
        return text.rstrip(" \t") if indent else text

    def look_up(self, key: str, scopes: Sequence[Any]) -> Any:
        """Return the value of a key, from the innermost scope out; an empty string if not found."""
        if key == ".":
            return scopes[0]
        names = key.split(".")
        for scope in scopes:
            value = scope
            try:
                for name in names:
                    value = _child(value, name)
                    if value in (0, False):
                        # Rendered as it is, even if the key has further parts.
                        return value
            except (LookupError, ValueError):
                continue
            return value or ""
        if self.warn:
            logger.warning("Could not find key %r", key)
        return f"{self.left} {key} {self.right}" if self.keep else ""


def _child(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value[name]
    if isinstance(value, (list, tuple)):
        return value[int(name)]
    # Attributes of objects are out of reach, so that no template can climb from a value to the
    # interpreter.
    raise LookupError(name)


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace('"', "&quot;")
    return text.replace("<", "&lt;").replace(">", "&gt;")


class Mustache:
    """Mustache template, parsed once.

    Attributes:
        tokens: Its parts.
        variables: The first parts of the names of its variables, sorted.
    """

    __slots__ = ("_nodes", "tokens", "variables")

    def __init__(self, template: str) -> None:
        """Parse a template.

        Args:
            template: The template.

        Raises:
            ChevronError: If it is invalid.
        """
        self.tokens = list(tokenize(template))
        self._nodes = _nodes(self.tokens)
        named = (*_INLINE, "section", "inverted section")
        self.variables = sorted(
            {
                node.key.partition(".")[0]
                for node in self._nodes
                if node.kind in named and node.key != "."
            }
        )

    def fill(self, values: Mapping[str, Any]) -> str:
        """Replace the tags by values.

        Args:
            values: The values; missing ones render as an empty string.

        Returns:
            The text.
        """
        return _PLAIN.render(self._nodes, (values,), "")


_PLAIN = _Writer(_NOTHING, "{{", "}}", False, False, {})


def render(
    template: str | list[Token] = "",
    data: Mapping[str, Any] = _NOTHING,
    partials_dict: Mapping[str, str] = _NOTHING,
    padding: str = "",
    def_ldel: str = "{{",
    def_rdel: str = "}}",
    scopes: list[Any] | None = None,
    warn: bool = False,
    keep: bool = False,
) -> str:
    """Render a mustache template.

    Args:
        template: The template, or its parts from `tokenize`.
        data: The values.
        partials_dict: The templates that partials name.
        padding: The indentation of each line but the first.
        def_ldel: The opening delimiter of a tag.
        def_rdel: The closing delimiter of a tag.
        scopes: The scopes of values instead of `data`, the innermost first.
        warn: If true, log missing keys.
        keep: If true, keep tags with missing keys as they are.

    Returns:
        The text.

    Raises:
        ChevronError: If the template is invalid.
    """
    tokens = template if isinstance(template, list) else tokenize(template, def_ldel, def_rdel)
    writer = _Writer(partials_dict, def_ldel, def_rdel, warn, keep, {})
    return writer.render(_nodes(tokens), scopes or (data,), padding)
