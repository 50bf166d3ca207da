"""List what the LangChain ecosystem imports from langchain_core, and what headrace lacks of it.

Reads the source of the packages installed in an environment; imports none of them.

Usage: dropin_names.py SITE_PACKAGES [--uses]
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGES = (
    "langgraph",
    "langgraph_sdk",
    "langchain",
    "langchain_openai",
    "langchain_anthropic",
    "langchain_text_splitters",
    "langchain_classic",
    "langchain_community",
    "langchain_tests",
    "langsmith",
)
"""The packages that are read. `langgraph` holds the checkpointers and prebuilt agents."""

ROOT = "langchain_core"

Uses = dict[tuple[str, str], set[str]]
"""The files that use each (module, name); the name is empty for an import of the module itself."""


def names_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield each (module, name) that a module's code takes from langchain_core.

    Args:
        tree: The parsed module.
    """
    modules: dict[str, str] = {}
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == ROOT:
                    yield alias.name, ""
                    modules[alias.asname or ROOT] = alias.name if alias.asname else ROOT
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            if module.split(".")[0] == ROOT:
                for alias in node.names:
                    yield module, alias.name
                    modules[alias.asname or alias.name] = f"{module}.{alias.name}"
    for node in nodes:
        if isinstance(node, ast.Attribute):
            dotted = _dotted(node)
            first, _, rest = dotted.partition(".")
            if first in modules and rest:
                yield modules[first], rest
        elif isinstance(node, ast.Call) and _is_import_call(node):
            yield str(node.args[0].value), ""  # type: ignore[attr-defined]


def _is_import_call(node: ast.Call) -> bool:
    name = _dotted(node.func).rpartition(".")[2]
    first = node.args[0] if node.args else None
    return (
        name in ("import_module", "__import__", "importorskip")
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
        and first.value.split(".")[0] == ROOT
    )


def _dotted(node: ast.AST) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def collect(site: Path, packages: tuple[str, ...] = PACKAGES) -> Uses:
    """Return everything that installed packages take from langchain_core.

    Args:
        site: The folder they are installed in.
        packages: Their import names.

    Returns:
        For each (module, name) the files that use it.
    """
    uses: Uses = defaultdict(set)
    for package in packages:
        for path in sorted((site / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if ROOT in text:
                for use in names_in(ast.parse(text)):
                    uses[use].add(path.relative_to(site).as_posix())
    return dict(uses)


def main(arguments: list[str]) -> None:
    """Print each module and name, and with --uses the files that use it."""
    for (module, name), files in sorted(collect(Path(arguments[0])).items()):
        print(f"{module}:{name}", *(sorted(files) if "--uses" in arguments else ()))


if __name__ == "__main__":
    main(sys.argv[1:])
