"""Inputs, chunks and outputs of each kind of run, as events of either version show them."""

from __future__ import annotations

from typing import Any

from headrace.callbacks.run import Run

__all__ = [
    "UNKNOWN",
    "chunk_of",
    "input_of",
    "known",
    "output_of_log",
    "output_v1",
    "output_v2",
    "token_of",
]

UNKNOWN: Any = object()
"""An input that is streamed, and so not known when the run starts."""

_STREAMED = {"input": ""}


def input_of(run: Run, inputs: Any) -> Any:
    """Give the input that a run starts with.

    Args:
        run: The run.
        inputs: Its input as its observers were given it.

    Returns:
        The input; `UNKNOWN` where it is yet to be streamed.
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


def known(*values: Any) -> Any:
    """Give the first input that says something; else an empty dictionary."""
    for value in values:
        if value is UNKNOWN:
            continue
        try:
            if value:
                return value
        except (TypeError, ValueError):  # arrays do not say whether they are empty
            return value
    return {}


def chunk_of(kind: str, chunk: Any) -> Any:
    """Give what a run of a kind streamed as events show it."""
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
    """Give the output of a run as version `v2` shows it."""
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
    """Give what a model streamed as version `v1` and the log show it: a message, or text."""
    if hasattr(chunk, "content"):
        return chunk
    message = getattr(chunk, "message", None)
    if message is not None:
        return message
    kind = getattr(chunk, "type", None)
    return chunk.text if kind in ("Generation", "GenerationChunk") else chunk


def output_v1(kind: str, outputs: Any) -> Any:
    """Give the output of a run as version `v1` shows it."""
    if kind == "retriever":
        return {"documents": outputs}
    if kind in ("chat_model", "llm"):
        return result_v1(outputs)
    return outputs


def result_v1(result: Any) -> dict[str, Any]:
    """Give what a model gave, in the verbose form of version `v1` and of the log."""
    shown: dict[str, Any] = dict(result.model_dump())
    for generations, plain in zip(result.generations, shown["generations"], strict=True):
        for generation, one in zip(generations, plain, strict=True):
            message = getattr(generation, "message", None)
            if message is not None:
                one["message"] = message
    return shown


def output_of_log(kind: str, outputs: Any) -> Any:
    """Give the output of a run as the log shows it: a dictionary, apart from a prompt's."""
    if kind in ("chat_model", "llm", "retriever"):
        return output_v1(kind, outputs)
    if isinstance(outputs, dict):
        return outputs["output"] if kind == "prompt" and "output" in outputs else outputs
    return outputs if kind == "prompt" else {"output": outputs}
