"""The UI message stream of the Vercel AI SDK, version 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from headrace.serve.encoder import FrameEncoder, sse
from headrace.serve.log import Frame
from headrace.serve.request import RequestError

__all__ = ["AiSdkEncoder", "approvals", "decisions", "messages"]


class AiSdkEncoder(FrameEncoder):
    """Frames as parts of a UI message."""

    content_type = "text/event-stream"
    headers = {"x-vercel-ai-ui-message-stream": "v1"}  # noqa: RUF012

    def __init__(self, message: str) -> None:
        self._message = message
        self._open: tuple[str, str] | None = None
        self._count = 0
        self._step = False
        self._results = False
        self._usage = {"inputTokens": 0, "outputTokens": 0}

    @override
    def begin(self) -> bytes:
        return sse({"type": "start", "messageId": self._message})

    def _start_step(self) -> bytes:
        # A model call after the results of tools is another step.
        parts = b""
        if self._step and self._results:
            parts = self._finish_step()
        if not self._step:
            self._step = True
            self._results = False
            parts += sse({"type": "start-step"})
        return parts

    def _finish_step(self) -> bytes:
        parts = self._close()
        if self._step:
            self._step = False
            parts += sse({"type": "finish-step"})
        return parts

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        kind, identifier = self._open
        self._open = None
        return sse({"type": f"{kind}-end", "id": identifier})

    def _delta(self, kind: str, text: str) -> bytes:
        parts = self._start_step()
        if self._open is None or self._open[0] != kind:
            parts += self._close()
            self._open = (kind, f"{kind}-{self._count}")
            self._count += 1
            parts += sse({"type": f"{kind}-start", "id": self._open[1]})
        return parts + sse({"type": f"{kind}-delta", "id": self._open[1], "delta": text})

    def _on_token(self, frame: Frame) -> bytes:
        return self._delta("text", frame["content"])

    def _on_reasoning(self, frame: Frame) -> bytes:
        return self._delta("reasoning", frame["content"])

    def _on_tool_call_start(self, frame: Frame) -> bytes:
        parts = self._start_step() + self._close()
        return parts + sse(
            {
                "type": "tool-input-start",
                "toolCallId": frame["id"],
                "toolName": frame["name"],
                "dynamic": True,
            }
        )

    def _on_tool_call_delta(self, frame: Frame) -> bytes:
        return sse(
            {
                "type": "tool-input-delta",
                "toolCallId": frame["id"],
                "inputTextDelta": frame["args"],
            }
        )

    def _on_tool_call(self, frame: Frame) -> bytes:
        return sse(
            {
                "type": "tool-input-available",
                "toolCallId": frame["id"],
                "toolName": frame["name"],
                "input": frame["args"],
                "dynamic": True,
            }
        )

    def _on_tool_result(self, frame: Frame) -> bytes:
        parts = b""
        if not self._step:
            parts = self._start_step()
        self._results = True
        call = {"toolCallId": frame["id"], "dynamic": True}
        if frame.get("failed"):
            return parts + sse(
                {"type": "tool-output-error", **call, "errorText": str(frame["result"])}
            )
        return parts + sse({"type": "tool-output-available", **call, "output": frame["result"]})

    def _on_data(self, frame: Frame) -> bytes:
        return self._start_step() + sse({"type": "data-output", "data": frame["data"]})

    def _on_usage(self, frame: Frame) -> bytes:
        self._usage["inputTokens"] += frame["input_tokens"]
        self._usage["outputTokens"] += frame["output_tokens"]
        return b""

    def _on_interrupt(self, frame: Frame) -> bytes:
        parts = self._close()
        asked = [(index, call) for index, call in enumerate(frame["calls"]) if call]
        for index, call in asked:
            parts += sse(
                {
                    "type": "tool-approval-request",
                    "approvalId": f"{frame['id']}:{index}",
                    "toolCallId": call,
                }
            )
        if not asked:
            data = {"id": frame["id"], "question": frame["question"]}
            parts += sse({"type": "data-interrupt", "data": data})
        return parts

    def _on_error(self, frame: Frame) -> bytes:
        return self._finish_step() + sse({"type": "error", "errorText": frame["message"]})

    def _on_stopped(self, frame: Frame) -> bytes:
        return self._finish_step() + sse({"type": "abort"})

    def _on_done(self, frame: Frame) -> bytes:
        return self._finish_step() + sse(
            {
                "type": "finish",
                "finishReason": "stop",
                "messageMetadata": {"usage": self._usage},
            }
        )

    @override
    def end(self) -> bytes:
        return b"data: [DONE]\n\n"


def messages(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of a request, with their text and images."""
    value = body.get("messages")
    if not isinstance(value, list) or not value:
        raise RequestError(
            422, "messages must be a list with at least one message", field="messages"
        )
    found = []
    for index, entry in enumerate(value):
        parts = entry.get("parts") if isinstance(entry, dict) else None
        role = entry.get("role") if isinstance(entry, dict) else None
        if role not in ("user", "assistant", "system") or not isinstance(parts, list):
            raise RequestError(
                422, f"messages[{index}] is not a UI message", field=f"messages[{index}]"
            )
        blocks = [block for block in map(_block, parts) if block is not None]
        content: Any = blocks
        if all(block["type"] == "text" for block in blocks):
            content = "".join(block["text"] for block in blocks)
        message = {"role": role, "content": content}
        if isinstance(entry.get("id"), str):
            message["id"] = entry["id"]
        found.append(message)
    return found


def _block(part: Any) -> dict[str, Any] | None:
    if not isinstance(part, dict):
        return None
    if part.get("type") == "text" and isinstance(part.get("text"), str):
        return {"type": "text", "text": part["text"]}
    if part.get("type") == "file" and str(part.get("mediaType", "")).startswith("image/"):
        return {"type": "image_url", "image_url": {"url": str(part.get("url"))}}
    return None


def approvals(body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the user's answers to approval requests in the last message, by approval id."""
    last = body["messages"][-1]
    found = {}
    for part in last.get("parts", ()) if last.get("role") == "assistant" else ():
        approval = part.get("approval") if isinstance(part, dict) else None
        if isinstance(approval, dict) and part.get("state") == "approval-responded":
            found[str(approval.get("id"))] = approval
    return found


def decisions(answers: Mapping[str, Mapping[str, Any]], interrupts: Sequence[Any]) -> Any:
    """Return the value that resumes a run whose interrupts ask for approval of tool calls."""
    values = {}
    for interrupt in interrupts:
        question = interrupt.value if isinstance(interrupt.value, Mapping) else {}
        found = []
        for index, _ in enumerate(question.get("action_requests") or ()):
            answer = answers.get(f"{interrupt.id}:{index}")
            if answer is None or not isinstance(answer.get("approved"), bool):
                raise RequestError(422, f"the approval {interrupt.id}:{index} is not answered")
            if answer["approved"]:
                found.append({"type": "approve"})
            else:
                reason = answer.get("reason")
                found.append({"type": "reject", **({"message": reason} if reason else {})})
        values[interrupt.id] = {"decisions": found}
    return next(iter(values.values())) if len(values) == 1 else values
