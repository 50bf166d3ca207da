"""What people make tool schemas of: functions, models, typed dictionaries, schemas of others."""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping, MutableMapping, MutableSet, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar
from typing import Annotated as ExtensionsAnnotated

from pydantic import BaseModel, ConfigDict, Field, RootModel
from pydantic.v1 import BaseModel as BaseModelV1
from pydantic.v1 import Field as FieldV1
from typing_extensions import NotRequired, Required
from typing_extensions import TypedDict as ExtensionsTypedDict

T = TypeVar("T")


# -- functions -------------------------------------------------------------------------------------


def plain(a: int, b: str = "x") -> str:
    """Do a thing."""
    return b * a


def undocumented(a: int):
    return a


def unannotated(a, b=1):
    """Do a thing without annotations."""


def nothing() -> None:
    """Do nothing."""


def google(a: int, b: str = "x", *, c: float | None = None) -> str:
    """Do a thing.

    It goes on here,
    over lines.

    And here.

    Args:
        a: The first: it has a colon.
        b: The second, which is
            longer than a line.
        c (float, optional): The third.

    Returns:
        A text.
    """
    return b


def google_only_args(a: int):
    """Args:
    a: The first.
    """


def google_missing(a: int, b: int):
    """Do a thing.

    Args:
        a: The first.
    """


def google_unknown(a: int):
    """Do a thing.

    Args:
        a: The first.
        z: Not there.
    """


def google_returns_first(a: int):
    """Do a thing.

    Returns:
        A thing.

    Args:
        a: The first.
    """


def google_example(a: int):
    """Do a thing.

    Example:
        Some code here.

        More of it.

    Args:
        a: The first.

    Raises:
        ValueError: Never.
    """


def google_colon_lines(a: int, b: int):
    """Do a thing.

    Args:
        a: The first,
          for example: this one.
        b: The second.
          note: nothing
    """


def google_arguments(a: int):
    """Do a thing.

    Arguments:
        a: The first.
    """


def google_blank_in_args(a: int, b: int):
    """Do a thing.

    Args:
        a: The first.

        b: The second.
    """


def numpy_style(a: int):
    """Do a thing.

    Parameters
    ----------
    a : int
        The first.
    """


def sphinx_style(a: int):
    """Do a thing.

    :param a: The first.
    """


def multi_line_summary(a: int):
    """Do a thing
    over two lines.

    Args:
        a: The first.
    """


def annotated(
    a: Annotated[int, "The first"],
    b: Annotated[str, Field(description="The second", max_length=3)] = "x",
    c: Annotated[int, "one", "two"] = 1,
    d: Annotated[list[str], 3] = (),  # type: ignore[assignment]
):
    """Do a thing."""


def annotated_and_google(a: Annotated[int, "From the annotation"], b: int):
    """Do a thing.

    Args:
        a: From the docstring.
        b: From the docstring.
    """


def extensions_annotated(a: ExtensionsAnnotated[int, "The first"]):
    """Do a thing."""


def many_types(
    a: int,
    b: float,
    c: bool,
    d: str,
    e: list[int],
    f: dict[str, int],
    g: tuple[int, str],
    h: set[str],
    i: Any,
    j: None,
    k: list,
    m: dict,
    n: bytes,
    o: tuple[int, ...],
    p: Sequence[int],
    q: Mapping[str, float],
):
    """Take many types."""


def literals(a: Literal["x", "y"], b: Literal[1, 2, "c"] = 1, c: Literal["only"] = "only"):
    """Take literals."""


def optionals(
    a: int | None,
    b: str | None = None,
    c: int | str = 1,
    d: int | None = 3,
    e: int | str | None = None,
    f: list[int | None] | None = None,
):
    """Take optional things."""


