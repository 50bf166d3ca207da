"""Streaming of text models: iterates over the model's generator, which emits its own tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.language_models.runs import configured
from headrace.outputs import GenerationChunk, LLMResult
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.utils._merge import merge_dicts
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from headrace.language_models.base import LanguageModelInput
    from headrace.language_models.base_llm import BaseLLM

__all__ = ["astream", "stream"]

_NOTHING = "No generation chunks were returned"


def stream(
    model: BaseLLM,
    given: LanguageModelInput,
    config: RunnableConfig | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> Iterator[str]:
    """Stream an answer over the model's `_stream`.

    Args:
        model: The model.
        given: Its input.
        config: The config of the run.
        stop: Stop sequences.
        kwargs: Passed to the provider.

    Yields:
        The chunks of the text.

    Raises:
        ValueError: If the input is not valid, or the model returned nothing.
    """
    prompt = model._convert_input(given).to_string()
    manager, start = _begun(CallbackManager, model, ensure_config(config), stop, kwargs)
    serialized = model._serialized if manager.handlers else {}
    (run,) = manager.on_llm_start(serialized, [prompt], **start)
    parts: list[GenerationChunk] = []
    empty = True
    chunks: Any = None
    try:
        try:
            chunks = model._stream(prompt, stop=stop, run_manager=run, **kwargs)
            for chunk in chunks:
                empty = False
                yield chunk.text
                if run.handlers:
                    parts.append(chunk)
        finally:
            close_all(chunks)
    except BaseException as error:
        run.on_llm_error(error, response=_result(parts))
        raise
    if empty:
        nothing = ValueError(_NOTHING)
        run.on_llm_error(nothing, response=LLMResult(generations=[]))
        raise nothing
    if run.handlers:
        run.on_llm_end(_result(parts))


async def astream(
    model: BaseLLM,
    given: LanguageModelInput,
    config: RunnableConfig | None,
    stop: list[str] | None,
    kwargs: dict[str, Any],
) -> AsyncIterator[str]:
    """Stream an answer over the model's `_astream`; see `stream`."""
    prompt = model._convert_input(given).to_string()
    manager, start = _begun(AsyncCallbackManager, model, ensure_config(config), stop, kwargs)
    serialized = model._serialized if manager.handlers else {}
    (run,) = await manager.on_llm_start(serialized, [prompt], **start)
    parts: list[GenerationChunk] = []
    empty = True
    chunks: Any = None
    try:
        try:
            chunks = model._astream(prompt, stop=stop, run_manager=run, **kwargs)
            async for chunk in chunks:
                empty = False
                yield chunk.text
                if run.handlers:
                    parts.append(chunk)
        finally:
            await aclose_all(chunks)
    except BaseException as error:
        await run.on_llm_error(error, response=_result(parts))
        raise
    if empty:
        nothing = ValueError(_NOTHING)
        await run.on_llm_error(nothing, response=LLMResult(generations=[]))
        raise nothing
    if run.handlers:
        await run.on_llm_end(_result(parts))


def _begun(
    kind: Any, model: BaseLLM, config: RunnableConfig, stop: Any, kwargs: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
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
    return manager, {
        "invocation_params": {**model.dict(), "stop": stop, **hide_secrets(kwargs)},
        "options": {"stop": stop},
        "name": config.get("run_name"),
        "run_id": config.get("run_id"),
        "batch_size": 1,
    }


def _result(parts: list[GenerationChunk]) -> LLMResult:
    """Merge all streamed chunks at once."""
    if not parts:
        return LLMResult(generations=[])
    if len(parts) == 1:
        return LLMResult(generations=[[parts[0]]])
    info: dict[str, Any] = merge_dicts({}, *(p.generation_info for p in parts if p.generation_info))
    text = "".join([part.text for part in parts])
    return LLMResult(generations=[[GenerationChunk(text=text, generation_info=info or None)]])
