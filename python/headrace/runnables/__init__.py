"""Everything is a runnable, everything composes with `|`, and everything can be watched."""

from headrace.runnables.base import (
    Runnable,
    RunnableGenerator,
    RunnableLambda,
    RunnableMap,
    RunnableParallel,
    RunnableSequence,
    RunnableSerializable,
    chain,
    coerce_to_runnable,
)
from headrace.runnables.config import RunnableConfig, ensure_config, get_config_list, patch_config
from headrace.runnables.executor import run_in_executor
from headrace.runnables.fold import AddableDict, aadd, add

__all__ = [
    "AddableDict",
    "Runnable",
    "RunnableConfig",
    "RunnableGenerator",
    "RunnableLambda",
    "RunnableMap",
    "RunnableParallel",
    "RunnableSequence",
    "RunnableSerializable",
    "aadd",
    "add",
    "chain",
    "coerce_to_runnable",
    "ensure_config",
    "get_config_list",
    "patch_config",
    "run_in_executor",
]
