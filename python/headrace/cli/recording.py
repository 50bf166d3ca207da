"""`headrace demo --recording FILE`: replay of a recorded provider stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headrace.cli.exits import CommandError
from headrace.cli.terminal import Style
from headrace.exceptions import ModelError
from headrace.language_models import ReplayChatModel
from headrace.language_models.recorded import chunks_of, events_in
from headrace.messages import AIMessageChunk

__all__ = ["show_recording"]


def show_recording(path: str, style: Style, delay: float) -> None:
    """Stream a recording to standard output: reasoning, text and tool calls as they come.

    Args:
        path: A file with the data of one server-sent event a line.
        style: The style of the output.
        delay: The delay before each chunk, in seconds.

    Raises:
        CommandError: If the file cannot be read, or is not a recording.
    """
    failure = None
    chunks: list[AIMessageChunk] = []
    try:
        chunks += chunks_of(events_in(path))
    except ModelError as error:
        failure = str(error)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise CommandError(str(error)) from error
    if not chunks:
        raise CommandError(f"{path}: {failure or 'the recording says nothing'}")
    total: Any = None
    shown = ""
    for chunk in ReplayChatModel(chunks, delay=delay).stream(""):
        total = chunk if total is None else total + chunk
        for kind, text in _parts(chunk):
            if kind != shown:
                print(f"{chr(10) if shown else ''}{style.title(kind)}", flush=True)
                shown = kind
            print(text, end="", flush=True)
    print()
    for call in total.tool_calls:
        print(style.code(f"{call['name']}({call['args']})"))
    if total.usage_metadata:
        usage = total.usage_metadata
        print(style.faint(f"{usage['input_tokens']} tokens in, {usage['output_tokens']} out"))
    if failure is not None:
        print(style.new(f"the provider reports: {failure}"))


def _parts(chunk: AIMessageChunk) -> Iterator[tuple[str, str]]:
    """Yield the visible parts of a chunk, each with its kind."""
    reasoning = chunk.additional_kwargs.get("reasoning_content")
    if reasoning:
        yield "reasoning", str(reasoning)
    for block in chunk.content if isinstance(chunk.content, list) else ():
        if not isinstance(block, dict):
            continue
        if block.get("thinking"):
            yield "reasoning", str(block["thinking"])
        for part in block.get("summary") or ():
            yield "reasoning", part.get("text") or ""
        if block.get("refusal"):
            yield "refusal", str(block["refusal"])
    text = str(chunk.text)
    if text:
        yield "text", text
    for call in chunk.tool_call_chunks:
        if call["args"]:
            yield "tool arguments", call["args"]
