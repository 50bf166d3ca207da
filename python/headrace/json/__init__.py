"""Streaming JSON: parse documents as they arrive.

`PartialJsonParser` parses a document incrementally: each chunk costs only its own length.
`iter_json` and `aiter_json` do the same over an iterable; `iter_documents` and `aiter_documents`
parse several documents in a row. `parse_partial_json`, `parse_json_markdown` and
`parse_and_check_json_markdown` parse a complete text, like the
functions of the same names in `langchain_core.utils.json`.

This package depends only on the compiled core.
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
