"""Unbuffered standard input and output: available data is read and written immediately."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

from headrace.cli.exits import CommandError

__all__ = ["STANDARD_INPUT", "STANDARD_OUTPUT", "open_input", "read_chunks", "write_all"]

STANDARD_INPUT = 0
STANDARD_OUTPUT = 1


def open_input(path: str) -> int:
    """Open a file for reading, or standard input if the path is `-`.

    Returns:
        The file's descriptor.

    Raises:
        CommandError: If it cannot be opened.
    """
    if path == "-":
        return STANDARD_INPUT
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read {path}: {_reason(error)}") from error


def read_chunks(descriptor: int, path: str, size: int) -> Iterator[bytes]:
    """Yield the data as soon as it is available, until the end.

    Args:
        descriptor: The file descriptor to read from.
        path: The path of the file, for errors.
        size: Maximum number of bytes in a chunk.

    Yields:
        The bytes, in chunks as they arrive.

    Raises:
        CommandError: If reading fails.
    """
    while True:
        try:
            chunk = os.read(descriptor, size)
        except BlockingIOError:
            # Another process that shares the pipe has made it non-blocking.
            select.select([descriptor], [], [])
            continue
        except OSError as error:
            name = "standard input" if path == "-" else path
            raise CommandError(f"cannot read {name}: {_reason(error)}") from error
        if not chunk:
            return
        yield chunk


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it before returning.

    Raises:
        BrokenPipeError: If the reader has closed the pipe.
        CommandError: If writing fails for another reason.
    """
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CommandError(f"cannot write: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
