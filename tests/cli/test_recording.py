"""`headrace demo --recording`, and the replay server as it is used by hand."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def delta(**said: Any) -> dict[str, Any]:
    return {"id": "1", "model": "m", "choices": [{"index": 0, "delta": said}]}


CALL = {"index": 0, "id": "c", "function": {"name": "look", "arguments": '{"at": "Zürich"}'}}
EVENTS = [
    delta(reasoning_content="Hm. "),
    delta(content="Let me "),
    delta(content="look."),
    delta(tool_calls=[CALL]),
    {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}},
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.jsonl"
    lines = [json.dumps(event, ensure_ascii=False) for event in EVENTS]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "headrace", "demo", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
    )


def test_it_is_streamed_again(recording: Path) -> None:
    ran = demo("--fast", "--recording", str(recording))
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [
        "reasoning",
        "Hm. ",
        "text",
        "Let me look.",
        "tool arguments",
        '{"at": "Zürich"}',
        "look({'at': 'Zürich'})",
        "3 tokens in, 4 out",
    ]


def test_a_reported_failure_is_told(recording: Path) -> None:
    with recording.open("a", encoding="utf-8") as more:
        more.write('\n{"error": {"message": "overloaded"}}')
    ran = demo("--fast", "--recording", str(recording))
    assert ran.returncode == 0
    assert "Let me look." in ran.stdout
    assert ran.stdout.endswith("the provider reports: overloaded\n")


def test_what_is_no_recording_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl"
    missing = f"cannot read {path}: No such file"
    for content, says in ((None, missing), ("{", "no JSON"), ("{}", "says nothing")):
        if content is not None:
            path.write_text(content)
        ran = demo("--recording", str(path))
        assert ran.returncode != 0
        assert says in ran.stderr
        assert "Traceback" not in ran.stderr


def test_the_replay_server_by_hand(recording: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.replay_server", str(recording), "--delay", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().split()[0]
        assert url.endswith("/v1")
        asked = urllib.request.Request(f"{url}/chat/completions", data=b'{"stream": true}')
        with urllib.request.urlopen(asked, timeout=10) as answer:
            lines = answer.read().decode().split("\n\n")
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()
    assert [json.loads(line.removeprefix("data: ")) for line in lines[:5]] == EVENTS
    assert lines[5:] == ["data: [DONE]", ""]
