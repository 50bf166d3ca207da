"""AG-UI 1.0: events of a run, as server-sent events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from typing_extensions import override

from headrace.serve.encoder import FrameEncoder, sse
from headrace.serve.log import Frame
from headrace.serve.request import RequestError

__all__ = ["AgUiEncoder", "answers"]


class AgUiEncoder(FrameEncoder):
    """Frames as AG-UI events. Messages and calls are closed before the run ends."""

    content_type = "text/event-stream"

    def __init__(self, stream: str, thread: str, run: str, model: str) -> None:
        self._stream = stream
        self._ids = {"threadId": thread, "runId": run}
        self._model = model
        self._count = 0
        self._open: tuple[str, str] | None = None
        self._calls: list[str] = []
        self._message: str | None = None
        self._usage = {"inputTokens": 0, "outputTokens": 0}
        self._interrupts: list[dict[str, Any]] = []

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._stream}-{self._count}"

    @override
    def begin(self) -> bytes:
        return sse({"type": "RUN_STARTED", **self._ids, "protocolVersion": "1.0"})

    def _close(self) -> bytes:
        events = b""
        if self._open is not None:
            kind, identifier = self._open
            self._open = None
            if kind == "text":
                events = sse({"type": "TEXT_MESSAGE_END", "messageId": identifier})
            else:
                events = sse({"type": "REASONING_MESSAGE_END", "messageId": identifier})
                events += sse({"type": "REASONING_END", "messageId": identifier})
        return events

    def _close_calls(self) -> bytes:
        calls, self._calls = self._calls, []
        return b"".join(sse({"type": "TOOL_CALL_END", "toolCallId": call}) for call in calls)

    def _begin(self, kind: str) -> tuple[bytes, str]:
        if self._open is not None and self._open[0] == kind:
            return b"", self._open[1]
        events = self._close_calls() + self._close()
        identifier = self._id("msg" if kind == "text" else "reasoning")
        self._open = (kind, identifier)
        if kind == "text":
            self._message = identifier
            return events + sse(
                {"type": "TEXT_MESSAGE_START", "messageId": identifier, "role": "assistant"}
            ), identifier
        events += sse({"type": "REASONING_START", "messageId": identifier})
        return events + sse(
            {"type": "REASONING_MESSAGE_START", "messageId": identifier, "role": "reasoning"}
        ), identifier

    def _on_token(self, frame: Frame) -> bytes:
        events, identifier = self._begin("text")
        return events + sse(
            {
                "type": "TEXT_MESSAGE_CONTENT",
                "messageId": identifier,
                "delta": frame["content"],
            }
        )

    def _on_reasoning(self, frame: Frame) -> bytes:
        events, identifier = self._begin("reasoning")
        return events + sse(
            {
                "type": "REASONING_MESSAGE_CONTENT",
                "messageId": identifier,
                "delta": frame["content"],
            }
        )

    def _on_tool_call_start(self, frame: Frame) -> bytes:
        events = self._close()
        self._calls.append(frame["id"])
        start = {
            "type": "TOOL_CALL_START",
            "toolCallId": frame["id"],
            "toolCallName": frame["name"],
        }
        if self._message is not None:
            start["parentMessageId"] = self._message
        return events + sse(start)

    def _on_tool_call_delta(self, frame: Frame) -> bytes:
        return sse({"type": "TOOL_CALL_ARGS", "toolCallId": frame["id"], "delta": frame["args"]})

    def _on_tool_call(self, frame: Frame) -> bytes:
        if frame["id"] not in self._calls:
            return b""
        self._calls.remove(frame["id"])
        return sse({"type": "TOOL_CALL_END", "toolCallId": frame["id"]})

    def _on_tool_result(self, frame: Frame) -> bytes:
        result = frame["result"]
        self._message = None
        return (
            self._close()
            + self._close_calls()
            + sse(
                {
                    "type": "TOOL_CALL_RESULT",
                    "messageId": self._id("tool"),
                    "toolCallId": frame["id"],
                    "content": result if isinstance(result, str) else orjson.dumps(result).decode(),
                    "role": "tool",
                }
            )
        )

    def _on_data(self, frame: Frame) -> bytes:
        return sse({"type": "CUSTOM", "name": "data", "value": frame["data"]})

    def _on_usage(self, frame: Frame) -> bytes:
        self._usage["inputTokens"] += frame["input_tokens"]
        self._usage["outputTokens"] += frame["output_tokens"]
        return b""

    def _on_interrupt(self, frame: Frame) -> bytes:
        call = next((call for call in frame["calls"] if call), None)
        question = frame["question"]
        interrupt = {
            "id": frame["id"],
            "reason": "tool_call" if call else "input_required",
            "message": question if isinstance(question, str) else orjson.dumps(question).decode(),
        }
        if call:
            interrupt["toolCallId"] = call
        self._interrupts.append(interrupt)
        return b""

    def _on_error(self, frame: Frame) -> bytes:
        return (
            self._close()
            + self._close_calls()
            + sse({"type": "RUN_ERROR", "message": frame["message"]})
        )

    def _on_stopped(self, frame: Frame) -> bytes:
        return self._finish({"type": "cancelled"})

    def _on_done(self, frame: Frame) -> bytes:
        if self._interrupts:
            return self._finish({"type": "interrupt", "interrupts": self._interrupts})
        return self._finish({"type": "success"})

    def _finish(self, outcome: dict[str, Any]) -> bytes:
        usage = {
            "model": self._model,
            **self._usage,
            "totalTokens": sum(self._usage.values()),
        }
        return (
            self._close()
            + self._close_calls()
            + sse({"type": "RUN_FINISHED", **self._ids, "outcome": outcome, "usage": [usage]})
        )


def answers(body: Mapping[str, Any]) -> Any:
    """Return the value that resumes an interrupted run, or None if the request starts one."""
    resume = body.get("resume")
    if resume is None or resume == []:
        return None
    if not isinstance(resume, list) or not all(
        isinstance(each, dict) and isinstance(each.get("interruptId"), str) for each in resume
    ):
        raise RequestError(422, "resume must be a list of answers with interruptId", field="resume")
    values = {
        each["interruptId"]: each.get("payload", {"status": each.get("status")}) for each in resume
    }
    return next(iter(values.values())) if len(values) == 1 else values
