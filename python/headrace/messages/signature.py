"""Signatures of message classes, for `help` and editors."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any

from headrace._core import MessageStorage
from headrace.messages.pydantic_mirror import mirror_of

__all__ = ["MessageSignature"]


class MessageSignature:
    """The signature of a class, which the compiled `__init__` lacks."""

    def __get__(self, instance: Any, cls: Any) -> Signature | None:
        """Return the signature, or None for a class that defines `__init__`."""
        if cls.__init__ is not MessageStorage.__init__:
            return None
        fields = dict(mirror_of(cls).model_fields)
        content = fields.pop("content")
        if not fields["type"].is_required():
            del fields["type"]
        either = Parameter.POSITIONAL_OR_KEYWORD
        parameters = [
            Parameter("content", either, default=None, annotation=content.annotation),
            Parameter("content_blocks", either, default=None, annotation="list[ContentBlock]"),
        ]
        for name, field in fields.items():
            default = Parameter.empty if field.is_required() else field.get_default()
            # None stands for a new, empty container.
            default = None if field.default_factory is not None else default
            kind = Parameter.KEYWORD_ONLY
            parameters.append(Parameter(name, kind, default=default, annotation=field.annotation))
        parameters.append(Parameter("kwargs", Parameter.VAR_KEYWORD, annotation=Any))
        return Signature(parameters)
