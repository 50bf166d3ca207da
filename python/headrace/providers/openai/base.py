"""`BaseChatOpenAI`: chat models of OpenAI and of the servers that speak the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AliasChoices, Field, model_validator
from typing_extensions import Self

from headrace.callbacks.run_managers import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from headrace.language_models import BaseChatModel
from headrace.language_models.base import LangSmithParams, LanguageModelInput
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.outputs import ChatGenerationChunk, ChatResult
from headrace.providers.openai import requests
from headrace.providers.openai.calls import Call, call_of, combined_outputs
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.counting import TokenCounting
from headrace.providers.openai.formats import response_format_for, tool_choice_for, tools_for
from headrace.runnables.closing import aclose_all, close_all

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.runnable import Runnable

__all__ = ["BaseChatOpenAI"]

_Schema = dict[str, Any] | type
_Method = Literal["function_calling", "json_mode", "json_schema"]


class BaseChatOpenAI(TokenCounting, OpenAIConnection, BaseChatModel):
    """A chat model behind an API like OpenAI's.

    Arguments that are no fields are sent to the server as they are, as if in `model_kwargs`.
    """

    model_name: str = Field(
        default="gpt-3.5-turbo", validation_alias=AliasChoices("model", "model_name")
    )
    """The model."""

    temperature: float | None = None
    """How much answers vary."""

    top_p: float | None = None
    """From how much of the likely tokens to choose."""

    max_tokens: int | None = Field(
        default=None, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    """How long an answer may be, in tokens."""

    stop: list[str] | str | None = Field(
        default=None, validation_alias=AliasChoices("stop_sequences", "stop")
    )
    """What ends an answer."""

    n: int | None = None
    """How many answers to give; streamed, it is one."""

    seed: int | None = None
    """What chance starts from."""

    presence_penalty: float | None = None
    """How much to avoid tokens that were said."""

    frequency_penalty: float | None = None
    """How much to avoid tokens that were said often."""

    logit_bias: dict[int, int] | None = None
    """How much more or less likely tokens are made."""

    logprobs: bool | None = None
    """Whether to tell the probabilities of tokens."""

    top_logprobs: int | None = None
    """Of how many tokens at each place to tell them."""

    reasoning_effort: str | None = None
    """How much to think before answering."""

    reasoning: dict[str, Any] | None = None
    """How to think, and what to tell of it: `{"effort": "low", "summary": "auto"}`. For the
    responses API."""

    verbosity: str | None = None
    """How much to say."""

    streaming: bool = False
    """Whether `invoke` and the like stream too."""

    stream_usage: bool | None = None
    """Whether to ask for the count of tokens at the end of a stream; by default where the server is
    known to tell it."""

    stream_chunk_timeout: float | None = None
    """How many seconds to wait for each piece of a stream, where that differs from `timeout`."""

    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Other parameters of the request."""

    extra_body: Mapping[str, Any] | None = None
    """Parameters that the SDK does not know."""

    include_response_headers: bool = False
    """Whether the metadata of messages has the headers of the response."""

    disabled_params: dict[str, Any] | None = None
    """Parameters that the server does not take, or of which it does not take the listed values."""

    use_responses_api: bool | None = None
    """Whether to use the responses API; by default where something asked for is only in it."""

    use_previous_response_id: bool = False
    """Whether to send only what was said since the last answer, which the server keeps. For the
    responses API."""

    include: list[str] | None = None
    """What else to answer with. For the responses API."""

    truncation: str | None = None
    """What to do with what is too long. For the responses API."""

    context_management: list[dict[str, Any]] | None = None
    """How to keep long conversations short. For the responses API."""

    prompt_cache_options: dict[str, Any] | None = None
    """How to cache the beginning of prompts."""

    service_tier: str | None = None
    """How fast, and how dear, to be served."""

    store: bool | None = None
    """Whether the server keeps the answer."""

    @model_validator(mode="before")
    @classmethod
    def _set_temperature(cls, values: Any) -> Any:
        """Keep from models the temperatures that they refuse."""
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
        """Whether the server is known to count the tokens of streams where it is asked to."""
        at_home = self.openai_api_base == self.server.base_url
        own = (self.http_client, self.http_async_client, self.openai_proxy)
        return self.server.stream_usage and at_home and all(one is None for one in own)

    @property
    def model(self) -> str:
        """The same as `model_name`."""
        return self.model_name

    @property
    def client(self) -> Any:
        """What of the SDK's client completes chats."""
        return self.root_client.chat.completions

    @property
    def async_client(self) -> Any:
        """What of the SDK's asynchronous client completes chats."""
        return self.root_async_client.chat.completions

    # -- what is asked -----------------------------------------------------------------------------

    @property
    def _default_params(self) -> dict[str, Any]:
        """Give the parameters of requests that the fields say."""
        return requests.parameters_of(self)

    def _uses_responses(self, payload: Mapping[str, Any]) -> bool:
        """Whether a request goes to the responses API."""
        if self.use_responses_api is not None:
            return self.use_responses_api
        return requests.needs_responses(self, payload)

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Give the request for an input, as the SDK takes it."""
        messages = self._convert_input(input_).to_messages()
        if stop is not None:
            kwargs["stop"] = stop
        payload = {**self._default_params, **kwargs}
        if self._uses_responses(payload):
            return requests.for_responses(self, messages, payload)
        return requests.for_chat(messages, payload)

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
        """Make up a request."""
        responses = self._uses_responses({**self._default_params, **kwargs})
        kwargs["stream"] = stream
        if stream and self.stream_chunk_timeout:
            kwargs.setdefault("timeout", self.stream_chunk_timeout)
        if stream and not responses and self._streams_usage(stream_usage, kwargs):
            kwargs["stream_options"] = {"include_usage": True}
        shape = kwargs.get("response_format")
        payload = self._get_request_payload(messages, stop=stop, **kwargs)
        return call_of(self, payload, responses, shape)

    # -- what is answered --------------------------------------------------------------------------

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

    def _read(self, call: Call, *, bare: bool) -> Iterator[Any]:
        """Ask, and give what each event adds, as a chunk or as a bare message."""
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
                call.check_end(is_empty=not given)
                last = call.last()
                if last is not None:
                    yield last.message if bare else last
        finally:
            if events is not None:
                events.close()

    async def _aread(self, call: Call, *, bare: bool) -> AsyncIterator[Any]:
        """Ask, and give what each event adds, as a chunk or as a bare message."""
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
            return self._result(call, call.asked(self.root_client))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._call(messages, stop, None, kwargs, stream=False)
        with self._errors_for(call.payload):
            return self._result(call, await call.aasked(self.root_async_client))

    def _result(self, call: Call, answer: Any) -> ChatResult:
        """Give a whole answer as a result."""
        return call.result(answer)

    # -- what is told of it ------------------------------------------------------------------------

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

    # -- composing ---------------------------------------------------------------------------------

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
        """Give the model tools that it may call.

        Args:
            tools: Functions, pydantic models, schemas, tool objects; or tools that OpenAI runs,
                such as `{"type": "web_search"}`.
            tool_choice: Which it must call: a name, `"auto"`, `"none"`, `"any"` or `"required"`,
                True for any, or what the API takes.
            strict: Whether the calls must keep to the schemas.
            parallel_tool_calls: Whether it may call several at once.
            response_format: The shape of answers that are no calls.
            **kwargs: For the provider.

        Returns:
            This model with the tools.

        Raises:
            ValueError: If a tool cannot be described, or the choice is none.
        """
        if parallel_tool_calls is not None:
            kwargs["parallel_tool_calls"] = parallel_tool_calls
        if response_format and strict is not False and not self.use_responses_api:
            # what chat completions ask for
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
        """Answer with data of a given shape.

        Args:
            schema: The shape: a pydantic model, of which the data is then an instance; a TypedDict,
                a JSON schema or an OpenAI tool for a dictionary.
            method: How: by the call of a tool, `"function_calling"`; by the API's own means,
                `"json_schema"`; or `"json_mode"`, where the prompt must tell the shape.
            include_raw: Whether to give a dictionary with `raw`, the message; `parsed`, the data or
                None; and `parsing_error`, why there is none. Without it such an error is raised.
            strict: Whether the model must keep to the schema.
            tools: Tools that it may call instead, with `"json_schema"`.
            **kwargs: For the provider; but with `partial_models`, a stream gives objects of a
                pydantic model before all that it requires is there.

        Returns:
            This model, answering with such data.

        Raises:
            ValueError: If the method is unknown, or does not go with the other arguments.
        """
        from headrace.providers.openai.structured import structured

        return structured(self, schema, method, include_raw, strict, tools, kwargs)


def _shape(response_format: Any, strict: bool | None) -> Any:
    """Give the shape of answers; a pydantic model stays one, so that they are parsed."""
    if isinstance(response_format, type):
        return response_format
    return response_format_for(response_format, strict=strict)
