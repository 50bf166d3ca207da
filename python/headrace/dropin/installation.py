"""Installing headrace as langchain_core in this process."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType

from headrace import compat
from headrace.dropin import finder

__all__ = ["DropinError", "emulates", "install", "installed"]

emulates = "1.8.3"
"""The version of langchain-core that headrace replaces."""


class DropinError(ImportError):
    """`install()` came too late: langchain_core is already imported."""


def install() -> None:
    """Use headrace as `langchain_core` in this process and in those that multiprocessing spawns.

    Call it before anything imports `langchain_core`. A second call does nothing.

    Raises:
        DropinError: If langchain_core is already imported; it names the modules that import it.
    """
    if installed():
        return
    _check_not_imported()
    compat.set_default(compat.Flag(0))
    finder.install()
    import langchain_core

    langchain_core.__version__ = emulates


def installed() -> bool:
    """Return True if headrace replaces `langchain_core` in this process."""
    return finder.is_installed()


def _check_not_imported() -> None:
    present = [name for name in sys.modules if finder.is_langchain(name)]
    if not present:
        return
    importers = _importers()
    culprits = f"; imported by {', '.join(importers)}" if importers else ""
    raise DropinError(
        f"langchain_core is already imported ({', '.join(sorted(present)[:5])}"
        f"{', ...' if len(present) > 5 else ''}{culprits}). Call headrace.dropin.install() before "
        "anything imports langchain_core, or start the program with `headrace run`.",
        name="langchain_core",
    )


def _importers() -> list[str]:
    """Return the names of loaded modules that hold something of langchain_core."""
    found: list[str] = []
    for name, module in sorted(sys.modules.items()):
        if finder.is_langchain(name) or name.split(".")[0] == "headrace" or module is None:
            continue
        if any(_is_from_langchain(value) for value in list(vars(module).values())):
            found.append(name)
    return found


def _is_from_langchain(value: object) -> bool:
    if isinstance(value, ModuleType):
        return finder.is_langchain(value.__name__)
    if isinstance(value, (type, FunctionType)):
        return finder.is_langchain(str(value.__module__))
    return False
