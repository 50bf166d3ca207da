"""Check that no packages and no modules of headrace import each other in a circle.

Usage: circles.py [--list]

Imports count wherever they are: at the top of a module, inside a function, under `TYPE_CHECKING`.
`BACKWARD` names the imports that may close a circle, each with the reason; without them, packages
and modules must form a tree of layers. A name in `BACKWARD` that closes no circle is an error, too.
`--list` prints each circle, also those that are permitted.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent / "python"
Graph = Mapping[str, set[str]]

BACKWARD_PACKAGES: dict[str, str] = {
    "_core -> json": "the stub of the extension names the types of the Python wrappers",
    "callbacks -> tracers": "a manager adds the tracers that the environment requests",
    "prompts -> example_selectors": "few-shot prompts have a field for a selector",
    "runnables -> prompts": "`Runnable.get_prompts` returns prompts, which are runnables",
    "runnables -> tools": "`Runnable.as_tool` returns a tool, which is a runnable",
}
"""Imports between packages against their order: `importer -> imported`, and the reason."""

BACKWARD_MODULES: dict[str, str] = {
    "_core -> json.documents": "the stub of the extension names the types of the Python wrappers",
    "callbacks.run_manager -> callbacks.callback_manager": "a run starts child runs",
    "dropin.finder -> dropin.installation": "a child process unpickles a call of `install`",
    "messages.base -> messages.content_blocks": "`content_blocks` of a message loads translators",
    "prompts.message -> prompts.chat": "`+` of message templates creates a chat prompt",
    "runnables.coerce -> runnables.parallel": "a dict becomes parallel steps and their values",
    "runnables.graph -> runnables.graph_mermaid": "a graph draws itself",
    "runnables.passthrough -> runnables.assign": "`RunnablePassthrough.assign` creates one",
    "runnables.runnable -> *": "methods of a runnable create compositions, tools and graphs",
    "vectorstores.store -> vectorstores.retriever": "`as_retriever` of a store creates one",
}
"""The same for modules; `importer -> *` permits all imports of a module."""


def modules() -> dict[str, tuple[Path, bool]]:
    """Return the file of each module, and whether it is a package."""
    found: dict[str, tuple[Path, bool]] = {}
    for path in sorted((ROOT / "headrace").rglob("*.py*")):
        if path.suffix in (".py", ".pyi"):
            *parts, last = path.relative_to(ROOT).with_suffix("").parts
            is_package = last == "__init__"
            found[".".join(parts if is_package else [*parts, last])] = (path, is_package)
    return found


def imported(name: str, path: Path, is_package: bool) -> Iterator[tuple[str, str | None]]:
    """Yield the module of each import in a file, with the imported name if there is one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                package = name if is_package else name.rpartition(".")[0]
                for _ in range(node.level - 1):
                    package = package.rpartition(".")[0]
                module = f"{package}.{module}".rstrip(".")
            for alias in node.names:
                yield module, alias.name


def module_graph() -> dict[str, set[str]]:
    """Return the modules that each module imports."""
    known = modules()
    graph: dict[str, set[str]] = {name: set() for name in known}
    for name, (path, is_package) in known.items():
        for module, member in imported(name, path, is_package):
            target = f"{module}.{member}" if f"{module}.{member}" in known else module
            if target in known and target != name:
                graph[name].add(target)
    return graph


def package_graph(graph: Graph) -> dict[str, set[str]]:
    """Return the packages, and modules beside them, that each of them imports."""
    packages: dict[str, set[str]] = {}
    for name, targets in graph.items():
        own = ".".join(name.split(".")[:2])
        others = {".".join(target.split(".")[:2]) for target in targets}
        packages.setdefault(own, set()).update(others - {own})
    return packages


def circles(graph: Graph) -> list[list[str]]:
    """Return the groups of names that import each other, by Tarjan's algorithm."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in sorted(graph[name]):
            if target not in index:
                visit(target)
            if target in stack:
                low[name] = min(low[name], low[target])
        if low[name] == index[name]:
            at = stack.index(name)
            group = stack[at:]
            del stack[at:]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(graph):
        if name not in index:
            visit(name)
    return found


def check(kind: str, graph: Graph, backward: Mapping[str, str]) -> list[str]:
    """Return the errors of a graph: circles, and permissions without a circle."""
    group_of = {name: i for i, group in enumerate(circles(graph)) for name in group}
    edges = [
        (name, target)
        for name, targets in graph.items()
        for target in targets
        if group_of.get(name, -1) == group_of.get(target, -2)
    ]
    used: set[str] = set()
    remaining: dict[str, set[str]] = {name: set() for name in graph}
    for name, target in edges:
        own, other = name.removeprefix("headrace."), target.removeprefix("headrace.")
        permission = next((p for p in (f"{own} -> {other}", f"{own} -> *") if p in backward), None)
        if permission is None:
            remaining[name].add(target)
        else:
            used.add(permission)
    errors = [f"{kind} import each other: {', '.join(group)}" for group in circles(remaining)]
    errors += [f"{kind}: {entry!r} closes no circle" for entry in backward if entry not in used]
    return errors


def main() -> int:
    """Check the package and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="print each circle")
    arguments = parser.parse_args()
    graph = module_graph()
    packages = package_graph(graph)
    if arguments.list:
        for kind, each in (("packages", packages), ("modules", graph)):
            for group in circles(each):
                print(f"{kind}: {', '.join(name.removeprefix('headrace.') for name in group)}")
        return 0
    errors = check("packages", packages, BACKWARD_PACKAGES)
    errors += check("modules", graph, BACKWARD_MODULES)
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
