"""The exceptions that headrace raises.

::

    Exception
     +-- HeadraceError  (LangChainException is another name for it)
          +-- JsonPathError          also a ValueError: an invalid JSONPath, or one with filters
          +-- JsonStreamError        also a ValueError: text that is not JSON, with the position
          +-- OutputParserException  also a ValueError: model output that a parser cannot parse
          +-- ToolException          raised by a tool for its caller
          +-- SchemaAnnotationError  also a TypeError: a tool class with a wrong annotation
          +-- ModelError             a failed model call; `is_retryable` is true if a
               |                     retry may succeed
               +-- ContextOverflowError       the input exceeds the model's context window
               +-- ModelAuthenticationError   the API key is missing or invalid
               |    +-- MissingKeyError       the API key is missing
               +-- ModelPermissionDeniedError
               +-- ModelInvalidRequestError
               +-- ModelNotFoundError
               +-- ModelRateLimitError        retryable
               +-- ModelAPIError              retryable: a failure on the provider's side
               |    +-- ModelStreamError      also a ValueError: reported within a stream
               +-- ModelConnectionError       retryable: the connection failed or was lost
               +-- ModelTimeoutError          retryable
               +-- ModelRefusalError          the model declined to answer with the wanted data
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
    "ModelRefusalError",
    "ModelStreamError",
    "ModelTimeoutError",
    "OutputParserException",
    "SchemaAnnotationError",
    "ToolException",
]


class HeadraceError(Exception):
    """Base class of all exceptions of this package."""


LangChainException = HeadraceError
"""LangChain's name for the base class."""


class JsonPathError(HeadraceError, ValueError):
    """An invalid JSONPath, or one with a filter.

    Attributes:
        message: The problem, without the position.
        path: The path.
        offset: The position, in characters from the start of the path.
    """

    def __init__(self, message: str, path: str, offset: int) -> None:
        super().__init__(message, path, offset)
        self.message = message
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message}, at character {self.offset} of {self.path!r}"


class JsonStreamError(HeadraceError, ValueError):
    """Text that is not a JSON document, and cannot become one.

    Attributes:
        message: The problem, without the position.
        offset: The position of the problem, in UTF-8 bytes from the start of the text.
        line: The line of the position, counted from 1.
        column: The column of the position in characters, counted from 1.
        document: The number of the document, counted from 0, if the text has several.
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
    """Output of a model that a parser cannot parse.

    Attributes:
        observation: An explanation of the failure for the model.
        llm_output: The output that could not be parsed.
        send_to_llm: If true, an agent should send `observation` and `llm_output` to the model.
    """

    def __init__(
        self,
        error: Any,
        observation: str | None = None,
        llm_output: str | None = None,
        send_to_llm: bool = False,
    ) -> None:
        """Create the exception.

        Args:
            error: The message, or the exception that was the cause.
            observation: An explanation of the failure for the model.
            llm_output: The output that could not be parsed.
            send_to_llm: If true, an agent should send both to the model.

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
    """A failure that a tool reports to its caller.

    A tool with `handle_tool_error` returns the text of the exception instead of raising it.
    """


class SchemaAnnotationError(HeadraceError, TypeError):
    """A tool class whose `args_schema` is not annotated as a class."""


class ModelError(HeadraceError):
    """A failed call of a model.

    Errors of a provider's SDK are raised with a class that derives from both this class and the
    SDK's, so you can catch either. The original error is the cause.
    """

    is_retryable: ClassVar[bool] = False
    """Whether a retry of the same call may succeed."""


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
    """The provider did not answer, or did not continue, in time."""

    is_retryable = True


class ModelRefusalError(ModelError):
    """Error for a model that refuses a request.

    Attributes:
        raw_message: The model's message, if there is one.
    """

    def __init__(
        self,
        message: str = "Model refused to produce the requested output",
        *,
        raw_message: Any = None,
    ) -> None:
        """Create the error.

        Args:
            message: The error message.
            raw_message: The model's message.
        """
        super().__init__(message)
        self.raw_message = raw_message

    @classmethod
    def from_refusal(cls, refusal: Any, *, raw_message: Any) -> ModelRefusalError:
        """Return the error for a refusal among a message's content blocks.

        Args:
            refusal: The block.
            raw_message: The message.
        """
        text = "Model refused to produce the requested output"
        category = refusal.get("extras", {}).get("category")
        if category:
            text += f" (category={category!r})"
        if refusal.get("refusal"):
            text += f": {refusal['refusal']}"
        return cls(text, raw_message=raw_message)


class ContextOverflowError(ModelError):
    """The input exceeds the model's context window."""
