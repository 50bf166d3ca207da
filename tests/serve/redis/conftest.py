"""A real Redis server, and two server processes that share it."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


class Redis:
    """A Redis server that can be killed and started again on its port."""

    def __init__(self, folder: Path) -> None:
        server = shutil.which("redis-server")
        if server is None:
            pytest.skip("redis-server is not installed")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port: int = listener.getsockname()[1]
        self._command = [server, "--port", str(self._port), "--dir", str(folder), "--save", ""]
        self.url = f"redis://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "redis-server does not start"
                time.sleep(0.01)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


class Worker:
    """A server process."""

    def __init__(self, redis: Redis) -> None:
        script = Path(__file__).with_name("worker.py")
        command = [sys.executable, str(script), redis.url]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """Return the server that the tests of this process share."""
    for package in ("redis", "uvicorn", "httpx"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def workers(redis: Redis) -> Iterator[list[Worker]]:
    """Return two server processes on one Redis."""
    workers = [Worker(redis), Worker(redis)]
    yield workers
    for worker in workers:
        worker.kill()