class Color(enum.Enum):
    """A color."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


def enums(a: Color, b: Color = Color.RED, c: Level | None = None):
    """Take enums."""


class Inner(BaseModel):
    """An inner thing."""

    x: int = Field(description="The x")
    y: str = "y"


class Titled(BaseModel):
    title: str = Field(description="The title")
    description: str
    default: int = 3


def nested(a: Inner, b: list[Inner], c: Inner | None = None):
    """Take models.

    Args:
        a: The a.
        b: The b.
        c: The c.
    """


def titled(a: Titled, title: str):
    """Take a title."""


@dataclass
class Point:
    """A point."""

    x: int
    y: int = 0


def dataclasses(p: Point):
    """Take a dataclass."""


def variadic(a: int, *args: int, **kwargs: str):
    """Take anything.

    Args:
        a: The first.
        args: More.
        kwargs: Most.
    """


def mutable_defaults(a: list[int] = [1, 2], b: dict[str, int] = {"k": 1}):  # noqa: B006
    """Take defaults."""


def run_manager_and_callbacks(a: int, run_manager: Any = None, callbacks: Any = None):
    """Take what tools are given."""


def private(_a: int, b: int):
    """Take a private thing."""


def reserved(schema: str, json: int, copy: bool, dict: str = "d"):
    """Take names of methods."""


def strings(a: "int", b: "str | None" = None):  # noqa: UP037
    """Take annotations that are text."""


async def asynchronous(a: int) -> int:
    """Do a thing asynchronously.

    Args:
        a: The first.
    """
    return a


def typed_dict_argument(d: Movie, e: list[Movie]):
    """Take a typed dictionary."""


def positional_only(a: int, /, b: int):
    """Take a positional argument."""


class Holder:
    """Holds methods."""

    def method(self, a: int, b: str = "x") -> str:
        """Do a thing.

        Args:
            a: The first.
        """
        return b

    @classmethod
    def class_method(cls, a: int) -> int:
        """Do a thing.

        Args:
            a: The first.
        """
        return a

    @staticmethod
    def static_method(a: int) -> int:
        """Do a thing.

        Args:
            a: The first.
        """
        return a

    def __call__(self, a: int) -> int:
        """Do a thing.

        Args:
            a: The first.
        """
        return a


class PlainClass:
    """A class that is no model."""

    def __init__(self, a: int) -> None:
        """Make one.

        Args:
            a: The first.
        """


def newline_description(
    a: Annotated[int, "First line\nsecond line"],
):
    """Do a thing.\nMore."""


def constrained(
    a: Annotated[int, Field(ge=1, le=5)],
    b: str = Field(default="x", description="The b", pattern="^x"),
):
    """Take constrained values."""


# -- pydantic models -------------------------------------------------------------------------------


class Simple(BaseModel):
    """A simple model."""

    a: int = Field(..., description="The first")
    b: str = "x"


class Undocumented(BaseModel):
    a: int


class Empty(BaseModel):
    """Nothing in it."""


class Inherits(Simple):
    c: bool = False


class InheritsDocumented(Simple):
    """It has its own docstring."""

    c: bool = False


class WithNested(BaseModel):
    """Models in a model."""

    one: Inner
    many: list[Inner] = Field(default_factory=list, description="Many inner ones")
    maybe: Inner | None = Field(None, description="Perhaps")
    table: dict[str, Inner] = {}


class Tree(BaseModel):
    """A tree."""

    value: int
    children: list[Tree] = []


class WithTitle(BaseModel):
    """Fields with names of keywords."""

    title: str
    description: str = Field("d", description="The description")
    properties: dict[str, Any] = {}
    type: str = "t"


class WithConfigTitle(BaseModel):
    """Has a title of its own."""

    model_config = ConfigDict(title="Own title")

    a: int = Field(title="The A")


class WithExtra(BaseModel):
    """Allows more."""

    model_config = ConfigDict(extra="allow")
    a: int


class Forbids(BaseModel):
    """Forbids more."""

    model_config = ConfigDict(extra="forbid")
    a: int
    inner: Inner


class Aliased(BaseModel):
    """Has aliases."""

    a: int = Field(alias="alpha")
    b: int = Field(2, validation_alias="beta")


class WithDocstringArgs(BaseModel):
    """A model with a docstring.

    Args:
        a: The first.
    """

    a: int


class Enums(BaseModel):
    """Has enums."""

    c: Color = Field(description="A color here")
    d: Color = Color.BLUE
    lit: Literal["a", "b"] = "a"


class Constrained(BaseModel):
    """Has constraints."""

    a: int = Field(gt=0, lt=10, examples=[1])
    b: str = Field(max_length=4, pattern="x+")
    c: list[int] = Field(min_length=1)


class WithSchemaExtra(BaseModel):
    """Has more in its schema."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"a": 1}]})
    a: int = Field(json_schema_extra={"deprecated": True})


class WithFactory(BaseModel):
    """Has a default factory."""

    a: list[int] = Field(default_factory=list)


class GenericModel(BaseModel, Generic[T]):
    """A generic model."""

    item: T


class Rooted(RootModel[list[int]]):
    """A model of one value."""


class Discriminated(BaseModel):
    """Has a union."""

    pet: Cat | Dog = Field(discriminator="kind")


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"]
    barks: bool


class MultiLine(BaseModel):
    """A docstring
    of lines.

        Indented.
    """

    a: int


