"""Runs arrive at LangSmith as LangChain posts them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.tracers.server import Receiver, receiving

pytest.importorskip("langsmith")
PROGRAM = Path(__file__).with_name("program.py")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.+Z]+")


def posted(library: str, mode: str, **variables: str) -> Receiver:
    """Run the program on a library and return the server that received its runs."""
    environment = {key: value for key, value in os.environ.items() if "LANGSMITH" not in key}
    with receiving() as server:
        environment |= {
            "LANGSMITH_ENDPOINT": server.url,
            "LANGSMITH_API_KEY": "k",
            "LANGSMITH_PROJECT": "p",
            **variables,
        }
        command = [sys.executable, "-W", "ignore", str(PROGRAM), library, mode]
        subprocess.run(command, env=environment, check=True, timeout=120)
        return server


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


@pytest.mark.parametrize("mode", ["sync", "async", "nested"])
def test_the_runs_are_those_of_langchain(mode):
    pytest.importorskip("langchain_core", minversion="1.8")
    # In `nested`, tracing is enabled in the program.
    variables = {"LANGSMITH_TRACING": "true"}
    expected = posted("langchain_core", mode, **variables)
    actual = posted("headrace", mode, **variables)
    assert len(expected.runs) > 3
    assert trees(actual.runs) == trees(expected.runs)


@pytest.mark.parametrize("variable", ["LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"])
def test_the_environment_requests_tracing(variable):
    runs = posted("headrace", "async", **{variable: "true"}).runs
    assert {"top", "add", "Retriever"} <= {run["name"] for run in runs.values()}
    assert {run["extra"]["runtime"]["library"] for run in runs.values()} == {"headrace"}


def test_nothing_is_posted_unless_requested():
    assert not posted("headrace", "async").requests
    assert not posted("headrace", "async", LANGSMITH_TRACING="false").requests
