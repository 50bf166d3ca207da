"""Whether a text can go on to be a document, found with the standard library alone."""

import json
from collections.abc import Iterator

# What may be missing of the token that a text stops in, and of the member it belongs to.
_REST_OF_LITERALS = ["rue", "ue", "e", "alse", "lse", "se", "ull", "ll", "l"]
_REST_OF_NOT_FINITE = ["aN", "N", "y", *("Infinity"[start:] for start in range(1, 7)), "Infinity"]
_REST_OF_STRING = ['"', '\\"', 'n"', 'u0000"', '0000"', '000"', '00"', '0"']
_REST = ["", "0", '"":0', ":0", *_REST_OF_LITERALS, *_REST_OF_STRING]
_REST += [rest + ":0" for rest in _REST_OF_STRING]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _open_brackets(text: str) -> Iterator[list[str]]:
    """What closes the brackets that are open behind each character."""
    waiting: list[str] = []
    inside = escaped = False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "{[":
            waiting.append("}" if character == "{" else "]")
        elif character in "}]" and waiting:
            waiting.pop()
        yield waiting


def _closing(text: str) -> str:
    """The brackets that close what the text leaves open."""
    *_, waiting = [], *_open_brackets(text)
    return "".join(reversed(waiting))


def end_of_brackets(text: str) -> int:
    """Where the bracket that the text begins with is closed, or the text's end."""
    ends = (end for end, waiting in enumerate(_open_brackets(text), 1) if not waiting)
    return next(ends, len(text))


def can_go_on(text: str, *, strict: bool = False) -> bool:
    """Whether some text behind this one makes a document of the two."""
    rest_of_tokens = _REST if strict else _REST + _REST_OF_NOT_FINITE
    brackets = _closing(text)
    for rest in rest_of_tokens:
        try:
            json.loads(
                text + rest + brackets,
                strict=strict,
                parse_constant=_refuse if strict else None,
                parse_int=str,
            )
        except ValueError:
            continue
        return True
    return not text.strip(" \n\r\t")


def first_wrong(text: str, *, strict: bool = False) -> int | None:
    """The index of the first character with which the text can no longer be a document."""
    # Bisecting is sound: what can go on could go on before.
    good, bad = 0, len(text) + 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if can_go_on(text[:middle], strict=strict):
            good = middle
        else:
            bad = middle
    return None if bad > len(text) else bad - 1
