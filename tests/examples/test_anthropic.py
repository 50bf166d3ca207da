"""The examples with Anthropic's models, run as a user runs them, against a server on loopback."""

import os
import subprocess
import sys
from pathlib import Path

from tests.providers.anthropic_kit import KEY, block, ended, started, text, whole_message
from tests.replay_server import Answer, ReplayServer, Request

ROOT = Path(__file__).parents[2]


def run(name: str, url: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, f"examples/{name}.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONWARNINGS": "error",
            "PYTHONIOENCODING": "utf-8",
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": url,
        },
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_streaming() -> None:
    thought = {"type": "thinking_delta", "thinking": "59*61"}
    events = [
        started(),
        *block(0, {"type": "thinking", "thinking": "", "signature": ""}, thought),
        *text(1, "No", "."),
        *ended(),
    ]
    with ReplayServer(events) as server:
        assert run("anthropic_stream", server.url) == ["59*61|No|.|", "12 tokens"]
        assert server.requests[0].body["thinking"]["type"] == "enabled"


def test_tools() -> None:
    asked = whole_message(
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Ulm"}}
    )
    answered = Answer.streaming([started(), *text(0, "Sun", "ny."), *ended()])

    def answer(request: Request) -> Answer:
        return answered if request.body.get("stream") else asked

    with ReplayServer(answer=answer) as server:
        lines = run("anthropic_tools", server.url)
        assert lines[0] == "weather: It is sunny in Ulm."
        assert lines[1].strip("|") == "Sun|ny."
        (result,) = server.requests[1].body["messages"][2]["content"]
        assert (result["type"], result["content"]) == ("tool_result", "It is sunny in Ulm.")
