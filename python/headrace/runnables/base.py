"""The names of `langchain_core.runnables.base`."""

from headrace.runnables.binding import RunnableBinding, RunnableBindingBase
from headrace.runnables.coerce import RunnableLike, coerce_to_runnable
from headrace.runnables.config import RunnableConfig
from headrace.runnables.each import RunnableEach, RunnableEachBase
from headrace.runnables.function import RunnableLambda, chain
from headrace.runnables.generator import RunnableGenerator
from headrace.runnables.parallel import RunnableMap, RunnableParallel
from headrace.runnables.runnable import Input, Other, Output, Runnable
from headrace.runnables.sequence import RunnableSequence
from headrace.runnables.serializable import RunnableSerializable

__all__ = [
    "Input",
    "Other",
    "Output",
    "Runnable",
    "RunnableBinding",
    "RunnableBindingBase",
    "RunnableConfig",
    "RunnableEach",
    "RunnableEachBase",
    "RunnableGenerator",
    "RunnableLambda",
    "RunnableLike",
    "RunnableMap",
    "RunnableParallel",
    "RunnableSequence",
    "RunnableSerializable",
    "chain",
    "coerce_to_runnable",
]
