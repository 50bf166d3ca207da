"""Write docs/api/: a page for each public package, with every public name where it is defined."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

API = Path(__file__).parent.parent / "docs" / "api"

PAGES = {
    "json": ("Streaming JSON", ["headrace.json"]),
    "messages": ("Messages", ["headrace.messages"]),
    "runnables": ("Runnables", ["headrace.runnables"]),
    "callbacks": ("Callbacks", ["headrace.callbacks"]),
    "language_models": ("Language models", ["headrace.language_models"]),
    "providers": ("Providers", ["headrace.providers.openai", "headrace.providers.anthropic"]),
    "prompts": ("Prompts", ["headrace.prompts"]),
    "output_parsers": ("Output parsers", ["headrace.output_parsers"]),
    "tools": ("Tools", ["headrace.tools"]),
    "retrieval": (
        "Retrieval",
        [
            "headrace.retrievers",
            "headrace.vectorstores",
            "headrace.embeddings",
            "headrace.documents",
        ],
    ),
    "tracers": ("Tracers", ["headrace.tracers", "headrace.tracers.otel"]),
    "following": ("Following a stream", ["headrace.following"]),
    "wire": ("Wire formats", ["headrace.wire"]),
    "load": ("Serialization", ["headrace.load"]),
    "dropin": ("Drop-in", ["headrace.dropin"]),
    "langchain": ("LangChain", ["headrace.langchain"]),
    "compat": ("Compatibility", ["headrace.compat"]),
    "exceptions": ("Exceptions", ["headrace.exceptions"]),
}


def definition(package: str, name: str) -> str | None:
    """Return the path of a public name where it is defined, or None for constants and aliases."""
    value = getattr(importlib.import_module(package), name)
    if not (inspect.isclass(value) or inspect.isroutine(value)):
        return None
    module = getattr(value, "__module__", None) or package
    if not module.startswith("headrace") or not value.__doc__:
        return None
    return f"{module}.{value.__qualname__}"


def page(title: str, packages: list[str]) -> str:
    """Return the Markdown of one page."""
    parts = [f"# {title}\n"]
    for package in packages:
        module = importlib.import_module(package)
        parts.append(f"`{package}`: {(module.__doc__ or '').strip().splitlines()[0]}\n")
        paths = dict.fromkeys(definition(package, name) for name in module.__all__)
        parts += [
            f"::: {path}\n    options: {{ show_root_heading: true, show_root_toc_entry: true }}\n"
            for path in paths
            if path
        ]
    return "\n".join(parts)


def main() -> None:
    """Write the pages."""
    API.mkdir(exist_ok=True)
    for name, (title, packages) in PAGES.items():
        (API / f"{name}.md").write_text(page(title, packages), encoding="utf-8")


if __name__ == "__main__":
    main()
