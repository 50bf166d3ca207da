"""OpenAI's chat completions. Tool calls that the server runs are hidden from the client."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import orjson
from typing_extensions import override

from headrace.serve.encoder import FrameEncoder, sse
from headrace.serve.log import Frame

__all__ = ["OpenAiEncoder", "completion", "error_body"]


class OpenAiEncoder(FrameEncoder):
    """Frames as chunks of a chat completion."""

    content_type = "text/event-stream"

    def __init__(self, stream: str, model: str, *, include_usage: bool) -> None:
        self._base = {
            "id": f"chatcmpl-{stream}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": model,
        }
        self._include_usage = include_usage
        self._usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        self._failed = False

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return sse({**self._base, "choices": [choice]})

    @override
    def begin(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def _on_token(self, frame: Frame) -> bytes:
        return self._chunk({"content": frame["content"]})

    def _on_reasoning(self, frame: Frame) -> bytes:
        return self._chunk({"reasoning_content": frame["content"]})

    def _on_usage(self, frame: Frame) -> bytes:
        self._usage["prompt_tokens"] += frame["input_tokens"]
        self._usage["completion_tokens"] += frame["output_tokens"]
        self._usage["total_tokens"] += frame["input_tokens"] + frame["output_tokens"]
        return b""

    def _on_error(self, frame: Frame) -> bytes:
        self._failed = True
        return sse(error_body(frame["message"], "server_error"))

    def _on_interrupt(self, frame: Frame) -> bytes:
        self._failed = True
        return sse(error_body(INTERRUPTED, "server_error", code="interrupt"))

    def _on_stopped(self, frame: Frame) -> bytes:
        self._failed = True
        return sse(error_body("The run was stopped.", "server_error", code="stopped"))

    def _on_done(self, frame: Frame) -> bytes:
        if self._failed:
            return b""
        chunks = self._chunk({}, "stop")
        if self._include_usage:
            chunks += sse({**self._base, "choices": [], "usage": self._usage})
        return chunks

    @override
    def end(self) -> bytes:
        return b"data: [DONE]\n\n"


INTERRUPTED = "The run waits for an approval, which this protocol cannot give."


def error_body(
    message: str, kind: str, *, param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """Return an error in OpenAI's form."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def completion(stream: str, model: str, frames: Iterable[bytes]) -> tuple[int, dict[str, Any]]:
    """Return the status and body of an answer that is not streamed."""
    text: list[str] = []
    reasoning: list[str] = []
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    for raw in frames:
        frame = orjson.loads(raw)
        kind = frame["type"]
        if kind == "token":
            text.append(frame["content"])
        elif kind == "reasoning":
            reasoning.append(frame["content"])
        elif kind == "usage":
            usage["prompt_tokens"] += frame["input_tokens"]
            usage["completion_tokens"] += frame["output_tokens"]
            usage["total_tokens"] += frame["input_tokens"] + frame["output_tokens"]
        elif kind == "error":
            return 502, error_body(frame["message"], "server_error")
        elif kind == "interrupt":
            return 409, error_body(INTERRUPTED, "server_error", code="interrupt")
        elif kind == "stopped":
            return 503, error_body("The run was stopped.", "server_error", code="stopped")
    message = {"role": "assistant", "content": "".join(text), "refusal": None}
    if reasoning:
        message["reasoning_content"] = "".join(reasoning)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return 200, {
        "id": f"chatcmpl-{stream}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [choice],
        "usage": usage,
    }
