"""Recorded provider streams, as the fields of the chunks that an integration makes of them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Recordings of real providers are not part of this repository.
_SHARED = os.environ.get("HEADRACE_SHARED")
FOLDER = Path(_SHARED) / "recordings" if _SHARED else None


def recordings(*providers: str) -> list[Any]:
    """A parameter for each recording, of some providers or all, or one that is skipped."""
    if FOLDER is None or not FOLDER.is_dir():
        why = pytest.mark.skip(reason="HEADRACE_SHARED names no folder with recordings")
        return [pytest.param(None, marks=why, id="recordings")]
    found = sorted(FOLDER.glob("*.jsonl"))
    return [
        pytest.param(path, id=path.stem)
        for path in found
        if not providers or path.stem.startswith(providers)
    ]


def chunks_of(path: Path) -> list[dict[str, Any]]:
    """The fields of the chunks of a recorded stream."""
    fields: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if "choices" in event:
            fields.append(_completion(event))
        elif event.get("type", "").startswith(("message_", "content_block_")):
            fields.extend(_anthropic(event))
        elif event.get("type", "").startswith("response."):
            fields.extend(_response(event))
    return fields


def _usage(given: dict[str, Any], first: str, second: str) -> dict[str, Any]:
    one, two = given.get(first) or 0, given.get(second) or 0
    return {"input_tokens": one, "output_tokens": two, "total_tokens": one + two}


def _completion(event: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"content": "", "id": event.get("id")}
    made["response_metadata"] = {"model_provider": "openai"}
    for choice in event["choices"][:1]:
        delta = choice.get("delta") or {}
        content = delta.get("content")
        made["content"] = content if isinstance(content, str) else ""
        if isinstance(delta.get("reasoning_content"), str):
            made["additional_kwargs"] = {"reasoning_content": delta["reasoning_content"]}
        made["tool_call_chunks"] = [
            {
                "name": call["function"].get("name"),
                "args": call["function"].get("arguments"),
                "id": call.get("id"),
                "index": call.get("index"),
            }
            for call in delta.get("tool_calls") or []
        ]
        if choice.get("finish_reason"):
            made["response_metadata"]["finish_reason"] = choice["finish_reason"]
            made["response_metadata"]["model_name"] = event.get("model")
    if event.get("usage"):
        made["usage_metadata"] = _usage(event["usage"], "prompt_tokens", "completion_tokens")
    return made


def _anthropic(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind, index = event["type"], event.get("index")
    if kind == "message_start":
        yield {"content": [], "id": event["message"]["id"]}
    elif kind == "content_block_start":
        block = event["content_block"]
        made: dict[str, Any] = {"content": [{**block, "index": index}]}
        if block["type"] == "tool_use":
            call = {"name": block["name"], "args": "", "id": block["id"], "index": index}
            made["tool_call_chunks"] = [call]
        yield made
    elif kind == "content_block_delta":
        delta = event["delta"]
        if delta["type"] == "input_json_delta":
            call = {"name": None, "args": delta["partial_json"], "id": None, "index": index}
            yield {"content": [{**delta, "index": index}], "tool_call_chunks": [call]}
        else:
            yield {"content": [{**delta, "type": delta["type"].split("_")[0], "index": index}]}
    elif kind == "message_delta":
        usage = _usage(event["usage"], "input_tokens", "output_tokens")
        metadata = {"stop_reason": event["delta"].get("stop_reason")}
        yield {"content": "", "usage_metadata": usage, "response_metadata": metadata}


def _response(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    index = event.get("output_index", 0)
    if event["type"] == "response.output_text.delta":
        yield {"content": [{"type": "text", "text": event["delta"], "index": index}]}
    elif event["type"].endswith("arguments.delta"):
        call = {"name": None, "args": event["delta"], "id": None, "index": index}
        yield {"content": [], "tool_call_chunks": [call]}
