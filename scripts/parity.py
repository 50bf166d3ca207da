"""Compares the public interface of langchain-core with headrace's, and writes docs/parity.md.

`python scripts/parity.py` writes the page, `python scripts/parity.py --check` fails where it is out
of date. A name is the same where it exists at the same path, and a function or method takes what
the reference's takes; different where it takes less or something else; absent otherwise, with the
reason.
"""

import importlib
import inspect
import pkgutil
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

PAGE = Path(__file__).parent.parent / "docs" / "parity.md"

# Why something is not there, by the longest prefix of its path.
ABSENT = {
    "": "not yet",
    "chat_loaders": "not planned: file formats of other products",
    "chat_sessions": "not planned: file formats of other products",
    "cross_encoders": "not planned: an interface without an implementation",
    "document_loaders": "not planned: loading documents is left to those who have them",
    "documents.base.Blob.check_blob_is_valid": "a validator, which is not called by name",
    "env": "not planned: what LangSmith is told of the machine",
    "exceptions.ErrorCode": "not planned: names of LangChain's pages about errors",
    "exceptions.TracerException": "of `tracers.base`",
    "exceptions.create_message": "not planned: links to LangChain's pages about errors",
    "globals": "not planned: process-wide switches; pass a handler instead",
    "indexing": "not planned: record keeping of document stores",
    "language_models": "not planned: helpers of the model classes themselves",
    "language_models.chat_model_stream": "not planned: a beta, the streams of `stream_events` v3",
    "load": "not planned: serialization of objects by class path",
    "messages.ai.AIMessageChunk.init_server_tool_calls": "a validator of pydantic's; the core "
    "does that when a chunk is made",
    "messages.ai.AIMessageChunk.init_tool_calls": "a validator of pydantic's; the core does that "
    "when somebody looks",
    "messages.tool.ToolMessage.coerce_args": "a validator of pydantic's; the core does that when a "
    "message is made",
    "output_parsers.list.droplastn": "an inner part of the reference",
    "outputs": "not planned: hooks of pydantic, and generations are no pydantic models",
    "prompts": "serialization of prompts by class path is not planned: a prompt is code, or a text "
    "file for `from_file`",
    "prompts.base.BasePromptTemplate.save": "of `load_prompt`, which the reference deprecates too",
    "prompts.chat.ChatPromptTemplate.save": "always an error in the reference",
    "prompts.few_shot.FewShotPromptTemplate.save": "of `load_prompt`",
    "prompts.few_shot_with_templates.FewShotPromptWithTemplates.save": "of `load_prompt`",
    "prompts.loading": "not planned: prompts from files of class paths; `PromptTemplate.from_file` "
    "reads a template",
    "callbacks.manager.shielded": "an inner part of the reference",
    "runnables.config": "an inner part of the reference",
    "runnables.configurable.StrEnum": "an inner part of the reference",
    "runnables.graph": "an inner part of the reference",
    "runnables.graph_ascii": "an inner part of the reference",
    "runnables.graph.Graph.draw_mermaid_png": "needs a web service or a browser; give "
    "`draw_mermaid()` to one",
    "runnables.graph.Graph.draw_png": "needs graphviz; give `draw_mermaid()` to a renderer",
    "runnables.graph.MermaidDrawMethod": "of `draw_mermaid_png`",
    "runnables.graph_mermaid.draw_mermaid_png": "needs a web service or a browser",
    "runnables.graph_png": "needs graphviz",
    "runnables.utils": "an inner part of the reference",
    "structured_query": "not planned: query languages of vector stores",
    "sys_info": "not planned: prints LangChain's packages",
    "tools": "an inner part of the reference",
    "tracers": "runs are watched by `headrace.callbacks.RunObserver`; LangSmith is no part of this",
    "utils": "an inner part of the reference",
    "version": "`headrace.__version__`",
    "vectorstores.VST": "an inner part of the reference",
    "vectorstores.base.VectorStoreRetriever.validate_search_type": "a validator, which is not "
    "called by name",
}

# Why something is another thing than in the reference, by its path.
DIFFERENT = {
    "callbacks.manager.trace_as_chain_group": "no `project_name`, `example_id`: those are "
    "LangSmith's",
    "callbacks.manager.atrace_as_chain_group": "no `project_name`, `example_id`: those are "
    "LangSmith's",
    "callbacks.manager.CallbackManager.configure": "no arguments for LangSmith",
    "callbacks.manager.AsyncCallbackManager.configure": "no arguments for LangSmith",
}
SERIALIZED = {"get_lc_namespace", "is_lc_serializable", "lc_id", "lc_secrets", "lc_attributes"}


