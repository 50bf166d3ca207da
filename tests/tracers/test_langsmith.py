"""Runs arrive at LangSmith as LangChain posts them."""

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.tracers.server import Receiver, receiving

pytest.importorskip("langsmith")
PROGRAM = Path(__file__).with_name("program.py")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.+Z]+")


def posted(library: str, *runs: tuple[str, dict[str, str]]) -> list[Receiver]:
    """Run the program in modes with environments; return the server that received each run."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if "LANGSMITH" not in key and "LANGCHAIN" not in key
    }
    with ExitStack() as stack:
        servers = [stack.enter_context(receiving()) for _ in runs]
        jobs = [
            (
                mode,
                {
                    "LANGSMITH_ENDPOINT": server.url,
                    "LANGSMITH_API_KEY": "k",
                    "LANGSMITH_PROJECT": "p",
                    **variables,
                },
            )
            for (mode, variables), server in zip(runs, servers, strict=True)
        ]
        command = [sys.executable, "-W", "ignore", str(PROGRAM), library, json.dumps(jobs)]
        subprocess.run(command, env=environment, check=True, timeout=120)
        return servers


def trees(runs: dict[str, dict[str, Any]]) -> list[Any]:
    """Return the runs as trees, without what differs between two executions."""
    children: dict[str | None, list[dict[str, Any]]] = {}
    for run in runs.values():
        children.setdefault(run.get("parent_run_id"), []).append(run)

    def tree(run: dict[str, Any]) -> dict[str, Any]:
        below = sorted(children.get(run["id"], ()), key=lambda one: one["dotted_order"])
        parts = run["dotted_order"].split(".")
        assert run["trace_id"] in parts[0]
        assert run["id"] in parts[-1]
        return {**normalised(run), "depth": len(parts), "children": [tree(one) for one in below]}

    return [tree(run) for run in sorted(children[None], key=lambda one: one["dotted_order"])]


def normalised(run: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps({key: value for key, value in run.items() if value is not None})
    text = TIME.sub("TIME", ID.sub("ID", text))
    fields = json.loads(re.sub("langchain[_-]core", "headrace", text))
    for volatile in ("dotted_order", "parent_dotted_order"):
        fields.pop(volatile, None)
    fields["tags"] = sorted(fields.get("tags") or ())
    fields["error"] = fields.get("error", "").split("Traceback")[0]
    extra = fields["extra"]
    extra.pop("runtime")
    metadata = extra.get("metadata", {})
    metadata.pop("LANGSMITH_ENDPOINT", None)
    metadata.pop("revision_id", None)
    for versions in (metadata, metadata.get("metadata") or {}):
        versions.pop("lc_versions", None)
    (fields.get("serialized") or {}).pop("repr", None)
    return dict(fields)


MODES = ["sync", "async", "nested"]


def test_the_runs_are_those_of_langchain():
    """Importing langchain-core and the client takes some seconds."""
    pytest.importorskip("langchain_core", minversion="1.8")
    # In `nested`, tracing is enabled in the program.
    runs = [(mode, {"LANGSMITH_TRACING": "true"}) for mode in MODES]
    expected, actual = posted("langchain_core", *runs), posted("headrace", *runs)
    for mode, theirs, ours in zip(MODES, expected, actual, strict=True):
        assert len(theirs.runs) > 3, mode
        assert trees(ours.runs) == trees(theirs.runs), mode


def test_the_environment_requests_tracing():
    first, second, unset, false = posted(
        "headrace",
        ("async", {"LANGSMITH_TRACING": "true"}),
        ("async", {"LANGCHAIN_TRACING_V2": "true"}),
        ("async", {}),
        ("async", {"LANGSMITH_TRACING": "false"}),
    )
    for requested in (first, second):
        runs = requested.runs.values()
        assert {"top", "add", "Retriever"} <= {run["name"] for run in runs}
        assert {run["extra"]["runtime"]["library"] for run in runs} == {"headrace"}
    assert not unset.requests
    assert not false.requests
