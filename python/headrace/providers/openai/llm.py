"""`OpenAI`: text models, using the completions API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from pydantic import AliasChoices, Field

from headrace.callbacks.run_manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from headrace.exceptions import ModelStreamError
from headrace.language_models.base import LangSmithParams
from headrace.language_models.base_llm import BaseLLM
from headrace.outputs import Generation, GenerationChunk, LLMResult
from headrace.providers.openai.calls import combined_outputs
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.counting import TokenCounting
from headrace.wire.decoder import error_of
from headrace.wire.deltas import Error, Finish, Info, Text
from headrace.wire.fields import fields_of
from headrace.wire.openai_chat import log_probabilities
from headrace.wire.openai_completions import CompletionsDecoder
from headrace.wire.streams import StreamWatch, text_answer_error

__all__ = ["OpenAI"]


class OpenAI(TokenCounting, OpenAIConnection, BaseLLM):
    """A text model of OpenAI, or of an OpenAI-compatible server.

    Unknown arguments are sent to the server unchanged, as if passed in `model_kwargs`.
    """

    model_name: str = Field(
        default="gpt-3.5-turbo-instruct", validation_alias=AliasChoices("model", "model_name")
    )
    """The name of the model."""

    temperature: float = 0.7
    """Sampling temperature."""

    max_tokens: int = 256
    """Maximum number of tokens to generate; -1 for the server's maximum."""

    top_p: float = 1
    """Total probability of the most likely tokens to sample from."""

    frequency_penalty: float = 0
    """Penalty for tokens that grows with the number of their occurrences."""

    presence_penalty: float = 0
    """Penalty for tokens that have already occurred."""

    n: int = 1
    """Number of answers for each prompt."""

    best_of: int = 1
    """Number of answers to generate, of which the best are returned."""

    batch_size: int = 20
    """Maximum number of prompts in a request."""

    logit_bias: dict[str, float] | None = None
    """Changes to the likelihood of tokens, by token id."""

    seed: int | None = None
    """Random seed."""

    logprobs: int | None = None
    """Number of most likely tokens at each position to return with log probabilities."""

    streaming: bool = False
    """Whether `invoke` and other calls for a whole answer stream too."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Other parameters of the request."""

    extra_body: Mapping[str, Any] | None = None
    """Parameters of the request that the SDK does not have."""

    @property
    def _parameters(self) -> dict[str, Any]:
        """The parameters of requests that the fields set."""
        said: dict[str, Any] = {
            "model": self.model_name,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "frequency_penalty": self.frequency_penalty,
            "presence_penalty": self.presence_penalty,
            "n": self.n,
            "seed": self.seed,
            "logprobs": self.logprobs,
            "logit_bias": self.logit_bias,
            "max_tokens": None if self.max_tokens == -1 else self.max_tokens,
            "extra_body": self.extra_body,
            # 1 is the default, and some servers do not support the parameter
            "best_of": self.best_of if self.best_of > 1 else None,
        }
        given = {name: value for name, value in said.items() if value is not None}
        return {**given, **self.model_kwargs}

    def _asked(self, stop: list[str] | None, kwargs: dict[str, Any]) -> dict[str, Any]:
        asked = {**self._parameters, **kwargs}
        return asked if stop is None else {**asked, "stop": stop}

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        events: Any = None
        decoder = CompletionsDecoder()
        asked = {**self._asked(stop, kwargs), "stream": True}
        try:
            with self._errors_for(asked):
                events = self.root_client.completions.create(prompt=prompt, **asked)
                watch = StreamWatch(events)
                for event in events:
                    chunk = _chunk(decoder, event)
                    if chunk is None:
                        continue
                    if run_manager is not None:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                watch.check_end(decoder.close())
        finally:
            if events is not None:
                events.close()

    async def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        events: Any = None
        decoder = CompletionsDecoder()
        asked = {**self._asked(stop, kwargs), "stream": True}
        try:
            with self._errors_for(asked):
                events = await self.root_async_client.completions.create(prompt=prompt, **asked)
                watch = StreamWatch(events)
                async for event in events:
                    chunk = _chunk(decoder, event)
                    if chunk is None:
                        continue
                    if run_manager is not None:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                watch.check_end(decoder.close())
        finally:
            if events is not None:
                await events.close()

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        if self.streaming:
            return _streamed(
                [list(self._stream(prompt, stop, run_manager, **kwargs)) for prompt in prompts],
                self.model_name,
            )
        asked = self._asked(stop, kwargs)
        with self._errors_for(asked):
            answers = [
                self.root_client.completions.create(prompt=batch, **asked)
                for batch in self._batches(prompts)
            ]
        return self._result(prompts, answers, asked.get("n") or 1)

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        if self.streaming:
            parts = []
            for prompt in prompts:
                chunks = self._astream(prompt, stop, run_manager, **kwargs)
                parts.append([chunk async for chunk in chunks])
            return _streamed(parts, self.model_name)
        asked = self._asked(stop, kwargs)
        with self._errors_for(asked):
            answers = [
                await self.root_async_client.completions.create(prompt=batch, **asked)
                for batch in self._batches(prompts)
            ]
        return self._result(prompts, answers, asked.get("n") or 1)

    def _batches(self, prompts: list[str]) -> Iterator[list[str]]:
        for at in range(0, len(prompts), self.batch_size):
            yield prompts[at : at + self.batch_size]

    def _result(self, prompts: list[str], answers: list[Any], n: int) -> LLMResult:
        choices: list[Any] = []
        outputs: list[dict[str, Any] | None] = []
        for answer in answers:
            if isinstance(answer, (str, bytes)):
                raise text_answer_error(answer, "a completion", str(self.root_client.base_url))
            fields = fields_of(answer)
            if fields.get("error"):
                raise error_of(fields["error"]).exception()
            choices += fields.get("choices") or []
            counts = fields_of(fields.get("usage") or {})
            usage = {
                name: counts[name]
                for name in ("completion_tokens", "prompt_tokens", "total_tokens")
                if counts.get(name) is not None
            }
            fingerprint = fields.get("system_fingerprint")
            outputs.append({"token_usage": usage, "system_fingerprint": fingerprint})
        generations = [
            [_generation(choice) for choice in choices[at * n : (at + 1) * n]]
            for at in range(len(prompts))
        ]
        return LLMResult(
            generations=generations, llm_output=combined_outputs(outputs, self.model_name)
        )

    @property
    def _llm_type(self) -> str:
        return "openai"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        said = {"logprobs": self.logprobs, "seed": self.seed, **self._parameters}
        del said["model"]
        return {"model_name": self.model_name, **said}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = self.server.name
        params["ls_model_name"] = kwargs.get("model") or self.model_name
        return params

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """The key, with its environment variable."""
        return {"openai_api_key": self.server.key_variables[0]}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the model is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "llms", "openai"]


