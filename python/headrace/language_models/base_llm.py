"""`BaseLLM`: a text in, a text out."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.callbacks.ending import aend_each, end_each
from headrace.language_models import saving
from headrace.language_models.base import (
    RUN_KEYS,
    BaseLanguageModel,
    LangSmithParams,
    LanguageModelInput,
    ManagerT,
    run_arguments,
)
from headrace.language_models.caching import cache_of, is_answer
from headrace.outputs import Generation, GenerationChunk, LLMResult, RunInfo
from headrace.prompt_values import PromptValue
from headrace.runnables.accepts import accepts_run_manager
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.config import RunnableConfig, ensure_config, get_config_list
from headrace.runnables.pump import pumped_from
from headrace.utils._merge import merge_dicts
from headrace.utils.executor import run_in_executor
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForLLMRun,
        BaseRunManager,
        CallbackManagerForLLMRun,
    )

__all__ = ["BaseLLM"]

_NO_CACHE = (
    "No global cache was configured. Use `set_llm_cache` to set a global cache if you want to use "
    "a global cache. Otherwise either pass a cache object or set cache to False/None"
)

_NO_CHUNKS = "No generation chunks were returned"


class BaseLLM(BaseLanguageModel[str], ABC):
    """Base class of text models: they take a text and return a text.

    A subclass defines `_llm_type` and `_generate`, which takes several prompts. To stream, it also
    defines the generator `_stream`. `_agenerate` and `_astream` are the async versions; by default
    they run the sync methods in a thread.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @property
    def OutputType(self) -> Any:
        """The output type of a text model: `str`."""
        return str

    # -- running -----------------------------------------------------------------------------------

    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> str:
        """Call the model and return its complete answer.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            stop: Stop sequences.
            **kwargs: Passed to the provider.

        Returns:
            The text.

        Raises:
            ValueError: If the input has another type.
        """
        result = self.generate_prompt(
            [self._convert_input(input)], stop=stop, **run_arguments(config), **kwargs
        )
        return result.generations[0][0].text

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> str:
        """Async version of `invoke`."""
        result = await self.agenerate_prompt(
            [self._convert_input(input)], stop=stop, **run_arguments(config), **kwargs
        )
        return result.generations[0][0].text

    def batch(
        self,
        inputs: list[LanguageModelInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[str]:
        """Call the model once with several inputs, which the provider may batch.

        Args:
            inputs: The inputs.
            config: One config for all inputs, or a list with one for each; `max_concurrency` is the
                number of inputs in one call.
            return_exceptions: If true, an exception is returned as the result of the inputs of its
                call instead of being raised.
            **kwargs: Passed to the provider.

        Returns:
            The texts in order.
        """
        texts: list[Any] = []
        for prompts, said in self._calls(inputs, config):
            try:
                result = self.generate_prompt(prompts(), **said, **kwargs)
            except Exception as error:
                if not return_exceptions:
                    raise
                texts += [error] * len(said["tags"])
            else:
                texts += [candidates[0].text for candidates in result.generations]
        return texts

    async def abatch(
        self,
        inputs: list[LanguageModelInput],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[str]:
        """Async version of `batch`."""
        texts: list[Any] = []
        for prompts, said in self._calls(inputs, config):
            try:
                result = await self.agenerate_prompt(prompts(), **said, **kwargs)
            except Exception as error:
                if not return_exceptions:
                    raise
                texts += [error] * len(said["tags"])
            else:
                texts += [candidates[0].text for candidates in result.generations]
        return texts

    def _calls(self, inputs: list[Any], config: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield the calls of a batch: a function that returns the prompts, and the run kwargs."""
        if not inputs:
            return
        configs: list[Any] = get_config_list(config, len(inputs))
        size = configs[0].get("max_concurrency") or len(inputs)
        for start in range(0, len(inputs), size):
            some = inputs[start : start + size]
            said = {
                key: [one.get(key) for one in configs[start : start + size]] for key in RUN_KEYS
            }
            yield lambda some=some: [self._convert_input(one) for one in some], said

    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[str]:
        """Stream the answer.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            stop: Stop sequences.
            **kwargs: Passed to the provider.

        Yields:
            The pieces of the text; the complete text if the model cannot stream.

        Raises:
            ValueError: If the input has another type, or the model returned nothing.
        """
        if type(self)._stream is BaseLLM._stream:
            yield self.invoke(input, config=config, stop=stop, **kwargs)
        else:
            yield from self._stream_in_run(input, config, stop, kwargs)

    async def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[str]:
        """Async version of `stream`."""
        if type(self)._astream is BaseLLM._astream and type(self)._stream is BaseLLM._stream:
            yield await self.ainvoke(input, config=config, stop=stop, **kwargs)
            return
        pieces = self._astream_in_run(input, config, stop, kwargs)
        try:
            async for piece in pieces:
                yield piece
        finally:
            await aclose_all(pieces)

    def _stream_in_run(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None,
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
    ) -> Iterator[str]:
        """Stream an answer over `_stream`.

        Args:
            input: A prompt, a text, or messages in any of their forms.
            config: The config of the run.
            stop: Stop sequences.
            kwargs: Passed to the provider.

        Yields:
            The chunks of the text.

        Raises:
            ValueError: If the input is not valid, or the model returned nothing.
        """
        prompt = self._convert_input(input).to_string()
        manager, start = self._prepare_start(CallbackManager, ensure_config(config), stop, kwargs)
        serialized = self._serialized if manager.handlers else {}
        (run,) = manager.on_llm_start(serialized, [prompt], **start)
        parts: list[GenerationChunk] = []
        empty = True
        chunks: Any = None
        try:
            try:
                chunks = self._stream(prompt, stop=stop, run_manager=run, **kwargs)
                for chunk in chunks:
                    empty = False
                    yield chunk.text
                    if run.handlers:
                        parts.append(chunk)
            finally:
                close_all(chunks)
        except BaseException as error:
            run.on_llm_error(error, response=_merge_chunks(parts))
            raise
        if empty:
            nothing = ValueError(_NO_CHUNKS)
            run.on_llm_error(nothing, response=LLMResult(generations=[]))
            raise nothing
        if run.handlers:
            run.on_llm_end(_merge_chunks(parts))

    async def _astream_in_run(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None,
        stop: list[str] | None,
        kwargs: builtins.dict[str, Any],
    ) -> AsyncIterator[str]:
        """Async version of `_stream_in_run`, over `_astream`."""
        prompt = self._convert_input(input).to_string()
        manager, start = self._prepare_start(
            AsyncCallbackManager, ensure_config(config), stop, kwargs
        )
        serialized = self._serialized if manager.handlers else {}
        (run,) = await manager.on_llm_start(serialized, [prompt], **start)
        parts: list[GenerationChunk] = []
        empty = True
        chunks: Any = None
        try:
            try:
                chunks = self._astream(prompt, stop=stop, run_manager=run, **kwargs)
                async for chunk in chunks:
                    empty = False
                    yield chunk.text
                    if run.handlers:
                        parts.append(chunk)
            finally:
                await aclose_all(chunks)
        except BaseException as error:
            await run.on_llm_error(error, response=_merge_chunks(parts))
            raise
        if empty:
            nothing = ValueError(_NO_CHUNKS)
            await run.on_llm_error(nothing, response=LLMResult(generations=[]))
            raise nothing
        if run.handlers:
            await run.on_llm_end(_merge_chunks(parts))

    def _prepare_start(
        self, kind: Any, config: RunnableConfig, stop: Any, kwargs: builtins.dict[str, Any]
    ) -> tuple[Any, builtins.dict[str, Any]]:
        """Return the manager that starts the run, and the arguments of the start event."""
        manager = self._configure_manager(
            kind,
            config.get("callbacks"),
            config.get("tags"),
            config.get("metadata"),
            stop,
            kwargs,
        )
        return manager, {
            "invocation_params": {**self.dict(), "stop": stop, **hide_secrets(kwargs)},
            "options": {"stop": stop},
            "name": config.get("run_name"),
            "run_id": config.get("run_id"),
            "batch_size": 1,
        }

    def generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        callbacks: Callbacks | list[Callbacks] | None = None,
        *,
        tags: list[str] | list[list[str]] | None = None,
        metadata: builtins.dict[str, Any] | list[builtins.dict[str, Any]] | None = None,
        run_name: str | list[str] | None = None,
        run_id: UUID | list[UUID | None] | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model once with several prompts, each in its own run.

        Pass the run arguments once for all prompts, or as lists with one item for each prompt. In
        that case `callbacks` is a list of lists or of managers.

        Args:
            prompts: The prompts.
            stop: Stop sequences.
            callbacks: Handlers for the runs.
            tags: Tags of the runs.
            metadata: Metadata of the runs.
            run_name: The name of the runs.
            run_id: The id of the first run, or a list with the id of each run.
            **kwargs: Passed to the provider.

        Returns:
            The candidates for each prompt, and the provider's output for the call.

        Raises:
            ValueError: If the prompts are not a list, or a list has another length.
        """
        if not isinstance(prompts, list):
            raise ValueError(
                "Argument 'prompts' is expected to be of type list[str], received argument of type "
                f"{type(prompts)}."
            )
        known = self._get_ls_params_with_defaults(stop=stop, **kwargs)
        arguments = _RunArguments(len(prompts), callbacks, tags, metadata, run_name, run_id, known)
        return self._generate_uncached(prompts, stop, arguments, kwargs)

    async def agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        callbacks: Callbacks | list[Callbacks] | None = None,
        *,
        tags: list[str] | list[list[str]] | None = None,
        metadata: builtins.dict[str, Any] | list[builtins.dict[str, Any]] | None = None,
        run_name: str | list[str] | None = None,
        run_id: UUID | list[UUID | None] | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Async version of `generate`."""
        known = self._get_ls_params_with_defaults(stop=stop, **kwargs)
        arguments = _RunArguments(len(prompts), callbacks, tags, metadata, run_name, run_id, known)
        return await self._agenerate_uncached(prompts, stop, arguments, kwargs)

    def _generate_uncached(
        self,
        prompts: list[str],
        stop: list[str] | None,
        arguments: _RunArguments,
        kwargs: builtins.dict[str, Any],
    ) -> LLMResult:
        """Call the model once with the prompts whose answers are not in the cache."""
        cache = cache_of(self.cache, _NO_CACHE)
        key = "" if cache is None else self._cache_key(stop, kwargs)
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
                manager = arguments.manager(CallbackManager, self, i, stop)
                serialized = self._serialized if manager.handlers else {}
                start = arguments.start(self, i, len(missing), stop)
                runs += manager.on_llm_start(serialized, [prompts[i]], **start)
        except BaseException as error:
            end_each(partial(run.on_llm_error, error) for run in runs)
            raise
        result = self._generate_in_runs([prompts[i] for i in missing], stop, runs, kwargs)
        if cache is None:
            return result
        for i, candidates in zip(missing, result.generations, strict=False):
            known[i] = candidates
            cache.update(prompts[i], key, candidates)
        return _joined(known, result.llm_output, result.run)

    async def _agenerate_uncached(
        self,
        prompts: list[str],
        stop: list[str] | None,
        arguments: _RunArguments,
        kwargs: builtins.dict[str, Any],
    ) -> LLMResult:
        """Async version of `_generate_uncached`."""
        cache = cache_of(self.cache, _NO_CACHE)
        key = "" if cache is None else self._cache_key(stop, kwargs)
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
                manager = arguments.manager(AsyncCallbackManager, self, i, stop)
                serialized = self._serialized if manager.handlers else {}
                start = arguments.start(self, i, len(missing), stop)
                runs += await manager.on_llm_start(serialized, [prompts[i]], **start)
        except BaseException as error:
            await aend_each(partial(run.on_llm_error, error) for run in runs)
            raise
        result = await self._agenerate_in_runs([prompts[i] for i in missing], stop, runs, kwargs)
        if cache is None:
            return result
        for i, candidates in zip(missing, result.generations, strict=False):
            known[i] = candidates
            await cache.aupdate(prompts[i], key, candidates)
        return _joined(known, result.llm_output, result.run)

    def _generate_in_runs(
        self,
        prompts: list[str],
        stop: list[str] | None,
        runs: Sequence[CallbackManagerForLLMRun],
        kwargs: builtins.dict[str, Any],
    ) -> LLMResult:
        more = {"run_manager": runs[0] if runs else None, **kwargs}
        given = more if accepts_run_manager(self._generate) else {}
        try:
            result = self._generate(prompts, stop=stop, **given)
        except BaseException as error:
            nothing = LLMResult(generations=[])
            end_each(partial(run.on_llm_error, error, response=nothing) for run in runs)
            raise
        flat = result.flatten()
        end_each(partial(run.on_llm_end, one) for run, one in zip(runs, flat, strict=False))
        return _with_runs(result, runs)

    async def _agenerate_in_runs(
        self,
        prompts: list[str],
        stop: list[str] | None,
        runs: Sequence[AsyncCallbackManagerForLLMRun],
        kwargs: builtins.dict[str, Any],
    ) -> LLMResult:
        more = {"run_manager": runs[0] if runs else None, **kwargs}
        given = more if accepts_run_manager(self._agenerate) else {}
        try:
            result = await self._agenerate(prompts, stop=stop, **given)
        except BaseException as error:
            nothing = LLMResult(generations=[])
            await aend_each(partial(run.on_llm_error, error, response=nothing) for run in runs)
            raise
        flat = result.flatten()
        await aend_each(partial(run.on_llm_end, one) for run, one in zip(runs, flat, strict=False))
        return _with_runs(result, runs)

    def _cache_key(self, stop: list[str] | None, kwargs: builtins.dict[str, Any]) -> str:
        """Return the cache key of this model and the arguments of a call."""
        return str(sorted({**self.dict(), **hide_secrets(kwargs), "stop": stop}.items()))

    def generate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Any = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several prompts; see `generate`."""
        texts = [prompt.to_string() for prompt in prompts]
        return self.generate(texts, stop=stop, callbacks=callbacks, **kwargs)

    async def agenerate_prompt(
        self,
        prompts: list[PromptValue],
        stop: list[str] | None = None,
        callbacks: Any = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several prompts; see `generate`."""
        texts = [prompt.to_string() for prompt in prompts]
        return await self.agenerate(texts, stop=stop, callbacks=callbacks, **kwargs)

    # -- abstract methods --------------------------------------------------------------------------

    @property
    @abstractmethod
    def _llm_type(self) -> str:
        """The kind of the model, for tracing and caches."""

    @abstractmethod
    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Call the model with several prompts.

        Args:
            prompts: The prompts.
            stop: Stop sequences.
            run_manager: The callback manager of the first prompt's run.
            **kwargs: Passed to the provider.

        Returns:
            The candidates for each prompt.
        """

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        """Async version of `_generate`; by default runs it in a thread."""
        manager = None if run_manager is None else run_manager.get_sync()
        return await run_in_executor(None, self._generate, prompts, stop, manager, **kwargs)

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        """Stream the answer.

        Args:
            prompt: The prompt.
            stop: Stop sequences.
            run_manager: The callback manager of the run; this method emits each token to it.
            **kwargs: Passed to the provider.

        Yields:
            The chunks of the answer.
        """
        raise NotImplementedError

    async def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        """Async version of `_stream`; by default runs it in its own thread."""
        manager = None if run_manager is None else run_manager.get_sync()
        chunks = pumped_from(lambda: self._stream(prompt, stop, manager, **kwargs))
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            await aclose_all(chunks)

    # -- methods to override -----------------------------------------------------------------------

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Return the facts about a call; integrations override the guess from the class name."""
        provider = type(self).__name__.removesuffix("LLM").lower()
        return self._guess_ls_params(provider, "llm", stop, kwargs)

    async def _call_async(
        self,
        prompt: str,
        stop: list[str] | None = None,
        callbacks: Callbacks = None,
        *,
        tags: list[str] | None = None,
        metadata: builtins.dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> str:
        result = await self.agenerate(
            [prompt], stop, callbacks, tags=tags, metadata=metadata, **kwargs
        )
        return result.generations[0][0].text

    def __str__(self) -> str:
        return (
            f"\033[1m{type(self).__name__}\033[0m\nParams: {hide_secrets(self._identifying_params)}"
        )

    def asdict(self) -> builtins.dict[str, Any]:
        """Return the parameters of this model without secrets, and its type as `_type`."""
        return {**hide_secrets(self._identifying_params), "_type": self._llm_type}

    def dict(self, **_kwargs: Any) -> builtins.dict[str, Any]:
        """Return the result of `asdict`, whose older name this is."""
        return self.asdict()

    def save(self, file_path: Path | str) -> None:
        """Write the result of `asdict` to a file.

        Args:
            file_path: The file. Its name ends with `.json`, or with `.yaml` or `.yml`, for which
                PyYAML must be installed. Missing parent folders are created.

        Raises:
            ValueError: If the name has another ending.
            ImportError: If PyYAML is needed but not installed.
        """
        saving.save(self.dict(), Path(file_path))


class _RunArguments:
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
            for name, value in (("tags", tags), ("metadata", metadata), ("run_name", run_name)):
                if value is not None and not (isinstance(value, list) and len(value) == count):
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


def _with_runs(result: LLMResult, runs: Sequence[BaseRunManager]) -> LLMResult:
    if runs:
        result.run = [RunInfo(run_id=run.run_id) for run in runs]
    return result


def _joined(known: dict[int, list[Generation]], output: Any, runs: Any) -> LLMResult:
    generations: Any = [known[i] for i in sorted(known)]
    return LLMResult(generations=generations, llm_output=output, run=runs)


def _merge_chunks(parts: list[GenerationChunk]) -> LLMResult:
    """Merge all streamed chunks at once."""
    if not parts:
        return LLMResult(generations=[])
    if len(parts) == 1:
        return LLMResult(generations=[[parts[0]]])
    info: dict[str, Any] = merge_dicts({}, *(p.generation_info for p in parts if p.generation_info))
    text = "".join([part.text for part in parts])
    return LLMResult(generations=[[GenerationChunk(text=text, generation_info=info or None)]])
