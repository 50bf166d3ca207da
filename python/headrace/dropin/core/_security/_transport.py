"""HTTP clients that connect only to addresses that were checked."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from headrace.dropin.core._security._policy import (
    DEFAULT_SSRF_POLICY,
    SSRFPolicy,
    resolve,
    validate_url_sync,
)

__all__ = [
    "SSRFSafeSyncTransport",
    "SSRFSafeTransport",
    "ssrf_safe_async_client",
    "ssrf_safe_client",
]

_OF_TRANSPORT = frozenset({"verify", "cert", "trust_env", "http1", "http2", "limits", "retries"})


def _target(request: httpx.Request, policy: SSRFPolicy) -> tuple[str, int] | None:
    """Check where a request goes; return the name and port to look up, None if it is trusted."""
    validate_url_sync(str(request.url), policy)
    host = request.url.host
    if policy.allows(host):
        return None
    return host, request.url.port or (443 if request.url.scheme == "https" else 80)


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    """Return the request to the address itself, so that the name is not looked up again."""
    extensions = dict(request.extensions)
    if request.url.scheme == "https":
        extensions["sni_hostname"] = request.url.host.encode("ascii")
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=extensions,
    )


class SSRFSafeSyncTransport(httpx.BaseTransport):
    """Checks each request, redirected ones too, before it connects."""

    def __init__(self, policy: SSRFPolicy = DEFAULT_SSRF_POLICY, **transport_kwargs: Any) -> None:
        """Create a transport.

        Args:
            policy: The rules for forbidden addresses.
            **transport_kwargs: Passed to httpx's own transport.
        """
        self._policy = policy
        self._inner = httpx.HTTPTransport(**transport_kwargs)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        target = _target(request, self._policy)
        if target is not None:
            request = _pinned(request, resolve(*target, self._policy))
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class SSRFSafeTransport(httpx.AsyncBaseTransport):
    """The async version of `SSRFSafeSyncTransport`."""

    def __init__(self, policy: SSRFPolicy = DEFAULT_SSRF_POLICY, **transport_kwargs: Any) -> None:
        """Create a transport; see `SSRFSafeSyncTransport`."""
        self._policy = policy
        self._inner = httpx.AsyncHTTPTransport(**transport_kwargs)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request."""
        target = _target(request, self._policy)
        if target is not None:
            address = await asyncio.to_thread(resolve, *target, self._policy)
            request = _pinned(request, address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _split(kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of the transport and those of the client."""
    transport = {name: value for name, value in kwargs.items() if name in _OF_TRANSPORT}
    client = {name: value for name, value in kwargs.items() if name not in _OF_TRANSPORT}
    return transport, {"follow_redirects": True, "max_redirects": 10, **client}


def ssrf_safe_client(policy: SSRFPolicy = DEFAULT_SSRF_POLICY, **kwargs: Any) -> httpx.Client:
    """Return a client that refuses forbidden addresses.

    Args:
        policy: The rules for forbidden addresses.
        **kwargs: Passed to httpx's client and its transport.
    """
    transport, client = _split(kwargs)
    return httpx.Client(transport=SSRFSafeSyncTransport(policy, **transport), **client)


def ssrf_safe_async_client(
    policy: SSRFPolicy = DEFAULT_SSRF_POLICY, **kwargs: Any
) -> httpx.AsyncClient:
    """Return an async client that refuses forbidden addresses; see `ssrf_safe_client`."""
    transport, client = _split(kwargs)
    return httpx.AsyncClient(transport=SSRFSafeTransport(policy, **transport), **client)
