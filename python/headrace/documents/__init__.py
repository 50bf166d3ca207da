"""Documents: texts with facts about them, the raw data they come from, and what works on them."""

from headrace.documents.base import BaseMedia, Blob, Document, PathLike
from headrace.documents.compressor import BaseDocumentCompressor
from headrace.documents.transformers import BaseDocumentTransformer

__all__ = [
    "BaseDocumentCompressor",
    "BaseDocumentTransformer",
    "BaseMedia",
    "Blob",
    "Document",
    "PathLike",
]
