"""JSON functions, under LangChain's module name."""

from headrace.json import (
    parse_and_check_json_markdown,
    parse_json_markdown,
    parse_partial_json,
)

__all__ = ["parse_and_check_json_markdown", "parse_json_markdown", "parse_partial_json"]
