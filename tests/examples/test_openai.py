"""The examples of OpenAI, run as a user runs them, against the replay server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.providers.openai.kit import CHAT, call, delta
from tests.replay_server import ReplayServer

ROOT = Path(__file__).parents[2]
TOOLS = [
    delta(tool_calls=[call("", id="c1", type="function", name="weather")]),
    delta(tool_calls=[call('{"location": "San ')]),
    delta(tool_calls=[call('Francisco"}')]),
    delta(ended="tool_calls"),
]


@pytest.mark.parametrize(
    ("example", "events", "expected"),
    [
        ("openai_chat.py", CHAT, "Grüß Gott 🐍\n7 tokens\n"),
        (
            "openai_tools.py",
            TOOLS,
            "{}\n{'location': 'San '}\n{'location': 'San Francisco'}\n"
            "{'location': 'San Francisco'}\n{'location': 'San Francisco'}\n"
            "Sunny in San Francisco.\n",
        ),
        (
            "following.py",
            TOOLS,
            "weather {} ...\nweather {'location': 'San'} ...\n"
            "weather {'location': 'San Francisco'} ...\n"
            "weather {'location': 'San Francisco'} complete\n"
            "It stopped because of: tool_calls\n",
        ),
    ],
)
def test_it_runs(example: str, events: list[object], expected: str) -> None:
    with ReplayServer(events) as server:
        ran = subprocess.run(
            [sys.executable, f"examples/{example}"],
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=False,
            env={
                **os.environ,
                "PYTHONIOENCODING": "utf-8",
                "OPENAI_API_KEY": "sk-of-the-test",
                "OPENAI_API_BASE": f"{server.url}/v1",
                "OPENAI_BASE_URL": f"{server.url}/v1",  # what the SDK itself looks for
            },
        )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == expected
