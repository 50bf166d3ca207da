"""The OpenAPI document of a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["document"]

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message"],
            "properties": {"message": {"type": "string"}, "field": {"type": "string"}},
        }
    },
}
MESSAGE = {
    "type": "object",
    "required": ["role", "content"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "role": {"enum": ["user", "assistant", "system", "developer"]},
        "content": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}],
        },
    },
}
TEXT = {"type": "string", "minLength": 1, "maxLength": 1000}


def _operation(
    summary: str,
    statuses: dict[int, str | None],
    body: dict[str, Any] | None = None,
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, media in statuses.items():
        response: dict[str, Any] = {"description": "Success" if status < 300 else "Error"}
        if media is not None:
            response["content"] = {
                each: {"schema": {"$ref": "#/components/schemas/Error"} if status >= 400 else {}}
                for each in media.split()
            }
        responses[str(status)] = response
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    if parameters:
        operation["parameters"] = list(parameters)
    return operation


def document(name: str, protocols: Sequence[str], *, secured: bool) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a server."""
    json = "application/json"
    streams = "application/x-ndjson text/event-stream"
    errors: dict[int, str | None] = dict.fromkeys((400, 401, 413, 422, 429, 500), json)
    messages = {"type": "array", "items": MESSAGE, "minItems": 1}
    stream = {"name": "stream", "in": "path", "required": True, "schema": {"type": "string"}}
    after = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}}
    missing: dict[int, str | None] = {400: json, 401: json, 404: json, 410: json}
    paths: dict[str, Any] = {
        "/info": {"get": _operation("Describe the agent", {200: json, 401: json})},
        "/openapi.json": {"get": _operation("Return this document", {200: json, 401: json})},
        "/streams/{stream}": {
            "get": _operation(
                "Resume a stream", {200: streams, 204: None, **missing}, parameters=[stream, after]
            ),
            "delete": _operation("Stop a run", {204: None, **missing}, parameters=[stream]),
        },
    }
    if "ndjson" in protocols:
        chat = {
            "type": "object",
            "required": ["messages"],
            "properties": {
                "messages": messages,
                "thread_id": TEXT,
                "resumable": {"type": "boolean"},
            },
        }
        paths["/chat"] = {
            "post": _operation("Start a turn", {200: streams, 409: json, **errors}, chat)
        }
    if "openai" in protocols:
        completion = {
            "type": "object",
            "required": ["model", "messages"],
            "properties": {"model": TEXT, "messages": messages, "stream": {"type": "boolean"}},
        }
        statuses: dict[int, str | None] = {
            200: f"{json} text/event-stream",
            404: json,
            409: json,
            502: json,
            503: json,
            **errors,
        }
        paths["/v1/models"] = {"get": _operation("List the model", {200: json, 401: json})}
        paths["/v1/chat/completions"] = {
            "post": _operation("Complete a chat", statuses, completion)
        }
    if "ag-ui" in protocols:
        run = {
            "type": "object",
            "required": ["threadId", "runId", "messages"],
            "properties": {"threadId": TEXT, "runId": TEXT, "messages": messages},
        }
        paths["/ag-ui"] = {
            "post": _operation(
                "Run the agent (AG-UI)", {200: "text/event-stream", 409: json, **errors}, run
            )
        }
    result: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }
    if secured:
        result["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        result["security"] = [{"token": []}]
    return result
