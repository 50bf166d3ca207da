"""Runnables: units of work that compose with `|`, stream and can be observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.runnables.addable import AddableDict, aadd, add
    from headrace.runnables.assign import RunnableAssign
    from headrace.runnables.binding import RunnableBinding
    from headrace.runnables.branch import RunnableBranch
    from headrace.runnables.coerce import coerce_to_runnable
    from headrace.runnables.config import (
        RunnableConfig,
        ensure_config,
        get_config_list,
        patch_config,
    )
    from headrace.runnables.each import RunnableEach
    from headrace.runnables.fallbacks import RunnableWithFallbacks
    from headrace.runnables.function import RunnableLambda, chain
    from headrace.runnables.generator import RunnableGenerator
    from headrace.runnables.history import RunnableWithMessageHistory
    from headrace.runnables.parallel import RunnableMap, RunnableParallel
    from headrace.runnables.passthrough import RunnablePassthrough
    from headrace.runnables.pick import RunnablePick
    from headrace.runnables.retry import RunnableRetry
    from headrace.runnables.router import RouterInput, RouterRunnable
    from headrace.runnables.runnable import Runnable
    from headrace.runnables.sequence import RunnableSequence
    from headrace.runnables.serializable import RunnableSerializable
    from headrace.runnables.specs import (
        ConfigurableField,
        ConfigurableFieldMultiOption,
        ConfigurableFieldSingleOption,
        ConfigurableFieldSpec,
    )
    from headrace.utils.executor import run_in_executor

__all__ = [
    "AddableDict",
    "ConfigurableField",
    "ConfigurableFieldMultiOption",
    "ConfigurableFieldSingleOption",
    "ConfigurableFieldSpec",
    "RouterInput",
    "RouterRunnable",
    "Runnable",
    "RunnableAssign",
    "RunnableBinding",
    "RunnableBranch",
    "RunnableConfig",
    "RunnableEach",
    "RunnableGenerator",
    "RunnableLambda",
    "RunnableMap",
    "RunnableParallel",
    "RunnablePassthrough",
    "RunnablePick",
    "RunnableRetry",
    "RunnableSequence",
    "RunnableSerializable",
    "RunnableWithFallbacks",
    "RunnableWithMessageHistory",
    "aadd",
    "add",
    "chain",
    "coerce_to_runnable",
    "ensure_config",
    "get_config_list",
    "patch_config",
    "run_in_executor",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        assign="RunnableAssign",
        binding="RunnableBinding",
        branch="RunnableBranch",
        coerce="coerce_to_runnable",
        config="RunnableConfig ensure_config get_config_list patch_config run_in_executor",
        each="RunnableEach",
        fallbacks="RunnableWithFallbacks",
        addable="AddableDict aadd add",
        function="RunnableLambda chain",
        generator="RunnableGenerator",
        history="RunnableWithMessageHistory",
        parallel="RunnableMap RunnableParallel",
        passthrough="RunnablePassthrough",
        pick="RunnablePick",
        retry="RunnableRetry",
        router="RouterInput RouterRunnable",
        runnable="Runnable",
        sequence="RunnableSequence",
        serializable="RunnableSerializable",
        specs=(
            "ConfigurableField ConfigurableFieldMultiOption ConfigurableFieldSingleOption "
            "ConfigurableFieldSpec"
        ),
    )
