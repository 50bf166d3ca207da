"""LangServe's routes: a runnable's own interface, for its `RemoteRunnable`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from headrace.serve.limits import Limits
from headrace.serve.request import RequestError, read_body
from headrace.serve.response import STREAM_HEADERS

__all__ = ["LangServe", "dump", "load"]

CONFIG = ("configurable", "tags", "metadata", "run_name", "recursion_limit")


def dump(value: Any) -> bytes:
    """Return a value as JSON: messages and models as the dicts of their fields."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    for method in ("model_dump", "dict", "_asdict"):
        if hasattr(value, method):
            return getattr(value, method)()
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, uuid.UUID):
        return str(value)
    # Log patches hold their operations.
    if hasattr(value, "ops"):
        return {"ops": value.ops}
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def load(value: Any) -> Any:
    """Return a JSON value with messages in place of their dicts."""
    if isinstance(value, list):
        return [load(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("type"), str) and "content" in value:
        from headrace.messages import AIMessageChunk, messages_from_dict

        if value["type"] == "AIMessageChunk":
            return AIMessageChunk(**{key: item for key, item in value.items() if key != "type"})
        if value["type"] in ("human", "ai", "system", "tool", "chat", "function"):
            return messages_from_dict([{"type": value["type"], "data": value}])[0]
    return {key: load(item) for key, item in value.items()}


class LangServe:
    """The endpoints of one runnable."""

    def __init__(self, runnable: Any, limits: Limits) -> None:
        self._runnable = runnable
        self._limits = limits

    async def _request(self, request: Request) -> tuple[Any, dict[str, Any]]:
        body = await read_body(request, self._limits.max_body)
        if "input" not in body:
            raise RequestError(422, "the body has no input", field="input")
        return load(body["input"]), _config(body.get("config"))

    async def invoke(self, request: Request) -> Response:
        """Run the runnable on one input."""
        value, config = await self._request(request)
        output = await asyncio.wait_for(
            self._runnable.ainvoke(value, config), self._limits.max_seconds
        )
        metadata = {"run_id": str(uuid.uuid4()), "feedback_tokens": []}
        return Response(
            dump({"output": output, "metadata": metadata}), media_type="application/json"
        )

    async def batch(self, request: Request) -> Response:
        """Run the runnable on several inputs."""
        body = await read_body(request, self._limits.max_body)
        inputs = body.get("inputs")
        if not isinstance(inputs, list):
            raise RequestError(422, "inputs must be a list", field="inputs")
        if len(inputs) > self._limits.max_batch:
            raise RequestError(422, f"at most {self._limits.max_batch} inputs", field="inputs")
        configs = body.get("config") or {}
        config = (
            [_config(each) for each in configs] if isinstance(configs, list) else _config(configs)
        )
        outputs = await asyncio.wait_for(
            self._runnable.abatch([load(each) for each in inputs], config),
            self._limits.max_seconds,
        )
        runs = [str(uuid.uuid4()) for _ in outputs]
        metadata = {
            "run_ids": runs,
            "responses": [{"run_id": run, "feedback_tokens": []} for run in runs],
        }
        return Response(
            dump({"output": outputs, "metadata": metadata}), media_type="application/json"
        )

    async def stream(self, request: Request) -> Response:
        """Stream the chunks of the output."""
        value, config = await self._request(request)
        return _events(self._runnable.astream(value, config), metadata=True)

    async def stream_log(self, request: Request) -> Response:
        """Stream the patches of the run log."""
        value, config = await self._request(request)
        return _events(self._runnable.astream_log(value, config), metadata=False)

    async def stream_events(self, request: Request) -> Response:
        """Stream the events of the run, in version 2."""
        value, config = await self._request(request)
        events = self._runnable.astream_events(value, config, version="v2")
        return _events(events, metadata=False)

    async def schema(self, request: Request) -> Response:
        """Return the JSON schema of the input, output or config."""
        name = request.url.path.rpartition("/")[2].removesuffix("_schema")
        try:
            schema = getattr(self._runnable, f"get_{name}_jsonschema")()
        except (TypeError, ValueError, NotImplementedError) as error:
            raise RequestError(404, f"this runnable has no {name} schema: {error}") from error
        return Response(dump(schema), media_type="application/json")


def _config(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RequestError(422, "config must be an object", field="config")
    return {key: value[key] for key in CONFIG if key in value}


def _events(chunks: AsyncIterator[Any], *, metadata: bool) -> Response:
    async def body() -> AsyncIterator[bytes]:
        try:
            if metadata:
                yield b"event: metadata\ndata: " + dump({"run_id": str(uuid.uuid4())}) + b"\n\n"
            async for chunk in chunks:
                yield b"event: data\ndata: " + dump(chunk) + b"\n\n"
            yield b"event: end\n\n"
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the response has begun: the client gets the message
            failure: Mapping[str, Any] = {
                "status_code": 500,
                "message": str(error) or type(error).__name__,
            }
            yield b"event: error\ndata: " + dump(failure) + b"\n\n"
        finally:
            close = getattr(chunks, "aclose", None)
            if close is not None:
                await close()

    return StreamingResponse(body(), media_type="text/event-stream", headers=STREAM_HEADERS)
