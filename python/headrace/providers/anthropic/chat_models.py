"""`ChatAnthropic`: Anthropic's models, through its SDK."""

from __future__ import annotations

import builtins
import warnings
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

from headrace.callbacks.run_manager import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from headrace.exceptions import OutputParserException
from headrace.language_models.base import LangSmithParams, LanguageModelInput
from headrace.language_models.chat_models import BaseChatModel
from headrace.language_models.model_profile import ModelProfile
from headrace.language_models.structured_raw import with_raw
from headrace.messages import AIMessage, AIMessageChunk, BaseMessage
from headrace.output_parsers.json import JsonOutputParser
from headrace.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from headrace.output_parsers.pydantic import PydanticOutputParser
from headrace.output_parsers.refusal import raise_if_refused
from headrace.outputs import ChatGenerationChunk, ChatResult
from headrace.providers.anthropic import answers
from headrace.providers.anthropic.connection import Connection
from headrace.providers.anthropic.fields import first_set, sort_out
from headrace.providers.anthropic.messages import conversation
from headrace.providers.anthropic.profiles import (
    check_supported,
    forces_tools,
    max_tokens_of,
    profile_of,
)
from headrace.providers.anthropic.request import (
    SAMPLING_PARAMETERS,
    containers_of,
    is_plain,
    move_sampling,
    needed_betas,
    output_format,
    tools_of,
)
from headrace.providers.anthropic.tools import (
    check_refused,
    choice_of,
    convert_to_anthropic_tool,
    tools_for,
)
from headrace.providers.keys import find_key
from headrace.providers.showing import shown_fields
from headrace.providers.tokens import awith_tokens, with_tokens
from headrace.runnables.closing import aclose_all, close_all
from headrace.runnables.function import RunnableLambda
from headrace.utils.function_calling import convert_to_openai_tool
from headrace.utils.pydantic import is_basemodel_subclass
from headrace.utils.secrets import hide_secrets
from headrace.wire.anthropic import MessagesDecoder
from headrace.wire.ends import BlockEnds, ends_of
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
            self._made = Connection(
                self.anthropic_api_key,
                self.anthropic_api_url,
                proxy=self.anthropic_proxy,
                headers=self.default_headers,
                timeout=self.default_request_timeout,
                max_retries=self.max_retries,
                fields=dict(self.__dict__),
            )
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
        return self._build_request(self._convert_input(input_).to_messages(), stop, kwargs)

    def _build_request(
        self,
        messages: Sequence[BaseMessage],
        stop: Sequence[str] | None,
        kwargs: Mapping[str, Any],
    ) -> builtins.dict[str, Any]:
        """Return the arguments for the SDK's `messages.create`.

        Args:
            messages: The conversation so far.
            stop: Texts at which the model stops.
            kwargs: The arguments of the call, which override the fields.

        Returns:
            The arguments; if they include `betas`, they are for `beta.messages.create`.

        Raises:
            ValueError: If the model or the API is known to refuse the request.
        """
        self._check_supported(kwargs)
        in_place = bool((self.profile or {}).get("mid_conversation_system_messages"))
        system, turns = conversation(messages, model=self.model, system_in_place=in_place)
        request: dict[str, Any] = {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "messages": turns,
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "stop_sequences": stop or self.stop_sequences,
            "betas": self.betas,
            "context_management": self.context_management,
            "mcp_servers": self.mcp_servers,
            "container": self.container,
            "user_profile_id": self.user_profile_id,
            "system": system or None if isinstance(system, list) else system,
            **self.model_kwargs,
            **kwargs,
        }
        if self.inference_geo is not None:
            request["inference_geo"] = self.inference_geo
        if self.model.startswith("claude-fable-5"):
            for name in SAMPLING_PARAMETERS:
                request.pop(name, None)
        self._set_output(request)
        self._set_container(messages, request)
        for beta in needed_betas(request):
            if beta not in (request.get("betas") or ()):
                request["betas"] = [*(request.get("betas") or ()), beta]
        return move_sampling({key: value for key, value in request.items() if value is not None})

    def _check_supported(self, kwargs: Mapping[str, Any]) -> None:
        """Raise an error if the model is known to refuse the arguments of a call."""
        given = {**self.model_kwargs, **kwargs}
        config = given.get("output_config")
        efforts = (
            given.get("reasoning_effort") if given.get("effort") is None else given["effort"],
            config.get("effort") if isinstance(config, dict) else None,
            self.reasoning_effort,
            (self.output_config or {}).get("effort"),
        )
        check_supported(
            self.model,
            {name: given.get(name, getattr(self, name)) for name in SAMPLING_PARAMETERS},
            given.get("thinking") if self.thinking is None else self.thinking,
            next((effort for effort in efforts if effort), None),
        )

    def _set_output(self, request: builtins.dict[str, Any]) -> None:
        """Set the thinking mode, the effort and the output format."""
        sets_thinking = "thinking" in request or self.thinking is not None
        if self.thinking is not None:
            request["thinking"] = self.thinking
        config = dict(self.output_config or {})
        if self.reasoning_effort:
            config["effort"] = self.reasoning_effort
        if isinstance(request.get("output_config"), dict):
            config.update(request["output_config"])
        # both names are headrace's, not the API's
        effort, other = request.pop("effort", None), request.pop("reasoning_effort", None)
        effort = other if effort is None else effort
        if effort:
            config["effort"] = effort
        if config:
            request["output_config"] = config
        levels = (self.profile or {}).get("reasoning_effort_levels")
        known = isinstance(levels, (list, tuple)) and "xhigh" in levels
        if (effort or self.reasoning_effort) and not sets_thinking and known:
            # models with this level accept adaptive thinking, others refuse it
            request["thinking"] = {"type": "adaptive", "display": "summarized"}
        if "response_format" in request:
            wanted = request.pop("response_format")
            if isinstance(wanted, dict) and wanted.get("type") == "json_schema":
                wanted = wanted.get("json_schema", {}).get("schema", wanted)
            request["output_config"] = {**config, "format": output_format(wanted)}
        if "output_format" in request:
            warnings.warn(
                "`output_format` is deprecated: use output_config={'format': ...}",
                DeprecationWarning,
                stacklevel=2,
            )
            given = request.get("output_config") or {}
            request["output_config"] = {**given, "format": request.pop("output_format")}

    def _set_container(
        self, messages: Sequence[BaseMessage], request: builtins.dict[str, Any]
    ) -> None:
        """Set the container in which code runs: that of the last answer, if requested."""
        container = request.get("container")
        known = container.get("id") if isinstance(container, dict) else container
        if self.reuse_last_container and not known:
            last = next(containers_of(messages), None)
            if last:
                more = container if isinstance(container, dict) else None
                request["container"] = {**more, "id": last} if more is not None else last
        skills = isinstance(container, dict) and container.get("skills")
        if skills and not any(kind.startswith("code_execution") for kind, _ in tools_of(request)):
            warnings.warn(
                "Skills need a code execution tool: bind one, such as "
                '`bind_tools([{"type": "code_execution_20260521", "name": "code_execution"}])`.',
                stacklevel=2,
            )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._build_request(messages, stop, kwargs)
        with self._connection.errors_for(request):
            return answers.result_of(self._connection.create(request), self.anthropic_api_url or "")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = self._build_request(messages, stop, kwargs)
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
        answer = self._stream_answer(messages, stop, **kwargs)
        try:
            for message in answer:
                chunk = ChatGenerationChunk(message=message)
                if run_manager is not None:
                    run_manager.on_llm_new_token(message.content, chunk=chunk)
                yield chunk
        finally:
            close_all(answer)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        answer = self._astream_answer(messages, stop, **kwargs)
        try:
            async for message in answer:
                chunk = ChatGenerationChunk(message=message)
                if run_manager is not None:
                    await run_manager.on_llm_new_token(message.content, chunk=chunk)
                yield chunk
        finally:
            await aclose_all(answer)

    def _stream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> Iterator[AIMessageChunk] | None:
        if type(self)._stream is not ChatAnthropic._stream:
            return None
        return self._stream_answer(messages, stop, **kwargs)

    def _astream_messages(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: builtins.dict[str, Any]
    ) -> AsyncIterator[AIMessageChunk] | None:
        if type(self)._astream is not ChatAnthropic._astream:
            return None
        return self._astream_answer(messages, stop, **kwargs)

    def _stream_parts(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: CallbackManagerForLLMRun | None,
        kwargs: builtins.dict[str, Any],
    ) -> Iterator[Any] | None:
        if type(self)._stream is not ChatAnthropic._stream:
            return None
        given = dict(kwargs)
        usage = given.pop("stream_usage", None)
        answer = self._read_answer(messages, stop, usage, given, ends=True)
        return answer if run is None else with_tokens(answer, run)

    def _astream_parts(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run: AsyncCallbackManagerForLLMRun | None,
        kwargs: builtins.dict[str, Any],
    ) -> AsyncIterator[Any] | None:
        if type(self)._astream is not ChatAnthropic._astream:
            return None
        given = dict(kwargs)
        usage = given.pop("stream_usage", None)
        answer = self._aread_answer(messages, stop, usage, given, ends=True)
        return answer if run is None else awith_tokens(answer, run)

    def _stream_answer(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        """Yield the answer in chunks; the stream is closed if you stop early."""
        return self._read_answer(messages, stop, stream_usage, kwargs, ends=False)

    def _read_answer(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        stream_usage: bool | None,
        kwargs: builtins.dict[str, Any],
        *,
        ends: bool,
    ) -> Iterator[Any]:
        """Yield the answer in chunks and, with `ends`, the ends of its blocks."""
        request = self._build_request(messages, stop, {**kwargs, "stream": True})
        decoder = self._decoder(request, stream_usage)
        is_empty = True
        with self._connection.errors_for(request):
            stream = self._connection.create(request)
            watch = StreamWatch(stream)
            try:
                for event in stream:
                    message, ended = _message(decoder, event)
                    if message is not None:
                        is_empty = False
                        yield message
                    if ends and ended is not None:
                        yield ended
            finally:
                stream.close()
            if is_empty:
                raise watch.empty_error()
            watch.check_end(decoder.close())

    def _astream_answer(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        return self._aread_answer(messages, stop, stream_usage, kwargs, ends=False)

    async def _aread_answer(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        stream_usage: bool | None,
        kwargs: builtins.dict[str, Any],
        *,
        ends: bool,
    ) -> AsyncIterator[Any]:
        """Async version of `_read_answer`."""
        request = self._build_request(messages, stop, {**kwargs, "stream": True})
        decoder = self._decoder(request, stream_usage)
        is_empty = True
        with self._connection.errors_for(request):
            stream = await self._connection.acreate(request)
            watch = StreamWatch(stream)
            try:
                async for event in stream:
                    message, ended = _message(decoder, event)
                    if message is not None:
                        is_empty = False
                        yield message
                    if ends and ended is not None:
                        yield ended
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
        in_place = bool((self.profile or {}).get("mid_conversation_system_messages"))
        system, turns = conversation(messages, model=self.model, system_in_place=in_place)
        more = {
            "system": system,
            "tools": tools_for(tools)[0] if tools else None,
            "context_management": self.context_management,
            "betas": self.betas,
        }
        known = {key: value for key, value in more.items() if value is not None}
        request = {"model": self.model, "messages": turns, **kwargs, **known}
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
        kept, refused = tools_for(tools, strict)
        choice = choice_of(tool_choice)
        forced = choice is not None and choice.get("type") in ("any", "tool")
        ignored = forced and self._thinks
        check_refused(tools, kept, refused, None if ignored else choice)
        if ignored:
            warnings.warn(
                "The API does not let a model be forced to call a tool while it thinks: "
                "tool_choice is dropped, and calls are not guaranteed. Turn `thinking` off, or ask "
                "for the call.",
                stacklevel=2,
            )
            choice = None
        if parallel_tool_calls is not None:
            choice = choice or {"type": "auto"}
            choice["disable_parallel_tool_use"] = not parallel_tool_calls
        if choice is not None:
            kwargs["tool_choice"] = choice
        return self.bind(tools=kept, **kwargs)

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
        partial_models = bool(kwargs.get("partial_models"))
        if cast("str", method) == "json_mode":
            warnings.warn(
                "Unrecognized structured output method 'json_mode': 'json_schema' is used.",
                stacklevel=2,
            )
            method = "json_schema"
        is_model = isinstance(schema, type) and is_basemodel_subclass(schema)
        if partial_models and not is_model:
            raise ValueError(
                "partial_models is for pydantic models: dictionaries grow by themselves"
            )
        bound: Any
        parser: Any
        if method == "function_calling":
            bound = self._bind_schema_tool(schema)
            name = convert_to_anthropic_tool(schema)["name"]
            if is_model:
                parser = PydanticToolsParser(tools=[cast("Any", schema)], first_tool_only=True)
            else:
                parser = JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
        elif method == "json_schema":
            bound = self.bind(
                output_config={"format": output_format(schema)},
                ls_structured_output_format={
                    "kwargs": {"method": "json_schema"},
                    "schema": convert_to_openai_tool(schema),
                },
            )
            parser = (
                PydanticOutputParser(pydantic_object=cast("Any", schema))
                if is_model
                else JsonOutputParser()
            )
        else:
            raise ValueError(
                f"Unrecognized structured output method '{method}'. Expected 'function_calling' or "
                "'json_schema'."
            )
        if partial_models:
            parser = parser.model_copy(update={"partial_models": True})
        return with_raw(bound, parser) if include_raw else bound | parser

    def _bind_schema_tool(self, schema: Any) -> Runnable[Any, Any]:
        """Bind a tool that takes such data, and force its call if the model allows that."""
        tool = convert_to_anthropic_tool(schema)
        output_format_info = {"kwargs": {"method": "function_calling"}, "schema": tool}
        if not self._thinks and forces_tools(self.model):
            return self.bind_tools(
                [schema], tool_choice=tool["name"], ls_structured_output_format=output_format_info
            )
        why = (
            f"{self.model} cannot be forced to call a tool, or not while it thinks: where it calls "
            "none, an OutputParserException is raised. Use method='json_schema', turn `thinking` "
            "off, or ask for the call."
        )
        warnings.warn(why, stacklevel=3)

        def check_call(message: AIMessage) -> AIMessage:
            raise_if_refused(message)
            if not message.tool_calls:
                raise OutputParserException(why)
            return message

        return self.bind_tools(
            [schema], ls_structured_output_format=output_format_info
        ) | RunnableLambda(check_call)

    @property
    def _thinks(self) -> bool:
        """Whether the model thinks before it answers."""
        return (self.thinking or {}).get("type") in ("enabled", "adaptive")


_METADATA = {"model_provider": "anthropic"}


def _message(
    decoder: MessagesDecoder, event: Any
) -> tuple[AIMessageChunk | None, BlockEnds | None]:
    """Return the message chunk of an event, and the blocks that it ends."""
    text = decoder.text(event)
    if text is not None:
        return AIMessageChunk(text, response_metadata=_METADATA), None
    deltas = decoder.decode(event)
    message = to_message(deltas, _METADATA, blocks=not decoder.plain)
    if message is not None:
        # as in LangChain, the run sets the id
        message.id = None
    return message, ends_of(deltas)
