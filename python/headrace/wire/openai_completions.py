"""The format of OpenAI's completions of a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from headrace.wire.decoder import TRUNCATED, error_of
from headrace.wire.deltas import Delta, Finish, Info, Text, Usage
from headrace.wire.fields import fields_of
from headrace.wire.openai_chat import TEXT, log_probabilities
from headrace.wire.openai_usage import chat_usage

__all__ = ["CompletionsDecoder"]


class CompletionsDecoder:
    """Decodes the chunks of one text completion."""

    __slots__ = ("_is_finished",)

    def __init__(self) -> None:
        """Create a decoder."""
        self._is_finished = False

    def decode(self, event: Any) -> Sequence[Delta] | None:
        """Return the deltas of an event; see `Decoder`."""
        fields = fields_of(event)
        if fields.get("error"):
            return (error_of(fields["error"]),)
        choices, usage = fields.get("choices"), fields.get("usage")
        deltas: list[Delta] = []
        if choices and isinstance(choices, (list, tuple)):
            self._read_choice(choices, fields, deltas)
        elif not usage:
            return None
        if usage:
            deltas.append(Usage(chat_usage(usage), usage))
        return deltas or None

    def close(self) -> Sequence[Delta]:
        """Return an error if the completion has not ended; see `Decoder`."""
        return () if self._is_finished else (TRUNCATED,)

    def _read_choice(self, choices: Sequence[Any], fields: Any, deltas: list[Delta]) -> None:
        for one in choices:
            choice = fields_of(one)
            if not choice or choice.get("index"):
                continue
            text = choice.get("text")
            deltas.append(Text(text if isinstance(text, str) else "", TEXT))
            logprobs = choice.get("logprobs")
            if logprobs:
                deltas.append(Info({"logprobs": log_probabilities(logprobs)}))
            reason = choice.get("finish_reason")
            if reason:
                self._is_finished = True
                deltas.append(Finish(reason, {"finish_reason": reason}, is_last=False))
            return
