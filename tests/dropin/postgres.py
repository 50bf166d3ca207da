"""A PostgreSQL server for the time of a test, in a folder of its own."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def program(name: str) -> str | None:
    """The path of a program of PostgreSQL; Debian keeps them off PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)])
    return shutil.which(name, path=path)


INSTALLED = program("initdb") is not None and program("postgres") is not None


@contextmanager
def server(port: int | None = None) -> Iterator[str]:
    """Start a server, give the address of its database, and stop it; it may listen on a port."""
    import psycopg

    # The path of a socket must be short, and the server refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = {}
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
        user = {"user": "nobody"}
    data = folder / "data"
    quick = ["--username=postgres", "--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8"]
    try:
        made = subprocess.run(
            [program("initdb"), *quick, data], capture_output=True, text=True, cwd=folder, **user
        )
        assert made.returncode == 0, made.stdout + made.stderr
        hosts = "" if port is None else "localhost"
        options = ["-D", data, "-k", folder, "-c", f"listen_addresses={hosts}", "-c", "fsync=off"]
        if port is not None:
            options += ["-p", str(port)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                [program("postgres"), *options], stdout=log, stderr=log, cwd=folder, **user
            )
        try:
            address = f"postgresql://postgres@/postgres?host={folder}&port={port or 5432}"
            while True:
                try:
                    psycopg.connect(address).close()
                    break
                except psycopg.OperationalError:
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.02)
            yield address
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(folder)
