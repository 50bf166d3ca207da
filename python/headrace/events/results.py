"""Inputs, chunks and outputs of each type of run, in the form of each event version."""

from __future__ import annotations

from typing import Any

from headrace.callbacks.observer import Run

__all__ = [
    "UNKNOWN",
    "chunk_of",
    "first_non_empty",
    "input_of",
    "output_of_log",
    "output_v1",
    "output_v2",
    "token_of",
]

UNKNOWN: Any = object()
"""The input of a run that streams it, and so does not know it at the start."""

_STREAMED = {"input": ""}


def input_of(run: Run, inputs: Any) -> Any:
    """Return the input of a run at its start.

    Args:
        run: The run.
        inputs: Its input as reported to observers.

    Returns:
        The input; `UNKNOWN` if it is streamed.
    """
    kind = run.kind
    if kind == "chat_model":
        return {"messages": inputs}
    if kind == "llm":
        return {"prompts": inputs}
    if kind == "retriever":
        return {"query": inputs}
    if kind == "tool" and "inputs" in run.extra:
        return run.extra["inputs"]
    return UNKNOWN if type(inputs) is dict and inputs == _STREAMED else inputs


def first_non_empty(*values: Any) -> Any:
    """Return the first non-empty value; by default an empty dict."""
    for value in values:
        if value is UNKNOWN:
            continue
        try:
            if value:
                return value
        except (TypeError, ValueError):  # Arrays do not define a truth value.
            return value
    return {}


def chunk_of(kind: str, chunk: Any) -> Any:
    """Return a chunk of a type of run in the form of events."""
    if kind == "chat_model":
        if isinstance(chunk, str):
            from headrace.messages import AIMessageChunk

            return AIMessageChunk(content=chunk)
        return getattr(chunk, "message", chunk)
    if kind == "llm" and isinstance(chunk, str):
        from headrace.outputs import GenerationChunk

        return GenerationChunk(text=chunk)
    return chunk


def output_v2(kind: str, outputs: Any) -> Any:
    """Return the output of a run in the form of version `v2`."""
    if kind == "chat_model":
        for generations in outputs.generations:
            for generation in generations:
                return generation.message
        return {}
    if kind == "llm":
        return {
            "generations": [
                [
                    {"text": one.text, "generation_info": one.generation_info, "type": one.type}
                    for one in generations
                ]
                for generations in outputs.generations
            ],
            "llm_output": outputs.llm_output,
        }
    return outputs


def token_of(chunk: Any) -> Any:
    """Return a chunk of a model in the form of version `v1` and the log: a message or a string."""
    if hasattr(chunk, "content"):
        return chunk
    message = getattr(chunk, "message", None)
    if message is not None:
        return message
    kind = getattr(chunk, "type", None)
    return chunk.text if kind in ("Generation", "GenerationChunk") else chunk


def output_v1(kind: str, outputs: Any) -> Any:
    """Return the output of a run in the form of version `v1`."""
    if kind == "retriever":
        return {"documents": outputs}
    if kind in ("chat_model", "llm"):
        return result_v1(outputs)
    return outputs


def result_v1(result: Any) -> dict[str, Any]:
    """Return the output of a model in the verbose form of version `v1` and the log."""
    shown: dict[str, Any] = dict(result.model_dump())
    for generations, plain in zip(result.generations, shown["generations"], strict=True):
        for generation, one in zip(generations, plain, strict=True):
            message = getattr(generation, "message", None)
            if message is not None:
                one["message"] = message
    return shown


def output_of_log(kind: str, outputs: Any) -> Any:
    """Return the output of a run in the form of the log: a dict, except for prompts."""
    if kind in ("chat_model", "llm", "retriever"):
        return output_v1(kind, outputs)
    if isinstance(outputs, dict):
        return outputs["output"] if kind == "prompt" and "output" in outputs else outputs
    return outputs if kind == "prompt" else {"output": outputs}
