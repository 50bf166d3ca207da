"""Conversion of the errors of providers' SDKs to those of headrace.

The SDKs of OpenAI and Anthropic use the same names and attributes for errors, so one mapping works
for both; it imports neither. A mapped error is an instance of both classes, and its cause is the
SDK's error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from types import TracebackType
from typing import Any, cast

from headrace.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelStreamError,
    ModelTimeoutError,
)
from headrace.providers.keys import Redaction, redact

__all__ = ["ModelErrors", "as_model_error"]

_BY_STATUS: dict[int, type[ModelError]] = {
    400: ModelInvalidRequestError,
    401: ModelAuthenticationError,
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    408: ModelTimeoutError,
    413: ModelInvalidRequestError,
    422: ModelInvalidRequestError,
    429: ModelRateLimitError,
}

# In mid-stream the status is the successful one of the response: the type decides.
_BY_TYPE: dict[str, type[ModelError]] = {
    "invalid_request_error": ModelInvalidRequestError,
    "request_too_large": ModelInvalidRequestError,
    "authentication_error": ModelAuthenticationError,
    "permission_error": ModelPermissionDeniedError,
    "not_found_error": ModelNotFoundError,
    "rate_limit_error": ModelRateLimitError,
    "timeout_error": ModelTimeoutError,
}

# The HTTP client's own errors occur if a connection breaks in mid-stream.
_BY_NAME: dict[str, type[ModelError]] = {
    "APITimeoutError": ModelTimeoutError,
    "TimeoutException": ModelTimeoutError,
    "APIConnectionError": ModelConnectionError,
    "TransportError": ModelConnectionError,
    "APIError": ModelStreamError,
}

_TOO_LONG = (
    "context_length_exceeded",
    "exceeds the context window",
    "maximum context length",
    "Input tokens exceed the configured limit",
    "prompt is too long",
    "ContextWindowExceededError",
)

_QUOTED = 300
"""How many characters of unreadable data an error quotes."""


class ModelErrors:
    """Context manager that converts the SDK's errors to headrace's and removes keys."""

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Callable[[], Sequence[str]]) -> None:
        """Create the context manager.

        Args:
            secrets: Returns the secrets, which are removed from messages and bodies. It is called
                only if there is an error.
        """
        self._secrets = secrets

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            mapped = self._mapped(error)
            if mapped is not None:
                raise mapped from error

    def _mapped(self, error: Exception) -> Exception | None:
        """Return the error to raise instead; None if the error stays."""
        if isinstance(error, json.JSONDecodeError):
            quoted = redact(error.doc, self._secrets())[:_QUOTED]
            return ModelStreamError(f"the server sent an event that is not JSON: {quoted!r}")
        if isinstance(error, ModelError):
            # decoders quote what servers send
            secrets = self._secrets()
            error.args = redact(error.args, secrets)
            error.__dict__.setdefault("redaction", Redaction(secrets))
            return None
        return as_model_error(error, self._secrets())


def as_model_error(error: Exception, secrets: Sequence[str] = ()) -> ModelError | None:
    """Convert an SDK's error to one of headrace, to raise `from` the original.

    Args:
        error: The exception that the SDK, or its HTTP client, has raised.
        secrets: Keys to remove from the message and body, also of the original.

    Returns:
        An instance of both a `ModelError` class and the original's class, with the attributes of
        the original; None if the error is neither the SDK's nor the HTTP client's.
    """
    if isinstance(error, ModelError):
        return None
    kind = _kind_of(error)
    if kind is None:
        return None
    _hide(error, secrets)
    pair: Any = (kind, type(error))
    mapped = _both(pair)
    made = mapped.__new__(mapped, *error.args)
    # the HTTP client's timeouts have no message
    made.args = error.args if str(error) else ((kind.__doc__ or "").split("\n")[0],)
    made.__dict__.update(error.__dict__, redaction=Redaction(secrets))
    return cast("ModelError", made)


def _kind_of(error: Exception) -> type[ModelError] | None:
    """Return the class for an error; the most specific of its classes decides."""
    status = getattr(error, "status_code", None)
    named = [_BY_NAME[cls.__name__] for cls in type(error).__mro__ if cls.__name__ in _BY_NAME]
    kind: type[ModelError] | None
    if isinstance(status, int) and status < 400:
        kind = _BY_TYPE.get(str(getattr(error, "type", None)), ModelStreamError)
    elif isinstance(status, int):
        kind = _BY_STATUS.get(status)
        if kind is None:
            kind = ModelAPIError if status >= 500 else ModelInvalidRequestError
    elif named:
        kind = named[0]
    else:
        return None
    if issubclass(kind, (ModelInvalidRequestError, ModelStreamError)) and _is_too_long(error):
        return ContextOverflowError
    return kind


def _is_too_long(error: Exception) -> bool:
    text = f"{error} {getattr(error, 'code', None)}"
    return any(sign in text for sign in _TOO_LONG)


@cache
def _both(pair: tuple[type[ModelError], type[Exception]]) -> type[Exception]:
    """Create the class of errors that are instances of both."""
    kind, sdk = pair
    about = {"__module__": __name__, "__doc__": kind.__doc__, "__init__": Exception.__init__}
    return type(kind.__name__, (kind, sdk), about)


def _hide(error: Exception, secrets: Sequence[str]) -> None:
    if not secrets:
        return
    error.args = redact(error.args, secrets)
    for name in ("message", "body"):
        told = error.__dict__.get(name)
        if told is not None:
            error.__dict__[name] = redact(told, secrets)
