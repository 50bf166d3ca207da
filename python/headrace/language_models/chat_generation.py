"""Complete answers of chat models: run callbacks, cache lookup, merging of streams."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace._lazy import lazy_module
from headrace.callbacks.ending import aend_each, end_each
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.language_models.answers import (
    BlockNumbers,
    complete,
    error_response,
    id_of,
    last_chunk,
    result_of,
    said,
)
from headrace.language_models.caching import cache_of, chat_prompt, is_answer, to_keep
from headrace.language_models.inputs import for_providers
from headrace.language_models.runs import configured, take_format, told
from headrace.outputs import ChatGenerationChunk, ChatResult, LLMResult, RunInfo
from headrace.outputs.chat_generation import merge_chat_generation_chunks
from headrace.runnables.accepts import accepts_run_manager
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.concurrency import settle

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        BaseRunManager,
        CallbackManagerForLLMRun,
    )
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.messages import BaseMessage
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = ["agenerate", "agenerate_with_cache", "generate", "generate_with_cache"]

_NO_CACHE = "Asked to cache, but no cache found at `langchain.cache`."


def generate(
    model: BaseChatModel,
    messages: Sequence[list[BaseMessage]],
    stop: list[str] | None,
    callbacks: Callbacks,
    tags: list[str] | None,
    metadata: dict[str, Any] | None,
    run_name: str | None,
    run_id: UUID | None,
    kwargs: dict[str, Any],
) -> LLMResult:
    """Call the model with several inputs in sequence, each in its own run."""
    options = take_format(kwargs)
    manager = configured(CallbackManager, model, callbacks, tags, metadata, stop, kwargs)
    serialized, shown, more = (
        told(model, messages, stop, kwargs, options, named=False)
        if manager.handlers
        else ({}, list(messages), {})
    )
    runs = manager.on_chat_model_start(serialized, shown, run_id=run_id, name=run_name, **more)
    results: list[ChatResult] = []
    for i, (run, one) in enumerate(zip(runs, messages, strict=True)):
        try:
            result = model._generate_with_cache(
                for_providers(one), stop=stop, run_manager=run, **kwargs
            )
        except BaseException as error:
            response = error_response(error)
            end_each(
                [
                    *_ends(runs[:i], results),
                    *(partial(run.on_llm_error, error, response=response) for run in runs[i:]),
                ]
            )
            raise
        results.append(result)
    end_each(_ends(runs, results))
    return _of_all(model, runs, results)


async def agenerate(
    model: BaseChatModel,
    messages: Sequence[list[BaseMessage]],
    stop: list[str] | None,
    callbacks: Callbacks,
    tags: list[str] | None,
    metadata: dict[str, Any] | None,
    run_name: str | None,
    run_id: UUID | None,
    kwargs: dict[str, Any],
) -> LLMResult:
    """Call the model with several inputs concurrently, each in its own run."""
    options = take_format(kwargs)
    manager = configured(AsyncCallbackManager, model, callbacks, tags, metadata, stop, kwargs)
    serialized, shown, more = (
        told(model, messages, stop, kwargs, options, named=False)
        if manager.handlers
        else ({}, list(messages), {})
    )
    runs = await manager.on_chat_model_start(
        serialized, shown, run_id=run_id, name=run_name, **more
    )
    outcomes = await _outcomes(
        [
            model._agenerate_with_cache(for_providers(one), stop=stop, run_manager=run, **kwargs)
            for run, one in zip(runs, messages, strict=True)
        ]
    )
    results: list[ChatResult] = []
    failure: BaseException | None = None
    failed: list[Callable[[], Awaitable[None]]] = []
    ended: list[Callable[[], Awaitable[None]]] = []
    for run, outcome in zip(runs, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            failure = failure or outcome
            response = error_response(outcome)
            failed.append(partial(run.on_llm_error, outcome, response=response))
        else:
            results.append(outcome)
            ended += _ends([run], [outcome])
    await aend_each([*failed, *ended])
    if failure is not None:
        raise failure
    return _of_all(model, runs, results)


async def _outcomes(going: list[Awaitable[ChatResult]]) -> list[ChatResult | BaseException]:
    """Await all tasks, even if one fails; if this task is cancelled, wait until all have ended."""
    if len(going) == 1:
        try:
            return [await going[0]]
        except BaseException as error:  # noqa: BLE001 - reported to the run, then raised
            return [error]
    tasks = [asyncio.ensure_future(one) for one in going]
    try:
        if tasks:
            await asyncio.wait(tasks)
    except asyncio.CancelledError as error:
        with suppress(asyncio.CancelledError):
            await settle(tasks)
        # also if all of them ended despite the cancellation
        return [_outcome(task) if task.cancelled() or task.exception() else error for task in tasks]
    return [_outcome(task) for task in tasks]


def _outcome(task: asyncio.Future[ChatResult]) -> ChatResult | BaseException:
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()


def _ends(runs: Sequence[Any], results: Sequence[ChatResult]) -> list[Callable[[], Any]]:
    """Return functions that each end a run with its result."""
    return [
        partial(run.on_llm_end, _of_one(result)) for run, result in zip(runs, results, strict=True)
    ]


def _of_one(result: ChatResult) -> LLMResult:
    return LLMResult(generations=[[*result.generations]], llm_output=result.llm_output)


def _of_all(
    model: BaseChatModel, runs: Sequence[BaseRunManager], results: Sequence[ChatResult]
) -> LLMResult:
    output = model._combine_llm_outputs([result.llm_output for result in results])
    generations: Any = [result.generations for result in results]
    result = LLMResult(generations=generations, llm_output=output)
    result.run = [RunInfo(run_id=run.run_id) for run in runs] or None
    return result


def generate_with_cache(
    model: BaseChatModel,
    messages: list[BaseMessage],
    stop: list[str] | None,
    run_manager: CallbackManagerForLLMRun | None,
    kwargs: dict[str, Any],
) -> ChatResult:
    """Return the answer to one input, from the cache if it has the answer."""
    cache = cache_of(model.cache, _NO_CACHE)
    key = ("", "")
    if cache is not None:
        key = (chat_prompt(messages), model._get_llm_string(stop=stop, **kwargs))
        found = cache.lookup(*key)
        if is_answer(found):
            cached = ChatResult(generations=model._convert_cached_generations(found))
            model._replay_cached_events(cached, run_manager, kwargs)
            return cached
    if model.rate_limiter:
        model.rate_limiter.acquire(blocking=True)
    if run_manager is not None and model._should_use_protocol_streaming(
        async_api=False, run_manager=run_manager, **kwargs
    ):
        result = model._generate_from_events(messages, stop, run_manager, kwargs)
    elif model._should_stream(async_api=False, run_manager=run_manager, **kwargs):
        result = _streamed(model, messages, stop, run_manager, kwargs)
    elif accepts_run_manager(model._generate):
        result = model._generate(messages, stop=stop, run_manager=run_manager, **kwargs)
    else:
        result = model._generate(messages, stop=stop, **kwargs)
    run_id = None if run_manager is None else run_manager.run_id
    result = complete(result, run_id, model.output_version)
    if cache is not None:
        cache.update(*key, to_keep(result.generations))
    return result


async def agenerate_with_cache(
    model: BaseChatModel,
    messages: list[BaseMessage],
    stop: list[str] | None,
    run_manager: AsyncCallbackManagerForLLMRun | None,
    kwargs: dict[str, Any],
) -> ChatResult:
    """Return the answer to one input, from the cache if it has the answer."""
    cache = cache_of(model.cache, _NO_CACHE)
    key = ("", "")
    if cache is not None:
        key = (chat_prompt(messages), model._get_llm_string(stop=stop, **kwargs))
        found = await cache.alookup(*key)
        if is_answer(found):
            cached = ChatResult(generations=model._convert_cached_generations(found))
            await model._areplay_cached_events(cached, run_manager, kwargs)
            return cached
    if model.rate_limiter:
        await model.rate_limiter.aacquire(blocking=True)
    if run_manager is not None and model._should_use_protocol_streaming(
        async_api=True, run_manager=run_manager, **kwargs
    ):
        result = await model._agenerate_from_events(messages, stop, run_manager, kwargs)
    elif model._should_stream(async_api=True, run_manager=run_manager, **kwargs):
        result = await _astreamed(model, messages, stop, run_manager, kwargs)
    elif accepts_run_manager(model._agenerate):
        result = await model._agenerate(messages, stop=stop, run_manager=run_manager, **kwargs)
    else:
        result = await model._agenerate(messages, stop=stop, **kwargs)
    run_id = None if run_manager is None else run_manager.run_id
    result = complete(result, run_id, model.output_version)
    if cache is not None:
        await cache.aupdate(*key, to_keep(result.generations))
    return result


def _streamed(
    model: BaseChatModel,
    messages: list[BaseMessage],
    stop: list[str] | None,
    run_manager: CallbackManagerForLLMRun | None,
    kwargs: dict[str, Any],
) -> ChatResult:
    """Merge a stream into an answer, and emit its chunks to the handlers."""
    message_id = None if run_manager is None else id_of(run_manager.run_id)
    numbers = BlockNumbers() if model.output_version == "v1" else None
    given: list[ChatGenerationChunk] = []
    chunks = model._stream(messages, stop=stop, **kwargs)
    try:
        for chunk in chunks:
            _take(chunk, message_id, numbers)
            if run_manager is not None:
                run_manager.on_llm_new_token(chunk.message.content, chunk=chunk)
            given.append(chunk)
    finally:
        close_all(chunks)
    last = last_chunk(given[-1].message if given else None, message_id)
    if last is not None:
        end = ChatGenerationChunk(message=last)
        if run_manager is not None:
            run_manager.on_llm_new_token("", chunk=end)
        given.append(end)
    return result_of(merge_chat_generation_chunks(given))


async def _astreamed(
    model: BaseChatModel,
    messages: list[BaseMessage],
    stop: list[str] | None,
    run_manager: AsyncCallbackManagerForLLMRun | None,
    kwargs: dict[str, Any],
) -> ChatResult:
    """Merge a stream into an answer, and emit its chunks to the handlers."""
    message_id = None if run_manager is None else id_of(run_manager.run_id)
    numbers = BlockNumbers() if model.output_version == "v1" else None
    given: list[ChatGenerationChunk] = []
    chunks = model._astream(messages, stop=stop, **kwargs)
    try:
        async for chunk in chunks:
            _take(chunk, message_id, numbers)
            if run_manager is not None:
                await run_manager.on_llm_new_token(chunk.message.content, chunk=chunk)
            given.append(chunk)
    finally:
        await aclose_all(chunks)
    last = last_chunk(given[-1].message if given else None, message_id)
    if last is not None:
        end = ChatGenerationChunk(message=last)
        if run_manager is not None:
            await run_manager.on_llm_new_token("", chunk=end)
        given.append(end)
    return result_of(merge_chat_generation_chunks(given))


def _take(chunk: ChatGenerationChunk, message_id: str | None, numbers: BlockNumbers | None) -> None:
    """Complete a chunk as it arrives."""
    if chunk.generation_info:
        chunk.message.response_metadata = said(chunk)
    if numbers is not None:
        chunk.message = numbers.numbered(chunk.message)
    if message_id is not None and chunk.message.id is None:
        chunk.message.id = message_id
