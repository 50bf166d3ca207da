"""How a chat model streams: over its own generator, with ids set and observers told.

Where nobody observes, a chunk costs no more than setting its id. The loops are written twice, side
by side, for `stream` and `astream`; whoever drives the model's generator closes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.language_models.answers import (
    BlockNumbers,
    error_response,
    id_of,
    last_chunk,
    said,
)
from headrace.language_models.chat_runs import configured, has_observers, take_format, told
from headrace.language_models.inputs import for_providers
from headrace.outputs import ChatGenerationChunk, LLMResult
from headrace.outputs.chat_generation import merge_chat_generation_chunks
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import resolve
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from headrace.language_models.base import LanguageModelInput
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.messages import AIMessageChunk
    from headrace.runnables.config import RunnableConfig

__all__ = ["astream", "stream"]

_NOTHING = "No generation chunks were returned"


def stream(
    model: BaseChatModel,
    given: LanguageModelInput,
    config: RunnableConfig | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> Iterator[AIMessageChunk]:
    """Stream an answer over the model's `_stream`.

    Args:
        model: The model.
        given: Its input.
        config: What the caller said about the run.
        stop: What ends the answer.
        kwargs: For the provider.

    Yields:
        The parts of the message.

    Raises:
        ValueError: If the input is none, or the model gave nothing.
    """
    config = resolve(config)
    messages = model._convert_input(given).to_messages()
    options = take_format(kwargs)
    numbers = BlockNumbers() if model.output_version == "v1" else None
    if has_observers(model, config):
        manager = configured(
            CallbackManager,
            model,
            config.get("callbacks"),
            config.get("tags"),
            config.get("metadata"),
            stop,
            kwargs,
        )
        serialized, shown, more = told(model, [messages], stop, kwargs, options, named=True)
        (run_manager,) = manager.on_chat_model_start(
            serialized,
            shown,
            run_id=config.get("run_id"),
            name=config.get("run_name"),
            **more,
        )
        yield from _observed(model, for_providers(messages), run_manager, numbers, stop, kwargs)
        return
    if model.rate_limiter:
        model.rate_limiter.acquire(blocking=True)
    message_id = id_of(config.get("run_id") or uuid7())
    message: Any = None
    direct = model._stream_messages(for_providers(messages), stop, kwargs)
    chunks: Any = direct
    if direct is None:
        chunks = model._stream(for_providers(messages), stop=stop, **kwargs)
    try:
        for chunk in chunks:
            if direct is None:
                message = chunk.message
                if chunk.generation_info:
                    message.response_metadata = said(chunk)
            else:
                message = chunk
            if message.id is None:
                message.id = message_id
            if numbers is not None:
                message = numbers.numbered(message)
            yield message
        last = last_chunk(message, message_id)
        if last is not None:
            yield last
    finally:
        close_all(chunks)
    if message is None:
        raise ValueError(_NOTHING)


def _observed(
    model: BaseChatModel,
    messages: list[Any],
    run_manager: CallbackManagerForLLMRun,
    numbers: BlockNumbers | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> Iterator[Any]:
    message_id = id_of(run_manager.run_id)
    heard, kept = bool(run_manager.token_handlers), run_manager.wants_results("llm")
    tell = run_manager.teller
    given: list[ChatGenerationChunk] = []
    message: Any = None
    chunks: Any = None
    try:
        try:
            if model.rate_limiter:
                model.rate_limiter.acquire(blocking=True)
            chunks = model._stream(messages, stop=stop, **kwargs)
            for chunk in chunks:
                message = chunk.message
                if message.id is None:
                    message.id = message_id
                if chunk.generation_info:
                    message.response_metadata = said(chunk)
                if numbers is not None:
                    message = chunk.message = numbers.numbered(message)
                if heard:
                    run_manager.on_llm_new_token(message.content, chunk=chunk)
                elif tell is not None:
                    pressure = tell(message)
                    if pressure is not None:
                        pressure.block()
                if kept:
                    given.append(chunk)
                yield message
            last = last_chunk(message, message_id)
            if last is not None:
                run_manager.on_llm_new_token("", chunk=ChatGenerationChunk(message=last))
                yield last
        finally:
            close_all(chunks)
        generation = merge_chat_generation_chunks(given) if kept else None
    except BaseException as error:
        run_manager.on_llm_error(error, response=error_response(error, given))
        raise
    if message is None:
        nothing = ValueError(_NOTHING)
        run_manager.on_llm_error(nothing, response=LLMResult(generations=[]))
        raise nothing
    run_manager.on_llm_end(LLMResult(generations=[[] if generation is None else [generation]]))


async def astream(
    model: BaseChatModel,
    given: LanguageModelInput,
    config: RunnableConfig | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> AsyncIterator[AIMessageChunk]:
    """Stream an answer over the model's `_astream`; see `stream`."""
    config = resolve(config)
    messages = model._convert_input(given).to_messages()
    options = take_format(kwargs)
    numbers = BlockNumbers() if model.output_version == "v1" else None
    if has_observers(model, config):
        manager = configured(
            AsyncCallbackManager,
            model,
            config.get("callbacks"),
            config.get("tags"),
            config.get("metadata"),
            stop,
            kwargs,
        )
        serialized, shown, more = told(model, [messages], stop, kwargs, options, named=True)
        (run_manager,) = await manager.on_chat_model_start(
            serialized,
            shown,
            run_id=config.get("run_id"),
            name=config.get("run_name"),
            **more,
        )
        observed = _aobserved(model, for_providers(messages), run_manager, numbers, stop, kwargs)
        try:
            async for part in observed:
                yield part
        finally:
            await aclose_all(observed)
        return
    if model.rate_limiter:
        await model.rate_limiter.aacquire(blocking=True)
    message_id = id_of(config.get("run_id") or uuid7())
    message: Any = None
    direct = model._astream_messages(for_providers(messages), stop, kwargs)
    chunks: Any = direct
    if direct is None:
        chunks = model._astream(for_providers(messages), stop=stop, **kwargs)
    try:
        async for chunk in chunks:
            if direct is None:
                message = chunk.message
                if chunk.generation_info:
                    message.response_metadata = said(chunk)
            else:
                message = chunk
            if message.id is None:
                message.id = message_id
            if numbers is not None:
                message = numbers.numbered(message)
            yield message
        last = last_chunk(message, message_id)
        if last is not None:
            yield last
    finally:
        await aclose_all(chunks)
    if message is None:
        raise ValueError(_NOTHING)


