"""The compiled core. Its names are re-exported, and documented, by the modules of the package."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, final

from typing_extensions import Self, disjoint_base

from headrace.exceptions import JsonStreamError
from headrace.json.documents import JsonDocument

__all__ = [
    "ChunkSums",
    "JsonDocumentStream",
    "JsonOutputs",
    "MessageStorage",
    "PartialJsonParser",
    "ReferenceMerges",
    "RunFilter",
    "ToolCallReader",
    "__version__",
    "call_on_large_stack",
    "is_event_name",
    "is_nested_deeper",
    "merge_content",
    "merge_dicts",
    "merge_lists",
    "merge_obj",
    "parse_json_markdown",
    "parse_partial_json",
    "parse_partial_json_quietly",
    "set_default_flags",
]

__version__: str

@final
class PartialJsonParser:
    def __new__(
        cls,
        *,
        strict: bool = False,
        fences: bool = True,
        numbers: Literal["partial", "complete"] = "partial",
        strings: Literal["partial", "complete"] = "partial",
        fresh: bool = False,
        max_depth: int = 1000,
        strip: Literal["blanks", "unicode", "nothing"] = "blanks",
        select: str | list[str] | tuple[str, ...] | None = None,
        partial: bool = False,
        details: bool = False,
        changes: bool = False,
    ) -> PartialJsonParser: ...
    def feed(self, chunk: str | bytes | bytearray | memoryview, /) -> bool: ...
    def close(self) -> Any: ...
    def matches(self) -> list[Any]: ...
    def changes(
        self,
    ) -> list[tuple[tuple[str | int, ...], Literal["add", "replace", "append"], Any]]: ...
    def patch(self) -> list[dict[str, Any]]: ...
    @staticmethod
    def documents(
        chunks: Iterable[str | bytes | bytearray | memoryview], /, **options: Any
    ) -> Iterator[JsonDocument]: ...
    @property
    def value(self) -> Any: ...
    @property
    def complete(self) -> bool: ...
    @property
    def error(self) -> JsonStreamError | None: ...

@final
class ToolCallReader:
    def __new__(cls, *, ids: bool = False) -> ToolCallReader: ...
    def feed(self, chunk: MessageStorage, /) -> bool: ...
    @property
    def calls(self) -> list[dict[str, Any]]: ...

@final
class JsonDocumentStream:
    def __new__(
        cls,
        *,
        strict: bool = False,
        numbers: Literal["partial", "complete"] = "partial",
        strings: Literal["partial", "complete"] = "partial",
        fresh: bool = False,
        max_depth: int = 1000,
        partial: bool = True,
    ) -> JsonDocumentStream: ...
    def feed(self, chunk: str | bytes | bytearray | memoryview, /) -> list[JsonDocument]: ...
    def close(self) -> list[JsonDocument]: ...
    @property
    def error(self) -> JsonStreamError | None: ...

def parse_partial_json(s: str | bytes | bytearray | memoryview, *, strict: bool = False) -> Any: ...
def parse_partial_json_quietly(s: str | bytes | bytearray | memoryview, /) -> Any: ...
def parse_json_markdown(json_string: str | bytes | bytearray | memoryview, /) -> Any: ...

@disjoint_base
class MessageStorage:
    content: Any
    name: Any
    id: Any
    additional_kwargs: Any
    response_metadata: Any
    _tool_calls: Any
    _invalid_tool_calls: Any
    _tool_call_chunks: Any
    _usage_metadata: Any
    _chunk_position: Any
    _tool_call_id: Any
    _status: Any
    _artifact: Any
    _role: Any
    def __new__(cls, *_arguments: Any, **_keywords: Any) -> Self: ...
    def __init__(self, *_arguments: Any, **_keywords: Any) -> None: ...
    @property
    def _tool_calls_complete(self) -> list[bool]: ...
    def _plain_part(self, provider: str | None) -> str | tuple[str, int] | None: ...
    @classmethod
    def _blank(cls) -> Self: ...
    def __add__(self, other: Any, /) -> Any: ...
    def __radd__(self, other: Any, /) -> Any: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def set_default_flags(value: int) -> None: ...
def merge_dicts(left: dict[Any, Any], *others: dict[Any, Any]) -> dict[Any, Any]: ...
def merge_lists(left: list[Any] | None, *others: list[Any] | None) -> list[Any] | None: ...
def merge_obj(left: Any, right: Any) -> Any: ...
def merge_content(
    first_content: str | list[str | dict[Any, Any]], *contents: str | list[str | dict[Any, Any]]
) -> str | list[str | dict[Any, Any]]: ...

@final
class RunFilter:
    def __new__(
        cls,
        *,
        include_names: list[str] | None = None,
        include_types: list[str] | None = None,
        include_tags: list[str] | None = None,
        include_events: list[str] | None = None,
        exclude_names: list[str] | None = None,
        exclude_types: list[str] | None = None,
        exclude_tags: list[str] | None = None,
        exclude_events: list[str] | None = None,
    ) -> RunFilter: ...
    def admits(self, name: str, kind: str, tags: list[str]) -> bool: ...
    def phases(self, name: str, kind: str, tags: list[str]) -> int: ...

def is_event_name(word: str) -> bool: ...

@final
class ReferenceMerges:
    def __new__(
        cls,
        *,
        ids_may_differ: bool = False,
        adds_times: bool = False,
        adds_truths: bool = False,
    ) -> ReferenceMerges: ...
    def dicts(self, left: dict[Any, Any], *others: dict[Any, Any]) -> dict[Any, Any]: ...
    def lists(self, left: list[Any] | None, *others: list[Any] | None) -> list[Any] | None: ...

@final
class ChunkSums:
    def __new__(cls, message_class: type[Any], merges: ReferenceMerges, /) -> ChunkSums: ...
    def __call__(self, left: Any, right: Any, /) -> Any: ...
    def clear(self) -> None: ...

@final
class JsonOutputs:
    def __new__(cls) -> JsonOutputs: ...
    @property
    def text(self) -> str: ...
    def again(self) -> JsonOutputs: ...
    def feed(self, text: str | bytes | bytearray | memoryview, /) -> tuple[Any] | None: ...

def is_nested_deeper(value: Any, levels: int) -> bool: ...
def call_on_large_stack(function: Callable[[], Any]) -> Any: ...
