"""The command line as a whole: its names, its help, its version."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import headrace
from headrace.cli import main


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_two_names_for_it() -> None:
    installed = str(Path(sys.executable).parent / "headrace")
    for command in ([installed], [sys.executable, "-m", "headrace"]):
        result = run(*command, "--version")
        assert (result.returncode, result.stdout) == (0, f"headrace {headrace.__version__}\n")


def test_no_command() -> None:
    result = run(sys.executable, "-m", "headrace")
    assert (result.returncode, result.stdout) == (2, "")
    assert "usage: headrace" in result.stderr
    assert "demo" in result.stderr


@pytest.mark.parametrize("command", [[], ["json"], ["demo"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main([*command, "--help"])
    assert "usage: " + " ".join(["headrace", *command]) in capsys.readouterr().out


def test_closed_standard_streams() -> None:
    program = f"{sys.executable} -m headrace"
    for command in ("demo >&-", "json <&-", "json >&-", "json >/dev/full", "demo >/dev/full"):
        script = f"{program} {command}"
        result = subprocess.run(["sh", "-c", script], input=b"[1]", capture_output=True, timeout=60)
        assert result.returncode == 2, command
        assert result.stderr.startswith(b"headrace"), command
        assert b"Traceback" not in result.stderr


def test_errors_where_standard_error_is_closed() -> None:
    command = f"echo '[' | {sys.executable} -m headrace json 2>&-"
    result = subprocess.run(["sh", "-c", command], capture_output=True, env=dict(os.environ))
    assert (result.returncode, result.stdout) == (1, b"[]\n")
