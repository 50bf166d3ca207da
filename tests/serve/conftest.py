"""The served agent, which all tests of a process share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.serve.served import Served


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """Return the running agent of `agent.py`."""
    pytest.importorskip("langgraph", reason="langgraph is not installed")
    pytest.importorskip("uvicorn", reason="uvicorn is not installed")
    server = Served()
    yield server
    server.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests in Chromium out, unless they are named: `pytest tests/serve/browser`.

    Playwright keeps an event loop running in its thread, in which no other async test can run.
    """
    if collection_path.name == "browser" and not any("browser" in each for each in config.args):
        return True
    return None
