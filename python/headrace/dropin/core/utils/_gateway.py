"""Lookup of the LangSmith gateway, a proxy configured by environment variables.

`LANGSMITH_GATEWAY` is `true` or an address. `langsmith_gateway()` sets one for a context.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

__all__ = [
    "GATEWAY_METADATA_HEADER",
    "GATEWAY_METADATA_RESPONSE_KEY",
    "GatewayConfig",
    "_apply_gateway_config",
    "_gateway_headers",
    "_langsmith_gateway_active",
    "_parse_gateway_metadata",
    "_resolve_gateway_base_url",
    "_resolve_gateway_config",
    "_with_gateway_headers",
    "langsmith_gateway",
]

GATEWAY_METADATA_RESPONSE_KEY = "lc_gateway_metadata"
"""The key of `generation_info` that holds the gateway's metadata about a request."""

GATEWAY_METADATA_HEADER = "X-LangSmith-Gateway-Metadata"
"""The response header that contains this metadata, as JSON."""

_DEFAULT = "https://gateway.smith.langchain.com"
_PORTS = {"http": 80, "https": 443}


class GatewayConfig(NamedTuple):
    """The address that a model sends its requests to, and the API key."""

    base_url: str | None
    """The address; None leaves it to the provider's SDK."""
    api_key: Any
    """The API key, or None."""
    base_url_from_gateway: bool
    """Whether the address is the gateway's."""


class _Choice(NamedTuple):
    """The gateway of a context."""

    base_url: str
    api_key: SecretStr
    headers: Mapping[str, str]


_CHOICE: ContextVar[_Choice | None] = ContextVar("headrace_gateway", default=None)


