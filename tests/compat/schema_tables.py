# ruff: noqa: UP007, UP035, UP045 - the older ways of writing types are inputs
"""More inputs for tool schemas: types of fields, docstrings, schemas to close, references."""

import datetime
import decimal
import enum
import pathlib
import uuid
from collections import deque
from collections.abc import Iterable, Mapping, MutableSequence, Sequence
from typing import (
    Annotated,
    Any,
    Literal,
    Optional,
    Pattern,
    TypedDict,
    Union,
)


class Kind(enum.Enum):
    A = "a"


class TextKind(str, enum.Enum):
    A = "a"


class Number(enum.IntEnum):
    """A number."""

    ONE = 1


class Sub(TypedDict):
    """Sub.

    Args:
        x: The x.
    """

    x: int


FIELD_TYPES: dict[str, Any] = {
    str(kind): kind
    for kind in [
        Optional[int],
        Union[int, str],
        Union[int, str, None],
        int | None,
        Literal["a"],
        Literal["a", 1],
        Literal["a", None],
        Optional[Literal["a", "b"]],
        tuple[int, str],
        tuple[int, ...],
        tuple,
        list,
        list,
        dict,
        dict[str, Any],
        dict[str, int],
        dict[int, str],
        set[int],
        frozenset[int],
        Sequence[int],
        MutableSequence[int],
        Iterable[int],
        Mapping[str, int],
        deque[int],
        list[list[int]],
        list[Annotated[int, "x"]],
        Any,
        object,
        None,
        float,
        bool,
        bytes,
        Kind,
        Optional[Kind],
        TextKind,
        Number,
        datetime.datetime,
        datetime.date,
        decimal.Decimal,
        uuid.UUID,
        pathlib.Path,
        Pattern,
        Sub,
        Optional[Sub],
        list[Sub],
        dict[str, Sub],
        Union[Sub, int],
        tuple[Sub, int],
        list[Sub | None],
        Annotated[int | None, None, "d"],
        Annotated[list[Sub], ..., "d"],
        Annotated[Sub, ..., "d"],
        Annotated[Sub | None, None, "d"],
        Annotated[Kind, ..., "d"],
        Annotated[int, ...],
        Annotated[int, [1], "d"],
        Annotated[int, ..., "d", 3],
        Annotated[int, ..., None, "d"],
        Annotated[int, 1, 2],
        Annotated[str, "x"],
    ]
}

DOCSTRINGS = [
    None,
    "",
    "A.",
    "A.\n\nB.",
    "  A.  \n\n  B.  ",
    "A.\n\n\n\nB.\n\nArgs:\n    a: x",
    "A.\n\nArgs:\n    a: first\n",
    "Args:\n    a: x",
    "Returns:\n  x",
    "A.\n\nReturns:\n   x",
    "A.\n\nReturns:\n   x\n\nArgs:\n    a: first",
    "A.\n\nRaises:\n  X: y\n\nArgs:\n    a: first",
    "A.\n\nYields:\n  y\n\nArgs:\n    a: first",
    "A.\n\nExample:\n  y\n\nB\n\nArgs:\n    a: first",
    "A.\n\nExamples:\n  y\n\nArgs:\n    a: first",
    "A.\n\n    code\n\nB.\n\nArgs:\n    a: x\n",
    "A.\nArgs:\n    a: first\n    b: second",
    "A.\n   \nArgs:\n    a: x",
    "A.\n\nArgs:\n    a:first",
    "A.\n\nArgs:\n    a : first",
    "A.\n\nArgs:\n    a (int): first\n    b (list[str], optional): second",
    "A.\n\nArgs:\n    a (int, see b: c): first",
    "A.\n\nArgs:\n    a: first\n    more text\n    b: second",
    "A.\n\nArgs:\n    a: first\n    see: more\n    b: second",
    "A.\n\nArgs:\n    a: first\n        see: more\n    b: second",
    "A.\n\nArgs:\n    a: first\n        b: more\n",
    "A.\n\nArgs:\n  a: first\n   see: more\n  b: x",
    "A.\n\nArgs:\n    a: first\n        line\n          deeper\n",
    "A.\n\nArgs:\n    a:\n        below\n    b: x",
    "A.\n\nArgs:\na: first\nb: second",
    "A.\n\nArgs:\n\ta: first\n\tb: x",
    "A.\n\nArgs: \n    a: first",
    "A.\n\nArgs: a: first",
    "A.\n\nargs:\n    a: first",
    "A.\n\nKeyword Args:\n    a: x",
    "A.\n\nArgs:\n    a: first\n\nReturns:\n    x",
    "A.\n\nArgs:\n    a: first\nReturns:\n    x",
    "A.\n\nArgs:\n    a: first\n\nMore.",
    "A.\n\nArgs:\n    some text without\n    a: first",
    "A.\n\nArgs:\n    a: first\n    a: again",
    "A.\n\nArgs:\n    a: first\n\nArgs:\n    b: again",
    "A.\n\nArgs:\n    a: http://x.y\n    b: e.g. z: 1",
    "A.\n\nArgs:\n    z: nowhere",
]

