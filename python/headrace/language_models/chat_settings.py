"""Settings of chat models, and the descriptions of a model and its calls."""

from __future__ import annotations

import builtins
import json
from abc import ABC, abstractmethod
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator
from typing_extensions import Self

from headrace.language_models.base import (
    BaseLanguageModel,
    LangSmithParams,
    ls_params,
)
from headrace.language_models.caching import chat_answers, undescribed
from headrace.language_models.model_profile import ModelProfile, warn_of_unknown_keys
from headrace.messages import AIMessage, AnyMessage
from headrace.outputs import ChatGeneration, Generation
from headrace.rate_limiters import BaseRateLimiter
from headrace.utils.env import from_env
from headrace.utils.secrets import hide_secrets

__all__ = ["ChatModelSettings"]


class ChatModelSettings(BaseLanguageModel[AIMessage], ABC):
    """The fields of every chat model, and the methods derived from them."""

    rate_limiter: BaseRateLimiter | None = Field(default=None, exclude=True)
    """Limit for the rate of requests to the provider."""

    disable_streaming: bool | Literal["tool_calling"] = False
    """Whether `stream` yields the complete answer as one chunk: if true, always; if
    `"tool_calling"`, only for calls with tools."""

    output_version: str | None = Field(default_factory=from_env("LC_OUTPUT_VERSION", default=None))
    """`"v1"` for content as typed blocks, the same for all providers. Otherwise content has the
    provider's format, and `content_blocks` converts it."""

    profile: ModelProfile | None = Field(default=None, exclude=True)
    """The capabilities of the model."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _resolve_model_profile(self) -> ModelProfile | None:
        """Return the default profile of the model; integrations override this."""
        return None

    @model_validator(mode="after")
    def _set_model_profile(self) -> Self:
        if self.profile is None:
            try:
                self.profile = self._resolve_model_profile()
            except Exception:  # noqa: BLE001 - an integration's data may be invalid; it is optional
                self.profile = None
        return self

    @model_validator(mode="after")
    def _check_profile_keys(self) -> Self:
        if isinstance(self.profile, dict):  # a subclass may have a property of another type
            warn_of_unknown_keys(self.profile)
        return self

    @property
    def OutputType(self) -> Any:
        """The output type of a model, for its schema."""
        return AnyMessage

    @property
    @abstractmethod
    def _llm_type(self) -> str:
        """The kind of the model, for tracing and caches."""

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        """Return True if streaming is disabled for a call."""
        if self.disable_streaming is True:
            return True
        if self.disable_streaming == "tool_calling" and kwargs.get("tools"):
            return True
        if "stream" in kwargs and not kwargs["stream"]:
            return True
        return self._streaming_field() is False

    def _streaming_field(self) -> bool | None:
        """Return the value of the field `streaming`, if the model has it and it was set."""
        if "streaming" not in self.model_fields_set:
            return None
        return getattr(self, "streaming", None)

    def _combine_llm_outputs(
        self, llm_outputs: list[builtins.dict[str, Any] | None], /
    ) -> builtins.dict[str, Any]:
        """Combine the provider's outputs for several answers."""
        return {}

    def _convert_cached_generations(self, cache_val: list[Generation]) -> list[ChatGeneration]:
        """Convert the entries of a cache to answers of this model."""
        return chat_answers(cache_val)

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> builtins.dict[str, Any]:
        """Return all parameters of a call."""
        return {**self.dict(), "stop": stop, **kwargs}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """Return the facts about a call; integrations override the guess from the class name."""
        name = type(self).__name__
        provider = name.removeprefix("Chat")
        if provider == name:
            provider = name.removesuffix("Chat")
        return ls_params(self, provider.lower(), "chat", stop, kwargs)

    def _get_ls_params_with_defaults(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> LangSmithParams:
        params = self._get_ls_params(stop=stop, **kwargs)
        params["ls_integration"] = "langchain_chat_model"
        return params

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Return a description of this model and the arguments of a call, for the cache key."""
        if self.is_lc_serializable():
            described = json.dumps(undescribed(self._serialized), sort_keys=True)
            return f"{described}---{sorted({**hide_secrets(kwargs), 'stop': stop}.items())}"
        params = self._get_invocation_params(stop=stop, **kwargs)
        return str(sorted(hide_secrets(params).items()))

    def asdict(self) -> builtins.dict[str, Any]:
        """Return the parameters of this model without secrets, and its type as `_type`."""
        return {**hide_secrets(self._identifying_params), "_type": self._llm_type}

    def dict(self, **_kwargs: Any) -> builtins.dict[str, Any]:
        """Return the result of `asdict`, whose older name this is."""
        return self.asdict()
