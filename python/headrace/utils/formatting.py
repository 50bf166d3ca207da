"""F-string templates: `{name}`, `{name!r}`, `{name:>10}`, and nothing that reaches into a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

__all__ = ["FString", "StrictFormatter", "formatter"]

_CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}

_Field = tuple[str, str | None, str]


class FString:
    """An f-string template, read once.

    Attributes:
        variables: The names of its fields, sorted, each once.
        fields: The names of its fields with their format specifications, as they come.
    """

    __slots__ = ("_parts", "fields", "variables")

    def __init__(self, template: str) -> None:
        """Read a template.

        Args:
            template: The template.

        Raises:
            ValueError: If it is no template, or a field reaches into its value (`{a.b}`, `{a[0]}`),
                has no name or a number for it, or has fields in its format specification.
        """
        self._parts: list[str | _Field] = []
        self.fields: list[tuple[str, str]] = []
        # All of it is read before any of it is checked.
        for literal, name, specification, conversion in list(Formatter().parse(template)):
            if literal:
                self._parts.append(literal)
            if name is not None:
                _check(name, specification or "")
                self._parts.append((name, conversion, specification or ""))
                self.fields.append((name, specification or ""))
        self.variables = sorted({name for name, _ in self.fields})

    def fill(self, values: Mapping[str, Any]) -> str:
        """Put values in the place of the fields.

        Args:
            values: A value for each field; there may be more.

        Returns:
            The text.

        Raises:
            KeyError: If a field has none.
        """
        texts = []
        for part in self._parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            name, conversion, specification = part
            value = values[name]
            if conversion is not None:
                value = _convert(value, conversion)
            # A text is most often what it is, and then there is nothing to format.
            plain = value.__class__ is str and not specification
            texts.append(value if plain else format(value, specification))
        return "".join(texts)


def _check(name: str, specification: str) -> None:
    """Refuse a field that does more than name a value."""
    if "." in name or "[" in name or "]" in name:
        raise ValueError(
            f"Invalid variable name {name!r} in f-string template. "
            "Variable names cannot contain attribute access (.) or indexing ([])."
        )
    if not name:
        raise ValueError("A field of an f-string template has no name.")
    if name.isdigit():
        raise ValueError(
            f"Invalid variable name {name!r} in f-string template. "
            "Variable names cannot be all digits as they are interpreted as positional arguments."
        )
    if "{" in specification or "}" in specification:
        raise ValueError(
            "Invalid format specifier in f-string template. "
            "Nested replacement fields are not allowed."
        )


def _convert(value: Any, conversion: str) -> str:
    convert = _CONVERSIONS.get(conversion)
    if convert is None:
        raise ValueError(f"Unknown conversion specifier {conversion}")
    return convert(value)


class StrictFormatter(Formatter):
    """A formatter that takes named values alone, and does not reach into them."""

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Fill a template.

        Args:
            format_string: The template.
            args: None.
            kwargs: A value for each field; there may be more.

        Returns:
            The text.

        Raises:
            ValueError: If there are positional values, or the template is none; see `FString`.
            KeyError: If a field has no value.
        """
        if args:
            raise ValueError(
                "No arguments should be provided, everything should be passed as keyword arguments."
            )
        return FString(format_string).fill(kwargs)

    def validate_input_variables(self, format_string: str, input_variables: list[str]) -> None:
        """Check that a template needs no other values than those named.

        Args:
            format_string: The template.
            input_variables: The names.

        Raises:
            KeyError: If it needs another one.
            ValueError: If it is no template, or asks of a text what a text has not.
        """
        self.format(format_string, **dict.fromkeys(input_variables, "foo"))


formatter = StrictFormatter()
"""The one that templates are filled with."""
