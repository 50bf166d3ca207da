"""headrace as langchain_core: modules, pickles, child processes, threads, and when it refuses."""

import sys
from pathlib import Path
from typing import Any

import pytest
from tests.dropin.programs import run

PROGRAM = """
import importlib
import importlib.metadata
import importlib.resources
import inspect
import multiprocessing
import pickle
import sys
import threading
import typing

import pydantic

import langchain_core
import langchain_core.messages.ai
import langchain_core.runnables.config
from langchain_core.load.serializable import Serializable
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import RunnableConfig
from langchain_core.utils.pydantic import PYDANTIC_VERSION


def child(queue: object):
    import langchain_core

    queue.put((langchain_core.__name__, langchain_core.__version__, sys.argv[1:]))


def add():
    chunk = AIMessageChunk("", response_metadata={"finish_reason": "stop"})
    return (chunk + chunk).response_metadata["finish_reason"]


if __name__ == "__main__":
    import headrace.messages.ai
    from headrace import dropin

    dropin.install()  # once more does nothing
    assert dropin.installed()
    assert langchain_core.__version__ == dropin.emulates == "1.8.3"
    assert sys.modules["langchain_core.messages.ai"] is headrace.messages.ai
    assert langchain_core.messages is headrace.messages
    assert importlib.metadata.version("langchain-core") != ""
    assert child.__annotations__ == {"queue": object}  # not text: no future flag is inherited
    assert sys.argv[1:] == ["a", "--b"], sys.argv

    message = AIMessage("x", id="1")
    data = pickle.dumps(message)
    assert b"langchain_core.messages.ai" in data and b"headrace" not in data
    assert pickle.loads(data) == message
    assert "class AIMessage" in inspect.getsource(AIMessage)
    assert importlib.resources.files("langchain_core").joinpath("py.typed").is_file()
    again = importlib.reload(langchain_core.runnables.config)
    assert again is langchain_core.runnables.config and again.COPIABLE_KEYS

    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=child, args=(queue,))
    process.start()
    assert queue.get(timeout=120) == ("headrace", "1.8.3", ["a", "--b"])
    process.join()

    # LangChain doubles what providers repeat; in new threads too.
    seen = [add()]
    thread = threading.Thread(target=lambda: seen.append(add()))
    thread.start()
    thread.join()
    assert seen == ["stopstop"] * 2, seen

    assert isinstance(message, Serializable) and not isinstance(3, Serializable)
    assert issubclass(AIMessage, Serializable)
    assert "run_name" in typing.get_type_hints(RunnableConfig)
    assert pydantic.TypeAdapter(RunnableConfig).validate_python({"tags": ["a"]}) == {"tags": ["a"]}
    assert PYDANTIC_VERSION.major == 2
    try:
        AIMessage(content=3)
    except pydantic.ValidationError as error:
        assert "for AIMessage" in str(error)
    print("done")
"""


def test_a_program_and_its_children(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    assert run("-m", "headrace", "run", "program.py", "a", "--b", cwd=tmp_path) == "done\n"


def test_a_module(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import sys, langchain_core as core\nprint(core.__name__, __package__, sys.argv[1:])\n",
        encoding="utf-8",
    )
    shown = run("-m", "headrace", "run", "-m", "package", "--x", cwd=tmp_path)
    assert shown == "headrace package ['--x']\n"


def test_pytest_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "test_it.py").write_text(
        "import langchain_core as core\n\ndef test_it():\n    assert core.__name__ == 'headrace'\n",
        encoding="utf-8",
    )
    # The plugins that happen to be installed take seconds to import.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    shown = run("-m", "pytest", "-p", "headrace.dropin.pytest", "test_it.py", cwd=tmp_path)
    assert "1 passed" in shown
    assert "headrace in place of 1.8.3" in shown


LATE = """
import langchain_core.messages
from langchain_core.messages import AIMessage
from headrace import dropin
try:
    dropin.install()
except ImportError as error:
    print(type(error).__name__, error)
print(dropin.installed())
"""


def test_too_late(tmp_path: Path) -> None:
    shown = run("-c", LATE)
    assert shown.startswith("DropinError langchain_core is already imported (langchain_core, ")
    assert "imported by __main__" in shown
    assert shown.endswith("False\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.py"], "cannot read missing.py"),
        (["-m", "missing_module"], "no module named missing_module"),
        (["-m"], "expected a module"),
        (["--other"], "unknown option --other"),
    ],
)
def test_what_cannot_be_run(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    from headrace.cli import main, run_command

    monkeypatch.setattr(run_command, "install", lambda: None)
    monkeypatch.setattr("sys.path", ["", *sys.path])
    monkeypatch.setattr("sys.argv", ["headrace"])
    assert main(["run", *arguments]) == 2
    assert message in capsys.readouterr().err
