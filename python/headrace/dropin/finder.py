"""The import hook: `langchain_core.x` is the module object of `headrace.x`.

A module that langchain_core has and headrace does not lies in `headrace.dropin.core`, under the
same path. Where both exist, the names of the file in `headrace.dropin.core` are set on headrace's
module as soon as that is loaded.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import (
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from headrace.dropin.homes import assign_homes

__all__ = ["install", "is_installed", "is_langchain"]

_LANGCHAIN = "langchain_core"
_HEADRACE = "headrace"
_CORE = "headrace.dropin.core"
_CORE_FOLDER = Path(__file__).parent / "core"
_SPAWN = "multiprocessing.spawn"
_DONE = "__headrace_loaded__"
"""The attribute of a module whose code has run to its end."""


def is_langchain(name: str) -> bool:
    """Return True if a module's name is `langchain_core` or lies in it."""
    return name == _LANGCHAIN or name.startswith(f"{_LANGCHAIN}.")


def _is_counterpart(name: str) -> bool:
    """Return True for the modules of headrace that may replace one of langchain_core."""
    return name.startswith(f"{_HEADRACE}.") and not name.startswith(
        ("headrace.dropin", "headrace._core", "headrace.langchain", "headrace.cli")
    )


def _is_completed(name: str) -> bool:
    """Return True for the modules that something is done about when they load."""
    return _is_counterpart(name) or name.startswith(f"{_CORE}.") or name == _SPAWN


def _under(name: str, package: str) -> str:
    """Return the name that a module of headrace or langchain_core has in another package."""
    return ".".join((package, *name.split(".")[1:]))


def _has_core_file(name: str) -> bool:
    path = _CORE_FOLDER.joinpath(*name.split(".")[1:])
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


class _AliasLoader(Loader):
    """Puts a module that exists already in `sys.modules` under another name."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return None: the import system creates an empty module, which is then replaced."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Replace the empty module; the import system uses the entry in `sys.modules`."""
        sys.modules[module.__name__] = self._module


class _CompletingSource(SourceFileLoader):
    """Loader of a headrace module that adds the names of the drop-in to it."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code, then complete it."""
        super().exec_module(module)
        setattr(module, _DONE, True)
        _complete(module)


class _CompletingBytecode(SourcelessFileLoader):
    """The same loader for a module without source."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module's code, then complete it."""
        super().exec_module(module)
        setattr(module, _DONE, True)
        _complete(module)


_COMPLETING = {SourceFileLoader: _CompletingSource, SourcelessFileLoader: _CompletingBytecode}


class _Finder(MetaPathFinder):
    """Finder that maps langchain_core's modules to headrace, and completes headrace's modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module, or None if it is unrelated to the drop-in."""
        if is_langchain(fullname):
            module = _counterpart(fullname)
            if module is None:
                return None
            # Loading it may have put it there; the import system would then load it once more.
            sys.modules.pop(fullname, None)
            spec = ModuleSpec(fullname, _AliasLoader(module))
            spec.submodule_search_locations = list(getattr(module, "__path__", [])) or None
            return spec
        if _is_completed(fullname):
            return _completing_spec(fullname, path, target)
        return None


def _completing_spec(
    fullname: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    spec = PathFinder.find_spec(fullname, path, target)
    if spec is None:
        return None
    completing = _COMPLETING.get(type(spec.loader))  # type: ignore[arg-type]
    if completing is not None:
        spec.loader = completing(spec.name, spec.loader.path)  # type: ignore[union-attr]
    return spec


def _counterpart(fullname: str) -> ModuleType | None:
    """Import the module that replaces one of langchain_core."""
    if fullname == _LANGCHAIN:
        return import_module(_HEADRACE)
    own = _under(fullname, _HEADRACE)
    if _is_counterpart(own) and _exists(own):
        return import_module(own)
    return import_module(_under(fullname, _CORE)) if _has_core_file(fullname) else None


def _exists(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _complete(module: ModuleType) -> None:
    """Complete a module that has just been loaded."""
    name = module.__name__
    if name == _SPAWN:
        _reach_children(module)
        return
    assign_homes(module)
    if _is_counterpart(name):
        sys.modules[_under(name, _LANGCHAIN)] = module
    if name.startswith(f"{_CORE}."):
        counterpart = sys.modules.get(_HEADRACE + name.removeprefix(_CORE))
        if counterpart is not None and not _is_loading(counterpart):
            _add_names(counterpart, module)
    elif _has_core_file(name):
        additions = import_module(_under(name, _CORE))
        # One that is being loaded adds its names itself, at its end.
        if not _is_loading(additions):
            _add_names(module, additions)


def _is_loading(module: ModuleType) -> bool:
    return bool(getattr(module.__spec__, "_initializing", False)) and not hasattr(module, _DONE)


def _add_names(module: ModuleType, additions: ModuleType) -> None:
    """Set the names that a module lacks, and those that it has otherwise than langchain_core."""
    replaced = getattr(additions, "REPLACED", ())
    for key in getattr(additions, "__all__", ()):
        if key in replaced or key not in vars(module):
            setattr(module, key, getattr(additions, key))


class _Installation:
    """Installs the drop-in in a child process, as it is unpickled there."""

    def __reduce__(self) -> tuple[object, tuple[()]]:
        from headrace.dropin.installation import install as install_all

        return install_all, ()


def _reach_children(spawn: ModuleType) -> None:
    """Have the processes that multiprocessing spawns install the drop-in before anything else."""
    original = spawn.get_preparation_data

    def get_preparation_data(name: str) -> dict[str, object]:
        """Return the preparation data for a child process, with the drop-in's installation."""
        return {"headrace_dropin": _Installation(), **original(name)}

    spawn.get_preparation_data = get_preparation_data  # type: ignore[attr-defined]


_FINDER = _Finder()
_LOCK = threading.Lock()


def is_installed() -> bool:
    """Return True if the import hook is in place."""
    return _FINDER in sys.meta_path


def install() -> None:
    """Install the import hook, and complete the modules that are already loaded."""
    with _LOCK:
        if is_installed():
            return
        sys.meta_path.insert(0, _FINDER)
        for name, module in list(sys.modules.items()):
            if _is_completed(name) and isinstance(module, ModuleType):
                _complete(module)
