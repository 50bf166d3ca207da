"""Decoders for the wire formats of model providers: one for each format.

A decoder turns one provider event into deltas (`Text`, `Reasoning`, `ToolStart`, `ToolArguments`,
`Block`, `Usage`, `Finish`, `Error`, ...). It accepts the SDK's objects and dictionaries parsed from
JSON alike, and never imports an SDK. Everything that headrace knows about odd servers is here, so
that all four readers agree:

- the chat models in `headrace.providers`, by way of `wire.messages`,
- `headrace.following`,
- `ReplayChatModel.recorded`, by way of `wire.messages`,
- the `headrace json` command.

To add a provider, write one decoder and one client:

1. If the server speaks one of the formats here, no decoder is needed: add it to
   `headrace.providers.openai.servers` and subclass `BaseChatOpenAI`.
2. Otherwise write `wire/<format>.py` with a class that has `decode(event)` and `close()`, as
   `wire.decoder.Decoder` describes them. Keep only the state that events do not repeat.
3. Register it in `wire.formats.WireDecoder`, which recognizes a format by its events. From then on
   recordings, `follow` and the command line read it.
4. Write the client in `headrace/providers/<name>/`: a chat model whose `_stream` sends the request,
   passes each event to the decoder, and turns deltas into chunks with `wire.messages.to_message`.
   Call `close()` after the last event: it reports a truncated stream.
5. Add a stream in the format to `tests/wire/`, where all readers are compared.
"""

from headrace.wire.decoder import Decoder
from headrace.wire.deltas import (
    Block,
    Delta,
    End,
    Error,
    Extra,
    Finish,
    Info,
    Reasoning,
    Refusal,
    Start,
    Text,
    ToolArguments,
    ToolStart,
    Usage,
)

__all__ = [
    "Block",
    "Decoder",
    "Delta",
    "End",
    "Error",
    "Extra",
    "Finish",
    "Info",
    "Reasoning",
    "Refusal",
    "Start",
    "Text",
    "ToolArguments",
    "ToolStart",
    "Usage",
]
