"""The package as it is installed: its version, its files, and what importing it brings along."""

import subprocess
import sys
from importlib import metadata, resources

import pytest

import headrace
import headrace._core


def test_version_has_one_source() -> None:
    assert metadata.version("headrace") == headrace.__version__ == headrace._core.__version__


def test_types_ship_with_the_package() -> None:
    files = resources.files("headrace")
    assert files.joinpath("py.typed").is_file()
    assert files.joinpath("_core.pyi").is_file()


def test_run_time_dependencies_are_two() -> None:
    required = [line for line in metadata.requires("headrace") or [] if "extra ==" not in line]
    assert sorted(line.split(">=")[0] for line in required) == ["orjson", "pydantic"]


def test_command_is_declared() -> None:
    (command,) = metadata.entry_points(group="console_scripts", name="headrace")
    assert command.value == "headrace.cli:main"


@pytest.mark.parametrize("module", ["headrace", "headrace.json", "headrace.exceptions"])
def test_import_is_light(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    packages = {name.partition(".")[0] for name in result.stdout.split()}
    assert "headrace" in packages
    assert not packages & {"pydantic", "pydantic_core", "orjson", "langchain_core", "asyncio"}