def longest(table: dict[str, str], path: str) -> str:
    """Give the entry of the longest prefix of a path."""
    found = ""
    for prefix in table:
        exact = path == prefix or path.startswith(f"{prefix}.") or not prefix
        if exact and len(prefix) >= len(found):
            found = prefix
    return table[found]


def parameters(thing: Any) -> list[str] | None:
    """Give the names of what a function takes; None where that cannot be known."""
    try:
        return [name for name in inspect.signature(thing).parameters if name != "self"]
    except (TypeError, ValueError):
        return None


def lacking(theirs: Any, ours: Any) -> str:
    """Say what ours does not take that theirs does."""
    wanted, taken = parameters(theirs), parameters(ours)
    if wanted is None or taken is None or "kwargs" in taken or "args" in taken:
        return ""
    missing = [name for name in wanted if name not in taken and name != "kwargs"]
    return f"does not take {', '.join(f'`{name}`' for name in missing)}" if missing else ""


def members(kind: type) -> list[str]:
    """Give the public methods and properties that a class defines or overrides itself."""
    return sorted(
        name
        for name, value in vars(kind).items()
        if not name.startswith(("_", "model_"))
        and name not in SERIALIZED
        and (callable(value) or isinstance(value, (property, classmethod, staticmethod)))
        and not inspect.isclass(value)
    )


def compare(path: str, theirs: Any, ours: Any) -> tuple[str, str]:
    """Give the status of one name and the reason for it."""
    if ours is None:
        return "absent", longest(ABSENT, path)
    reason = DIFFERENT.get(path, "")
    if not reason and callable(theirs) and not inspect.isclass(theirs):
        reason = lacking(theirs, ours)
    return ("different", reason) if reason else ("same", "")


def rows() -> list[tuple[str, str, str]]:
    """Give (path, status, reason) of every public name and method of langchain-core."""
    found: list[tuple[str, str, str]] = []
    package = importlib.import_module("langchain_core")
    for info in sorted(
        pkgutil.walk_packages(package.__path__, "langchain_core."), key=lambda one: one.name
    ):
        short = info.name.removeprefix("langchain_core.")
        if any(part.startswith("_") for part in short.split(".")):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = importlib.import_module(info.name)
        try:
            ours: Any = importlib.import_module(f"headrace.{short}")
        except ImportError:
            found.append((short, "absent", longest(ABSENT, short)))
            continue
        listed = getattr(theirs, "__all__", None)
        names = listed or [
            name
            for name, value in vars(theirs).items()
            if not name.startswith("_")
            and name.isidentifier()
            and not isinstance(value, (TypeVar, ParamSpec))
            and getattr(value, "__module__", None) == info.name
        ]
        for name in sorted(names):
            path = f"{short}.{name}"
            their_thing, our_thing = getattr(theirs, name, None), getattr(ours, name, None)
            found.append((path, *compare(path, their_thing, our_thing)))
            own = getattr(their_thing, "__module__", None) == info.name
            if inspect.isclass(their_thing) and our_thing is not None and own:
                found.extend(
                    (
                        f"{path}.{member}",
                        *compare(
                            f"{path}.{member}",
                            inspect.getattr_static(their_thing, member)
                            if isinstance(inspect.getattr_static(their_thing, member), property)
                            else getattr(their_thing, member),
                            getattr(our_thing, member, None),
                        ),
                    )
                    for member in members(their_thing)
                )
    return found


def page() -> str:
    """Write the page."""
    found = rows()
    counts = Counter(status for _, status, _ in found)
    lines = [
        "# Parity with langchain-core",
        "",
        "Made by `python scripts/parity.py` of langchain-core 1.7.2; a test fails where it is out",
        "of date. What is `langchain_core.X` there is `headrace.X` here. A module that is absent",
        "as a whole is one row; of the others, every public name and method is one.",
        "",
        f"{counts['same']} are the same, {counts['different']} different, "
        f"{counts['absent']} absent.",
        "Where the same name behaves differently, [differences.md](differences.md) says so.",
        "",
        "| name | status | why |",
        "|---|---|---|",
        *(f"| `{path}` | {status} | {reason} |" for path, status, reason in found),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Write the page, or check it."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") != text:
            print("docs/parity.md is out of date: run `python scripts/parity.py`.", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
