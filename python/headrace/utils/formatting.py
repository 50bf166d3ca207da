"""F-string templates: `{name}`, `{name!r}`, `{name:>10}`, without access to attributes or items."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Any

__all__ = ["FString", "StrictFormatter", "formatter"]

_CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}

_Field = tuple[str, str | None, str]


class FString:
    """F-string template, parsed once.

    Attributes:
        variables: The names of its fields, sorted, each once.
        fields: The names of its fields with their format specifications, in order.
    """

    __slots__ = ("_parts", "fields", "variables")

    def __init__(self, template: str) -> None:
        """Parse a template.

        Args:
            template: The template.

        Raises:
            ValueError: If it is not a valid template, or a field reaches into its value (`{a.b}`,
                `{a[0]}`), has no name or a number as name, or has a nested field in its format
                specification.
        """
        self._parts: list[str | _Field] = []
        self.fields: list[tuple[str, str]] = []
        # Parse the whole template before any check.
        for literal, name, specification, conversion in list(Formatter().parse(template)):
            if literal:
                self._parts.append(literal)
            if name is not None:
                _check(name, specification or "")
                self._parts.append((name, conversion, specification or ""))
                self.fields.append((name, specification or ""))
        self.variables = sorted({name for name, _ in self.fields})

    def fill(self, values: Mapping[str, Any]) -> str:
        """Replace the fields by values.

        Args:
            values: A value for each field; more are ignored.

        Returns:
            The text.

        Raises:
            KeyError: If a field has no value.
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
            # Most values are strings without a format: nothing to convert.
            plain = value.__class__ is str and not specification
            texts.append(value if plain else format(value, specification))
        return "".join(texts)


def _check(name: str, specification: str) -> None:
    """Raise an error if a field does more than name a value."""
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
    """Formatter that accepts only named values and does not reach into them."""

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Format a template.

        Args:
            format_string: The template.
            args: None.
            kwargs: A value for each field; more are ignored.

        Returns:
            The text.

        Raises:
            ValueError: If there are positional values, or the template is invalid; see `FString`.
            KeyError: If a field has no value.
        """
        if args:
            raise ValueError(
                "No arguments should be provided, everything should be passed as keyword arguments."
            )
        return FString(format_string).fill(kwargs)

    def validate_input_variables(self, format_string: str, input_variables: list[str]) -> None:
        """Check that a template needs only the named values.

        Args:
            format_string: The template.
            input_variables: The names.

        Raises:
            KeyError: If it needs another value.
            ValueError: If it is not a valid template, or has a format that strings do not support.
        """
        self.format(format_string, **dict.fromkeys(input_variables, "foo"))


formatter = StrictFormatter()
"""Formatter of the templates."""
