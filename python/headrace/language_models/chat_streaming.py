"""Streaming of chat models: iterates over the model's generator, sets ids, notifies handlers.

Without handlers, a chunk costs no more than setting its id. The loop is written twice, side by
side, for `stream` and `astream`; the code that drives the model's generator also closes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.language_models.answers import (
    BlockNumbers,
    error_response,
    id_of,
    last_chunk,
    said,
)
from headrace.language_models.inputs import for_providers
from headrace.language_models.runs import (
    ManagerT,
    configured,
    has_observers,
    take_format,
    told,
)
from headrace.outputs import ChatGenerationChunk, LLMResult
from headrace.outputs.chat_generation import merge_chat_generation_chunks
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import resolve
from headrace.utils.uuid import uuid7

if TYPE_CHECKING:
    from headrace.callbacks.run import Pressure
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from headrace.language_models.base import LanguageModelInput
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.messages import AIMessageChunk, BaseMessage
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
        config: The config of the run.
        stop: Stop sequences.
        kwargs: Passed to the provider.

    Yields:
        The chunks of the message.

    Raises:
        ValueError: If the input is not valid, or the model returned nothing.
    """
    config = resolve(config)
    messages = model._convert_input(given).to_messages()
    options = take_format(kwargs)
    numbers = BlockNumbers() if model.output_version == "v1" else None
    run: CallbackManagerForLLMRun | None = None
    heard = kept = False
    tell: Callable[[Any], Pressure | None] | None = None
    if has_observers(model, config):
        manager, about = _begun(CallbackManager, model, messages, config, stop, kwargs, options)
        (run,) = manager.on_chat_model_start(**about)
        heard, kept = bool(run.token_handlers), run.wants_results("llm")
        tell = run.teller
    message_id = id_of(run.run_id if run else config.get("run_id") or uuid7())
    parts: list[ChatGenerationChunk] = []
    message: Any = None
    direct: Any = None
    chunks: Any = None
    try:
        try:
            if model.rate_limiter:
                model.rate_limiter.acquire(blocking=True)
            if run is None:
                direct = model._stream_messages(for_providers(messages), stop, kwargs)
            if direct is not None:
                chunks = direct
                for message in direct:
                    if message.id is None:
                        message.id = message_id
                    if numbers is not None:
                        message = numbers.numbered(message)
                    yield message
            else:
                chunks = model._stream(for_providers(messages), stop=stop, **kwargs)
                for chunk in chunks:
                    message = chunk.message
                    if chunk.generation_info:
                        message.response_metadata = said(chunk)
                    if message.id is None:
                        message.id = message_id
                    if numbers is not None:
                        message = chunk.message = numbers.numbered(message)
                    if run is not None:
                        if heard:
                            run.on_llm_new_token(message.content, chunk=chunk)
                        elif tell is not None:
                            pressure = tell(message)
                            if pressure is not None:
                                pressure.block()
                        if kept:
                            parts.append(chunk)
                    yield message
            last = last_chunk(message, message_id)
            if last is not None:
                if run is not None:
                    run.on_llm_new_token("", chunk=ChatGenerationChunk(message=last))
                yield last
        finally:
            close_all(chunks)
        whole = merge_chat_generation_chunks(parts) if kept else None
    except BaseException as error:
        if run is not None:
            run.on_llm_error(error, response=error_response(error, parts))
        raise
    if message is None:
        nothing = ValueError(_NOTHING)
        if run is not None:
            run.on_llm_error(nothing, response=LLMResult(generations=[]))
        raise nothing
    if run is not None:
        run.on_llm_end(LLMResult(generations=[[] if whole is None else [whole]]))


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
    run: AsyncCallbackManagerForLLMRun | None = None
    heard = kept = False
    tell: Callable[[Any], Pressure | None] | None = None
    if has_observers(model, config):
        manager, about = _begun(
            AsyncCallbackManager, model, messages, config, stop, kwargs, options
        )
        (run,) = await manager.on_chat_model_start(**about)
        heard, kept = bool(run.token_handlers), run.wants_results("llm")
        tell = run.teller
    message_id = id_of(run.run_id if run else config.get("run_id") or uuid7())
    parts: list[ChatGenerationChunk] = []
    message: Any = None
    direct: Any = None
    chunks: Any = None
    try:
        try:
            if model.rate_limiter:
                await model.rate_limiter.aacquire(blocking=True)
            if run is None:
                direct = model._astream_messages(for_providers(messages), stop, kwargs)
            if direct is not None:
                chunks = direct
                async for message in direct:
                    if message.id is None:
                        message.id = message_id
                    if numbers is not None:
                        message = numbers.numbered(message)
                    yield message
            else:
                chunks = model._astream(for_providers(messages), stop=stop, **kwargs)
                async for chunk in chunks:
                    message = chunk.message
                    if chunk.generation_info:
                        message.response_metadata = said(chunk)
                    if message.id is None:
                        message.id = message_id
                    if numbers is not None:
                        message = chunk.message = numbers.numbered(message)
                    if run is not None:
                        if heard:
                            await run.on_llm_new_token(message.content, chunk=chunk)
                        elif tell is not None:
                            pressure = tell(message)
                            if pressure is not None:
                                await pressure
                        if kept:
                            parts.append(chunk)
                    yield message
            last = last_chunk(message, message_id)
            if last is not None:
                if run is not None:
                    await run.on_llm_new_token("", chunk=ChatGenerationChunk(message=last))
                yield last
        finally:
            await aclose_all(chunks)
        whole = merge_chat_generation_chunks(parts) if kept else None
    except BaseException as error:
        if run is not None:
            await run.on_llm_error(error, response=error_response(error, parts))
        raise
    if message is None:
        nothing = ValueError(_NOTHING)
        if run is not None:
            await run.on_llm_error(nothing, response=LLMResult(generations=[]))
        raise nothing
    if run is not None:
        await run.on_llm_end(LLMResult(generations=[[] if whole is None else [whole]]))


def _begun(
    kind: type[ManagerT],
    model: BaseChatModel,
    messages: list[BaseMessage],
    config: RunnableConfig,
    stop: list[str] | None,
    kwargs: dict[str, Any],
    options: dict[str, Any],
) -> tuple[ManagerT, dict[str, Any]]:
    """Return the manager that starts the run, and the arguments of the start event."""
    manager = configured(
        kind,
        model,
        config.get("callbacks"),
        config.get("tags"),
        config.get("metadata"),
        stop,
        kwargs,
    )
    serialized, shown, more = told(model, [messages], stop, kwargs, options, named=True)
    return manager, {
        "serialized": serialized,
        "messages": shown,
        "run_id": config.get("run_id"),
        "name": config.get("run_name"),
        **more,
    }
