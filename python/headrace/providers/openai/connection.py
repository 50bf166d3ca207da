"""Connection of OpenAI's models to the server: address, key, timeouts and clients."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from typing_extensions import Self

from headrace.providers.clients import Clients
from headrace.providers.errors import ModelErrors
from headrace.providers.extras import load_extra
from headrace.providers.keys import find_key, require_key
from headrace.providers.openai.servers import SERVERS, Server
from headrace.providers.showing import shown_fields
from headrace.utils.secrets import hide_secrets, secrets_in, secrets_in_request

__all__ = ["OpenAIConnection"]

_Key = SecretStr | Callable[[], str] | Callable[[], Awaitable[str]]

_UNUSED = frozenset(
    {
        "allowed_special",
        "deployment",
        "disallowed_special",
        "headers",
        "http_socket_options",
        "openai_api_type",
        "openai_api_version",
        "retry_max_seconds",
        "retry_min_seconds",
        "show_progress_bar",
        "skip_empty",
        "tiktoken_enabled",
    }
)
"""Arguments from LangChain that neither the server nor headrace uses."""

_NO_KEY = "none"
"""The key for servers that need none, since the SDK requires one."""


class OpenAIConnection(BaseModel):
    """Connection of a model to an OpenAI-compatible server."""

    model_config = ConfigDict(
        arbitrary_types_allowed=True,
        populate_by_name=True,
        protected_namespaces=(),
        # validation errors may quote keys
        hide_input_in_errors=True,
    )

    server: ClassVar[Server] = SERVERS["openai"]
    """The server."""

    openai_api_key: _Key | None = Field(default=None, alias="api_key")
    """The key, or a function that returns it; by default that in the environment."""

    openai_api_base: str | None = Field(default=None, alias="base_url")
    """The base URL; by default that in the environment, or else that of the server."""

    openai_organization: str | None = Field(default=None, alias="organization")
    """The organization to bill, if the key belongs to several."""

    openai_proxy: str | None = Field(default=None, repr=False)
    """The URL of a proxy."""

    request_timeout: float | tuple[float, float] | Any | None = Field(default=None, alias="timeout")
    """Seconds to wait for the connection and for each part of the answer; or the HTTP client's
    `Timeout`."""

    max_retries: int | None = None
    """Maximum number of retries of a request that fails before its answer starts; by default 2."""

    default_headers: Mapping[str, str] | None = Field(default=None, repr=False, exclude=True)
    """Headers of every request. The repr omits them, since they often contain keys."""

    default_query: Mapping[str, object] | None = Field(default=None, repr=False, exclude=True)
    """Query parameters of every request. The repr omits them, since they often contain keys."""

    http_client: Any | None = Field(default=None, exclude=True, repr=False)
    """The HTTP client for sync calls; by default the SDK's own."""

    http_async_client: Any | None = Field(default=None, exclude=True, repr=False)
    """The HTTP client for async calls; by default the SDK's own."""

    _clients: Clients = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _gather_others(cls, values: Any) -> Any:
        """Move unknown arguments to `model_kwargs`, as parameters of the request."""
        if not isinstance(values, dict) or "model_kwargs" not in cls.model_fields:
            return values
        values = cls.server.renamed(values)
        known = set(cls.model_fields)
        for field in cls.model_fields.values():
            alias = field.validation_alias or field.alias
            known.update(
                [str(c) for c in getattr(alias, "choices", [alias])] if alias is not None else []
            )
        others = {name: value for name, value in values.items() if name not in known}
        for name in sorted(_UNUSED.intersection(others)):
            warnings.warn(f"{cls.__name__} has no use for {name}: it is left out", stacklevel=3)
            del others[name]
        given = dict(values.get("model_kwargs") or {})
        for name in [*others, *(name for name in given if name in known)]:
            if name in given and name in others:
                raise ValueError(f"Found {name} supplied twice.")
            if name in given:
                raise ValueError(
                    f"Parameter {name} should be specified explicitly. Instead it was passed in as "
                    "part of `model_kwargs` parameter."
                )
            warnings.warn(
                f"{cls.__name__} has no field {name}: it is sent to the server as part of "
                "`model_kwargs`",
                stacklevel=3,
            )
        kept = {name: value for name, value in values.items() if name in known}
        return {**kept, "model_kwargs": {**given, **others}} if others else kept

    @model_validator(mode="after")
    def _set_connection(self) -> Self:
        """Set missing fields from the environment, and check the required ones."""
        server = self.server
        changes: dict[str, Any] = {}
        if self.openai_api_key is None:
            changes["openai_api_key"] = (
                require_key(None, server.key_variables, user=type(self).__name__)
                if server.needs_key and self.http_client is None
                else find_key(None, server.key_variables)
            )
        if self.openai_api_base is None:
            found = (os.environ.get(variable) for variable in server.url_variables)
            changes["openai_api_base"] = next((url for url in found if url), server.base_url)
        url = changes.get("openai_api_base", self.openai_api_base)
        if url and server.path and urlsplit(url).path in ("", "/"):
            changes["openai_api_base"] = url.rstrip("/") + server.path
        if self.openai_organization is None and server.name in ("openai", "azure"):
            changes["openai_organization"] = os.environ.get("OPENAI_ORG_ID") or os.environ.get(
                "OPENAI_ORGANIZATION"
            )
        if self.openai_proxy and (self.http_client or self.http_async_client):
            raise ValueError(
                "Cannot specify 'openai_proxy' if one of 'http_client'/'http_async_client' is "
                "already specified"
            )
        # bypass the validation of assignments, which would call this method again
        self.__dict__.update(changes)
        self._clients = Clients(
            self._make_client,
            self._make_async_client,
            shared=self.http_async_client is not None,
        )
        return self

    @property
    def root_client(self) -> Any:
        """The SDK's client, `openai.OpenAI`."""
        return self._clients.sync

    @property
    def root_async_client(self) -> Any:
        """The SDK's async client, `openai.AsyncOpenAI`, of the running event loop."""
        return self._clients.of_loop

    def _client_arguments(self) -> dict[str, Any]:
        """Return the arguments of the SDK's clients, except key and HTTP client."""
        arguments = {
            "base_url": self.openai_api_base,
            "organization": self.openai_organization,
            "timeout": self.request_timeout,
            "max_retries": self.max_retries,
            "default_headers": self.default_headers,
            "default_query": self.default_query,
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def _client_classes(self) -> tuple[Any, Any]:
        sdk = load_extra("openai", extra="openai", user=type(self).__name__)
        return sdk.OpenAI, sdk.AsyncOpenAI

    def _make_client(self) -> Any:
        sync, _ = self._client_classes()
        key = self.openai_api_key
        if callable(key) and inspect.iscoroutinefunction(key):
            raise ValueError(
                "the key is given by an asynchronous function: use ainvoke, astream or abatch"
            )
        http_client = self.http_client
        if http_client is None and self.openai_proxy:
            sdk = load_extra("openai", extra="openai", user=type(self).__name__)
            http_client = sdk.DefaultHttpxClient(proxy=self.openai_proxy)
        return sync(
            **self._client_arguments(),
            **self._key_arguments(key, asynchronous=False),
            http_client=http_client,
        )

    def _make_async_client(self) -> Any:
        _, asynchronous = self._client_classes()
        given = self.openai_api_key
        key: Any = given
        if callable(given) and not inspect.iscoroutinefunction(given):

            async def key() -> Any:
                return given()

        http_client = self.http_async_client
        if http_client is None and self.openai_proxy:
            sdk = load_extra("openai", extra="openai", user=type(self).__name__)
            http_client = sdk.DefaultAsyncHttpxClient(proxy=self.openai_proxy)
        return asynchronous(
            **self._client_arguments(),
            **self._key_arguments(key, asynchronous=True),
            http_client=http_client,
        )

    def _key_arguments(self, key: Any, *, asynchronous: bool) -> dict[str, Any]:
        """Return the key as an argument of the SDK's client."""
        if isinstance(key, SecretStr):
            key = key.get_secret_value()
        return {"api_key": key or _NO_KEY}

    def __repr_args__(self) -> Any:
        """Return the fields to show, without the secrets in them."""
        return shown_fields(super().__repr_args__())

    @model_serializer(mode="wrap")
    def _dump(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return cast("dict[str, Any]", hide_secrets(dump(self)))

    def _secrets(self) -> list[str]:
        key = self.openai_api_key
        own = [key.get_secret_value()] if isinstance(key, SecretStr) else []
        return [*own, *secrets_in(dict(self.__dict__))]

    def _errors_for(self, request: Mapping[str, Any]) -> ModelErrors:
        """Return a context manager that maps the SDK's errors and removes secrets from them.

        Args:
            request: The arguments of the call.
        """
        return ModelErrors(lambda: [*self._secrets(), *secrets_in_request(request)])
