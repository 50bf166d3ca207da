"""OpenAI's models on Azure."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from pydantic import AliasChoices, Field, SecretStr, model_validator
from typing_extensions import Self

from headrace.exceptions import MissingKeyError
from headrace.language_models.base import LangSmithParams
from headrace.outputs import ChatResult
from headrace.providers.extras import load_extra
from headrace.providers.keys import find_key
from headrace.providers.openai.calls import Call
from headrace.providers.openai.chat_model import ChatOpenAI
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.embeddings import OpenAIEmbeddings
from headrace.providers.openai.llm import OpenAI
from headrace.providers.openai.servers import SERVERS, Server
from headrace.wire.fields import fields_of, plain

__all__ = ["AzureChatOpenAI", "AzureOpenAI", "AzureOpenAIEmbeddings"]


class _Azure(OpenAIConnection):
    """Connection of a model to Azure."""

    server: ClassVar[Server] = SERVERS["azure"]

    azure_endpoint: str | None = None
    """The URL of the resource; by default that in `AZURE_OPENAI_ENDPOINT`."""

    deployment_name: str | None = Field(
        default=None, validation_alias=AliasChoices("azure_deployment", "deployment_name")
    )
    """The deployment of the model; by default the one with the model's name."""

    openai_api_version: str | None = Field(
        default=None, validation_alias=AliasChoices("api_version", "openai_api_version")
    )
    """The version of the API; by default that in `OPENAI_API_VERSION`."""

    azure_ad_token: SecretStr | None = None
    """A Microsoft Entra ID token instead of a key; by default that in `AZURE_OPENAI_AD_TOKEN`."""

    azure_ad_token_provider: Callable[[], str] | None = Field(default=None, exclude=True)
    """A function that returns such a token."""

    azure_ad_async_token_provider: Callable[[], Awaitable[str]] | None = Field(
        default=None, exclude=True
    )
    """An async function that returns such a token, for async calls."""

    openai_api_type: str | None = "azure"
    """The type of the API, for information only; it is not sent."""

    validate_base_url: bool = True
    """Whether to refuse a `base_url` that does not look like Azure's."""

    @model_validator(mode="after")
    def _set_azure(self) -> Self:
        changes: dict[str, Any] = {}
        if self.azure_endpoint is None:
            changes["azure_endpoint"] = os.environ.get("AZURE_OPENAI_ENDPOINT")
        if self.openai_api_version is None:
            changes["openai_api_version"] = os.environ.get("OPENAI_API_VERSION")
        if self.azure_ad_token is None:
            changes["azure_ad_token"] = find_key(None, ["AZURE_OPENAI_AD_TOKEN"])
        self.__dict__.update(changes)
        if self.openai_api_base and self.validate_base_url:
            self._check_base_url(self.openai_api_base)
        if not any(
            (
                self.openai_api_key,
                self.azure_ad_token,
                self.azure_ad_token_provider,
                self.azure_ad_async_token_provider,
            )
        ):
            raise MissingKeyError(
                f"{type(self).__name__} has no key: set the environment variable "
                "AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN, or give `api_key`, "
                "`azure_ad_token` or `azure_ad_token_provider`"
            )
        return self

    def _check_base_url(self, url: str) -> None:
        if "/openai" not in url:
            raise ValueError(
                "The address of a resource of Azure is given as `azure_endpoint`, not as "
                "`openai_api_base` (or its alias `base_url`)"
            )
        if self.deployment_name:
            raise ValueError(
                "`azure_deployment` (or its alias `deployment_name`) goes with `azure_endpoint`, "
                "not with `base_url` (or its alias `openai_api_base`)"
            )

    def _client_classes(self) -> tuple[Any, Any]:
        sdk = load_extra("openai", extra="openai", user=type(self).__name__)
        return sdk.AzureOpenAI, sdk.AsyncAzureOpenAI

    def _client_arguments(self) -> dict[str, Any]:
        arguments = super()._client_arguments()
        more = {
            "azure_endpoint": None if self.openai_api_base else self.azure_endpoint,
            "azure_deployment": self.deployment_name,
            "api_version": self.openai_api_version,
        }
        return {**arguments, **{name: value for name, value in more.items() if value is not None}}

    def _key_arguments(self, key: Any, *, asynchronous: bool) -> dict[str, Any]:
        # the SDK accepts one of them: a token function wins over a token, and a token over a key,
        # which may be from the environment
        provider: Any = self.azure_ad_token_provider
        if asynchronous and self.azure_ad_async_token_provider is not None:
            provider = self.azure_ad_async_token_provider
        if provider is not None:
            return {"azure_ad_token_provider": provider}
        if self.azure_ad_token is not None:
            return {"azure_ad_token": self.azure_ad_token.get_secret_value()}
        return super()._key_arguments(key, asynchronous=asynchronous)

    def _secrets(self) -> list[str]:
        token = self.azure_ad_token
        return [*super()._secrets(), *([] if token is None else [token.get_secret_value()])]