class V1Inner(BaseModelV1):
    """An inner old model."""

    x: int


class V1Simple(BaseModelV1):
    """An old model."""

    a: int = FieldV1(..., description="The first")
    b: str = "x"
    c: V1Inner | None = None


class V1Undocumented(BaseModelV1):
    a: int


class V1Optional(BaseModelV1):
    """An old model with optional fields."""

    a: int | None
    b: list[V1Inner] = []


# -- typed dictionaries ----------------------------------------------------------------------------


class Movie(TypedDict):
    """A movie."""

    name: str
    year: int


class Undescribed(TypedDict):
    a: int


class Described(TypedDict):
    """A described one.

    Args:
        a: The first.
        b: The second.
    """

    a: int
    b: str


class Plain(TypedDict):
    """Annotated ones."""

    a: Annotated[int, ..., "The first"]
    b: Annotated[str, "x", "The second"]
    c: Annotated[str, None, "The third"]
    d: Annotated[int, ...]
    e: Annotated[int, 5]


class OneString(TypedDict):
    """Annotated with a description alone."""

    a: Annotated[int, "The first"]


class TooMany(TypedDict):
    """Annotated with too much."""

    a: Annotated[int, ..., "The first", "more"]


class DocumentedFields(TypedDict):
    """Documented twice.

    Args:
        a: From the docstring.
    """

    a: Annotated[int, ..., "From the annotation"]
    b: int


class Partial(TypedDict, total=False):
    """Not total."""

    a: int
    b: Annotated[str, ..., "The second"]


class Mixed(ExtensionsTypedDict, total=False):
    """Mixed."""

    a: Required[int]
    b: NotRequired[str]
    c: float


class Total(ExtensionsTypedDict):
    """Total with one that is not required."""

    a: int
    b: NotRequired[Annotated[str, None, "The second"]]


class NestedDict(TypedDict):
    """Nested."""

    movie: Movie
    movies: list[Movie]
    table: dict[str, Movie]
    maybe: Movie | None
    either: Movie | Described
    literal: Literal["a", "b"]
    deep: Annotated[list[Movie], ..., "Deep ones"]


class ModelInDict(TypedDict):
    """Has a model."""

    model: Inner


class InheritedDict(Movie):
    """More than a movie."""

    director: str


class Containers(TypedDict):
    """Containers."""

    a: list[str]
    b: set[int]
    c: tuple[int, str]
    d: dict[str, list[int]]
    e: Sequence[str]
    f: Mapping[str, int]
    i: Any
    j: int | None
    k: frozenset[str]


class AbstractContainers(TypedDict):
    """Containers that are only interfaces."""

    a: MutableSet[int]
    b: MutableMapping[str, int]


class RecursiveDict(TypedDict):
    """Recursive."""

    value: int
    children: list[RecursiveDict]


class EmptyDict(TypedDict):
    """Nothing."""


Alternative = ExtensionsTypedDict("Alternative", {"a": int, "b-c": str})


# -- schemas ---------------------------------------------------------------------------------------

JSON_SCHEMA = {
    "title": "add",
    "description": "Add numbers.",
    "type": "object",
    "properties": {
        "a": {"type": "integer", "title": "A", "description": "The first"},
        "b": {"type": "integer", "title": "B", "default": 1},
        "title": {"type": "string", "title": "Title"},
    },
    "required": ["a"],
}
NESTED_SCHEMA = {
    "title": "outer",
    "description": "Outer.",
    "type": "object",
    "properties": {
        "inner": {
            "type": "object",
            "title": "Inner",
            "properties": {"x": {"type": "string", "title": "X"}},
            "required": ["x"],
        },
        "items": {"type": "array", "items": {"type": "object", "properties": {}}},
    },
    "required": ["inner"],
}
REF_SCHEMA = {
    "title": "outer",
    "type": "object",
    "$defs": {
        "Inner": {"title": "Inner", "type": "object", "properties": {"x": {"type": "integer"}}},
        "Tree": {
            "type": "object",
            "properties": {"sub": {"type": "array", "items": {"$ref": "#/$defs/Tree"}}},
        },
    },
    "properties": {
        "inner": {"$ref": "#/$defs/Inner"},
        "described": {"$ref": "#/$defs/Inner", "description": "With a description"},
        "all": {"allOf": [{"$ref": "#/$defs/Inner"}]},
        "tree": {"$ref": "#/$defs/Tree"},
    },
}

