"""The arguments of the command line."""

from __future__ import annotations

import argparse

from headrace import __version__
from headrace.cli.serve_command import add_parser as add_serve

__all__ = ["check", "make_parser"]

_JSON = """\
Reads JSON as it arrives and writes one snapshot a line, as compact JSON in UTF-8: the document so
far, each time it changes. Input is read at once and each line is flushed, so it works in a pipe:

  curl -N https://... | headrace json
  tail -f answer.json | headrace json --strings complete
  tail -f answer.json | headrace json --select '$.countries[*].name'
  tail -f log.ndjson | headrace json --documents --final
"""

_JSON_EPILOG = """\
The input is one text, with or without prose and a Markdown fence around the JSON, or a recorded
provider stream: one event's data a line, bare or as server-sent events (`data: ...`; `event:`,
`id:`, `retry:`, comments, blank lines and `[DONE]` are understood). The first line decides which.
Supported streams are those of OpenAI (chat completions, completions, responses), of
OpenAI-compatible servers, and of Anthropic (messages).

Each text and each tool call of a stream is a separate document. If there are several choices, only
the first is read. By default both texts and tool calls are read, and prose is skipped; --from
selects one kind.

exit codes:
  0    every document was complete
  1    the input is not JSON, is empty or truncated (the position is on standard error), or the
       provider reported an error; snapshots written before that remain valid
  2    an argument is wrong, or a file cannot be read or written
  130  stopped by Ctrl-C
  141  the reader of the output closed it, as in `headrace json | head -n 1`
"""

_DEMO = """\
Streams JSON from a replayed model: snapshots, a chain with a function, a chain with an async
generator, and names and numbers held back until they are complete. Then measures the cost beside
parsing the whole text again for each chunk. Needs no key and no network.
"""


def make_parser() -> argparse.ArgumentParser:
    """Create the parser of the command line.

    Returns:
        The parser; `command` in its result is the name of the command, or None.
    """
    parser = argparse.ArgumentParser(
        prog="headrace", description="Streams what language models produce.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"headrace {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_json(commands)
    _add_demo(commands)
    add_serve(commands)
    # Its arguments are the program's: `headrace.cli.main` passes them on unread.
    commands.add_parser("run", help="run a program with headrace in place of langchain_core")
    return parser


def _add_json(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "json",
        help="write a snapshot of incoming JSON each time it changes",
        description=_JSON,
        epilog=_JSON_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "file",
        nargs="?",
        default="-",
        metavar="FILE",
        help="file to read (default: standard input)",
    )
    parser.add_argument(
        "--final", action="store_true", help="write only the last snapshot of each document"
    )
    parser.add_argument(
        "--select",
        action="append",
        type=_path,
        metavar="PATH",
        help="write the matches of a JSONPath (RFC 9535, without filters), each once, when it is "
        "complete; with several paths, each line is [PATH, value]",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="with --select, also write unfinished matches, each time they change",
    )
    parser.add_argument(
        "--documents",
        action="store_true",
        help="read a sequence of documents, such as NDJSON; each is written as it grows",
    )
    parser.add_argument(
        "--numbers",
        choices=["partial", "complete"],
        default="partial",
        help="show a number as it grows, or only when it is complete (default: partial)",
    )
    parser.add_argument(
        "--strings",
        choices=["partial", "complete"],
        default="partial",
        help="show a string as it grows, or only when it is complete (default: partial)",
    )
    parser.add_argument("--strict", action="store_true", help="accept only RFC 8259")
    parser.add_argument(
        "--no-fences",
        dest="fences",
        action="store_false",
        help="do not look for a Markdown fence: the text is the document",
    )
    parser.add_argument(
        "--max-depth",
        type=_positive,
        default=1000,
        metavar="N",
        help="maximum nesting of arrays and objects (default: 1000)",
    )
    parser.add_argument(
        "--input",
        choices=["auto", "text", "events"],
        default="auto",
        help="kind of input (default: detected from its first line)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        choices=["auto", "text", "tool"],
        default="auto",
        help="parts of an event stream to read: texts, tool calls, or both (auto)",
    )
    parser.add_argument(
        "--chunk-size",
        type=_positive,
        default=65536,
        metavar="BYTES",
        help="read at most this many bytes at a time (default: 65536)",
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo",
        help="stream JSON from a replayed model, and measure the cost",
        description=_DEMO,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--delay",
        type=_seconds,
        metavar="SECONDS",
        help="delay before each token (default: 0.025 on a terminal, otherwise 0)",
    )
    speed.add_argument("--fast", action="store_true", help="the same as --delay 0")
    parser.add_argument(
        "--recording",
        metavar="FILE",
        help="replay a recorded provider stream instead, one event's data a line",
    )
    parser.add_argument(
        "--no-timing", dest="timing", action="store_false", help="skip the measurements"
    )


def check(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Reject options that cannot be combined, with an error like argparse's own.

    Args:
        parser: The parser.
        parsed: The parsed options.
    """
    if parsed.command != "json":
        return
    if parsed.partial and not parsed.select:
        parser.error("argument --partial: of use with --select alone")
    if parsed.select and parsed.final:
        parser.error("argument --final: not allowed with argument --select")
    if parsed.documents and parsed.select:
        parser.error("argument --documents: not allowed with argument --select")
    if parsed.documents and parsed.input == "events":
        parser.error("argument --documents: not allowed with argument --input events")


def _path(text: str) -> str:
    from headrace.json import JsonPathError, PartialJsonParser

    try:
        PartialJsonParser(select=text)
    except JsonPathError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 1000000000")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 60:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 60")
    return seconds


# The type that argparse names in its message if the text is not a number.
_positive.__name__ = "number"
_seconds.__name__ = "number"
