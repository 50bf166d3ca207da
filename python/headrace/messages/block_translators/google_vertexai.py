"""Messages of Google's Vertex AI as typed content blocks: as those of its GenAI."""

from headrace.messages.block_translators.google_genai import (
    translate_content,
    translate_content_chunk,
)

__all__ = ["translate_content", "translate_content_chunk"]
