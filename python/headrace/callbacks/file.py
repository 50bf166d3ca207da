"""`FileCallbackHandler`, which writes the output of `StdOutCallbackHandler` to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from headrace.callbacks.stdout import WritingHandler

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["FileCallbackHandler"]


class FileCallbackHandler(WritingHandler):
    """Handler that writes the start and end of chains, and output of tools and agents, to a file.

    It is a context manager that closes the file.
    """

    _colored_tools = False

    def __init__(self, filename: str, mode: str = "a", color: str | None = None) -> None:
        """Open the file.

        Args:
            filename: Its path.
            mode: How to open it.
            color: The colour of texts whose event names none.
        """
        super().__init__(color)
        self.filename = filename
        self.mode = mode
        self.file: TextIO = Path(filename).open(mode, encoding="utf-8")  # type: ignore[assignment]  # noqa: SIM115

    def _out(self) -> TextIO:
        if self.file.closed:
            raise RuntimeError(f"The file {self.filename} is closed.")
        return self.file

    def close(self) -> None:
        """Close the file; more often than once does no harm."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
