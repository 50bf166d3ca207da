"""The example of acceleration, run as a user runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
WARNINGS = "error,ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning"
"""Every warning is an error, except one that LangChain's dependencies cause on CPython 3.14."""


def test_it_runs() -> None:
    ran = subprocess.run(
        [sys.executable, "examples/langchain_accelerated.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": WARNINGS, "PYTHONIOENCODING": "utf-8"},
    )
    assert ran.returncode == 0, ran.stderr
    lines = [re.sub(r"[\d,]+ ms", "# ms", line) for line in ran.stdout.splitlines()]
    assert lines[0].startswith("following a tool call: # ms, accelerated # ms; the same result")
    assert lines[0].endswith("(True, 1)")
    assert lines[1].startswith("filling in JSON: # ms, accelerated # ms; the same result: (True, ")
    assert lines[2].endswith("the same result: ['on_prompt_start', 'on_prompt_end']")
