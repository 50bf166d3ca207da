"""JSON that has not ended yet.

`PartialJsonParser` reads a document as it arrives and shows at any moment what has come so far, at
a cost that grows with the new text alone. `iter_json` and `aiter_json` do the same over an
iterable, and `iter_documents` and `aiter_documents` where one document follows another.
`parse_partial_json` and its kin read a whole text once, as the functions of the same
names in `langchain_core.utils.json` do.

This package needs nothing but the compiled core.
"""

from headrace._core import JsonDocumentStream, PartialJsonParser, parse_partial_json
from headrace.exceptions import JsonPathError, JsonStreamError
from headrace.json.documents import JsonDocument, aiter_documents, iter_documents
from headrace.json.iterating import aiter_json, finish, iter_json
from headrace.json.matches import JsonMatch
from headrace.json.whole import parse_and_check_json_markdown, parse_json_markdown

__all__ = [
    "JsonDocument",
    "JsonDocumentStream",
    "JsonMatch",
    "JsonPathError",
    "JsonStreamError",
    "PartialJsonParser",
    "aiter_documents",
    "aiter_json",
    "finish",
    "iter_documents",
    "iter_json",
    "parse_and_check_json_markdown",
    "parse_json_markdown",
    "parse_partial_json",
]
