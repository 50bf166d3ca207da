"""Secrets in the fields of models and the arguments of calls: found by name and hidden in output.

A provider's SDK takes keys in many places: headers, query parameters, the address of a server or a
proxy, the body of a request. `hide_secrets` hides them in a model's repr, dumps, events and cache
keys; error messages hide the values that `secrets_in` finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

__all__ = [
    "HIDDEN",
    "hide_in_url",
    "hide_secrets",
    "is_secret_name",
    "secrets_in",
    "secrets_in_request",
]

HIDDEN = "**********"
"""Text that is shown in place of a secret."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authentication",
        "authorization",
        "bearer",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "jwt",
        "key",
        "keys",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "secret",
        "secrets",
        "sig",
        "signature",
        "subscription",
        "token",
    }
)
_PUBLIC_NAMES = frozenset(
    {
        "bos_token",
        "custom_get_token_ids",
        "eos_token",
        "pad_token",
        "prompt_cache_key",
        "stop_token_ids",
        "token_counter",
        "token_ids",
        "unk_token",
    }
)
"""Names with such a word that are not secret."""

_OPAQUE_WORDS = frozenset(
    {
        "cookies",
        "header",
        "headers",
        "proxies",
        "query",
    }
)
"""Words in the names of mappings of which every value is hidden: only their keys are known."""

_SCHEMAS = frozenset(
    {
        "format",
        "functions",
        "input_schema",
        "json_schema",
        "ls_structured_output_format",
        "output_config",
        "parameters",
        "response_format",
        "schema",
        "text",
        "tools",
        "tool_choice",
    }
)
"""Names of values that hold JSON schemas, whose keys are the names of other people's fields."""

_CONVERSATION = frozenset({"input", "messages", "prompt", "system"})

_SHORTEST_KEY = 6
# A plain `key` is also a word of dictionaries; shorter values of it are not secrets.

_URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*:)?//[^\s]*")
_ADDRESS = re.compile(r"(?P<start>[^/?#]*//)?(?P<user>[^/?#]*@)?(?P<path>[^?#]*)(?P<rest>.*)", re.S)
_PART = re.compile(r"([?&;#])([^=&;#]*)=([^&;#]*)")


def is_secret_name(name: str) -> bool:
    """Return True if a field or parameter of this name usually holds a secret.

    Args:
        name: A name such as `api_key`, `X-Auth-Token` or `accessToken`.
    """
    if name in _PUBLIC_NAMES:
        return False
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))


def hide_secrets(value: Any, name: str = "") -> Any:
    """Return a value with its secrets hidden.

    Args:
        value: The value of a field or an argument, or a mapping of those.
        name: Its name, which decides if it is a secret.

    Returns:
        The value itself if nothing in it is secret; else a copy with asterisks instead of each
        secret. Addresses keep all but the user, the password and the values of secret parameters.
    """
    return _hidden(value, name, _is_opaque(name), lambda _: None)


def secrets_in(value: Any, name: str = "") -> list[str]:
    """Return the texts that `hide_secrets` hides.

    Args:
        value: The value of a field or an argument, or a mapping of those.
        name: Its name.
    """
    found: list[str] = []
    _hidden(value, name, _is_opaque(name), found.append)
    return found


def secrets_in_request(request: Mapping[str, Any]) -> list[str]:
    """Return the secrets in the arguments of a call; the conversation has none.

    Args:
        request: The arguments by name.
    """
    return secrets_in({name: request[name] for name in request if name not in _CONVERSATION})


def hide_in_url(url: str) -> str:
    """Return an address without the user, the password and the values of secret parameters."""
    return _hidden_url(url, lambda _: None)


_Report = Callable[[str], None]


def _is_opaque(name: str) -> bool:
    return any(word.lower() in _OPAQUE_WORDS for word in _WORD.findall(name))


def _hidden(value: Any, name: str, opaque: bool, report: _Report, depth: int = 50) -> Any:
    if isinstance(value, (str, bytes)):
        return _hidden_text(value, name, opaque, report)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if depth == 0:
        return HIDDEN
    if isinstance(value, Mapping):
        return _hidden_mapping(value, opaque, report, depth)
    if isinstance(value, (list, tuple)):
        items = [
            item
            if name in _SCHEMAS and not _is_remote_server(item)
            else _hidden(item, name, opaque, report, depth - 1)
            for item in value
        ]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return items if isinstance(value, list) else tuple(items)
    return value


def _hidden_text(value: str | bytes, name: str, opaque: bool, report: _Report) -> Any:
    if not value or value == "**REDACTED**":
        return value
    if name == "key" and len(value) < _SHORTEST_KEY:
        return value
    if opaque or is_secret_name(name):
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        report(text)
        scheme, blank, credentials = text.partition(" ")
        if blank and scheme.lower() in ("basic", "bearer", "token"):
            report(credentials.strip())
        return HIDDEN
    if isinstance(value, str) and _URL.match(value):
        return _hidden_url(value, report)
    return value


def _hidden_mapping(value: Mapping[Any, Any], opaque: bool, report: _Report, depth: int) -> Any:
    if value.get("lc") == 1 and value.get("type") == "secret":
        # The name of an environment variable, in a serialized component.
        return value
    shown = {}
    for key, item in value.items():
        name = str(key)
        if name in _SCHEMAS and not opaque and isinstance(item, Mapping):
            shown[key] = item
        else:
            shown[key] = _hidden(item, name, opaque or _is_opaque(name), report, depth - 1)
    return value if all(shown[key] is value[key] for key in shown) else shown


def _is_remote_server(tool: Any) -> bool:
    return isinstance(tool, Mapping) and tool.get("type") == "mcp"


def _hidden_url(url: str, report: _Report) -> str:
    parts = _ADDRESS.fullmatch(url)
    if parts is None:
        return url
    user = parts["user"] or ""
    if user:
        for secret in _user_parts(user[:-1]):
            report(secret)
        user = f"{HIDDEN}@"

    def without_value(part: re.Match[str]) -> str:
        mark, name, value = part.groups()
        if not value or not is_secret_name(unquote(name)):
            return part[0]
        for secret in {value, unquote(value)}:
            report(secret)
        return f"{mark}{name}={HIDDEN}"

    return f"{parts['start'] or ''}{user}{parts['path']}{_PART.sub(without_value, parts['rest'])}"


def _user_parts(user: str) -> Iterator[str]:
    for part in (user, *user.split(":", 1)):
        yield part
        if "%" in part:
            yield unquote(part)
