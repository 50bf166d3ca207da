"""Exit codes of the command line, and the errors that carry them."""

from __future__ import annotations

import os

__all__ = ["BAD_INPUT", "BROKEN_PIPE", "INTERRUPTED", "USAGE", "CommandError", "drop_output"]

BAD_INPUT = 1
"""The input is not JSON, or is truncated."""
USAGE = 2
"""A wrong argument, or a file that cannot be read or written; argparse's own code too."""
INTERRUPTED = 130
"""The exit code in shells after Ctrl-C: 128 plus the number of the signal."""
BROKEN_PIPE = 141
"""The exit code in shells after a closed pipe, as in `yes | head -n 1`."""


class CommandError(Exception):
    """An error that ends a command: a message for standard error and an exit code.

    Attributes:
        code: The exit code.
    """

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


def drop_output() -> None:
    """Discard the buffer of standard output after its reader has closed the pipe.

    Otherwise the interpreter would try to write it again at exit, and report an error.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
