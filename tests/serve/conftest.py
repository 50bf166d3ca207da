"""The served agent, which all tests of a process share."""

from collections.abc import Iterator

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
