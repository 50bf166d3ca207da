"""Says which names on standard input are missing with headrace as langchain_core."""

import importlib
import sys
import types
import warnings

from headrace import dropin

warnings.simplefilter("ignore")


def missing(module: str, name: str) -> bool:
    """Whether a module, or what is asked of it, is not there."""
    parts = [*module.split(".")[1:], *(name.split(".") if name else ())]
    found = importlib.import_module("langchain_core")
    path = "langchain_core"
    for part in parts:
        if not isinstance(found, types.ModuleType):
            return False  # deeper names are members of classes
        path = f"{path}.{part}"
        if not hasattr(found, part):
            try:
                importlib.import_module(path)
            except ModuleNotFoundError:
                return True
        found = getattr(found, part)
    return False


dropin.install()
for line in sys.stdin:
    module, _, name = line.strip().partition(":")
    if missing(module, name):
        print(line.strip())
