"""The command line: `headrace json`, `demo`, `run` and `serve`.

Each command is imported only when it runs, so that `headrace json` starts without pydantic.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from headrace.cli.exits import BROKEN_PIPE, INTERRUPTED, USAGE, CommandError, drop_output

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: The command line arguments; by default those of this process.

    Returns:
        The exit code. Wrong arguments, `--help` and `--version` raise SystemExit, as argparse does.
    """
    every = sys.argv[1:] if arguments is None else list(arguments)
    if every[:1] == ["run"]:
        return _run_program(every[1:])
    try:
        try:
            return _run(arguments)
        finally:
            # Flush here, so that a closed pipe is detected here and not at the interpreter's exit.
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return BROKEN_PIPE
    except OSError as error:
        from headrace.cli.terminal import report

        drop_output()
        report(f"cannot write: {error.strerror}")
        return USAGE
    except Exception as error:
        if _is_interrupt(error):
            return INTERRUPTED
        raise


def _is_interrupt(error: Exception) -> bool:
    """Return True for the error that pydantic raises if Ctrl-C arrives while it builds a model."""
    return type(error).__name__ == "SchemaError" and "KeyboardInterrupt" in str(error)


def _run_program(arguments: Sequence[str]) -> int:
    """Run a user's program. Its exceptions propagate as under `python`."""
    from headrace.cli.run_command import run

    try:
        return run(arguments)
    except CommandError as error:
        from headrace.cli.terminal import report

        report(str(error), "run")
        return error.code


def _run(arguments: Sequence[str] | None) -> int:
    from headrace.cli.arguments import check, make_parser

    parser = make_parser()
    parsed = parser.parse_args(arguments)
    check(parser, parsed)
    if parsed.command is None:
        parser.print_help(sys.stderr)
        return USAGE
    try:
        return _run_command(parsed)
    except CommandError as error:
        from headrace.cli.terminal import report

        report(str(error), parsed.command)
        return error.code


def _run_command(parsed: argparse.Namespace) -> int:
    if parsed.command == "json":
        from headrace.cli.json_command import run
    elif parsed.command == "serve":
        from headrace.cli.serve_command import run
    else:
        from headrace.cli.demo import run
    return run(parsed)
