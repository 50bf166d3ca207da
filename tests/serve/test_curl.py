"""curl against the chat protocol: start, read while it runs, resume, stop."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serve.served import Served

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: apt install curl")


def curl(*options: str) -> str:
    result = subprocess.run(
        ["curl", "--silent", "--show-error", "--no-buffer", "--max-time", "20", *options],
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


def ask(served: Served, text: str, *options: str, **more: Any) -> list[str]:
    """Return curl's options for a request to /chat."""
    body = {"messages": [{"role": "user", "content": text}], "thread_id": "curl " + text, **more}
    headers = ["--header", "content-type: application/json"]
    return [*headers, *options, "--data", json.dumps(body), f"{served.url}/chat"]


def text_of(frames: list[dict[str, Any]]) -> str:
    return "".join(frame["content"] for frame in frames if frame["type"] == "token")


def test_a_whole_stream(served: Served) -> None:
    frames = [json.loads(line) for line in curl(*ask(served, "Hello")).splitlines()]
    assert text_of(frames) == "You said: Hello"
    assert frames[-1]["type"] == "done"
    (usage,) = (frame for frame in frames if frame["type"] == "usage")
    assert (usage["input_tokens"], usage["output_tokens"]) == (8, 5)


def test_events_by_accept(served: Served) -> None:
    lines = curl(*ask(served, "Hi", "--header", "accept: text/event-stream")).splitlines()
    frames = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    assert text_of(frames) == "You said: Hi"


def test_read_while_it_runs_then_resume_and_stop(served: Served, tmp_path: Path) -> None:
    head = tmp_path / "head"
    options = ask(served, "slow", "--dump-header", str(head), resumable=True)
    with subprocess.Popen(
        ["curl", "--silent", "--no-buffer", *options], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        read: list[dict[str, Any]] = []
        while "half," not in text_of(read):
            read.append(json.loads(first.stdout.readline()))
        first.kill()
    fields = dict(line.split(": ", 1) for line in head.read_text().splitlines() if ": " in line)
    url = f"{served.url}{fields['location']}"
    assert fields["x-stream-id"] in url
    httpx.post(f"{served.url}/gates/rest").raise_for_status()
    rest = [json.loads(line) for line in curl(f"{url}?after={read[0]['seq']}").splitlines()]
    httpx.delete(f"{served.url}/gates/rest").raise_for_status()
    assert text_of(read[:1] + rest) == "The first half, and the second half."
    numbers = [frame["seq"] for frame in rest]
    assert numbers == list(range(read[0]["seq"] + 1, numbers[-1] + 1))
    # It has ended: stopping it is no error, and nothing is left.
    assert curl("--request", "DELETE", "--write-out", "%{http_code}", url)[-3:-2] == "2"
    after = f"{url}?after={rest[-1]['seq']}"
    assert curl("--write-out", "%{http_code}", after) == "204"
