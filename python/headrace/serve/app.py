"""The application: routes of every protocol over one stream log."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headrace.serve import agui, aisdk, openai
from headrace.serve.encoder import Encoder
from headrace.serve.langserve import LangServe
from headrace.serve.limits import Limits
from headrace.serve.log import (
    LogUnavailableError,
    MemoryLog,
    StreamLog,
    TrimmedError,
    UnknownStreamError,
)
from headrace.serve.ndjson import NdjsonEncoder, SseEncoder
from headrace.serve.openapi import document
from headrace.serve.request import (
    RequestError,
    check_token,
    read_body,
    read_messages,
    read_text,
)
from headrace.serve.response import StreamResponse
from headrace.serve.runs import Runs, TooManyRunsError
from headrace.serve.turn import Agent, Turn

__all__ = ["PROTOCOLS", "add_routes", "create_app"]

PROTOCOLS = ("ndjson", "ai-sdk", "ag-ui", "openai", "langserve")
PAGE = Path(__file__).parent / "page"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types dompurify"
)

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    runnable: Any,
    *,
    log: StreamLog | None = None,
    protocols: Sequence[str] = PROTOCOLS,
    token: str | None = None,
    limits: Limits | None = None,
    page: bool = True,
    name: str | None = None,
) -> Starlette:
    """Create an application that serves a runnable or a compiled LangGraph graph.

    Args:
        runnable: The runnable. Chat messages go to its input `messages`, to its only input, or are
            its input if it is a chat model.
        log: Where the frames of runs are kept; by default a `MemoryLog`.
        protocols: The protocols to serve, of `PROTOCOLS`.
        token: A secret that every request but those of the page's files must carry.
        limits: Limits of the server.
        page: Whether to serve the chat page at `/`.
        name: Name of the agent; by default that of the runnable.

    Returns:
        A Starlette application.

    Raises:
        ValueError: A protocol is not known, or the token is empty.
    """
    unknown = [each for each in protocols if each not in PROTOCOLS]
    if unknown:
        raise ValueError(f"unknown protocol {unknown[0]!r}; known are {', '.join(PROTOCOLS)}")
    if token is not None and not token.strip():
        raise ValueError("the token must not be empty")
    server = _Server(Agent(runnable, name), log, tuple(protocols), token, limits or Limits())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await server.runs.close()

    routes: list[Any] = server.routes()
    if page:
        routes.append(Mount("/", _Page(StaticFiles(directory=PAGE, html=True))))
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(_Headers)],
        exception_handlers={HTTPException: _http_error, Exception: _internal_error},
    )


def _stream_id(request: Request) -> str:
    """Return the stream id of the path. Other text could name other keys of the log."""
    stream: str = request.path_params["stream"]
    if len(stream) != 32 or not set(stream) <= set("0123456789abcdef"):
        raise UnknownStreamError(f"there is no stream {stream}, or it has expired")
    return stream


def add_routes(app: Any, runnable: Any, path: str = "", **options: Any) -> Starlette:
    """Mount the routes of a runnable in a Starlette or FastAPI application.

    Args:
        app: The application.
        runnable: The runnable.
        path: Where to mount it, such as `/agent`.
        **options: Arguments of `create_app`.

    Returns:
        The mounted application.
    """
    if path and not path.startswith("/"):
        raise ValueError(f"the path must start with '/', got {path!r}")
    mounted = create_app(runnable, **options)
    app.mount(path, mounted)
    return mounted


class _Server:
    """The endpoints of one runnable."""

    def __init__(
        self,
        agent: Agent,
        log: StreamLog | None,
        protocols: tuple[str, ...],
        token: str | None,
        limits: Limits,
    ) -> None:
        self.agent = agent
        self.limits = limits
        self.log = MemoryLog() if log is None else log
        self.runs = Runs(self.log, limits)
        self._token = token
        self._protocols = protocols
        self._model = "-".join(agent.name.lower().split())

    def routes(self) -> list[Any]:
        plain = self._endpoint(_error)
        routes: list[Any] = [
            Route("/info", plain(self._info), methods=["GET"]),
            Route("/openapi.json", plain(self._openapi), methods=["GET"]),
            Route("/streams/{stream}", plain(self._read), methods=["GET"]),
            Route("/streams/{stream}", plain(self._stop), methods=["DELETE"]),
        ]
        if "ndjson" in self._protocols:
            routes.append(Route("/chat", plain(self._chat), methods=["POST"]))
        if "ai-sdk" in self._protocols:
            routes += [
                Route("/ai-sdk", plain(self._ai_sdk), methods=["POST"]),
                Route("/ai-sdk/{chat}/stream", plain(self._ai_sdk_resume), methods=["GET"]),
            ]
        if "ag-ui" in self._protocols:
            routes.append(Route("/ag-ui", plain(self._ag_ui), methods=["POST"]))
        if "openai" in self._protocols:
            own = self._endpoint(_openai_error)
            routes += [
                Route("/v1/models", own(self._models), methods=["GET"]),
                Route("/v1/chat/completions", own(self._completions), methods=["POST"]),
            ]
        if "langserve" in self._protocols:
            served = LangServe(self.agent.runnable, self.limits)
            for name in ("invoke", "batch", "stream", "stream_log", "stream_events"):
                endpoint = plain(getattr(served, name))
                routes.append(Route(f"/{name}", endpoint, methods=["POST"]))
            for name in ("input", "output", "config"):
                routes.append(Route(f"/{name}_schema", plain(served.schema), methods=["GET"]))
        return routes

    def _endpoint(self, show: Callable[[RequestError], Response]) -> Callable[[Endpoint], Endpoint]:
        def wrap(endpoint: Endpoint) -> Endpoint:
            async def call(request: Request) -> Response:
                try:
                    check_token(request, self._token)
                    return await endpoint(request)
                except RequestError as error:
                    return show(error)
                except UnknownStreamError as error:
                    return show(RequestError(404, str(error)))
                except TrimmedError as error:
                    return show(RequestError(410, str(error)))
                except LogUnavailableError as error:
                    return show(RequestError(503, str(error), headers={"retry-after": "1"}))
                except TooManyRunsError as error:
                    return show(RequestError(429, str(error), headers={"retry-after": "1"}))

            return call

        return wrap

    async def _info(self, request: Request) -> Response:
        tools = getattr(self.agent.runnable, "tools", None)
        return _json(
            {
                "title": self.agent.name,
                "model": self._model,
                "protocols": list(self._protocols),
                "threads": self.agent.keeps_threads,
                "token": self._token is not None,
                "tools": [getattr(tool, "name", str(tool)) for tool in tools or ()],
            }
        )

    async def _openapi(self, request: Request) -> Response:
        return _json(document(self.agent.name, self._protocols, secured=self._token is not None))

    # --- streams -----------------------------------------------------------------------------

    async def _read(self, request: Request) -> Response:
        stream = _stream_id(request)
        after = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        if not after.isascii() or not after.isdigit() or len(after) > 18:
            raise RequestError(400, "after must be the number of a frame", field="after")
        last, ended = await self.log.status(stream)
        if int(after) > last:
            raise RequestError(
                400, f"after is {after}, and the last frame is {last}", field="after"
            )
        if ended and int(after) == last:
            # An EventSource reconnects for ever unless it gets this status.
            return Response(status_code=204)
        return StreamResponse(
            self.log, stream, _plain_encoder(request), self.limits, after=int(after)
        )

    async def _stop(self, request: Request) -> Response:
        await self.log.stop(_stream_id(request))
        return Response(status_code=204)

    async def _stream(
        self,
        turn: Turn,
        encode: Callable[[str], Encoder],
        *,
        resumable: bool,
        root: str,
        chat: str | None = None,
    ) -> Response:
        stream = await self.runs.start(turn, resumable=resumable)
        if chat is not None:
            await self.log.remember(chat, stream)
        return StreamResponse(
            self.log,
            stream,
            encode(stream),
            self.limits,
            headers={"location": f"{root}/streams/{stream}"},
            leave=None if resumable else self.runs.leave,
        )

    async def _turn(
        self, messages: list[dict[str, Any]], thread: str | None, resume: Any = None
    ) -> Turn:
        config = self.agent.config(thread or uuid.uuid4().hex)
        if resume is not None:
            if not await self.agent.interrupts(config):
                raise RequestError(409, "this thread does not wait for an answer", field="resume")
            return Turn(self.agent, self.agent.resume(resume), config, resumed=True)
        messages = await self.agent.new_messages(messages, config)
        return Turn(self.agent, self.agent.input(messages), config)

    # --- protocols -----------------------------------------------------------------------------

    async def _chat(self, request: Request) -> Response:
        body = await read_body(request, self.limits.max_body)
        resume = body.get("resume")
        messages = read_messages(body, required=resume is None)
        turn = await self._turn(messages, read_text(body, "thread_id"), resume)
        return await self._stream(
            turn,
            lambda _: _plain_encoder(request),
            resumable=_flag(body, "resumable"),
            root=_root(request),
        )

    async def _ai_sdk(self, request: Request) -> Response:
        body = await read_body(request, self.limits.max_body)
        chat = read_text(body, "id")
        if chat is None:
            raise RequestError(422, "the body has no id", field="id")
        messages = aisdk.messages(body)
        config = self.agent.config(chat)
        answer: str | None = None
        answers = aisdk.approvals(body)
        waiting = await self.agent.interrupts(config) if answers else []
        if waiting:
            resume = aisdk.decisions(answers, waiting)
            turn = Turn(self.agent, self.agent.resume(resume), config, resumed=True)
            answer = messages[-1].get("id")
        elif body.get("trigger") == "regenerate-message":
            users = [index for index, each in enumerate(messages) if each["role"] == "user"]
            if not users:
                raise RequestError(422, "there is no message of the user", field="messages")
            messages = messages[: users[-1] + 1]
            if self.agent.keeps_threads:
                config = await self.agent.before(messages[-1].get("id", ""), config)
                messages = messages[-1:]
            turn = Turn(self.agent, self.agent.input(messages), config)
        else:
            messages = await self.agent.new_messages(messages, config)
            turn = Turn(self.agent, self.agent.input(messages), config)
        return await self._stream(
            turn,
            lambda stream: aisdk.AiSdkEncoder(answer or f"msg_{stream}"),
            resumable=_flag(body, "resumable"),
            root=_root(request),
            chat=chat,
        )

    async def _ai_sdk_resume(self, request: Request) -> Response:
        stream = await self.log.recall(request.path_params["chat"])
        if stream is None:
            return Response(status_code=204)
        try:
            _, ended = await self.log.status(stream)
        except UnknownStreamError:
            ended = True
        if ended:
            return Response(status_code=204)
        return StreamResponse(self.log, stream, aisdk.AiSdkEncoder(f"msg_{stream}"), self.limits)

    async def _ag_ui(self, request: Request) -> Response:
        body = await read_body(request, self.limits.max_body)
        thread, run = read_text(body, "threadId"), read_text(body, "runId")
        if thread is None or run is None:
            raise RequestError(422, "the body needs threadId and runId", field="threadId")
        resume = agui.answers(body)
        messages = read_messages(_with_text(body), required=resume is None)
        turn = await self._turn(messages, thread, resume)
        return await self._stream(
            turn,
            lambda stream: agui.AgUiEncoder(stream, thread, run, self._model),
            resumable=False,
            root=_root(request),
        )

    async def _models(self, request: Request) -> Response:
        model = {"id": self._model, "object": "model", "created": 0, "owned_by": "headrace"}
        return _json({"object": "list", "data": [model]})

    async def _completions(self, request: Request) -> Response:
        body = await read_body(request, self.limits.max_body)
        model = read_text(body, "model")
        if model != self._model:
            raise RequestError(404, f"the model {model!r} does not exist", field="model")
        turn = await self._turn(read_messages(body), None)
        options = body.get("stream_options") or {}
        include = isinstance(options, dict) and options.get("include_usage") is True
        if body.get("stream") is True:
            return await self._stream(
                turn,
                lambda stream: openai.OpenAiEncoder(stream, self._model, include_usage=include),
                resumable=False,
                root=_root(request),
            )
        stream = await self.runs.start(turn, resumable=False)
        frames: list[bytes] = []
        try:
            async for _, batch in self.log.read(stream):
                frames += batch
                if not batch and await request.is_disconnected():
                    break
        finally:
            await self.runs.leave(stream)
        status, answer = openai.completion(stream, self._model, frames)
        return _json(answer, status)


def _with_text(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body without messages that no model reads, such as reasoning."""
    messages = body.get("messages")
    if not isinstance(messages, list):
        return body
    kept = [
        each
        for each in messages
        if not isinstance(each, dict) or each.get("role") not in ("reasoning", "activity", "tool")
    ]
    return {**body, "messages": kept}


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise RequestError(422, f"{name} must be true or false", field=name)
    return value


