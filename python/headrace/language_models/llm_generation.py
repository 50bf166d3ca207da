"""Complete answers of text models: run callbacks and cache lookup for each prompt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.ending import aend_each, end_each
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.language_models.caching import cache_of, is_answer
from headrace.language_models.runs import ManagerT
from headrace.outputs import Generation, LLMResult, RunInfo
from headrace.runnables.accepts import accepts_run_manager
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        BaseRunManager,
        CallbackManagerForLLMRun,
    )
    from headrace.language_models.base_llm import BaseLLM

__all__ = ["agenerate", "generate"]

_NO_CACHE = (
    "No global cache was configured. Use `set_llm_cache` to set a global cache if you want to use "
    "a global cache. Otherwise either pass a cache object or set cache to False/None"
)


class Told:
    """The run arguments of `generate`: one value for all prompts, or one for each."""

    __slots__ = ("callbacks", "each", "metadata", "run_ids", "run_names", "tags")

    def __init__(
        self,
        count: int,
        callbacks: Any,
        tags: Any,
        metadata: Any,
        run_name: Any,
        run_id: Any,
        known: Any,
    ) -> None:
        """Check the run arguments; `known` has the facts about the call, for the metadata.

        Raises:
            ValueError: If the length of a list is not the number of prompts.
        """
        self.each = (
            isinstance(callbacks, list)
            and bool(callbacks)
            and (callbacks[0] is None or isinstance(callbacks[0], (list, BaseCallbackManager)))
        )
        if isinstance(metadata, list):
            metadata = [{**(one or {}), **known} for one in metadata]
        elif isinstance(metadata, dict):
            metadata = {**metadata, **known}
        if self.each:
            if len(callbacks) != count:
                raise ValueError("callbacks must be the same length as prompts")
            for name, said in (("tags", tags), ("metadata", metadata), ("run_name", run_name)):
                if said is not None and not (isinstance(said, list) and len(said) == count):
                    raise ValueError(f"{name} must be a list of the same length as prompts")
        self.callbacks = callbacks if self.each else [callbacks] * count
        self.tags = tags or [None] * count if self.each else [tags] * count
        self.metadata = metadata or [{}] * count if self.each else [metadata] * count
        self.run_names = run_name or [None] * count if self.each else [run_name] * count
        if isinstance(run_id, list):
            if len(run_id) != count:
                raise ValueError(
                    "Number of manually provided run_id's does not match batch length. "
                    f"{len(run_id)} != {count}"
                )
            self.run_ids = run_id
        else:
            self.run_ids = [run_id, *[None] * (count - 1)][:count]

    def manager(
        self, kind: type[ManagerT], model: BaseLLM, i: int, stop: list[str] | None
    ) -> ManagerT:
        """Return the manager that starts the run of prompt `i`."""
        manager = kind.configure(
            self.callbacks[i],
            model.callbacks,
            model.verbose,
            self.tags[i],
            model.tags,
            self.metadata[i],
            model.metadata,
        )
        manager.add_invocation_metadata(lambda: {**model.dict(), "stop": stop})
        return manager

    def start(self, model: BaseLLM, i: int, size: int, stop: Any) -> dict[str, Any]:
        """Return the arguments of the start event for prompt `i`."""
        return {
            "run_id": self.run_ids[i],
            "name": self.run_names[i],
            "invocation_params": {**model.dict(), "stop": stop},
            "options": {"stop": stop},
            "batch_size": size,
        }


def key_of(model: BaseLLM, stop: list[str] | None, kwargs: dict[str, Any]) -> str:
    """Return the cache key of a model and the arguments of a call."""
    return str(sorted({**model.dict(), **hide_secrets(kwargs), "stop": stop}.items()))


def generate(
    model: BaseLLM, prompts: list[str], stop: list[str] | None, told: Told, kwargs: dict[str, Any]
) -> LLMResult:
    """Call the model once with the prompts whose answers are not in the cache."""
    cache = cache_of(model.cache, _NO_CACHE)
    key = "" if cache is None else key_of(model, stop, kwargs)
    known: dict[int, Any] = {}
    if cache is not None:
        for i, prompt in enumerate(prompts):
            found = cache.lookup(prompt, key)
            if is_answer(found):
                known[i] = found
    missing = [i for i in range(len(prompts)) if i not in known]
    if not missing and cache is not None:
        return _joined(known, {}, None)
    runs = []
    try:
        for i in missing:
            manager = told.manager(CallbackManager, model, i, stop)
            serialized = model._serialized if manager.handlers else {}
            start = told.start(model, i, len(missing), stop)
            runs += manager.on_llm_start(serialized, [prompts[i]], **start)
    except BaseException as error:
        end_each(partial(run.on_llm_error, error) for run in runs)
        raise
    result = _generated(model, [prompts[i] for i in missing], stop, runs, kwargs)
    if cache is None:
        return result
    for i, candidates in zip(missing, result.generations, strict=False):
        known[i] = candidates
        cache.update(prompts[i], key, candidates)
    return _joined(known, result.llm_output, result.run)


async def agenerate(
    model: BaseLLM, prompts: list[str], stop: list[str] | None, told: Told, kwargs: dict[str, Any]
) -> LLMResult:
    """Async version of `generate`."""
    cache = cache_of(model.cache, _NO_CACHE)
    key = "" if cache is None else key_of(model, stop, kwargs)
    known: dict[int, Any] = {}
    if cache is not None:
        for i, prompt in enumerate(prompts):
            found = await cache.alookup(prompt, key)
            if is_answer(found):
                known[i] = found
    missing = [i for i in range(len(prompts)) if i not in known]
    if not missing and cache is not None:
        return _joined(known, {}, None)
    runs = []
    try:
        for i in missing:
            manager = told.manager(AsyncCallbackManager, model, i, stop)
            serialized = model._serialized if manager.handlers else {}
            start = told.start(model, i, len(missing), stop)
            runs += await manager.on_llm_start(serialized, [prompts[i]], **start)
    except BaseException as error:
        await aend_each(partial(run.on_llm_error, error) for run in runs)
        raise
    result = await _agenerated(model, [prompts[i] for i in missing], stop, runs, kwargs)
    if cache is None:
        return result
    for i, candidates in zip(missing, result.generations, strict=False):
        known[i] = candidates
        await cache.aupdate(prompts[i], key, candidates)
    return _joined(known, result.llm_output, result.run)


def _generated(
    model: BaseLLM,
    prompts: list[str],
    stop: list[str] | None,
    runs: Sequence[CallbackManagerForLLMRun],
    kwargs: dict[str, Any],
) -> LLMResult:
    more = {"run_manager": runs[0] if runs else None, **kwargs}
    given = more if accepts_run_manager(model._generate) else {}
    try:
        result = model._generate(prompts, stop=stop, **given)
    except BaseException as error:
        nothing = LLMResult(generations=[])
        end_each(partial(run.on_llm_error, error, response=nothing) for run in runs)
        raise
    flat = result.flatten()
    end_each(partial(run.on_llm_end, one) for run, one in zip(runs, flat, strict=False))
    return _with_runs(result, runs)


async def _agenerated(
    model: BaseLLM,
    prompts: list[str],
    stop: list[str] | None,
    runs: Sequence[AsyncCallbackManagerForLLMRun],
    kwargs: dict[str, Any],
) -> LLMResult:
    more = {"run_manager": runs[0] if runs else None, **kwargs}
    given = more if accepts_run_manager(model._agenerate) else {}
    try:
        result = await model._agenerate(prompts, stop=stop, **given)
    except BaseException as error:
        nothing = LLMResult(generations=[])
        await aend_each(partial(run.on_llm_error, error, response=nothing) for run in runs)
        raise
    flat = result.flatten()
    await aend_each(partial(run.on_llm_end, one) for run, one in zip(runs, flat, strict=False))
    return _with_runs(result, runs)


def _with_runs(result: LLMResult, runs: Sequence[BaseRunManager]) -> LLMResult:
    if runs:
        result.run = [RunInfo(run_id=run.run_id) for run in runs]
    return result


def _joined(known: dict[int, list[Generation]], output: Any, runs: Any) -> LLMResult:
    generations: Any = [known[i] for i in sorted(known)]
    return LLMResult(generations=generations, llm_output=output, run=runs)
