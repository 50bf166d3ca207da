"""`ChatAnthropic`: Anthropic's models, through its SDK."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import (
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from headrace.callbacks.run_managers import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from headrace.language_models.base import LangSmithParams, LanguageModelInput
from headrace.language_models.chat_models import BaseChatModel
from headrace.language_models.model_profile import ModelProfile
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.outputs import ChatGenerationChunk, ChatResult
from headrace.providers.anthropic import answers, binding
from headrace.providers.anthropic.connection import Connection
from headrace.providers.anthropic.fields import first_set, sort_out
from headrace.providers.anthropic.profiles import max_tokens_of, profile_of
from headrace.providers.anthropic.request import is_plain, request_for
from headrace.providers.keys import find_key
from headrace.providers.showing import shown_fields
from headrace.runnables.closing import aclose_all, close_all
from headrace.utils.secrets import hide_secrets
from headrace.wire.anthropic import MessagesDecoder
from headrace.wire.messages import to_message
from headrace.wire.streams import StreamWatch

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.runnable import Runnable

__all__ = ["ChatAnthropic"]

Effort = Literal["max", "xhigh", "high", "medium", "low"]


class ChatAnthropic(BaseChatModel):
    """A chat model of Anthropic.

    You can pass all other arguments of the SDK's `messages.create` with each call, or in
    `model_kwargs`.

    Example:
        ```python
        model = ChatAnthropic(model="claude-sonnet-4-5", temperature=0)
        for chunk in model.stream("Why is the sky blue?"):
            print(chunk.text, end="", flush=True)
        ```
    """

    # validation errors may quote keys
    model_config = ConfigDict(
        populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    model: str = Field(alias="model_name")
    """The name of the model."""

    max_tokens: int | None = Field(default=None, alias="max_tokens_to_sample")
    """Maximum number of tokens to generate; by default the maximum of the model, or 4096 if the
    model is unknown."""

    temperature: float | None = None
    """Sampling temperature, from 0."""

    top_k: int | None = None
    """Number of most likely tokens to sample from."""

    top_p: float | None = None
    """Total probability of the most likely tokens to sample from."""

    default_request_timeout: float | None = Field(default=None, alias="timeout")
    """Seconds without data after which a request fails; 0 or less for the SDK's own limits, None
    for no limit."""

    max_retries: int = 2
    """Maximum number of retries of a request that fails before its answer starts."""

    stop_sequences: list[str] | None = Field(default=None, alias="stop")
    """Texts at which the model stops."""

    anthropic_api_url: str | None = Field(default=None, alias="base_url", validate_default=True)
    """The base URL; by default that in `ANTHROPIC_API_URL` or `ANTHROPIC_BASE_URL`, or else
    Anthropic's."""

    anthropic_api_key: SecretStr = Field(
        default=SecretStr(""), alias="api_key", validate_default=True
    )
    """The API key; by default that in `ANTHROPIC_API_KEY`."""

    anthropic_proxy: str | None = Field(default=None, validate_default=True, repr=False)
    """The proxy; by default that in `ANTHROPIC_PROXY`."""

    default_headers: Mapping[str, str] | None = Field(default=None, repr=False)
    """Headers of each request."""

    betas: list[str] | None = None
    """Beta features to use; the `betas` of a call replace them. The ones that tools, `mcp_servers`
    and other arguments need are added."""

    model_kwargs: builtins.dict[str, Any] = Field(default_factory=dict)
    """Other arguments of each request."""

    streaming: bool = False
    """Whether `invoke` and other calls for a whole answer stream too."""

    stream_usage: bool = True
    """Whether streams include the model name, the stop reason and the token counts."""

    thinking: builtins.dict[str, Any] | None = None
    """The thinking mode, such as `{"type": "enabled", "budget_tokens": 2048}` or
    `{"type": "adaptive"}`."""

    output_config: builtins.dict[str, Any] | None = None
    """Options for the answer: `effort`, `format`, `task_budget`."""

    reasoning_effort: Effort | None = Field(default=None, alias="effort")
    """How much to think. Models with the level `"xhigh"` then use adaptive thinking, unless
    `thinking` is set."""

    mcp_servers: list[builtins.dict[str, Any]] | None = Field(default=None, repr=False)
    """MCP servers whose tools the provider may call."""

    context_management: builtins.dict[str, Any] | None = None
    """Rules by which the provider edits a growing context."""

    container: builtins.dict[str, Any] | str | None = None
    """The container in which code runs: its id or its configuration."""

    reuse_last_container: bool | None = None
    """Whether to run code in the container of the last answer."""

    inference_geo: str | None = None
    """The region in which the model runs."""

    user_profile_id: str | None = None
    """The id of the user profile for the request."""

    _made: Connection | None = PrivateAttr(default=None)

    if TYPE_CHECKING:

        def __init__(self, *, model: str = ..., **fields: Any) -> None:
            """Create a model; fields can be passed by name or by alias."""

    @model_validator(mode="before")
    @classmethod
    def _sort_out(cls, values: Any) -> Any:
        """Move unknown arguments to `model_kwargs`, and set the default of `max_tokens`."""
        values = sort_out(values, cls.model_fields)
        if values.get("max_tokens") is None:
            values["max_tokens"] = max_tokens_of(values.get("model") or values.get("model_name"))
        return values

    @field_validator("anthropic_api_url", mode="before")
    @classmethod
    def _find_url(cls, given: str | None) -> str:
        found = given or first_set("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL")
        return found or "https://api.anthropic.com"

    @field_validator("anthropic_api_key", mode="before")
    @classmethod
    def _find_key(cls, given: Any) -> Any:
        # the default means no key, and the SDK may authenticate without one
        given = None if isinstance(given, SecretStr) and not given.get_secret_value() else given
        if given is not None and not isinstance(given, (str, SecretStr)):
            return given
        return find_key(given, ["ANTHROPIC_API_KEY"]) or SecretStr("")

    @field_validator("anthropic_proxy", mode="before")
    @classmethod
    def _find_proxy(cls, given: str | None) -> str | None:
        return given or first_set("ANTHROPIC_PROXY")

    # -- identity ----------------------------------------------------------------------------------

    @property
    def effort(self) -> Effort | None:
        """The same as `reasoning_effort`."""
        return self.reasoning_effort

    @property
    def _llm_type(self) -> str:
        return "anthropic-chat"

    @property
    def lc_secrets(self) -> builtins.dict[str, str]:
        """Fields that are or may contain secrets, each with its environment variable."""
        return {
            "anthropic_api_key": "ANTHROPIC_API_KEY",
            "mcp_servers": "ANTHROPIC_MCP_SERVERS",
            "default_headers": "ANTHROPIC_CUSTOM_HEADERS",
        }

    def __repr_args__(self) -> Any:
        """Return the fields to show, without the secrets in them."""
        return shown_fields(super().__repr_args__())

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> builtins.dict[str, Any]:
        return cast("builtins.dict[str, Any]", hide_secrets(dump(self)))

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the model is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "chat_models", "anthropic"]

    @property
    def _identifying_params(self) -> builtins.dict[str, Any]:
        names = (
            "model",
            "max_tokens",
            "temperature",
            "top_k",
            "top_p",
            "model_kwargs",
            "streaming",
            "max_retries",
            "default_request_timeout",
            "thinking",
        )
        config = dict(self.output_config or {})
        if self.reasoning_effort:
            config["effort"] = self.reasoning_effort
        params = {name: getattr(self, name) for name in names}
        return {**params, "output_config": config or self.output_config}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = self._get_invocation_params(stop=stop, **kwargs)
        known = LangSmithParams(
            ls_provider="anthropic",
            ls_model_name=params.get("model", self.model),
            ls_model_type="chat",
            ls_temperature=params.get("temperature", self.temperature),
        )
        max_tokens = params.get("max_tokens", self.max_tokens)
        if max_tokens:
            known["ls_max_tokens"] = max_tokens
        stop = stop or params.get("stop")
        if stop:
            known["ls_stop"] = stop
        return known

    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model, self.betas)

    # -- requests ----------------------------------------------------------------------------------

    @property
    def _connection(self) -> Connection:
        if self._made is None:
            self._made = Connection(self)
        return self._made

    @property
    def _client(self) -> Any:
        """The SDK's client."""
        return self._connection.clients.sync

    @property
    def _async_client(self) -> Any:
        """The SDK's async client for the running event loop."""
        return self._connection.clients.of_loop

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> builtins.dict[str, Any]:
        """Return the arguments for the SDK's `messages.create`."""
        return request_for(self, self._convert_input(input_).to_messages(), stop, kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = request_for(self, messages, stop, kwargs)
        with self._connection.errors_for(request):
            return answers.result_of(self._connection.create(request), self.anthropic_api_url or "")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = request_for(self, messages, stop, kwargs)
        with self._connection.errors_for(request):
            return answers.result_of(
                await self._connection.acreate(request), self.anthropic_api_url or ""
            )

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        said = self._said(messages, stop, **kwargs)
        try:
            for message in said:
                chunk = ChatGenerationChunk(message=message)
                if run_manager is not None:
                    run_manager.on_llm_new_token(message.content, chunk=chunk)
                yield chunk
        finally:
            close_all(said)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        said = self._asaid(messages, stop, **kwargs)
        try:
            async for message in said:
                chunk = ChatGenerationChunk(message=message)
                if run_manager is not None:
                    await run_manager.on_llm_new_token(message.content, chunk=chunk)
                yield chunk
        finally:
            await aclose_all(said)

    def _stream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> Iterator[AIMessageChunk] | None:
        if type(self)._stream is not ChatAnthropic._stream:
            return None
        return self._said(messages, stop, **kwargs)

    def _astream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> AsyncIterator[AIMessageChunk] | None:
        if type(self)._astream is not ChatAnthropic._astream:
            return None
        return self._asaid(messages, stop, **kwargs)

    def _said(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """Yield the answer in chunks; the stream is closed if you stop early."""
        request = request_for(self, messages, stop, {**kwargs, "stream": True})
        decoder = self._decoder(request, stream_usage)
        is_empty = True
        with self._connection.errors_for(request):
            stream = self._connection.create(request)
            watch = StreamWatch(stream)
            try:
                for event in stream:
                    message = _message(decoder, event)
                    if message is not None:
                        is_empty = False
                        yield message
            finally:
                stream.close()
            if is_empty:
                raise watch.empty_error()
            watch.check_end(decoder.close())

    async def _asaid(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        request = request_for(self, messages, stop, {**kwargs, "stream": True})
        decoder = self._decoder(request, stream_usage)
        is_empty = True
        with self._connection.errors_for(request):
            stream = await self._connection.acreate(request)
            watch = StreamWatch(stream)
            try:
                async for event in stream:
                    message = _message(decoder, event)
                    if message is not None:
                        is_empty = False
                        yield message
            finally:
                await stream.close()
            if is_empty:
                raise watch.empty_error()
            watch.check_end(decoder.close())

    def _decoder(self, request: Mapping[str, Any], usage: bool | None) -> MessagesDecoder:
        reads_usage = self.stream_usage if usage is None else usage
        return MessagesDecoder(plain=is_plain(request), usage=reads_usage)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """Return the number of tokens in messages, as the provider counts them.

        Args:
            messages: The messages.
            tools: Tools to count as well.
            **kwargs: Passed to the SDK's `messages.count_tokens`.

        Returns:
            The number of tokens.
        """
        request = binding.counting(self, messages, tools, kwargs)
        with self._connection.errors_for(request):
            return int(self._connection.count_tokens(request).input_tokens)

    # -- composition -------------------------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: builtins.dict[str, Any] | str | None = None,
        parallel_tool_calls: bool | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools that the model may call.

        Args:
            tools: Functions, pydantic models, schemas, tool objects; or tools of the provider, such
                as `{"type": "web_search_20250305", "name": "web_search"}`.
            tool_choice: The tool that the model must call: a name, `"any"`, or a dictionary for the
                API; with `"auto"` the model decides.
            parallel_tool_calls: Whether the model may call several tools at once.
            strict: Whether calls must match the schemas.
            **kwargs: Passed to the provider.

        Returns:
            The model with the tools.

        Raises:
            ValueError: If the API refuses the schemas of all tools, or of one that must be called;
                or if `tool_choice` is invalid.
        """
        bound = binding.tools_bound(self, tools, tool_choice, parallel_tool_calls, strict)
        return self.bind(**bound, **kwargs)

    def with_structured_output(
        self,
        schema: builtins.dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: Literal["function_calling", "json_schema"] = "function_calling",
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, builtins.dict[str, Any] | BaseModel]:
        """Return a runnable that answers with data that matches a schema.

        Args:
            schema: A pydantic model, for an instance of it; or a TypedDict, a JSON schema or a
                tool, for a dictionary.
            include_raw: Whether to return a dictionary with `raw`, the message; `parsed`, the data
                or None; and `parsing_error`, the error or None. If false, the error is raised.
            method: `"function_calling"`, to call a tool that takes such data; or
                `"json_schema"`, if the provider is to enforce the schema for the text.
            **kwargs: With `partial_models=True`, a stream yields instances of a pydantic model
                before all required fields are complete. Other arguments are ignored.

        Returns:
            A runnable that returns such data.

        Raises:
            ValueError: If the method is unknown, or if `partial_models` is set and `schema` is not
                a pydantic model.
        """
        growing = bool(kwargs.get("partial_models"))
        return binding.structured(self, schema, include_raw, method, growing)


_METADATA = {"model_provider": "anthropic"}


def _message(decoder: MessagesDecoder, event: Any) -> AIMessageChunk | None:
    """Return the message chunk of an event."""
    text = decoder.text(event)
    if text is not None:
        return AIMessageChunk(text, response_metadata=_METADATA)
    message = to_message(decoder.decode(event), _METADATA, blocks=not decoder.plain)
    if message is not None:
        # as in LangChain, the run sets the id
        message.id = None
    return message