TO_CLOSE: list[dict[str, Any]] = [
    {},
    {"type": "object"},
    {"properties": {"a": {"type": "object"}}},
    {"properties": {"a": {"required": ["x"]}}},
    {"properties": {"a": {"type": "object", "properties": {"z": {}}, "required": ["z"]}}},
    {"properties": {"a": {"additionalProperties": True}}},
    {"properties": {"required": {"type": "string"}, "additionalProperties": {"type": "string"}}},
    {"properties": {"a": {"type": "array", "items": {"properties": {"q": {"type": "integer"}}}}}},
    {"properties": {"a": {"type": ["object", "null"], "properties": {"x": {}}}}},
    {"properties": {"properties": {"properties": {"z": {"type": "string"}}}}},
    {"properties": {"a": {"enum": [{"type": "object"}], "default": {"type": "object"}}}},
    {"anyOf": [{"type": "object", "properties": {"z": {}}}], "properties": {}},
    {"required": ["a"], "properties": {"a": {}, "b": {}}},
]

DEFINITIONS: dict[str, Any] = {
    "A": {"type": "integer", "title": "A"},
    "T": {
        "type": "object",
        "properties": {
            "t": {"$ref": "#/$defs/T"},
            "l": {"type": "array", "items": {"$ref": "#/$defs/T"}},
        },
    },
    "M1": {"x": {"$ref": "#/$defs/M2"}},
    "M2": {"y": {"$ref": "#/$defs/M1"}},
    "R": {"$ref": "#/$defs/A"},
    "L": [1, {"$ref": "#/$defs/A"}],
    "RR": {"$ref": "#/$defs/RR"},
    "C": {"$ref": "#/$defs/A", "description": "c"},
    "0": {"type": "null"},
}
REFERENCES: list[dict[str, Any]] = [
    {"$ref": "#/$defs/A"},
    {"$ref": "#/$defs/T"},
    {"$ref": "#/$defs/M1"},
    {"$ref": "#/$defs/R"},
    {"$ref": "#/$defs/L"},
    {"$ref": "#/$defs/L/1"},
    {"$ref": "#/$defs/L/7"},
    {"$ref": "#/$defs/X"},
    {"$ref": "x#/y"},
    {"$ref": "http://x"},
    {"$ref": "#"},
    {"$ref": "#/"},
    {"$ref": "#/$defs/RR"},
    {"$ref": "#/$defs/0"},
    {"$ref": "#/p"},
    {"$ref": "#/$defs/A", "description": "d", "title": "Z"},
    {"$ref": "#/$defs/C", "extra": {"$ref": "#/$defs/A"}},
    {"$ref": "#/$defs/L", "description": "d"},
    {"$ref": "#/$defs/T", "description": "d"},
    {"items": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}]},
    {"text": "#/$defs/A"},
]
