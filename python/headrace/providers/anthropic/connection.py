"""What asks Anthropic: the SDK's clients of a model, whose errors become those of headrace."""

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
    from headrace.providers.anthropic.chat_models import ChatAnthropic

__all__ = ["Connection", "Errors"]


_CLOSING: set[asyncio.Task[None]] = set()
"""Held until they are done: the event loop itself does not hold them."""


@cache
def _certificates() -> ssl.SSLContext:
    """Give whom to trust: reading that anew for each client would be most of what it costs."""
    return httpx2.create_ssl_context()


class _Http(anthropic.DefaultHttpxClient):
    """Connections for threads, closed with the last who uses them."""

    def __del__(self) -> None:
        if not getattr(self, "is_closed", True):
            self.close()


class _AsyncHttp(anthropic.DefaultAsyncHttpxClient):
    """Connections for an event loop, closed with the last who uses them while it runs."""

    def __del__(self) -> None:
        if not getattr(self, "is_closed", True):
            with suppress(RuntimeError):  # no loop runs
                closing = asyncio.get_running_loop().create_task(self.aclose())
                _CLOSING.add(closing)
                closing.add_done_callback(_CLOSING.discard)


class Connection:
    """What asks, for a model."""

    def __init__(self, model: ChatAnthropic) -> None:
        headers = {"User-Agent": f"headrace/{__version__}", **(model.default_headers or {})}
        self._options: dict[str, Any] = {
            # none is for the SDK to find: it knows other ways than a key
            "api_key": model.anthropic_api_key.get_secret_value() or None,
            "base_url": model.anthropic_api_url,
            "max_retries": model.max_retries,
            "default_headers": headers,
        }
        timeout = model.default_request_timeout
        if timeout is None or timeout > 0:
            self._options["timeout"] = timeout
        self._transport: dict[str, Any] = {"verify": _certificates()}
        if model.anthropic_proxy:
            self._transport["proxy"] = model.anthropic_proxy
        self.clients = Clients(self._make, self._make_async)
        # Not the model itself, which holds this.
        self._key = model.anthropic_api_key
        self._fields = dict(model.__dict__)

    def __reduce__(self) -> Any:
        # copies and pickles of a model have no connections: it makes its own
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
        """Ask; features in beta have an address of their own."""
        client = self.clients.sync
        return (client.beta.messages if "betas" in request else client.messages).create(**request)

    async def acreate(self, request: Mapping[str, Any]) -> Any:
        """Ask; see `create`."""
        client = self.clients.of_loop
        messages = client.beta.messages if "betas" in request else client.messages
        return await messages.create(**request)

    def count_tokens(self, request: Mapping[str, Any]) -> Any:
        """Ask how many tokens a request has."""
        client = self.clients.sync
        messages = client.beta.messages if "betas" in request else client.messages
        return messages.count_tokens(**request)


class Errors(ModelErrors):
    """Makes the errors within `with` those of headrace; keys do not stand in them."""

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
