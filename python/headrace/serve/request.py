"""Requests: bodies, tokens and messages, with an error that names each wrong field."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

__all__ = ["RequestError", "check_token", "read_body", "read_messages", "read_text"]

ROLES = ("user", "assistant", "system", "developer", "tool")


class RequestError(Exception):
    """A request that cannot be served. Each protocol shows it in its own form."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.headers = dict(headers or {})


def check_token(request: Request, token: str | None) -> None:
    """Raise unless the request carries the server's token, in constant time."""
    if token is None:
        return
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), token.encode()):
        raise RequestError(
            401,
            "this server needs a token: send it as 'Authorization: Bearer TOKEN'",
            headers={"www-authenticate": "Bearer"},
        )


async def read_body(request: Request, limit: int) -> dict[str, Any]:
    """Return the JSON object of a request."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise RequestError(413, f"the body has {declared} bytes, more than {limit}")
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise RequestError(413, f"the body has more than {limit} bytes")
        pieces.append(piece)
    try:
        body = orjson.loads(b"".join(pieces))
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise RequestError(400, f"the body must be a JSON object, got {type(body).__name__}")
    return body


def read_text(body: Mapping[str, Any], field: str, *, limit: int = 1_000) -> str | None:
    """Return an optional text field of a body."""
    value = body.get(field)
    if value is None:
        return None
    if not isinstance(value, str) or not value or len(value) > limit:
        raise RequestError(422, f"{field} must be a string of 1 to {limit} characters", field=field)
    return value


def read_messages(body: Mapping[str, Any], *, required: bool = True) -> list[dict[str, Any]]:
    """Return the messages of a body, each with `role` and `content`, and `id` if it has one."""
    value = body.get("messages")
    if value is None and not required:
        return []
    if not isinstance(value, list) or (required and not value):
        raise RequestError(
            422, "messages must be a list with at least one message", field="messages"
        )
    messages = []
    for index, entry in enumerate(value):
        field = f"messages[{index}]"
        if not isinstance(entry, dict):
            raise RequestError(422, f"{field} must be an object", field=field)
        role, content = entry.get("role"), entry.get("content")
        if role not in ROLES:
            raise RequestError(
                422, f"{field}.role must be one of {', '.join(ROLES)}", field=f"{field}.role"
            )
        if content is None and role == "assistant":
            content = ""
        if not isinstance(content, str) and not (
            isinstance(content, list) and all(isinstance(block, dict) for block in content)
        ):
            raise RequestError(
                422,
                f"{field}.content must be a string or a list of objects",
                field=f"{field}.content",
            )
        message = {"role": "system" if role == "developer" else role, "content": content}
        identifier = entry.get("id")
        if isinstance(identifier, str) and identifier:
            message["id"] = identifier
        if role == "tool":
            call = entry.get("tool_call_id", entry.get("toolCallId"))
            if not isinstance(call, str):
                raise RequestError(422, f"{field} has no tool_call_id", field=field)
            message["tool_call_id"] = call
        messages.append(message)
    return messages
