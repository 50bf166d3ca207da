"""headrace in place of langchain_core: LangGraph, agents and partner packages run on it, unchanged.

    from headrace import dropin

    dropin.install()  # before anything imports langchain_core

    from langgraph.graph import StateGraph

From outside, `headrace run program.py`, `headrace run -m module` and
`pytest -p headrace.dropin.pytest` do the same.
"""

from headrace.dropin.installation import DropinError, emulates, install, installed

__all__ = ["DropinError", "emulates", "install", "installed"]
