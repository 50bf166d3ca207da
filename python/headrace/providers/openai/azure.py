"""OpenAI's models as Azure serves them."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from pydantic import AliasChoices, Field, SecretStr, model_validator
from typing_extensions import Self

from headrace.exceptions import MissingKeyError
from headrace.providers.extras import load_extra
from headrace.providers.keys import find_key
from headrace.providers.openai.chat_model import ChatOpenAI
from headrace.providers.openai.connection import OpenAIConnection
from headrace.providers.openai.embeddings import OpenAIEmbeddings
from headrace.providers.openai.llm import OpenAI
from headrace.providers.openai.servers import SERVERS, Server

__all__ = ["AzureChatOpenAI", "AzureOpenAI", "AzureOpenAIEmbeddings"]


class _Azure(OpenAIConnection):
    """How a model reaches Azure."""

    server: ClassVar[Server] = SERVERS["azure"]

    azure_endpoint: str | None = None
    """The address of the resource; by default that of `AZURE_OPENAI_ENDPOINT`."""

    deployment_name: str | None = Field(
        default=None, validation_alias=AliasChoices("azure_deployment", "deployment_name")
    )
    """The deployment of the model; by default the one that has the model's name."""

    openai_api_version: str | None = Field(
        default=None, validation_alias=AliasChoices("api_version", "openai_api_version")
    )
    """The version of the API; by default that of `OPENAI_API_VERSION`."""

    azure_ad_token: SecretStr | None = None
    """A token of Azure's directory in place of a key; by default `AZURE_OPENAI_AD_TOKEN`."""

    azure_ad_token_provider: Callable[[], str] | None = Field(default=None, exclude=True)
    """A function that gives such a token."""

    azure_ad_async_token_provider: Callable[[], Awaitable[str]] | None = Field(
        default=None, exclude=True
    )
    """A function that gives such a token, for asynchronous calls."""

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

    def _client_classes(self) -> tuple[Any, Any]:
        sdk = load_extra("openai", extra="openai", user=type(self).__name__)
        return sdk.AzureOpenAI, sdk.AsyncAzureOpenAI

    def _client_arguments(self) -> dict[str, Any]:
        arguments = super()._client_arguments()
        token = self.azure_ad_token
        more = {
            "azure_endpoint": self.azure_endpoint,
            "azure_deployment": self.deployment_name,
            "api_version": self.openai_api_version,
            "azure_ad_token": None if token is None else token.get_secret_value(),
        }
        return {**arguments, **{name: value for name, value in more.items() if value is not None}}

    def _key_arguments(self, key: Any, *, asynchronous: bool) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if key is not None:
            made = super()._key_arguments(key, asynchronous=asynchronous)
        provider: Any = self.azure_ad_token_provider
        if asynchronous and self.azure_ad_async_token_provider is not None:
            provider = self.azure_ad_async_token_provider
        return made if provider is None else {**made, "azure_ad_token_provider": provider}

    def _secrets(self) -> list[str]:
        token = self.azure_ad_token
        return [*super()._secrets(), *([] if token is None else [token.get_secret_value()])]


class AzureChatOpenAI(_Azure, ChatOpenAI):
    """A chat model of OpenAI that Azure serves.

    Example:
        ```python
        model = AzureChatOpenAI(
            azure_endpoint="https://mine.openai.azure.com",
            azure_deployment="gpt-4o",
            api_version="2024-10-21",
        )
        ```
    """

    @property
    def _llm_type(self) -> str:
        return "azure-openai-chat"

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """The keys, and the variables that they are read from."""
        return {
            "openai_api_key": "AZURE_OPENAI_API_KEY",
            "azure_ad_token": "AZURE_OPENAI_AD_TOKEN",
        }

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference has the class."""
        return ["langchain", "chat_models", "azure_openai"]


class AzureOpenAI(_Azure, OpenAI):
    """A text model of OpenAI that Azure serves."""

    @property
    def _llm_type(self) -> str:
        return "azure"


class AzureOpenAIEmbeddings(_Azure, OpenAIEmbeddings):
    """Vectors of OpenAI that Azure serves."""
