"""The arguments of the command line."""

from __future__ import annotations

import argparse

from headrace import __version__
from headrace.cli.serve_command import add_parser as add_serve

__all__ = ["check", "make_parser"]

_JSON = """\
Reads JSON as it arrives and writes one snapshot a line, as compact JSON in UTF-8: the document so
far, each time that it has changed. Nothing is held back on either side, so it can stand in a pipe:

  curl -N https://... | headrace json
  tail -f answer.json | headrace json --strings complete
  tail -f answer.json | headrace json --select '$.countries[*].name'
  tail -f log.ndjson | headrace json --documents --final
"""

_JSON_EPILOG = """\
The input is one text, with or without prose and a Markdown fence around the JSON, or a recorded
provider stream: the data of one event a line, bare or as server-sent events (`data: ...`; lines
that start with `event:`, `id:`, `retry:` or a colon, blank ones and `[DONE]` are understood). Which
of the two is told from the first line. Known are the streams of OpenAI (chat completions,
completions, responses), of those that speak the same, and of Anthropic (messages).

Of a stream each text and each tool call is a document of its own, one after another; of several
answers to one question the first is read. By default both texts and tool calls are followed, and a
text that is only prose is passed over; --from chooses one of them.

exit codes:
  0    each document was whole
  1    the input is not JSON, is empty, or was cut off (the position is on standard error), or the
       provider reported an error; the snapshots until then have been written
  2    a wrong argument, or a file that cannot be read or written
  130  ended by Ctrl-C
  141  the reader of the output has gone, as in `headrace json | head -n 1`
"""

_DEMO = """\
Streams JSON out of a replayed model, live: snapshots, a chain with a function, a chain with an
async generator, names and numbers only once they are complete; then measures what that costs
beside parsing the whole text anew at each chunk. Needs no key and no network.
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
        help="write a snapshot of the JSON that comes in each time that it changes",
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
        help="what to read (default: standard input)",
    )
    parser.add_argument(
        "--final", action="store_true", help="write only the last snapshot of each document"
    )
    parser.add_argument(
        "--select",
        action="append",
        type=_path,
        metavar="PATH",
        help="write what a JSONPath (RFC 9535, without filters) leads to instead, each value once, "
        "when it has ended; given more than once, each line is [PATH, value]",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="with --select, write what is open too, each time that it has changed",
    )
    parser.add_argument(
        "--documents",
        action="store_true",
        help="the input is one document after another, such as NDJSON: each is written as it grows",
    )
    parser.add_argument(
        "--numbers",
        choices=["partial", "complete"],
        default="partial",
        help="show a number as it grows, or only once it has ended (default: partial)",
    )
    parser.add_argument(
        "--strings",
        choices=["partial", "complete"],
        default="partial",
        help="show a string as it grows, or only once it has ended (default: partial)",
    )
    parser.add_argument("--strict", action="store_true", help="read RFC 8259 to the letter")
    parser.add_argument(
        "--no-fences",
        dest="fences",
        action="store_false",
        help="look for no Markdown fence: the text is the document",
    )
    parser.add_argument(
        "--max-depth",
        type=_positive,
        default=1000,
        metavar="N",
        help="how many containers may stand inside each other (default: 1000)",
    )
    parser.add_argument(
        "--input",
        choices=["auto", "text", "events"],
        default="auto",
        help="what the input is (default: told from its first line)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        choices=["auto", "text", "tool"],
        default="auto",
        help="what to follow in an event stream: texts, tool calls, or (auto) both",
    )
    parser.add_argument(
        "--chunk-size",
        type=_positive,
        default=65536,
        metavar="BYTES",
        help="read at most so many bytes at a time, as if a file arrived so (default: 65536)",
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo",
        help="stream JSON out of a replayed model, and measure what it costs",
        description=_DEMO,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--delay",
        type=_seconds,
        metavar="SECONDS",
        help="how long the model takes for each token (default: 0.025 on a terminal, else 0)",
    )
    speed.add_argument("--fast", action="store_true", help="the same as --delay 0")
    parser.add_argument(
        "--recording",
        metavar="FILE",
        help="show what a provider once streamed, one server-sent event's data a line, instead",
    )
    parser.add_argument("--no-timing", dest="timing", action="store_false", help="measure nothing")


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