async def _aobserved(
    model: BaseChatModel,
    messages: list[Any],
    run_manager: AsyncCallbackManagerForLLMRun,
    numbers: BlockNumbers | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> AsyncIterator[Any]:
    message_id = id_of(run_manager.run_id)
    heard, kept = bool(run_manager.token_handlers), run_manager.wants_results("llm")
    tell = run_manager.teller
    given: list[ChatGenerationChunk] = []
    message: Any = None
    chunks: Any = None
    try:
        try:
            if model.rate_limiter:
                await model.rate_limiter.aacquire(blocking=True)
            chunks = model._astream(messages, stop=stop, **kwargs)
            async for chunk in chunks:
                message = chunk.message
                if message.id is None:
                    message.id = message_id
                if chunk.generation_info:
                    message.response_metadata = said(chunk)
                if numbers is not None:
                    message = chunk.message = numbers.numbered(message)
                if heard:
                    await run_manager.on_llm_new_token(message.content, chunk=chunk)
                elif tell is not None:
                    pressure = tell(message)
                    if pressure is not None:
                        await pressure
                if kept:
                    given.append(chunk)
                yield message
            last = last_chunk(message, message_id)
            if last is not None:
                await run_manager.on_llm_new_token("", chunk=ChatGenerationChunk(message=last))
                yield last
        finally:
            await aclose_all(chunks)
        generation = merge_chat_generation_chunks(given) if kept else None
    except BaseException as error:
        await run_manager.on_llm_error(error, response=error_response(error, given))
        raise
    if message is None:
        nothing = ValueError(_NOTHING)
        await run_manager.on_llm_error(nothing, response=LLMResult(generations=[]))
        raise nothing
    await run_manager.on_llm_end(
        LLMResult(generations=[[] if generation is None else [generation]])
    )
