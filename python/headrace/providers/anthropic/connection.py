"""Connection to Anthropic: the SDK's clients of a model, with headrace's errors."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import anthropic
import httpx2

from headrace._core import __version__
from headrace.exceptions import MissingKeyError
from headrace.providers.clients import Clients
from headrace.providers.errors import ModelErrors
from headrace.utils.secrets import secrets_in, secrets_in_request

if TYPE_CHECKING:
    from pydantic import SecretStr

__all__ = ["Connection", "Errors"]


_CLOSING: set[asyncio.Task[None]] = set()
"""Running tasks, kept here because the event loop has only weak references to them."""


@cache
def _certificates() -> ssl.SSLContext:
    """Return the SSL context; loading it is most of the cost of a client, so it is cached."""
    return httpx2.create_ssl_context()


class _Http(anthropic.DefaultHttpxClient):
    """HTTP client for threads, closed with the last reference to it."""

    def __del__(self) -> None:
        if not getattr(self, "is_closed", True):
            self.close()


class _AsyncHttp(anthropic.DefaultAsyncHttpxClient):
    """HTTP client for an event loop, closed with the last reference if the loop runs."""

    def __del__(self) -> None:
        if not getattr(self, "is_closed", True):
            with suppress(RuntimeError):  # no running loop
                closing = asyncio.get_running_loop().create_task(self.aclose())
                _CLOSING.add(closing)
                closing.add_done_callback(_CLOSING.discard)


class Connection:
    """The clients and requests of a model."""

    def __init__(
        self,
        key: SecretStr,
        base_url: str | None,
        *,
        proxy: str | None,
        headers: Mapping[str, str] | None,
        timeout: float | None,
        max_retries: int,
        fields: Mapping[str, Any],
    ) -> None:
        """Create a connection; the clients are created when they are needed.

        Args:
            key: The API key. If it is empty, the SDK looks for other credentials.
            base_url: The base URL of the API.
            proxy: The proxy, if any.
            headers: Headers of each request.
            timeout: Seconds without data after which a request fails; 0 or less for the SDK's
                limits, None for no limit.
            max_retries: Maximum number of retries.
            fields: The fields of the model, whose secrets are removed from errors.
        """
        self._options: dict[str, Any] = {
            "api_key": key.get_secret_value() or None,
            "base_url": base_url,
            "max_retries": max_retries,
            "default_headers": {"User-Agent": f"headrace/{__version__}", **(headers or {})},
        }
        if timeout is None or timeout > 0:
            self._options["timeout"] = timeout
        self._transport: dict[str, Any] = {"verify": _certificates()}
        if proxy:
            self._transport["proxy"] = proxy
        self.clients = Clients(self._make, self._make_async)
        self._key = key
        self._fields = fields

    def __reduce__(self) -> Any:
        # copies and pickles of a model have no connections: they create their own
        return type(None), ()

    def _make(self) -> anthropic.Anthropic:
        return anthropic.Anthropic(**self._options, http_client=_Http(**self._transport))

    def _make_async(self) -> anthropic.AsyncAnthropic:
        http = _AsyncHttp(**self._transport)
        return anthropic.AsyncAnthropic(**self._options, http_client=http)

    def errors_for(self, request: Mapping[str, Any]) -> Errors:
        """Return a context manager that maps the SDK's errors and removes secrets from them.

        Args:
            request: The arguments of the call.
        """
        own = [self._key.get_secret_value()]
        return Errors(lambda: [*own, *secrets_in(self._fields), *secrets_in_request(request)])

    def create(self, request: Mapping[str, Any]) -> Any:
        """Send a request; those with beta features have another endpoint."""
        client = self.clients.sync
        return (client.beta.messages if "betas" in request else client.messages).create(**request)

    async def acreate(self, request: Mapping[str, Any]) -> Any:
        """Async version of `create`."""
        client = self.clients.of_loop
        messages = client.beta.messages if "betas" in request else client.messages
        return await messages.create(**request)

    def count_tokens(self, request: Mapping[str, Any]) -> Any:
        """Send a request for the number of tokens."""
        client = self.clients.sync
        messages = client.beta.messages if "betas" in request else client.messages
        return messages.count_tokens(**request)


class Errors(ModelErrors):
    """Context manager that converts errors to headrace's, also that of a missing key."""

    __slots__ = ()

    def _mapped(self, error: Exception) -> Exception | None:
        if not isinstance(error, TypeError):
            return super()._mapped(error)
        if "Could not resolve authentication method" not in str(error):
            return None
        return MissingKeyError(
            "ChatAnthropic has no key: set the environment variable ANTHROPIC_API_KEY, or "
            "give `api_key`, or `default_headers` with an Authorization"
        )
