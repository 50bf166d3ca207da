"""`headrace run`: a program with headrace in place of langchain_core."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from headrace.cli.exits import USAGE, CommandError
from headrace.dropin import install

__all__ = ["run"]

_USAGE = "usage: headrace run PROGRAM [ARGS ...] | headrace run -m MODULE [ARGS ...]"


def run(arguments: Sequence[str]) -> int:
    """Run a program or a module as `python` does, with headrace in place of langchain_core.

    Args:
        arguments: A file, or `-m` and a module, and the arguments of the program.

    Returns:
        0 if the program ends normally. Its exceptions, also `SystemExit`, are not caught.

    Raises:
        CommandError: If there is no such program.
    """
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else USAGE
    if arguments[0] == "-m":
        if len(arguments) == 1:
            raise CommandError("argument -m: expected a module", USAGE)
        install()
        _run_module(arguments[1], arguments[2:])
    elif arguments[0].startswith("-"):
        raise CommandError(f"unknown option {arguments[0]}; {_USAGE}", USAGE)
    else:
        install()
        _run_file(arguments[0], arguments[1:])
    return 0


def _main(file: str | None) -> ModuleType:
    """Create the module `__main__`, so that pickles and child processes find it."""
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    if file is not None:
        main.__file__ = file
    sys.modules["__main__"] = main
    return main


def _run_file(path: str, arguments: Sequence[str]) -> None:
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}", USAGE) from error
    sys.argv = [path, *arguments]
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = _main(path)
    exec(compile(source, path, "exec", dont_inherit=True), main.__dict__)


def _run_module(name: str, arguments: Sequence[str]) -> None:
    sys.argv = ["-m", *arguments]
    sys.path[0] = os.getcwd()
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.loader is None or not hasattr(spec.loader, "get_code"):
        raise CommandError(f"no module named {name}, or it cannot be run", USAGE)
    code = spec.loader.get_code(spec.name)
    if code is None:
        raise CommandError(f"module {name} has no code to run", USAGE)
    sys.argv[0] = spec.origin or name
    main = _main(spec.origin)
    main.__spec__ = spec
    main.__package__ = spec.parent
    exec(code, main.__dict__)
