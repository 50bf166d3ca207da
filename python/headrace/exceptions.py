"""The exceptions that headrace raises.

::

    Exception
     +-- HeadraceError  (LangChainException is another name for it)
          +-- JsonPathError          also a ValueError: a path that is malformed or has filters
          +-- JsonStreamError        also a ValueError: a text that is not JSON, with its position
          +-- OutputParserException  also a ValueError: a model's output that a parser cannot read
          +-- ToolException          raised by a tool for whoever called it to read
          +-- SchemaAnnotationError  also a TypeError: a tool class with a wrong annotation
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "HeadraceError",
    "JsonPathError",
    "JsonStreamError",
    "LangChainException",
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
    """

    def __init__(self, message: str, offset: int, line: int, column: int) -> None:
        super().__init__(message, offset, line, column)
        self.message = message
        self.offset = offset
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.message} at line {self.line} column {self.column} (byte {self.offset})"


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
