"""Every name that LangChain's ecosystem takes from langchain_core is there.

names.txt lists them; scripts/dropin_names.py makes it from the sources of the packages.
"""

import importlib.util
import sysconfig
from pathlib import Path

from tests.dropin.programs import HERE, run

ROOT = HERE.parents[1]
NAMES = (HERE / "names.txt").read_text(encoding="utf-8").splitlines()


def collector():
    spec = importlib.util.spec_from_file_location(
        "dropin_names", ROOT / "scripts" / "dropin_names.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_names_are_there() -> None:
    assert run(str(HERE / "resolve.py"), stdin="\n".join(NAMES)).splitlines() == []


def test_the_list_has_what_is_installed() -> None:
    site = Path(sysconfig.get_path("purelib"))
    used = {f"{module}:{name}" for module, name in collector().collect(site)}
    assert used
    assert used <= set(NAMES)


def test_each_way_of_taking_a_name_is_found() -> None:
    module = collector()
    source = """
import langchain_core.agents as agents
from langchain_core.load import dumps
from langchain_core import messages
import importlib
importlib.import_module("langchain_core.env")
messages.AIMessage
agents.AgentAction
from .langchain_core import not_it
"""
    assert set(module.names_in(module.ast.parse(source))) == {
        ("langchain_core.agents", ""),
        ("langchain_core.load", "dumps"),
        ("langchain_core", "messages"),
        ("langchain_core.env", ""),
        ("langchain_core.messages", "AIMessage"),
        ("langchain_core.agents", "AgentAction"),
    }
