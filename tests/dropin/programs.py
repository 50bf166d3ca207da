"""Running programs on headrace in place of langchain_core, and on langchain_core itself."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run(*arguments: str, stdin: str | None = None, cwd: Path | None = None) -> str:
    """Run `python ARGUMENTS` and give what it prints; it must not fail."""
    result = subprocess.run(
        [sys.executable, *arguments],
        input=stdin,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
