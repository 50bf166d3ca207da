"""The compiled core. Its names are re-exported, and documented, by the modules of the package."""

from typing import Any, Literal, final

from headrace.exceptions import JsonStreamError

__all__ = ["PartialJsonParser", "__version__", "parse_json_markdown", "parse_partial_json"]

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
        strip: Literal["blanks", "unicode"] = "blanks",
    ) -> PartialJsonParser: ...
    def feed(self, chunk: str | bytes | bytearray | memoryview, /) -> bool: ...
    def close(self) -> Any: ...
    @property
    def value(self) -> Any: ...
    @property
    def complete(self) -> bool: ...
    @property
    def error(self) -> JsonStreamError | None: ...

def parse_partial_json(s: str | bytes | bytearray | memoryview, *, strict: bool = False) -> Any: ...
def parse_json_markdown(json_string: str | bytes | bytearray | memoryview, /) -> Any: ...
