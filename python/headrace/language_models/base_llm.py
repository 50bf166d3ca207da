"""`BaseLLM`: a text in, a text out."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict

from headrace.language_models import llm_generation, llm_streaming, saving
from headrace.language_models.base import (
    SAID,
    BaseLanguageModel,
    LangSmithParams,
    LanguageModelInput,
    ls_params,
    run_of,
)
from headrace.outputs import GenerationChunk, LLMResult
from headrace.prompt_values import PromptValue
from headrace.runnables.closing import aclose_all
from headrace.runnables.config import RunnableConfig, get_config_list
from headrace.runnables.executor import run_in_executor
from headrace.runnables.pump import pumped_from
from headrace.utils.secrets import hide_secrets

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )

__all__ = ["BaseLLM"]


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
            [self._convert_input(input)], stop=stop, **run_of(config), **kwargs
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
            [self._convert_input(input)], stop=stop, **run_of(config), **kwargs
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
            said = {key: [one.get(key) for one in configs[start : start + size]] for key in SAID}
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
            yield from llm_streaming.stream(self, input, config, stop, kwargs)

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
        pieces = llm_streaming.astream(self, input, config, stop, kwargs)
        try:
            async for piece in pieces:
                yield piece
        finally:
            await aclose_all(pieces)

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
        told = llm_generation.Told(len(prompts), callbacks, tags, metadata, run_name, run_id, known)
        return llm_generation.generate(self, prompts, stop, told, kwargs)

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
        told = llm_generation.Told(len(prompts), callbacks, tags, metadata, run_name, run_id, known)
        return await llm_generation.agenerate(self, prompts, stop, told, kwargs)

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
        return ls_params(self, provider, "llm", stop, kwargs)

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
