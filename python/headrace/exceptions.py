"""The exceptions that headrace raises.

::

    Exception
     +-- HeadraceError  (LangChainException is another name for it)
          +-- JsonPathError          also a ValueError: a path that is malformed or has filters
          +-- JsonStreamError        also a ValueError: a text that is not JSON, with its position
          +-- OutputParserException  also a ValueError: a model's output that a parser cannot read
          +-- ToolException          raised by a tool for whoever called it to read
          +-- SchemaAnnotationError  also a TypeError: a tool class with a wrong annotation
          +-- ModelError             a call of a model that failed; `is_retryable` says whether
               |                     the same call may succeed
               +-- ContextOverflowError       what was asked is longer than the model can read
               +-- ModelAuthenticationError   no key, or one that the provider does not know
               |    +-- MissingKeyError       there is no key
               +-- ModelPermissionDeniedError
               +-- ModelInvalidRequestError
               +-- ModelNotFoundError
               +-- ModelRateLimitError        retryable
               +-- ModelAPIError              retryable: a failure on the provider's side
               |    +-- ModelStreamError      also a ValueError: reported within a stream
               +-- ModelConnectionError       retryable: the provider was not reached, or is lost
               +-- ModelTimeoutError          retryable
"""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "ContextOverflowError",
    "HeadraceError",
    "JsonPathError",
    "JsonStreamError",
    "LangChainException",
    "MissingKeyError",
    "ModelAPIError",
    "ModelAuthenticationError",
    "ModelConnectionError",
    "ModelError",
    "ModelInvalidRequestError",
    "ModelNotFoundError",
    "ModelPermissionDeniedError",
    "ModelRateLimitError",
    "ModelStreamError",
    "ModelTimeoutError",
    "OutputParserException",
    "SchemaAnnotationError",
    "ToolException",
]


class HeadraceError(Exception):
    """What every exception of this package is."""


LangChainException = HeadraceError
"""The name that the reference gives to the root of its exceptions."""


class JsonPathError(HeadraceError, ValueError):
    """A JSONPath that cannot be read, or that has a filter in it.

    Attributes:
        message: What is wrong, without the place.
        path: The path.
        offset: Where: characters from its start.
    """

    def __init__(self, message: str, path: str, offset: int) -> None:
        super().__init__(message, path, offset)
        self.message = message
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message}, at character {self.offset} of {self.path!r}"


class JsonStreamError(HeadraceError, ValueError):
    """A text that is not, or can no longer become, a JSON document.

    Attributes:
        message: What is wrong, without the position.
        offset: Where that became certain: bytes of UTF-8 from the start of the text.
        line: The same place as a line, the first being 1.
        column: The same place as a column in characters, the first being 1.
        document: Which document it is, the first being 0, where there are several in the text.
    """

    def __init__(
        self, message: str, offset: int, line: int, column: int, document: int | None = None
    ) -> None:
        which = () if document is None else (document,)
        super().__init__(message, offset, line, column, *which)
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column
        self.document = document

    def __str__(self) -> str:
        which = "" if self.document is None else f"document {self.document}: "
        place = f"line {self.line} column {self.column} (byte {self.offset})"
        return f"{which}{self.message} at {place}"


class OutputParserException(HeadraceError, ValueError):
    """A model's output that a parser cannot read.

    Attributes:
        observation: What to tell the model about the failure, where it is to be told.
        llm_output: The output that could not be read.
        send_to_llm: Whether an agent should send `observation` and `llm_output` back to the model.
    """

    def __init__(
        self,
        error: Any,
        observation: str | None = None,
        llm_output: str | None = None,
        send_to_llm: bool = False,
    ) -> None:
        """Describe the failure.

        Args:
            error: The message, or the error that was the cause.
            observation: What to tell the model about the failure.
            llm_output: The output that could not be read.
            send_to_llm: Whether to send both back to the model.

        Raises:
            ValueError: If `send_to_llm` is set without both `observation` and `llm_output`.
        """
        super().__init__(error)
        if send_to_llm and (observation is None or llm_output is None):
            raise ValueError(
                "Arguments 'observation' & 'llm_output' are required if 'send_to_llm' is True"
            )
        self.observation = observation
        self.llm_output = llm_output
        self.send_to_llm = send_to_llm


class ToolException(HeadraceError):
    """A failure that a tool reports to whoever called it.

    A tool with `handle_tool_error` answers with its text instead of failing.
    """


class SchemaAnnotationError(HeadraceError, TypeError):
    """A tool class whose `args_schema` is not annotated as a class."""


class ModelError(HeadraceError):
    """A call of a model that failed.

    Errors of a provider's SDK are raised as one of these and as what they were: whoever catches
    either gets them. The original is the cause.
    """

    is_retryable: ClassVar[bool] = False
    """Whether the same call may succeed later."""


class ModelAuthenticationError(ModelError):
    """The provider does not know who asks (HTTP 401)."""


class MissingKeyError(ModelAuthenticationError):
    """There is no key to call a provider with."""


class ModelPermissionDeniedError(ModelError):
    """The provider knows who asks and does not allow it (HTTP 403)."""


class ModelInvalidRequestError(ModelError):
    """The provider does not understand what is asked (HTTP 400, 422)."""


class ModelNotFoundError(ModelError):
    """The provider does not have the model (HTTP 404)."""


class ModelRateLimitError(ModelError):
    """The provider was asked too often (HTTP 429)."""

    is_retryable = True


class ModelAPIError(ModelError):
    """The provider failed (HTTP 5xx)."""

    is_retryable = True


class ModelStreamError(ModelAPIError, ValueError):
    """The provider reports, in the midst of an answer, that it failed."""


class ModelConnectionError(ModelError):
    """The provider could not be reached, or the connection broke before the answer had ended."""

    is_retryable = True


class ModelTimeoutError(ModelError):
    """The provider did not answer, or not go on, in time."""

    is_retryable = True


class ContextOverflowError(ModelError):
    """What was asked is longer than what the model can read."""
