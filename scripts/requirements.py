"""Prints a set of the requirements that pyproject.toml states, one a line, for `pip install -r`.

Usage: requirements.py run|EXTRA, where `run` is what building and running the package takes, and an
extra is that and its own.
"""

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:  # pip brings the same reader along; nothing else is installed yet when this runs
    from pip._vendor import tomli as tomllib

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def expand(requirements: list[str], extras: dict[str, list[str]]) -> list[str]:
    """Replaces a reference to extras of this very package by what they require."""
    expanded: list[str] = []
    for requirement in requirements:
        if requirement.startswith("headrace["):
            names = requirement.removeprefix("headrace[").removesuffix("]").split(",")
            expanded += [one for name in names for one in expand(extras[name], extras)]
        else:
            expanded.append(requirement)
    return expanded


def main() -> None:
    """Print the set named on the command line."""
    settings = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    project = settings["project"]
    extras = project["optional-dependencies"]
    requirements = settings["build-system"]["requires"] + project["dependencies"]
    if sys.argv[1] != "run":
        requirements += expand(extras[sys.argv[1]], extras)
    print("\n".join(dict.fromkeys(requirements)))


if __name__ == "__main__":
    main()
