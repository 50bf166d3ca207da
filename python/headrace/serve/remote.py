"""A runnable that another server runs."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import orjson

from headrace.exceptions import ModelConnectionError, ModelStreamError
from headrace.runnables import Runnable, RunnableConfig, aadd, add
from headrace.serve.langserve import dump, load

__all__ = ["RemoteRunnable"]


class RemoteRunnable(Runnable[Any, Any]):
    """A runnable behind `headrace serve` or LangServe.

    It is a step like any other: `RemoteRunnable(url) | parser` streams, and its run is an event of
    the local stream.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = 60,
    ) -> None:
        """Create a client.

        Args:
            url: Where the runnable is served, such as `http://localhost:8000/agent`.
            token: The server's token.
            headers: More headers of each request.
            timeout: Seconds of silence after which a request fails.
        """
        self.url = url.rstrip("/")
        sent = dict(headers or {})
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        self._client = httpx.Client(headers=sent, timeout=timeout)
        weakref.finalize(self, self._client.close)
        self._async_options = {"headers": sent, "timeout": timeout}

    def __repr__(self) -> str:
        return f"RemoteRunnable({self.url!r})"

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Run it there and return the output."""
        return self._call_with_config(self._invoke, input, config, **kwargs)

    def _invoke(self, input: Any, config: RunnableConfig) -> Any:
        with _Errors(self.url):
            response = self._client.post(
                f"{self.url}/invoke", content=_body(input, config), headers=JSON
            )
        return load(_answer(response)["output"])

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Run it there and return the output."""
        return await self._acall_with_config(self._ainvoke, input, config, **kwargs)

    async def _ainvoke(self, input: Any, config: RunnableConfig) -> Any:
        with _Errors(self.url):
            async with httpx.AsyncClient(**self._async_options) as client:  # type: ignore[arg-type]
                response = await client.post(
                    f"{self.url}/invoke", content=_body(input, config), headers=JSON
                )
        return load(_answer(response)["output"])

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Run it there and yield the chunks as they arrive."""
        yield from self.transform(iter([input]), config, **kwargs)

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Run it there on the whole input and yield the chunks as they arrive."""
        yield from self._transform_stream_with_config(input, self._stream, config, **kwargs)

    def _stream(self, inputs: Iterator[Any], config: RunnableConfig) -> Iterator[Any]:
        body = _body(add(inputs), config)
        with (
            _Errors(self.url),
            self._client.stream(
                "POST", f"{self.url}/stream", content=body, headers=JSON
            ) as response,
        ):
            if response.status_code >= 400:
                response.read()
                _answer(response)
            events = _Events(self.url)
            for line in response.iter_lines():
                yield from events.feed(line)
            events.close()

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Run it there and yield the chunks as they arrive."""

        async def inputs() -> AsyncIterator[Any]:
            yield input

        async for chunk in self.atransform(inputs(), config, **kwargs):
            yield chunk

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Run it there on the whole input and yield the chunks as they arrive."""
        async for chunk in self._atransform_stream_with_config(
            input, self._astream, config, **kwargs
        ):
            yield chunk

    async def _astream(
        self, inputs: AsyncIterator[Any], config: RunnableConfig
    ) -> AsyncIterator[Any]:
        body = _body(await aadd(inputs), config)
        with _Errors(self.url):
            async with (
                httpx.AsyncClient(**self._async_options) as client,  # type: ignore[arg-type]
                client.stream("POST", f"{self.url}/stream", content=body, headers=JSON) as response,
            ):
                if response.status_code >= 400:
                    await response.aread()
                    _answer(response)
                events = _Events(self.url)
                async for line in response.aiter_lines():
                    for chunk in events.feed(line):
                        yield chunk
                events.close()


JSON = {"content-type": "application/json"}


def _body(input: Any, config: RunnableConfig) -> bytes:
    sent = {
        key: config[key]
        for key in ("tags", "metadata", "run_name", "recursion_limit")
        if config.get(key)
    }
    configurable = {
        key: value
        for key, value in (config.get("configurable") or {}).items()
        if isinstance(value, (str, int, float, bool)) and not key.startswith("__")
    }
    if configurable:
        sent["configurable"] = configurable
    return dump({"input": input, "config": sent, "kwargs": {}})


def _answer(response: httpx.Response) -> Any:
    if response.status_code < 400:
        return orjson.loads(response.content)
    try:
        error = orjson.loads(response.content)
        error = error.get("error", error.get("detail", error))
        message = error.get("message", error) if isinstance(error, dict) else error
    except (orjson.JSONDecodeError, AttributeError):
        message = response.text[:500]
    raise ModelStreamError(f"{response.url} answered {response.status_code}: {message}")


class _Errors:
    """A context that raises failures of the connection as `ModelConnectionError`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, httpx.TransportError):
            reason = str(error) or type(error).__name__
            raise ModelConnectionError(f"the connection to {self._url} failed: {reason}") from error


class _Events:
    """A reader of the server-sent events of a stream."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._event = ""
        self._ended = False

    def feed(self, line: str) -> Iterator[Any]:
        if line.startswith("event:"):
            self._event = line[6:].strip()
            self._ended = self._ended or self._event == "end"
        elif line.startswith("data:"):
            data = orjson.loads(line[5:])
            if self._event == "error":
                raise ModelStreamError(f"{self._url} failed: {data.get('message', data)}")
            if self._event == "data":
                yield load(data)

    def close(self) -> None:
        if not self._ended:
            raise ModelConnectionError(f"the stream of {self._url} ended before its end event")
