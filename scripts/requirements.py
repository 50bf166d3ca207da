"""Print the part of requirements.lock that a set of packages needs, for `pip install -r`.

Usage: requirements.py SET [SET ...]       pinned versions with hashes, from requirements.lock
       requirements.py --roots SET [...]   the requirements that pyproject.toml states

The set `oldest` conflicts with the others, so it has a lock file of its own.

A SET is `run` (what building and running the package needs), an extra, or a dependency group of
pyproject.toml; extras and groups include `run`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:  # pip vendors the same reader; nothing else is installed yet when this runs
    from pip._vendor import tomli as tomllib

ROOT = Path(__file__).parent.parent


def requirements(name: str) -> list[str]:
    """Return the requirements of a set, with those of the sets that it includes."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = settings["project"]
    sets: dict[str, list[Any]] = {
        "run": [],
        **project["optional-dependencies"],
        **settings["dependency-groups"],
    }

    def expand(entries: list[Any]) -> list[str]:
        expanded: list[str] = []
        for entry in entries:
            if isinstance(entry, dict):
                expanded += expand(sets[entry["include-group"]])
            elif entry.startswith("headrace["):
                for extra in entry.removeprefix("headrace[").removesuffix("]").split(","):
                    expanded += expand(sets[extra])
            else:
                expanded.append(entry)
        return expanded

    if name not in sets:
        sys.exit(f"requirements.py: unknown set {name!r}; one of {', '.join(sets)}")
    base = [*settings["build-system"]["requires"], *project["dependencies"]]
    return list(dict.fromkeys([*base, *expand(sets[name])]))


def canonical(requirement: str) -> str:
    """Return the normalized name of the package that a requirement names (PEP 503)."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", name[0] if name else requirement).lower()


def locked(lock: str, roots: set[str]) -> list[str]:
    """Return the entries of a lock file that some packages need, their dependencies included.

    An entry is a pinned version, its hashes, and comments that name the packages that need it.
    """
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text(encoding="utf-8"))
    entries = [entry.rstrip() for entry in entries if not entry.startswith("#")]
    needed_by = {
        entry: {canonical(name) for name in re.findall(r"#\s+(?:via )?([\w.-]+)", entry)}
        for entry in entries
    }
    wanted = set(roots)
    while True:
        found = {canonical(entry) for entry, parents in needed_by.items() if parents & wanted}
        if found <= wanted:
            break
        wanted |= found
    return [entry for entry in entries if canonical(entry) in wanted]


def main() -> None:
    """Print the requirements of the sets named on the command line."""
    names = [name for name in sys.argv[1:] if name != "--roots"]
    roots = list(dict.fromkeys(line for name in names for line in requirements(name)))
    if "--roots" in sys.argv:
        print("\n".join(roots))
    else:
        lock = "requirements-oldest.lock" if names == ["oldest"] else "requirements.lock"
        print("\n".join(locked(lock, {canonical(root) for root in roots})))


if __name__ == "__main__":
    main()
