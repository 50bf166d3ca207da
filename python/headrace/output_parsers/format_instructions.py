"""Instructions on the format of an answer, for models."""

from __future__ import annotations

__all__ = ["JSON_FORMAT_INSTRUCTIONS", "PYDANTIC_FORMAT_INSTRUCTIONS", "XML_FORMAT_INSTRUCTIONS"]

_SCHEMA = """
{schema}
"""

JSON_FORMAT_INSTRUCTIONS = (
    """Answer with one JSON value that is valid under the JSON schema below, and with nothing \
else: no heading, no explanation, no Markdown fence around it, no comments in it.

The schema describes the answer, it is not the answer. Under \
{{"properties": {{"city": {{"type": "string"}}}}, "required": ["city"]}} the answer \
{{"city": "Paris"}} is right, and {{"properties": {{"city": "Paris"}}}} is wrong.

The JSON schema:
"""
    + _SCHEMA
)
"""Instructions for JSON with a schema, `{schema}`."""

PYDANTIC_FORMAT_INSTRUCTIONS = (
    """Answer with one JSON object that is valid under the JSON schema below.

The schema describes the answer, it is not the answer. Under \
{{"properties": {{"city": {{"type": "string"}}}}, "required": ["city"]}} the answer \
{{"city": "Paris"}} is right, and {{"properties": {{"city": "Paris"}}}} is wrong.

The JSON schema:
"""
    + _SCHEMA
)
"""Instructions for an object of a pydantic model with the schema `{schema}`."""

XML_FORMAT_INSTRUCTIONS = """Answer with one XML document.

Use these tags, or where none are given, tags of your own: {tags}
Close every tag that you open, the innermost first: \
<river><name>Rhine</name></river> is right, <river><name>Rhine</river> is wrong.
"""
"""Instructions for an XML document with some tags, `{tags}`."""
