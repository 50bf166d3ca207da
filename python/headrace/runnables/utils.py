"""The names of `langchain_core.runnables.utils`."""

from headrace.runnables.accepts import (
    accepts_config,
    accepts_run_manager,
    is_async_callable,
    is_async_generator,
)
from headrace.runnables.addable import Addable, AddableDict, SupportsAdd, aadd, add
from headrace.runnables.runnable import Input, Output
from headrace.runnables.specs import (
    AnyConfigurableField,
    ConfigurableField,
    ConfigurableFieldMultiOption,
    ConfigurableFieldSingleOption,
    ConfigurableFieldSpec,
    get_unique_config_specs,
)

__all__ = [
    "Addable",
    "AddableDict",
    "AnyConfigurableField",
    "ConfigurableField",
    "ConfigurableFieldMultiOption",
    "ConfigurableFieldSingleOption",
    "ConfigurableFieldSpec",
    "Input",
    "Output",
    "SupportsAdd",
    "aadd",
    "accepts_config",
    "accepts_run_manager",
    "add",
    "get_unique_config_specs",
    "is_async_callable",
    "is_async_generator",
]