VALUES: dict[str, Any] = {
    name: thing
    for name, thing in list(globals().items())
    if getattr(thing, "__module__", None) == __name__
    and (isinstance(thing, type) or callable(thing))
    and name not in ("Holder",)
}
VALUES |= {
    "Holder().method": Holder().method,
    "Holder.method": Holder.method,
    "Holder.class_method": Holder.class_method,
    "Holder.static_method": Holder.static_method,
    "Holder()": Holder(),
    "lambda": lambda a: a,
    "partial": functools.partial(plain, b="z"),
    "GenericModel[int]": GenericModel[int],
    "Simple(...)": Simple(a=1),
    "builtin": len,
    "text": "text",
    "number": 3,
    "none": None,
    "list": [],
    "empty dictionary": {},
    "json schema": JSON_SCHEMA,
    "json schema, nested": NESTED_SCHEMA,
    "json schema, references": REF_SCHEMA,
    "json schema without description": {"title": "t", "type": "object", "properties": {}},
    "json schema without title": {"description": "d", "type": "object", "properties": {}},
    "json schema without properties": {"title": "t", "description": "d", "type": "object"},
    "json schema, only title": {"title": "t"},
    "json schema, open": {
        "title": "t",
        "description": "d",
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "additionalProperties": True,
    },
    "json schema, camel title": {
        "title": "Get Weather",
        "description": "d",
        "properties": {"a": {"type": "string", "default": None}},
    },
    "json schema, not an object": {"title": "t", "description": "d", "type": "string"},
    "openai function": {
        "name": "f",
        "description": "d",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer", "title": "A"}},
            "required": ["a"],
        },
    },
    "openai function, strict": {
        "name": "f",
        "description": "d",
        "parameters": {"type": "object", "properties": {}},
        "strict": True,
    },
    "openai function, not strict": {
        "name": "f",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    },
    "openai function, name alone": {"name": "f"},
    "openai function, more keys": {"name": "f", "description": "d", "other": 1},
    "openai tool": {
        "type": "function",
        "function": {
            "name": "f",
            "description": "d",
            "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}},
        },
    },
    "openai tool, more keys": {
        "type": "function",
        "function": {"name": "f", "description": "d", "parameters": {}},
        "other": 1,
    },
    "openai tool without function": {"type": "function", "name": "f"},
    "responses function": {
        "type": "function",
        "name": "f",
        "description": "d",
        "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
        "strict": True,
    },
    "built in, web search": {"type": "web_search_preview"},
    "built in, file search": {"type": "file_search", "vector_store_ids": ["v"]},
    "built in, computer": {"type": "computer_use_preview", "display_width": 1},
    "built in, code": {"type": "code_interpreter", "container": {"type": "auto"}},
    "built in, mcp": {"type": "mcp", "server_label": "s"},
    "built in, image": {"type": "image_generation"},
    "built in, shell": {"type": "local_shell"},
    "built in, web search alone": {"type": "web_search"},
    "built in, tool search": {"type": "tool_search"},
    "built in, custom": {"type": "custom", "name": "f", "description": "d"},
    "built in, grammar": {
        "type": "custom",
        "name": "f",
        "format": {"type": "grammar", "syntax": "lark", "definition": "d"},
    },
    "built in, unknown": {"type": "unknown_tool", "name": "f"},
    "json_schema response format": {
        "type": "json_schema",
        "json_schema": {"name": "f", "schema": {"type": "object", "properties": {}}},
    },
    "anthropic": {
        "name": "f",
        "description": "d",
        "input_schema": {
            "type": "object",
            "properties": {"a": {"type": "integer", "title": "A"}},
            "required": ["a"],
        },
    },
    "anthropic without description": {
        "name": "f",
        "input_schema": {"type": "object", "properties": {}},
    },
    "anthropic, more keys": {
        "name": "f",
        "input_schema": {"type": "object", "properties": {}},
        "cache_control": {"type": "ephemeral"},
    },
    "bedrock": {
        "toolSpec": {
            "name": "f",
            "description": "d",
            "inputSchema": {"json": {"type": "object", "properties": {"a": {"type": "integer"}}}},
        }
    },
    "bedrock without description": {
        "toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object", "properties": {}}}}
    },
    "bedrock, incomplete": {"toolSpec": {"name": "f"}},
    "type": int,
}
VALUES.pop("Color")
VALUES.pop("Level")

# These are not the same in the reference: see test_schemas.py.
DIFFERENT = {
    "positional_only",
    "builtin",
    "PlainClass",
    "Undescribed",
    "Alternative",
    "Mixed",
    "Total",
    "ModelInDict",
    "AbstractContainers",
    "RecursiveDict",
}