def _chunk(decoder: CompletionsDecoder, event: Any) -> GenerationChunk | None:
    """Return the chunk of an event; None if it has no text, such as one with token counts."""
    text: str | None = None
    info: dict[str, Any] = {"finish_reason": None, "logprobs": None}
    for delta in decoder.decode(event) or ():
        if isinstance(delta, Text):
            text = delta.text
        elif isinstance(delta, (Info, Finish)):
            info.update(delta.metadata)
        elif isinstance(delta, Error):
            raise delta.exception()
    return None if text is None else GenerationChunk(text=text, generation_info=info)


def _generation(choice: Any) -> Generation:
    fields = fields_of(choice)
    info = {
        "finish_reason": fields.get("finish_reason"),
        "logprobs": log_probabilities(fields.get("logprobs")),
    }
    return Generation(text=fields.get("text") or "", generation_info=info)


def _streamed(parts: list[list[GenerationChunk]], model: str) -> LLMResult:
    """Merge streams into whole answers.

    Raises:
        ModelStreamError: If a stream is empty.
    """
    generations = []
    for chunks in parts:
        if not chunks:
            raise ModelStreamError("the provider sent an empty stream")
        total = chunks[0]
        for chunk in chunks[1:]:
            total = total + chunk
        generations.append([Generation(text=total.text, generation_info=total.generation_info)])
    return LLMResult(generations=generations, llm_output={"token_usage": {}, "model_name": model})