def _root(request: Request) -> str:
    """Return the path that the application is mounted at."""
    return str(request.scope.get("root_path", ""))


def _plain_encoder(request: Request) -> Encoder:
    if "text/event-stream" in request.headers.get("accept", ""):
        return SseEncoder()
    return NdjsonEncoder()


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, "application/json")


def _error(error: RequestError) -> Response:
    body: dict[str, Any] = {"message": error.message}
    if error.field:
        body["field"] = error.field
    return _json({"error": body}, error.status, error.headers)


def _openai_error(error: RequestError) -> Response:
    kinds = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}
    kind = kinds.get(error.status, "invalid_request_error")
    code = "model_not_found" if error.status == 404 and error.field == "model" else None
    body = openai.error_body(error.message, kind, param=error.field, code=code)
    return _json(body, error.status, error.headers)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = {404: "there is no such route", 405: "this route has another method"}
    return _error(RequestError(status, message.get(status, "the request failed")))


async def _internal_error(request: Request, error: Exception) -> Response:
    # Starlette's own middleware logs the traceback; the client gets none.
    return _error(RequestError(500, "the server failed to answer this request"))


class _Page:
    """The files of the page, with the policy that they need."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", CSP.encode()),
                    (b"referrer-policy", b"no-referrer"),
                    (b"cache-control", b"no-cache"),
                ]
            await send(message)

        await self._app(scope, receive, add)


class _Headers:
    """Middleware that keeps browsers from guessing the type of a response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self._app(scope, receive, add if scope["type"] == "http" else send)
