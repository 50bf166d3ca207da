"""Module paths of headrace's classes in langchain_core, which pickles and checkpoints contain."""

from __future__ import annotations

from types import FunctionType, ModuleType

__all__ = ["assign_homes"]

_MOVED = {
    "headrace.messages.union": {"_get_type": "langchain_core.messages.utils"},
    "headrace.events.log": dict.fromkeys(
        ("LogEntry", "RunLog", "RunLogPatch", "RunState"), "langchain_core.tracers.log_stream"
    ),
    "headrace.outputs.results": {
        "ChatResult": "langchain_core.outputs.chat_result",
        "LLMResult": "langchain_core.outputs.llm_result",
        "RunInfo": "langchain_core.outputs.run_info",
    },
    "headrace.prompts.chat_message": dict.fromkeys(
        (
            "AIMessagePromptTemplate",
            "BaseStringMessagePromptTemplate",
            "ChatMessagePromptTemplate",
            "HumanMessagePromptTemplate",
            "SystemMessagePromptTemplate",
        ),
        "langchain_core.prompts.chat",
    ),
    "headrace.prompts.placeholder": {"MessagesPlaceholder": "langchain_core.prompts.chat"},
    "headrace.caches.base": {"BaseCache": "langchain_core.caches"},
    "headrace.caches.memory": {"InMemoryCache": "langchain_core.caches"},
    "headrace.utils.injection": dict.fromkeys(
        ("InjectedToolArg", "InjectedToolCallId"), "langchain_core.tools.base"
    ),
    "headrace.exceptions": dict.fromkeys(
        ("SchemaAnnotationError", "ToolException"), "langchain_core.tools.base"
    ),
    "headrace.runnables.specs": dict.fromkeys(
        (
            "ConfigurableField",
            "ConfigurableFieldMultiOption",
            "ConfigurableFieldSingleOption",
            "ConfigurableFieldSpec",
        ),
        "langchain_core.runnables.utils",
    ),
    "headrace.runnables.addable": {"AddableDict": "langchain_core.runnables.utils"},
}
"""The classes that data consists of and that langchain_core keeps under another path."""


def assign_homes(module: ModuleType) -> None:
    """Set `__module__` of a headrace module's classes and functions to its langchain_core path.

    Args:
        module: A module that has just been loaded.
    """
    own = module.__name__
    home = "langchain_core" + own.removeprefix("headrace.dropin.core").removeprefix("headrace")
    moved = _MOVED.get(own, {})
    for name, value in list(vars(module).items()):
        if isinstance(value, (type, FunctionType)) and value.__module__ == own:
            # From CPython 3.13 on, assigning `__module__` drops the line that `inspect` needs.
            line = vars(value).get("__firstlineno__")
            try:
                value.__module__ = moved.get(name, home)
                if line is not None:
                    type.__setattr__(value, "__firstlineno__", line)
            except (AttributeError, TypeError):
                # Classes of the compiled core keep their module; a function pickles them.
                continue
