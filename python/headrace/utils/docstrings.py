"""Parsing of Google docstrings: the descriptions of a function and its arguments."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["parse_google_docstring"]

_GIVEN = frozenset({"run_manager", "callbacks", "runtime", "return"})
"""Names that need no description: arguments that the library passes, and the return value."""


def parse_google_docstring(
    docstring: str | None, args: Collection[str], *, error_on_invalid_docstring: bool = False
) -> tuple[str, dict[str, str]]:
    """Parse a docstring in Google style.

    Empty lines separate paragraphs. Those before `Args:` are the description, which also ends at
    `Returns:` or `Example:`. The paragraph that starts with `Args:` describes the arguments, each
    on its own line, with further indented lines if needed.

    Args:
        docstring: The docstring, without the indentation of the source.
        args: The names of the arguments.
        error_on_invalid_docstring: If true, a docstring without `Args:` is an error.

    Returns:
        The description of the function, and those of the arguments.

    Raises:
        ValueError: If arguments have no description and `error_on_invalid_docstring` is true.
    """
    paragraphs = docstring.split("\n\n") if docstring else []
    if (
        error_on_invalid_docstring
        and not _GIVEN.issuperset(args)
        and not any(paragraph.startswith("Args:") for paragraph in paragraphs[1:])
    ):
        raise ValueError("Found invalid Google-Style docstring.")
    about: list[str] = []
    described: str | None = None
    ended = False
    for paragraph in paragraphs:
        if paragraph.startswith("Args:"):
            described = paragraph
            break
        ended = ended or paragraph.startswith(("Returns:", "Example:"))
        if not ended:
            about.append(paragraph)
    return " ".join(about).strip(), _arguments(described) if described else {}


def _arguments(paragraph: str) -> dict[str, str]:
    """Parse the paragraph of the arguments."""
    found: dict[str, list[str]] = {}
    indentation: int | None = None
    name: str | None = None
    for line in paragraph.split("\n")[1:]:
        text = line.strip()
        if not text:
            continue
        deep = len(line) - len(line.lstrip())
        if indentation is None:
            indentation = deep
        if ":" in text and deep <= indentation:
            before, _, after = line.partition(":")
            # `*args` and `**kwargs` may be written as in the signature
            name = _without_type(before.strip()).lstrip("*")
            found[name] = [after.strip()]
        elif name is not None:
            found[name].append(text)
    return {name: " ".join(texts) for name, texts in found.items()}


def _without_type(name: str) -> str:
    """Return the name of an argument without the type in brackets that may follow it."""
    before, bracket, _ = name.partition("(")
    return before.rstrip() if bracket and name.endswith(")") else name
