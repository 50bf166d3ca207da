"""The format of OpenAI's chat completions, which most other servers speak too."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from headrace.compat import Flag, flags
from headrace.wire.decoder import TRUNCATED, error_of
from headrace.wire.deltas import (
    Block,
    Delta,
    End,
    Extra,
    Finish,
    Info,
    Reasoning,
    Refusal,
    Text,
    ToolArguments,
    ToolStart,
    Usage,
)
from headrace.wire.fields import fields_of, plain, string
from headrace.wire.openai_usage import chat_usage
from headrace.wire.tool_calls import CallRouter

__all__ = [
    "CALL_FIELDS",
    "FUNCTION_CALL",
    "TEXT",
    "ChatDecoder",
    "call_fields",
    "log_probabilities",
    "reasoning_of",
    "text_of",
]

CALL_FIELDS = "tool_call_fields"
"""The key in `additional_kwargs` of fields that a server adds to calls, by the ids of the calls."""

_OPENAI_CALL_FIELDS = frozenset(("custom", "function", "id", "index", "type"))

TEXT = "text"
"""The key of the text: a chat completion has one."""

FUNCTION_CALL = "function_call"
"""The key of the call in the API's first form, which allows one call."""

_REASONING = ("reasoning_content", "reasoning", "reasoning_text")
"""The names under which servers send reasoning."""

_FACTS = (
    ("model_name", "model"),
    ("system_fingerprint", "system_fingerprint"),
    ("service_tier", "service_tier"),
)


def text_of(event: Any) -> str | None:
    """Return the text of an event that has nothing else, as almost all events do.

    The result is that of `ChatDecoder.decode`, in a third of the time.

    Args:
        event: The SDK's object.

    Returns:
        The text; None if the event has more, or no text.
    """
    try:
        fields = event.__dict__
        (choice,) = fields["choices"]
        parts = choice.__dict__
        delta = parts["delta"]
        content = delta.__dict__
        text = content["content"]
        if (
            type(text) is str
            and not delta.__pydantic_extra__
            and not content["tool_calls"]
            and not content["function_call"]
            and not content["refusal"]
            and not parts["finish_reason"]
            and not parts["logprobs"]
            and not parts["index"]
            and fields["usage"] is None
            and "x_groq" not in (event.__pydantic_extra__ or ())
        ):
            return text
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return None


def reasoning_of(message: Mapping[str, Any]) -> Any:
    """Return the reasoning of a message or of a delta, under any of its names."""
    for name in _REASONING:
        reasoning = message.get(name)
        if reasoning:
            return reasoning
    return None


