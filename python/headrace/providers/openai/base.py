"""`BaseChatOpenAI`: chat models of OpenAI and of OpenAI-compatible servers."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import AliasChoices, Field, model_validator
from typing_extensions import Self

from headrace.callbacks.run_manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from headrace.language_models import BaseChatModel
from headrace.language_models.base import LangSmithParams, LanguageModelInput
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.outputs import ChatGenerationChunk, ChatResult
from headrace.providers.openai import requests
from headrace.providers.openai.calls import Call, ResponseCall, combined_outputs
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.counting import TokenCounting
from headrace.providers.openai.formats import (
    is_model_class,
    response_format_for,
    tool_choice_for,
    tools_for,
)
from headrace.providers.tokens import awith_tokens, with_tokens
from headrace.runnables.closing import aclose_all, close_all

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.runnable import Runnable

__all__ = ["BaseChatOpenAI"]

_Schema = dict[str, Any] | type
_Method = Literal["function_calling", "json_mode", "json_schema"]


class BaseChatOpenAI(TokenCounting, OpenAIConnection, BaseChatModel):
    """Base class of chat models with an OpenAI-compatible API.

    Unknown arguments are sent to the server unchanged, as if passed in `model_kwargs`.
    """

    model_name: str = Field(
        default="gpt-3.5-turbo", validation_alias=AliasChoices("model", "model_name")
    )
    """The name of the model."""

    temperature: float | None = None
    """Sampling temperature."""

    top_p: float | None = None
    """Total probability of the most likely tokens to sample from."""

    max_tokens: int | None = Field(
        default=None, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    """Maximum number of tokens to generate."""

    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop_sequences", "stop")
    )
    """Texts at which the model stops."""

    n: int | None = None
    """Number of answers to generate; it must be 1 for streams."""

    seed: int | None = None
    """Random seed."""

    presence_penalty: float | None = None
    """Penalty for tokens that have already occurred."""

    frequency_penalty: float | None = None
    """Penalty for tokens that grows with the number of their occurrences."""

    logit_bias: dict[int, int] | None = None
    """Changes to the likelihood of tokens, by token id."""

    logprobs: bool | None = None
    """Whether to return the log probabilities of tokens."""

    top_logprobs: int | None = None
    """Number of most likely tokens at each position to return with log probabilities."""

    reasoning_effort: str | None = None
    """How much to reason before answering."""

    reasoning: dict[str, Any] | None = None
    """Reasoning options, such as `{"effort": "low", "summary": "auto"}`. For the responses API."""

    verbosity: str | None = None
    """Level of detail of the answer."""

    streaming: bool = False
    """Whether `invoke` and other calls for a whole answer stream too."""

    stream_usage: bool | None = None
    """Whether to request the token counts at the end of a stream; by default if the server is known
    to support it."""

    stream_chunk_timeout: float | None = None
    """Seconds to wait for each chunk of a stream, if different from `timeout`."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Other parameters of the request."""

    extra_body: Mapping[str, Any] | None = None
    """Parameters of the request that the SDK does not have."""

    include_response_headers: bool = False
    """Whether to add the headers of the response to the metadata of messages."""

    disabled_params: dict[str, Any] | None = None
    """Parameters that the server does not support: all values if None, else the listed ones."""

    use_responses_api: bool | None = None
    """Whether to use the responses API; by default if the request needs one of its features."""

    use_previous_response_id: bool = False
    """Whether to send only the messages after the last answer, which the server keeps. For the
    responses API."""

    include: list[str] | None = None
    """Additional data to include in the answer. For the responses API."""

    truncation: str | None = None
    """How to truncate inputs that are too long. For the responses API."""

    context_management: list[dict[str, Any]] | None = None
    """Rules for shortening long conversations. For the responses API."""

    prompt_cache_options: dict[str, Any] | None = None
    """Options for caching the start of prompts."""

    service_tier: str | None = None
    """Service tier."""

    store: bool | None = None
    """Whether the server stores the answer."""

    @model_validator(mode="before")
    @classmethod
    def _set_temperature(cls, values: Any) -> Any:
        """Set or drop `temperature` for models that refuse the usual values."""
        if not isinstance(values, dict):
            return values
        model = str(values.get("model_name") or values.get("model") or "").lower()
        if model.startswith("o1") and "temperature" not in values:
            return {**values, "temperature": 1}
        reasoning = values.get("reasoning") or {}
        fixed = (
            model.startswith("gpt-5")
            and "chat" not in model
            and "none" not in (values.get("reasoning_effort"), reasoning.get("effort"))
        )
        if fixed and values.get("temperature") not in (None, 1):
            return {name: value for name, value in values.items() if name != "temperature"}
        return values

    @model_validator(mode="after")
    def _check_and_complete(self) -> Self:
        if self.n is not None and self.n < 1:
            raise ValueError("n must be at least 1.")
        if self.n is not None and self.n > 1 and self.streaming:
            raise ValueError("n must be 1 when streaming.")
        if self.output_version not in (None, "v1", "responses/v1"):
            raise ValueError(
                f"output_version={self.output_version!r} is not known: 'responses/v1' is the "
                "provider's own form, 'v1' the same for all providers"
            )
        if self.stream_usage is None and self._counts_streams():
            self.__dict__["stream_usage"] = True
        if self.use_responses_api is None and self._uses_responses({}):
            self.__dict__["use_responses_api"] = True
        return self

    def _counts_streams(self) -> bool:
        """Return whether the server is known to return the token counts of streams on request."""
        at_home = self.openai_api_base == self.server.base_url
        own = (self.http_client, self.http_async_client, self.openai_proxy)
        return self.server.stream_usage and at_home and all(one is None for one in own)

    @property
    def model(self) -> str:
        """The same as `model_name`."""
        return self.model_name

    @property
    def client(self) -> Any:
        """The chat completions of the SDK's client."""
        return self.root_client.chat.completions

    @property
    def async_client(self) -> Any:
        """The chat completions of the SDK's async client."""
        return self.root_async_client.chat.completions

    # -- requests ----------------------------------------------------------------------------------

    @property
    def _default_params(self) -> dict[str, Any]:
        """The parameters of requests that the fields set."""
        values = {name: getattr(self, name) for name in requests.PARAMETERS}
        values["stop"] = values["stop"] or None
        known = {name: value for name, value in values.items() if value is not None}
        return {"model": self.model_name, "stream": self.streaming, **known, **self.model_kwargs}

    def _uses_responses(self, payload: Mapping[str, Any]) -> bool:
        """Return whether a request uses the responses API."""
        if self.use_responses_api is not None:
            return self.use_responses_api
        name = self.model_name or ""
        tools = payload.get("tools") or ()
        return bool(
            self.output_version == "responses/v1"
            or self.use_previous_response_id
            or any(
                field is not None
                for field in (
                    self.context_management,
                    self.include,
                    self.reasoning,
                    self.truncation,
                )
            )
            or name.startswith(requests.RESPONSES_MODELS)
            or "codex" in name
            or (name.lower().startswith("gpt-6") and tools)
            or any(tool.get("type", "function") != "function" for tool in tools)
            or any(parameter in payload for parameter in requests.RESPONSES_PARAMETERS)
        )

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Return the arguments for the SDK that send an input."""
        messages = self._convert_input(input_).to_messages()
        if stop is not None:
            kwargs["stop"] = stop
        payload = {**self._default_params, **kwargs}
        if self._uses_responses(payload):
            return requests.for_responses(
                messages, payload, use_previous=self.use_previous_response_id
            )
        return requests.for_chat(messages, payload, self.server)

    def _streams_usage(self, asked: bool | None, kwargs: Mapping[str, Any]) -> bool:
        options = (kwargs, self.model_kwargs)
        said = (
            asked,
            *((given.get("stream_options") or {}).get("include_usage") for given in options),
            self.stream_usage,
        )
        return next((one for one in said if isinstance(one, bool)), False)

    def _call(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        stream_usage: bool | None,
        kwargs: dict[str, Any],
        *,
        stream: bool,
    ) -> Call:
        """Create a request."""
        responses = self._uses_responses({**self._default_params, **kwargs})
        kwargs["stream"] = stream
        if stream and self.stream_chunk_timeout:
            kwargs.setdefault("timeout", self.stream_chunk_timeout)
        if stream and not responses and self._streams_usage(stream_usage, kwargs):
            kwargs["stream_options"] = {"include_usage": True}
        shape = kwargs.get("response_format")
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        return (ResponseCall if responses else Call)(
            payload,
            shape,
            model_name=self.model_name,
            provider=self.server.model_provider,
            include_headers=self.include_response_headers,
        )

    # -- answers -----------------------------------------------------------------------------------

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        call = self._call(messages, stop, stream_usage, kwargs, stream=True)
        chunks = self._read(call, bare=False)
        try:
            for chunk in chunks:
                if run_manager is not None:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        finally:
            close_all(chunks)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        call = self._call(messages, stop, stream_usage, kwargs, stream=True)
        chunks = self._aread(call, bare=False)
        try:
            async for chunk in chunks:
                if run_manager is not None:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        finally:
            await aclose_all(chunks)

    def _stream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Iterator[AIMessageChunk] | None:
        if type(self)._stream is not BaseChatOpenAI._stream:
            return None
        asked = dict(kwargs)
        call = self._call(messages, stop, asked.pop("stream_usage", None), asked, stream=True)
        return self._read(call, bare=True)

    def _astream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> AsyncIterator[AIMessageChunk] | None:
        if type(self)._astream is not BaseChatOpenAI._astream:
            return None
        asked = dict(kwargs)
        call = self._call(messages, stop, asked.pop("stream_usage", None), asked, stream=True)
        return self._aread(call, bare=True)

    def _stream_parts(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: CallbackManagerForLLMRun | None,
        kwargs: dict[str, Any],
    ) -> Iterator[Any] | None:
        if type(self)._stream is not BaseChatOpenAI._stream:
            return None
        given = dict(kwargs)
        call = self._call(messages, stop, given.pop("stream_usage", None), given, stream=True)
        if run is None:
            return self._read(call, bare=True, ends=True)
        return with_tokens(self._read(call, bare=False, ends=True), run)

    def _astream_parts(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: AsyncCallbackManagerForLLMRun | None,
        kwargs: dict[str, Any],
    ) -> AsyncIterator[Any] | None:
        if type(self)._astream is not BaseChatOpenAI._astream:
            return None
        given = dict(kwargs)
        call = self._call(messages, stop, given.pop("stream_usage", None), given, stream=True)
        if run is None:
            return self._aread(call, bare=True, ends=True)
        return awith_tokens(self._aread(call, bare=False, ends=True), run)

    def _read(self, call: Call, *, bare: bool, ends: bool = False) -> Iterator[Any]:
        """Send a request and yield a chunk, or only its message, for each event of the answer.

        Args:
            call: The request.
            bare: If true, only the messages of chunks are yielded.
            ends: If true, `BlockEnds` are yielded after the events that end blocks.
        """
        events: Any = None
        given = False
        try:
            with self._errors_for(call.payload):
                events = call.stream(self.root_client)
                read = call.message_reader() if bare else call.read
                for event in events:
                    part = read(event)
                    if part is not None:
                        given = True
                        yield part
                    if ends and call.ended is not None:
                        ended, call.ended = call.ended, None
                        yield ended
                call.check_end(is_empty=not given)
                last = call.last()
                if last is not None:
                    yield last.message if bare else last
        finally:
            if events is not None:
                events.close()

    async def _aread(self, call: Call, *, bare: bool, ends: bool = False) -> AsyncIterator[Any]:
        """Async version of `_read`."""
        events: Any = None
        given = False
        try:
            with self._errors_for(call.payload):
                events = await call.astream(self.root_async_client)
                read = call.message_reader() if bare else call.read
                async for event in events:
                    part = read(event)
                    if part is not None:
                        given = True
                        yield part
                    if ends and call.ended is not None:
                        ended, call.ended = call.ended, None
                        yield ended
                call.check_end(is_empty=not given)
                last = call.last()
                if last is not None:
                    yield last.message if bare else last
        finally:
            if events is not None:
                await events.close()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._call(messages, stop, None, kwargs, stream=False)
        with self._errors_for(call.payload):
            return self._result(call, call.send(self.root_client))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._call(messages, stop, None, kwargs, stream=False)
        with self._errors_for(call.payload):
            return self._result(call, await call.asend(self.root_async_client))

    def _result(self, call: Call, answer: Any) -> ChatResult:
        """Convert a whole answer to a result."""
        return call.result(answer)

    # -- identity ----------------------------------------------------------------------------------

    @property
    def _llm_type(self) -> str:
        return "openai-chat"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model_name": self.model_name, **self._default_params}

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        params = {
            "model": self.model_name,
            **super()._get_invocation_params(stop=stop),
            **self._default_params,
            **kwargs,
        }
        tools = params.get("tools")
        if isinstance(tools, list):
            params["tools"] = [requests.without_secrets(tool) for tool in tools]
        return params

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = self._get_invocation_params(stop=stop, **kwargs)
        told = LangSmithParams(
            ls_provider=self.server.name,
            ls_model_name=params.get("model", self.model_name),
            ls_model_type="chat",
            ls_temperature=params.get("temperature", self.temperature),
        )
        longest = params.get("max_tokens") or params.get("max_completion_tokens") or self.max_tokens
        if longest:
            told["ls_max_tokens"] = longest
        ends = stop or params.get("stop")
        if ends:
            told["ls_stop"] = ends
        return told

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        return combined_outputs(llm_outputs, self.model_name)

    # -- composition -------------------------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        response_format: _Schema | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools that the model may call.

        Args:
            tools: Functions, pydantic models, schemas, tool objects; or tools that OpenAI runs,
                such as `{"type": "web_search"}`.
            tool_choice: The tool that the model must call: a name, `"auto"`, `"none"`, `"any"` or
                `"required"`, True for any, or a dictionary for the API.
            strict: Whether calls must match the schemas.
            parallel_tool_calls: Whether the model may call several tools at once.
            response_format: The schema of answers that are not tool calls.
            **kwargs: Passed to the provider.

        Returns:
            The model with the tools.

        Raises:
            ValueError: If a tool cannot be converted, or if the choice is invalid.
        """
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        if response_format and strict is not False and not self.use_responses_api:
            # chat completions require it
            strict = True
        described = tools_for(tools, strict)
        if tool_choice:
            kwargs["tool_choice"] = tool_choice_for(tool_choice, described)
        if response_format:
            kwargs["response_format"] = _shape(response_format, strict)
        return self.bind(tools=described, **kwargs)

    def with_structured_output(
        self,
        schema: _Schema | None = None,
        *,
        method: _Method = "function_calling",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return a runnable that answers with data that matches a schema.

        Args:
            schema: A pydantic model, for an instance of it; or a TypedDict, a JSON schema or an
                OpenAI tool, for a dictionary.
            method: `"function_calling"`, to call a tool that takes such data; `"json_schema"`, for
                the API's structured output; or `"json_mode"`, if the prompt describes the schema.
            include_raw: Whether to return a dictionary with `raw`, the message; `parsed`, the data
                or None; and `parsing_error`, the error or None. If false, the error is raised.
            strict: Whether the model must follow the schema.
            tools: Tools that the model may call instead, with `"json_schema"`.
            **kwargs: Passed to the provider. With `partial_models=True`, which is not passed on, a
                stream yields instances of a pydantic model before all required fields are complete.

        Returns:
            A runnable that returns such data.

        Raises:
            ValueError: If the method is unknown, or cannot be combined with the other arguments.
        """
        # loaded late: the parsers take long to import
        from headrace.language_models.structured_raw import with_raw
        from headrace.providers.openai.answer_parsers import GrowingAnswerParser
        from headrace.providers.openai.structured import METHODS

        if method not in METHODS:
            raise ValueError(
                f"Unrecognized method argument. Expected one of {', '.join(map(repr, METHODS))}. "
                f"Received: {method!r}"
            )
        if strict is not None and method == "json_mode":
            raise ValueError("Argument `strict` is not supported with `method`='json_mode'")
        if schema is None and method != "json_mode":
            raise ValueError(
                "schema must be specified when method is not 'json_mode'. Received None."
            )
        name = self.model_name or ""
        if method == "json_schema" and (name.startswith(("gpt-3", "gpt-4-")) or name == "gpt-4"):
            warnings.warn(
                f"{name} does not know method='json_schema': method='function_calling' is used, "
                "which is better said",
                stacklevel=3,
            )
            method = "function_calling"
        partial_models = bool(kwargs.pop("partial_models", False))
        if partial_models and not is_model_class(schema):
            raise ValueError(
                "partial_models is for pydantic models: dictionaries grow by themselves"
            )
        arguments, parser = METHODS[method](schema, strict, tools, kwargs)
        bound: Any
        if method == "function_calling":
            bound = self.bind_tools([schema], **self._without_disabled(arguments))
        else:
            bound = self.bind(**arguments)
        if partial_models:
            parser = (
                GrowingAnswerParser(pydantic_object=cast("Any", schema))
                if method == "json_schema"
                else parser.model_copy(update={"partial_models": True})
            )
        return with_raw(bound, parser) if include_raw else bound | parser

    def _without_disabled(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the parameters without those that the server does not support."""
        off = self.disabled_params or {}
        return {
            name: value
            for name, value in arguments.items()
            if name not in off or not (off[name] is None or value in off[name])
        }


def _shape(response_format: Any, strict: bool | None) -> Any:
    """Return the response format; a pydantic model stays one, so that answers are parsed."""
    if isinstance(response_format, type):
        return response_format
    return response_format_for(response_format, strict=strict)
