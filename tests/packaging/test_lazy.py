"""The packages that load each name when it is first asked for."""

import subprocess
import sys
from importlib import import_module

import pytest

PACKAGES = ["callbacks", "example_selectors", "language_models", "prompts", "runnables", "utils"]
WITH_SOME = [*PACKAGES, "messages"]


@pytest.mark.parametrize("name", WITH_SOME)
def test_every_name_is_found_and_listed(name: str) -> None:
    package = import_module(f"headrace.{name}")
    assert set(package.__all__) <= set(dir(package))
    for public in package.__all__:
        assert getattr(package, public) is vars(package)[public], "the next time it is at hand"


@pytest.mark.parametrize("name", WITH_SOME)
def test_a_name_that_is_not_there(name: str) -> None:
    package = import_module(f"headrace.{name}")
    with pytest.raises(AttributeError) as caught:
        package.Nonsense  # noqa: B018
    assert str(caught.value) == f"module 'headrace.{name}' has no attribute 'Nonsense'"
    with pytest.raises(ImportError):
        exec(f"from headrace.{name} import Nonsense")


@pytest.mark.parametrize("name", PACKAGES)
def test_importing_the_package_loads_none_of_its_modules(name: str) -> None:
    program = f"import sys, headrace.{name}; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert not [one for one in result.stdout.split() if one.startswith(f"headrace.{name}.")]
