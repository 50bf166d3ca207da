"""Loading raw data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import PurePath
from typing import Union

from headrace.documents.base import Blob

__all__ = ["Blob", "BlobLoader", "PathLike"]

PathLike = Union[str, PurePath]  # noqa: UP007


class BlobLoader(ABC):
    """Loads raw data, without parsing it."""

    @abstractmethod
    def yield_blobs(self) -> Iterator[Blob]:
        """Yield the raw data, one piece at a time."""