@contextmanager
def langsmith_gateway(
    *,
    api_key: str | SecretStr,
    base_url: str = _DEFAULT,
    headers: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Send the requests of models created inside the `with` block through a gateway.

    Args:
        api_key: The key of the gateway.
        base_url: Its address.
        headers: Headers to send with each request.

    Yields:
        Nothing.

    Raises:
        ValueError: If the key is empty, or the address is not one of HTTP.
    """
    secret = api_key if isinstance(api_key, SecretStr) else SecretStr(api_key)
    if not secret.get_secret_value():
        raise ValueError("A gateway API key is required.")
    parts = urlsplit(base_url)
    if parts.scheme not in _PORTS or not parts.netloc:
        raise ValueError(f"Invalid gateway base URL: {base_url!r}")
    token = _CHOICE.set(_Choice(base_url.rstrip("/"), secret, dict(headers or {})))
    try:
        yield
    finally:
        _CHOICE.reset(token)


def _langsmith_gateway_active() -> bool:
    """Return True inside `with langsmith_gateway(...)`."""
    return _CHOICE.get() is not None


def _gateway_headers() -> dict[str, str]:
    """Return the headers of the gateway of this context."""
    choice = _CHOICE.get()
    return {} if choice is None else dict(choice.headers)


def _with_gateway_headers(
    headers: Mapping[str, str] | None, gateway_headers: Mapping[str, str]
) -> Mapping[str, str] | None:
    """Return headers in which those of the gateway replace others of the same name."""
    if not gateway_headers:
        return headers
    replaced = {name.lower() for name in gateway_headers}
    kept = {name: value for name, value in (headers or {}).items() if name.lower() not in replaced}
    return {**kept, **gateway_headers}


def _resolve_gateway_base_url(provider_path: str) -> str | None:
    """Return the address of a provider at the gateway, or None if there is no gateway.

    Args:
        provider_path: The provider's path there, such as `openai/v1`.
    """
    choice = _CHOICE.get()
    if choice is not None:
        return f"{choice.base_url}/{provider_path}"
    said = os.environ.get("LANGSMITH_GATEWAY", "")
    if said.lower() in ("", "false", "0", "no"):
        return None
    base = _DEFAULT if said.lower() in ("true", "1", "yes") else said.rstrip("/")
    return f"{base}/{provider_path}"


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address; None if it is not one of HTTP."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            return None
        return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    except ValueError:
        return None


def _first_env(names: str | Sequence[str]) -> str | None:
    """Return the value of the first of these environment variables that is not empty."""
    every = (names,) if isinstance(names, str) else names
    return next((value for name in every if (value := os.environ.get(name))), None)


def _resolve_gateway_config(
    *,
    base_url: str | None,
    api_key: Any,
    provider_path: str,
    base_url_env: str | Sequence[str] = (),
    api_key_env: str | Sequence[str] = (),
    default_base_url: str | None = None,
) -> GatewayConfig:
    """Return the address that a model sends its requests to, and the API key.

    The gateway of a context comes first. Then the address is the given one, that of the provider's
    variables, that of the gateway, or the default. A given key stays; a key of the gateway is used
    only for the gateway's address.

    Args:
        base_url: The address that the caller gave.
        api_key: The key that the caller gave.
        provider_path: The provider's path at the gateway.
        base_url_env: The variables that name the provider's address.
        api_key_env: The variables that hold the provider's key.
        default_base_url: The address if nothing else names one.
    """
    choice = _CHOICE.get()
    if choice is not None:
        own = isinstance(base_url, str) and base_url.startswith(f"{choice.base_url}/")
        address = base_url if own else f"{choice.base_url}/{provider_path}"
        return GatewayConfig(address, choice.api_key, True)
    gateway = _resolve_gateway_base_url(provider_path)
    address = base_url if base_url is not None else _first_env(base_url_env)
    from_gateway = address is None and gateway is not None
    if address is None:
        address = gateway or default_base_url
    if api_key is not None:
        return GatewayConfig(address, api_key, from_gateway)
    gateway_key = _first_env("LANGSMITH_GATEWAY_API_KEY") if gateway else None
    provider_key = _first_env(api_key_env)
    if from_gateway:
        key = gateway_key or _first_env("LANGSMITH_API_KEY") or provider_key
    elif gateway and address and _origin(gateway) and _origin(gateway) == _origin(address):
        key = provider_key or gateway_key
    else:
        key = provider_key
    return GatewayConfig(address, SecretStr(key) if key else None, from_gateway)


def _take(values: dict[str, Any], cls: type[BaseModel], field: str) -> Any:
    """Remove the value of a field from the arguments, by field name or alias, and return it."""
    value = values.pop(field, None)
    alias = cls.model_fields[field].alias
    other = values.pop(alias, None) if alias is not None else None
    return other if value is None else value


def _apply_gateway_config(
    values: dict[str, Any],
    cls: type[BaseModel],
    *,
    base_url_field: str,
    api_key_field: str,
    provider_path: str,
    base_url_env: str | Sequence[str] = (),
    api_key_env: str | Sequence[str] = (),
    default_base_url: str | None = None,
) -> GatewayConfig:
    """Set the address and key in the arguments of a model, before its fields are validated.

    Args:
        values: The arguments. They are modified.
        cls: The model.
        base_url_field: Its field for the address.
        api_key_field: Its field for the key. It is set only if there is a key.
        provider_path: See `_resolve_gateway_config`, as for the rest.
        base_url_env: The variables that name the provider's address.
        api_key_env: The variables that hold the provider's key.
        default_base_url: The address if nothing else names one.

    Returns:
        The config that was found.
    """
    config = _resolve_gateway_config(
        base_url=_take(values, cls, base_url_field),
        api_key=_take(values, cls, api_key_field),
        provider_path=provider_path,
        base_url_env=base_url_env,
        api_key_env=api_key_env,
        default_base_url=default_base_url,
    )
    values[base_url_field] = config.base_url
    if config.api_key is not None:
        values[api_key_field] = config.api_key
    return config


def _parse_gateway_metadata(headers: Any) -> dict[str, Any] | None:
    """Return the gateway's metadata about a request, from the headers of its response.

    Args:
        headers: The headers.

    Returns:
        The metadata; None if it is missing or not a JSON object.
    """
    text = headers.get(GATEWAY_METADATA_HEADER) if isinstance(headers, Mapping) else None
    try:
        metadata = json.loads(text) if text else None
    except (TypeError, ValueError):
        return None
    return metadata if isinstance(metadata, dict) else None
