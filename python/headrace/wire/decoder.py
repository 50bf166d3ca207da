"""The interface of decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headrace.wire.deltas import Delta, Error
from headrace.wire.fields import fields_of

if TYPE_CHECKING:
    from typing_extensions import Protocol

    class Decoder(Protocol):
        """Decodes the events of one stream."""

        def decode(self, event: Any) -> Sequence[Delta] | None:
            """Return the deltas of an event, in order.

            Args:
                event: The SDK's object, or a dictionary parsed from JSON. Fields of an unexpected
                    type are ignored.

            Returns:
                The deltas; None if the event is not part of the answer. An empty sequence stands
                for an event of the answer without content.
            """
            ...

        def close(self) -> Sequence[Delta]:
            """Return the deltas that are due after the last event.

            Returns:
                An `Error` if the stream ended before the answer did, else nothing.
            """
            ...

else:
    Decoder = Any

__all__ = ["TRUNCATED", "Decoder", "error_of"]

TRUNCATED = Error("the stream ended before the answer did", truncated=True)
"""The error of a stream that breaks off between two events."""


def error_of(report: Any, default: str = "an error without a message") -> Error:
    """Return the delta for an error that a provider reports within a stream.

    Args:
        report: A string, or an object with a `message` and perhaps a `code`.
        default: The message if the report has none.
    """
    if report is None or isinstance(report, str):
        return Error(report or default)
    fields = fields_of(report)
    code, message = fields.get("code"), fields.get("message")
    if not message:
        return Error(str(code or default))
    return Error(str(message), code)
