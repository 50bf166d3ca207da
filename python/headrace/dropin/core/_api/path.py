"""Files as import paths."""

from __future__ import annotations

from pathlib import Path

import headrace

__all__ = ["as_import_path", "get_relative_path"]

PACKAGE_DIR = Path(headrace.__file__).parent
"""The folder of the package that replaces langchain_core."""


def get_relative_path(file: Path | str, *, relative_to: Path = PACKAGE_DIR) -> str:
    """Return the path of a file relative to a folder.

    Args:
        file: The file.
        relative_to: The folder, by default that of the package.

    Raises:
        ValueError: If the file does not lie in the folder.
    """
    return str(Path(file).relative_to(relative_to))


def as_import_path(
    file: Path | str, *, suffix: str | None = None, relative_to: Path = PACKAGE_DIR
) -> str:
    """Return the import path of a file or folder.

    Args:
        file: The file or folder.
        suffix: A name to add at the end.
        relative_to: The folder that the path starts from.
    """
    path = Path(file)
    relative = Path(get_relative_path(path, relative_to=relative_to))
    parts = (relative.with_suffix("") if path.is_file() else relative).parts
    return ".".join((*parts, suffix) if suffix else parts)