def call_fields(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a call that OpenAI's do not have, such as Gemini's thought signature."""
    if len(call) <= len(_OPENAI_CALL_FIELDS) and _OPENAI_CALL_FIELDS.issuperset(call):
        return {}
    return {
        name: plain(value)
        for name, value in call.items()
        if name not in _OPENAI_CALL_FIELDS and value is not None
    }


def log_probabilities(value: Any) -> Any:
    """Convert log probabilities to plain data, including fields that are None."""
    if isinstance(value, (list, tuple)):
        return [log_probabilities(one) for one in value]
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return {name: log_probabilities(one) for name, one in fields_of(value).items()}


class ChatDecoder:
    """Decodes the chunks of one chat completion."""

    __slots__ = (
        "_calls",
        "_choice",
        "_function_call",
        "_is_exact",
        "_is_finished",
        "_with_fields",
    )

    def __init__(self, choice: int = 0) -> None:
        """Create a decoder.

        Args:
            choice: The answer to decode, if the completion has several.
        """
        self._choice = choice
        self._is_exact = not flags() & Flag.REPAIRED_STREAMS
        self._restart()

    def _restart(self) -> None:
        self._calls = CallRouter(is_exact=self._is_exact)
        self._function_call = False
        self._is_finished = False
        self._with_fields: set[Hashable] = set()

    def decode(self, event: Any) -> Sequence[Delta] | None:
        """Return the deltas of an event; see `Decoder`."""
        fields = fields_of(event)
        error = fields.get("error")
        if error:
            return (error_of(error),)
        choices, usage = fields.get("choices"), fields.get("usage")
        if not choices or not isinstance(choices, (list, tuple)):
            if choices is None and usage is None:
                return None
            return () if usage is None else (self._usage(usage, fields),)
        choice = self._choose(choices)
        if choice is None:
            return None
        delta = choice.get("delta")
        if delta is None:
            # a whole answer has a message; recordings may hold one
            delta = choice.get("message")
        finish_reason, logprobs = choice.get("finish_reason"), choice.get("logprobs")
        if delta is None and ("text" in choice or self._is_exact or not (finish_reason or usage)):
            # the choice of a text completion has no part in a chat, but ends the stream
            self._is_finished = self._is_finished or bool(finish_reason)
            return None
        deltas: list[Delta] = []
        self._read_delta(fields_of(delta), deltas)
        if usage is None and "x_groq" in fields:
            usage = fields_of(fields["x_groq"]).get("usage")
        if usage is not None:
            deltas.append(self._usage(usage, fields))
        if logprobs:
            deltas.append(Info({"logprobs": log_probabilities(logprobs)}))
        if finish_reason:
            self._finish(str(finish_reason), fields, deltas)
        return deltas

    def close(self) -> Sequence[Delta]:
        """Return an error if the answer has not ended; see `Decoder`."""
        return () if self._is_finished else (TRUNCATED,)

    def _choose(self, choices: Sequence[Any]) -> Mapping[str, Any] | None:
        for one in choices:
            choice = fields_of(one)
            # some servers leave out the index
            if choice and (choice.get("index") or 0) == self._choice:
                return choice
        return None

    def _usage(self, usage: Any, fields: Mapping[str, Any]) -> Usage:
        return Usage(chat_usage(usage, fields.get("service_tier")), usage)

    def _finish(self, reason: str, fields: Mapping[str, Any], deltas: list[Delta]) -> None:
        info = {"finish_reason": reason}
        for name, field in _FACTS:
            if fields.get(field):
                info[name] = fields[field]
        deltas.extend(End(key) for key in self._calls.keys)
        if self._function_call:
            deltas.append(End(FUNCTION_CALL))
        deltas.append(Finish(reason, info, is_last=False))
        self._restart()
        self._is_finished = True

    def _read_delta(self, delta: Mapping[str, Any], deltas: list[Delta]) -> None:
        content = delta.get("content")
        if content:
            if isinstance(content, str):
                deltas.append(Text(content, TEXT))
            elif isinstance(content, (list, tuple)):
                # Mistral streams reasoning as content blocks
                for block in content:
                    self._read_block(block, deltas)
        reasoning = reasoning_of(delta)
        if isinstance(reasoning, str):
            deltas.append(Reasoning(reasoning))
        elif reasoning:
            deltas.append(Extra("reasoning_content", plain(reasoning)))
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            deltas.append(Refusal(refusal))
        calls = delta.get("tool_calls")
        if calls and isinstance(calls, (list, tuple)):
            for position, call in enumerate(calls):
                self._read_call(position, fields_of(call), deltas)
        if delta.get("function_call"):
            self._read_function_call(fields_of(delta["function_call"]), deltas)
        if delta.get("audio"):
            deltas.append(Extra("audio", plain(delta["audio"])))

    def _read_block(self, given: Any, deltas: list[Delta]) -> None:
        block = plain(given)
        if isinstance(block, str):
            deltas.append(Text(block, TEXT, {"type": "text", "text": block}))
            return
        kind = block.get("type")
        if kind == "text":
            deltas.append(Text(string(block.get("text")), TEXT, block))
        elif kind in ("thinking", "reasoning"):
            deltas.append(Reasoning(_thinking(block.get(kind)), block))
        else:
            deltas.append(Block(block))

    def _read_call(self, position: int, call: Mapping[str, Any], deltas: list[Delta]) -> None:
        function = call.get("function")
        is_json = bool(function) or not call.get("custom")
        said = fields_of(function or call.get("custom"))
        arguments = said.get("arguments")
        if arguments is None:
            arguments = said.get("input")
        routed = self._calls.route(
            position,
            call.get("index"),
            call.get("id"),
            said.get("name"),
            arguments,
            is_json=is_json,
        )
        deltas.append(routed)
        more = {} if self._is_exact else call_fields(call)
        # A server may repeat them with each piece: the first ones count.
        if more and routed.key not in self._with_fields:
            self._with_fields.add(routed.key)
            id = self._calls.id_of(routed.key) or str(routed.key)
            deltas.append(Extra(CALL_FIELDS, {id: more}))

    def _read_function_call(self, call: Mapping[str, Any], deltas: list[Delta]) -> None:
        arguments, name = call.get("arguments"), call.get("name")
        if arguments is not None and not isinstance(arguments, str):
            arguments = json.dumps(arguments)
        value = {"arguments": arguments, "name": name or ""}
        deltas.append(Extra("function_call", value))
        if self._function_call:
            deltas.append(ToolArguments(FUNCTION_CALL, arguments, in_message=False))
        else:
            self._function_call = True
            start = ToolStart(FUNCTION_CALL, None, name or "", arguments, in_message=False)
            deltas.append(start)


def _thinking(value: Any) -> str:
    """Return the text of a thinking block: a string, or a list of text blocks."""
    if isinstance(value, list):
        return "".join(string(fields_of(part).get("text")) for part in value)
    return string(value)
