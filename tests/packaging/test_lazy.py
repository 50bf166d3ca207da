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


HEAVY = {
    "asyncio": "it imports ssl and subprocess",
    "concurrent.futures": "it imports logging",
    "logging": "callbacks log errors only",
    "headrace.messages.content_types": "thirty typed dictionaries",
    "headrace.outputs.pydantic_mirrors": "four models of pydantic",
    "headrace.tracers": "no run is traced yet",
    "headrace.events": "no events are streamed yet",
    "headrace.prompts": "a model needs prompt values only",
}
"""Modules that chat models need only at work, and why importing them is expensive."""


def test_importing_chat_models_loads_nothing_that_only_their_work_needs() -> None:
    program = "import sys, headrace.language_models.chat_models; print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert not HEAVY.keys() & set(result.stdout.split())


def test_a_lazy_module_replaces_itself() -> None:
    import asyncio

    from headrace import _lazy

    namespace: dict[str, object] = {}
    namespace["asyncio"] = stand_in = _lazy.lazy_module("asyncio", namespace)
    assert stand_in.CancelledError is asyncio.CancelledError
    assert namespace["asyncio"] is asyncio
    with pytest.raises(AttributeError, match="module 'asyncio' has no attribute 'nonsense'"):
        _ = stand_in.nonsense