class AzureChatOpenAI(_Azure, ChatOpenAI):
    """A chat model of OpenAI on Azure.

    Example:
        ```python
        model = AzureChatOpenAI(
            azure_endpoint="https://mine.openai.azure.com",
            azure_deployment="gpt-4o",
            api_version="2024-10-21",
        )
        ```
    """

    model_name: str | None = Field(  # type: ignore[assignment]
        default=None, validation_alias=AliasChoices("model", "model_name")
    )
    """The name of the model; optional, since the deployment implies it."""

    model_version: str = ""
    """The version of the model, for tracing: answers name the model without it."""

    @model_validator(mode="after")
    def _set_disabled(self) -> Self:
        # it is not known whether other deployed models accept the parameter
        if self.disabled_params is None and self.model_name != "gpt-4o":
            self.__dict__["disabled_params"] = {"parallel_tool_calls": None}
        return self

    @property
    def _llm_type(self) -> str:
        return "azure-openai-chat"

    def _get_invocation_params(
        self, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        params = super()._get_invocation_params(stop=stop, **kwargs)
        return {"azure_deployment": self.deployment_name, **params}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        told = super()._get_ls_params(stop=stop, **kwargs)
        if told["ls_model_name"] == self.model_name:
            name = self._versioned(self.model_name) or self.deployment_name
            told["ls_model_name"] = name  # type: ignore[typeddict-item]
        return told

    def _versioned(self, model: str | None) -> str | None:
        return f"{model}-{self.model_version}" if model and self.model_version else model

    def _result(self, call: Call, answer: Any) -> ChatResult:
        """Convert a whole answer to a result, with the results of Azure's content filters."""
        result = super()._result(call, answer)
        fields = fields_of(answer)
        output = result.llm_output
        if output is None or "choices" not in fields:
            return result
        output["model_name"] = self._versioned(output["model_name"])
        if "prompt_filter_results" in fields:
            output["prompt_filter_results"] = plain(fields["prompt_filter_results"])
        for generation, choice in zip(result.generations, fields["choices"], strict=True):
            info: Any = generation.generation_info
            if info["finish_reason"] == "content_filter":
                raise ValueError("Azure has not provided the response: its content filter objects")
            info["content_filter_results"] = plain(
                fields_of(choice).get("content_filter_results") or {}
            )
        return result

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """The keys, each with its environment variable."""
        return {
            "openai_api_key": "AZURE_OPENAI_API_KEY",
            "azure_ad_token": "AZURE_OPENAI_AD_TOKEN",
        }

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "chat_models", "azure_openai"]


class AzureOpenAI(_Azure, OpenAI):
    """A text model of OpenAI on Azure."""

    @property
    def _parameters(self) -> dict[str, Any]:
        # Azure expects deployments
        return {**super()._parameters, "model": self.deployment_name or self.model_name}

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"deployment_name": self.deployment_name, **super()._identifying_params}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        told = super()._get_ls_params(stop=stop, **kwargs)
        if self.deployment_name:
            told["ls_model_name"] = self.deployment_name
        return told

    @property
    def _llm_type(self) -> str:
        return "azure"


class AzureOpenAIEmbeddings(_Azure, OpenAIEmbeddings):
    """Embeddings of OpenAI on Azure."""

    deployment_name: str | None = Field(
        default=None,
        validation_alias=AliasChoices("azure_deployment", "deployment", "deployment_name"),
    )
    """The deployment of the model; by default the one with the model's name."""

    chunk_size: int = 2048
    """Maximum number of texts in a request."""

    @property
    def deployment(self) -> str | None:
        """The same as `deployment_name`."""
        return self.deployment_name
