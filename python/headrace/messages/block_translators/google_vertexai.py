"""Translator for Google's Vertex AI; the same as for Google GenAI."""

from headrace.messages.block_translators.google_genai import (
    translate_content,
    translate_content_chunk,
)

__all__ = ["translate_content", "translate_content_chunk"]
