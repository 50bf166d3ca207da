"""How the command line ends: its exit codes, and the errors that stand for them."""

from __future__ import annotations

import os

__all__ = ["BAD_INPUT", "BROKEN_PIPE", "INTERRUPTED", "USAGE", "CommandError", "drop_output"]

BAD_INPUT = 1
"""The input is not JSON, or was cut off."""
USAGE = 2
"""A wrong argument, or a file that cannot be read or written; argparse's own code too."""
INTERRUPTED = 130
"""What shells report for a program that Ctrl-C has ended: 128 and the signal's number."""
BROKEN_PIPE = 141
"""What shells report for a program that a closed pipe has ended, as in `yes | head -n 1`."""


class CommandError(Exception):
    """What ends a command early: a message for standard error and an exit code.

    Attributes:
        code: The exit code.
    """

    def __init__(self, message: str, code: int = USAGE) -> None:
        super().__init__(message)
        self.code = code


def drop_output() -> None:
    """Let what is left in the buffer of standard output go nowhere: its reader has gone.

    Without it the interpreter would try once more when it exits, and complain.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
