"""Loading documents."""

from headrace.documents.base import Blob
from headrace.dropin.core.document_loaders.base import BaseBlobParser, BaseLoader
from headrace.dropin.core.document_loaders.blob_loaders import BlobLoader, PathLike
from headrace.dropin.core.document_loaders.langsmith import LangSmithLoader

__all__ = ["BaseBlobParser", "BaseLoader", "Blob", "BlobLoader", "LangSmithLoader", "PathLike"]
