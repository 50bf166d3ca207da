"""`Document`: a text with facts about it, and `Blob`, the raw data that texts are read from."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO
from pathlib import Path, PurePath
from typing import Any, Literal, cast

from pydantic import ConfigDict, Field, model_validator

from headrace.load.serializable import Serializable

__all__ = ["BaseMedia", "Blob", "Document", "PathLike"]

PathLike = str | PurePath
"""The path of a file."""


class BaseMedia(Serializable):
    """Base class of texts and raw data."""

    id: str | None = Field(default=None, coerce_numbers_to_str=True)
    """The id."""

    metadata: dict[Any, Any] = Field(default_factory=dict)
    """Facts about it."""


class Document(BaseMedia):
    """A text with facts about it: what retrievers find."""

    page_content: str
    """The text."""

    type: Literal["Document"] = "Document"
    """The type of the object, for JSON."""

    def __init__(self, page_content: str, **kwargs: Any) -> None:
        """Create a document.

        Args:
            page_content: The text.
            **kwargs: `metadata` and `id`.
        """
        # The type checker takes pydantic's signature for all there is.
        super().__init__(**{"page_content": page_content, **kwargs})

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: documents are serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "document"]

    def __str__(self) -> str:
        shown = f"page_content='{self.page_content}'"
        return f"{shown} metadata={self.metadata}" if self.metadata else shown


class Blob(BaseMedia):
    """Raw data, in memory or in a file that is read on demand."""

    model_config = ConfigDict(arbitrary_types_allowed=True, frozen=True)

    data: bytes | str | None = None
    """The data, where it is in memory."""

    mimetype: str | None = None
    """The media type, such as `text/plain`."""

    encoding: str = "utf-8"
    """The encoding of bytes that are read as text."""

    path: PathLike | None = None
    """The path of the data."""

    @property
    def source(self) -> str | None:
        """The source of the data: the `source` of the metadata, or the path."""
        if "source" in self.metadata:
            return cast("str | None", self.metadata["source"])
        return str(self.path) if self.path else None

    @model_validator(mode="before")
    @classmethod
    def _has_data(cls, values: Any) -> Any:
        if "data" not in values and "path" not in values:
            raise ValueError("Either data or path must be provided")
        return values

    def as_string(self) -> str:
        """Return the data as text.

        Raises:
            ValueError: If there is no data and no path.
        """
        if isinstance(self.data, str):
            return self.data
        if self.data is None and not self.path:
            raise ValueError(f"Unable to get string for blob {self}")
        return self.as_bytes().decode(self.encoding)

    def as_bytes(self) -> bytes:
        """Return the data as bytes.

        Raises:
            ValueError: If there is no data and no path.
        """
        if isinstance(self.data, bytes):
            return self.data
        if isinstance(self.data, str):
            return self.data.encode(self.encoding)
        if self.path:
            return Path(self.path).read_bytes()
        raise ValueError(f"Unable to get bytes for blob {self}")

    @contextmanager
    def as_bytes_io(self) -> Iterator[BytesIO | BufferedReader]:
        """Open the data as a stream of bytes.

        Yields:
            The stream.

        Raises:
            NotImplementedError: If the data is a text, or missing.
        """
        if isinstance(self.data, bytes):
            yield BytesIO(self.data)
        elif self.data is None and self.path:
            with Path(self.path).open("rb") as file:
                yield file
        else:
            raise NotImplementedError(f"Unable to convert blob {self}")

    @classmethod
    def from_path(
        cls,
        path: PathLike,
        *,
        encoding: str = "utf-8",
        mime_type: str | None = None,
        guess_type: bool = True,
        metadata: dict[Any, Any] | None = None,
    ) -> Blob:
        """Create a blob for a file, which is read on demand.

        Args:
            path: The file.
            encoding: The encoding, to read it as text.
            mime_type: The media type.
            guess_type: If true, guess a missing media type from the file name.
            metadata: The metadata.

        Returns:
            The blob.
        """
        if mime_type is None and guess_type:
            mime_type = mimetypes.guess_type(path)[0]
        return cls(
            mimetype=mime_type, encoding=encoding, path=path, metadata=metadata or {}, data=None
        )

    @classmethod
    def from_data(
        cls,
        data: str | bytes,
        *,
        encoding: str = "utf-8",
        mime_type: str | None = None,
        path: str | None = None,
        metadata: dict[Any, Any] | None = None,
    ) -> Blob:
        """Create a blob from data in memory.

        Args:
            data: The data.
            encoding: The encoding of bytes that are read as text.
            mime_type: The media type.
            path: The path of its source.
            metadata: The metadata.

        Returns:
            The blob.
        """
        return cls(
            data=data, mimetype=mime_type, encoding=encoding, path=path, metadata=metadata or {}
        )

    def __repr__(self) -> str:
        shown = f"Blob {id(self)}"
        return f"{shown} {self.source}" if self.source else shown
