"""Writing the settings of a model into a file."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["save"]


def save(settings: dict[str, Any], path: Path) -> None:
    """Write settings as JSON or YAML, depending on the file name.

    Args:
        settings: The settings.
        path: The file. Missing parent folders are created.

    Raises:
        ValueError: If the name ends with neither `.json` nor `.yaml` nor `.yml`.
        ImportError: If PyYAML is needed but not installed.
    """
    if path.suffix == ".json":
        text = json.dumps(settings, indent=4)
    elif path.suffix in (".yaml", ".yml"):
        try:
            yaml = import_module("yaml")
        except ImportError as error:
            raise ImportError(
                "Writing YAML needs PyYAML: install it with `pip install pyyaml`."
            ) from error
        text = yaml.dump(settings, default_flow_style=False)
    else:
        raise ValueError(f"{path} must be json or yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
