"""Names and modules that load when they are first used, which keeps imports cheap."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["lazy", "lazy_module"]


class _LazyModule:
    """A stand-in for a module, in the namespace of another one, until it is first used."""

    __slots__ = ("_name", "_namespace")

    def __init__(self, name: str, namespace: dict[str, Any]) -> None:
        self._name = name
        self._namespace = namespace

    def __getattr__(self, attribute: str) -> Any:
        module = import_module(self._name)
        # Later uses find the module itself, at the cost of an ordinary import.
        self._namespace[self._name] = module
        return getattr(module, attribute)


def lazy_module(name: str, namespace: dict[str, Any], /) -> Any:
    """Return a stand-in for a module that is imported when one of its attributes is first used.

    For type checkers, import the module under `TYPE_CHECKING` instead.

    Args:
        name: The name of the module, without dots.
        namespace: The `globals()` of the module that uses it, under the same name.

    Returns:
        The stand-in. On first use, the module replaces it in `namespace`.
    """
    return _LazyModule(name, namespace)


def lazy(package: str, /, **modules: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions `__getattr__` and `__dir__` of a package.

    The package hides them from type checkers, which would accept any name; for type checkers it
    imports the names instead.

    Args:
        package: The name of the package.
        **modules: For each module, the names that are loaded from it, separated by spaces. A name
            with dots is that of a module elsewhere.

    Returns:
        The two functions.
    """
    homes = {name: module for module, names in modules.items() for name in names.split()}

    def get(name: str) -> Any:
        module = homes.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module if "." in module else f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get, listed
