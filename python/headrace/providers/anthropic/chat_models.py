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
    """A model of Anthropic's.

    What it is not told by its fields, it can be told with each call, or in `model_kwargs`: all that
    the SDK's `messages.create` takes.

    Example:
        ```python
        model = ChatAnthropic(model="claude-sonnet-4-5", temperature=0)
        for chunk in model.stream("Why is the sky blue?"):
            print(chunk.text, end="", flush=True)
        ```
    """

    # what is wrong may stand beside a key
    model_config = ConfigDict(
        populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    model: str = Field(alias="model_name")
    """Which model."""

    max_tokens: int | None = Field(default=None, alias="max_tokens_to_sample")
    """How long an answer may be; by default what the model writes at most, 4096 where it is not
    known."""

    temperature: float | None = None
    """How much answers vary, from 0."""

    top_k: int | None = None
    """From how many of the likeliest tokens each is chosen."""

    top_p: float | None = None
    """How likely these are together."""

    default_request_timeout: float | None = Field(default=None, alias="timeout")
    """After how many seconds without a sign of life a request has failed; 0 or less for the SDK's
    own limits, None for none."""

    max_retries: int = 2
    """How often a request is repeated that failed before its answer began."""

    stop_sequences: list[str] | None = Field(default=None, alias="stop")
    """What ends an answer."""

    anthropic_api_url: str | None = Field(default=None, alias="base_url", validate_default=True)
    """The address; by default that in `ANTHROPIC_API_URL` or `ANTHROPIC_BASE_URL`, else
    Anthropic's."""

    anthropic_api_key: SecretStr = Field(
        default=SecretStr(""), alias="api_key", validate_default=True
    )
    """The key; by default that in `ANTHROPIC_API_KEY`."""

    anthropic_proxy: str | None = Field(default=None, validate_default=True, repr=False)
    """The proxy; by default that in `ANTHROPIC_PROXY`."""

    default_headers: Mapping[str, str] | None = Field(default=None, repr=False)
    """Headers of each request."""

    betas: list[str] | None = None
    """Features in beta to use; a call's own go before them. Those that tools, `mcp_servers` and the
    like need are added."""

    model_kwargs: builtins.dict[str, Any] = Field(default_factory=dict)
    """Other arguments of each request."""

    streaming: bool = False
    """Whether to stream also where a whole answer is asked for."""

    stream_usage: bool = True
    """Whether a stream tells of its model, why it stopped, and how many tokens it took."""

    thinking: builtins.dict[str, Any] | None = None
    """How to think, such as `{"type": "enabled", "budget_tokens": 2048}` or
    `{"type": "adaptive"}`."""

    output_config: builtins.dict[str, Any] | None = None
    """How to answer: `effort`, `format`, `task_budget`."""

    reasoning_effort: Effort | None = Field(default=None, alias="effort")
    """How hard to think. Models that know the level `"xhigh"` think adaptively then, unless
    `thinking` says otherwise."""

    mcp_servers: list[builtins.dict[str, Any]] | None = Field(default=None, repr=False)
    """MCP servers whose tools the provider may call."""

    context_management: builtins.dict[str, Any] | None = None
    """What becomes of the context when it grows."""

    container: builtins.dict[str, Any] | str | None = None
    """In which container code runs: its id, or what it is to have."""

    reuse_last_container: bool | None = None
    """Whether code runs in the container of the last answer."""

    inference_geo: str | None = None
    """Where the model runs."""

    user_profile_id: str | None = None
    """For whom the request is made."""

    _made: Connection | None = PrivateAttr(default=None)

    if TYPE_CHECKING:

        def __init__(self, *, model: str = ..., **fields: Any) -> None:
            """Make a model; the names and the aliases of its fields are taken."""

    @model_validator(mode="before")
    @classmethod
    def _sort_out(cls, values: Any) -> Any:
        """Take what is no field as an argument of each request."""
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
        # the default stands for none, and the SDK may know another way than a key
        given = None if isinstance(given, SecretStr) and not given.get_secret_value() else given
        if given is not None and not isinstance(given, (str, SecretStr)):
            return given
        return find_key(given, ["ANTHROPIC_API_KEY"]) or SecretStr("")

    @field_validator("anthropic_proxy", mode="before")
    @classmethod
    def _find_proxy(cls, given: str | None) -> str | None:
        return given or first_set("ANTHROPIC_PROXY")

    # -- what it is --------------------------------------------------------------------------------

    @property
    def effort(self) -> Effort | None:
        """The same as `reasoning_effort`."""
        return self.reasoning_effort

    @property
    def _llm_type(self) -> str:
        return "anthropic-chat"

    @property
    def lc_secrets(self) -> builtins.dict[str, str]:
        """Fields that are or may hold secrets, each with its environment variable."""
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
        """Whether it can be made again from what `to_json` gives: it can."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the class is found, as LangChain says it."""
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

    # -- asking ------------------------------------------------------------------------------------

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
        """The SDK's client for the event loop that runs."""
        return self._connection.clients.of_loop

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> builtins.dict[str, Any]:
        """Give what the SDK's `messages.create` is called with."""
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
        """Ask, and give what is said as it comes; who leaves closes the request."""
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
        """Ask the provider how many tokens messages are.

        Args:
            messages: The messages.
            tools: Tools that go along with them.
            **kwargs: For the SDK's `messages.count_tokens`.

        Returns:
            How many there are.
        """
        request = binding.counting(self, messages, tools, kwargs)
        with self._connection.errors_for(request):
            return int(self._connection.count_tokens(request).input_tokens)

    # -- composing ---------------------------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: builtins.dict[str, Any] | str | None = None,
        parallel_tool_calls: bool | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Give the model tools that it may call.

        Args:
            tools: The tools: functions, pydantic models, schemas, tool objects; or tools that the
                provider has, such as `{"type": "web_search_20250305", "name": "web_search"}`.
            tool_choice: Which it must call: a name, `"any"`, or as the API has it; `"auto"` for
                none.
            parallel_tool_calls: Whether it may call several at once.
            strict: Whether its calls must keep to the schemas.
            **kwargs: For the provider.

        Returns:
            This model with the tools.

        Raises:
            ValueError: If the API refuses the schemas of all tools, or of one that must be called;
                or `tool_choice` is none of these.
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
        """Answer with data of a given shape.

        Args:
            schema: The shape: a pydantic model, of which the data is then an instance; a TypedDict,
                a JSON schema or a tool for a dictionary.
            include_raw: Whether to give a dictionary with `raw`, the message; `parsed`, the data or
                None; and `parsing_error`, why there is none. Without it such an error is raised.
            method: `"function_calling"`, by way of a tool that takes such data; or
                `"json_schema"`, the provider holding the text of the answer to the schema.
            **kwargs: With `partial_models`, a stream gives objects of a pydantic model before all
                that it requires is there. Others are passed over.

        Returns:
            This model, answering with such data.

        Raises:
            ValueError: If the method is another, or `partial_models` goes with no pydantic model.
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
        # LangChain's models leave the id to the run
        message.id = None
    return message
