"""`headrace serve`: a runnable or graph over HTTP, with a chat page."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any

from headrace.cli.exits import USAGE, CommandError

__all__ = ["add_parser", "load_object", "run"]

DESCRIPTION = """\
Serves a runnable or a LangGraph graph: a chat page at /, and the protocols of the AI SDK, AG-UI,
OpenAI, LangServe and plain NDJSON. Without an object it serves an embedded agent that calls a tool
and needs no key.

  headrace serve
  headrace serve my_agent:graph --log sqlite:streams.db
"""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "serve",
        help="serve a runnable over HTTP, with a chat page",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("object", nargs="?", metavar="MODULE:OBJECT", help="what to serve")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port (default: 8000)")
    parser.add_argument(
        "--log",
        default="memory",
        metavar="memory|sqlite:FILE|redis://...",
        help="where streams are kept (default: memory)",
    )
    parser.add_argument(
        "--token", help="secret that requests must carry (default: HEADRACE_TOKEN, if set)"
    )
    parser.add_argument("--reload", action="store_true", help="start again when a file changes")


def load_object(name: str) -> Any:
    """Return the object that `module:object` names.

    Raises:
        CommandError: There is no such module or object.
    """
    module_name, _, path = name.partition(":")
    if not module_name or not path:
        raise CommandError(f"{name!r} is not MODULE:OBJECT", USAGE)
    sys.path.insert(0, os.getcwd())
    try:
        value: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name not in module_name.split("."):
            raise
        raise CommandError(f"there is no module {module_name}", USAGE) from error
    for part in path.split("."):
        if not hasattr(value, part):
            raise CommandError(f"{module_name} has no {path}", USAGE)
        value = getattr(value, part)
    return value


def make_log(name: str) -> Any:
    """Return the log that an argument names."""
    from headrace.serve import MemoryLog, RedisLog, SqliteLog

    if name == "memory":
        return MemoryLog()
    if name.startswith("sqlite:"):
        return SqliteLog(name.removeprefix("sqlite:"))
    if name.startswith(("redis://", "rediss://", "unix://")):
        return RedisLog(name)
    raise CommandError(f"unknown log {name!r}: use memory, sqlite:FILE or redis://...", USAGE)


def make_app(name: str | None, log: str, token: str | None) -> Any:
    """Create the application that the arguments describe.

    Raises:
        CommandError: An argument names nothing.
    """
    from headrace.serve import create_app
    from headrace.serve.replay_agent import replay_agent

    runnable = load_object(name) if name else replay_agent()
    return create_app(runnable, log=make_log(log), token=token)


def make_reloaded_app() -> Any:
    """Create the application in a process that uvicorn starts again when a file changes."""
    return make_app(
        os.environ.get("HEADRACE_OBJECT"),
        os.environ["HEADRACE_LOG"],
        os.environ.get("HEADRACE_TOKEN") or None,
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command.

    Args:
        arguments: The command line, parsed by `headrace.cli.arguments`.

    Returns:
        The exit code.

    Raises:
        CommandError: An extra is missing, or an argument names nothing.
    """
    try:
        import uvicorn

        import headrace.serve.app  # noqa: F401
    except ImportError as error:
        raise CommandError(
            f"serving needs the package {error.name}: pip install 'headrace[serve]'", USAGE
        ) from error
    token = arguments.token or os.environ.get("HEADRACE_TOKEN") or None
    # Also before a reload, so that a wrong argument is one line and no traceback.
    app = make_app(arguments.object, arguments.log, token)
    options: dict[str, Any] = {
        "host": arguments.host,
        "port": arguments.port,
        "log_level": "warning",
        "timeout_graceful_shutdown": 5,
    }
    print(f"Serving on http://{arguments.host}:{arguments.port}", file=sys.stderr)
    if arguments.reload:
        # uvicorn starts another process, which only the environment reaches.
        settings = {
            "HEADRACE_OBJECT": arguments.object,
            "HEADRACE_LOG": arguments.log,
            "HEADRACE_TOKEN": token,
        }
        os.environ.update({name: value for name, value in settings.items() if value})
        factory = "headrace.cli.serve_command:make_reloaded_app"
        uvicorn.run(factory, factory=True, reload=True, **options)
    else:
        uvicorn.run(app, **options)
    return 0
