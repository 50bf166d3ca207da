"""Parsers that turn OpenAI's answers into pydantic models, and the error for refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from headrace.exceptions import ModelRefusalError, OutputParserException
from headrace.messages import AIMessage, BaseMessage
from headrace.output_parsers import PydanticOutputParser
from headrace.output_parsers.base import BaseGenerationOutputParser
from headrace.output_parsers.pydantic import ModelReader
from headrace.output_parsers.text import text_of
from headrace.outputs import Generation

__all__ = ["AnswerParser", "GrowingAnswerParser", "OpenAIRefusalError"]


class OpenAIRefusalError(ModelRefusalError, OutputParserException):
    """The model refused to answer with data that matches the schema."""

    def __init__(self, refusal: str) -> None:
        """Create the error from the text of the refusal."""
        ModelRefusalError.__init__(self, refusal)
        self.observation = None
        self.llm_output = refusal
        self.send_to_llm = False


class AnswerParser(BaseGenerationOutputParser[Any]):
    """Parser of whole answers into instances of a pydantic model."""

    pydantic_object: type[BaseModel]
    """The pydantic model."""

    @property
    def OutputType(self) -> Any:
        """The type of the output: the model."""
        return self.pydantic_object

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the first generation; see `_object_of`."""
        return _object_of(result[0], self.pydantic_object)


class GrowingAnswerParser(PydanticOutputParser[Any]):
    """Parser of answers into a pydantic model, which yields partial instances of a stream."""

    partial_models: bool = True

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Parse the first generation; see `_object_of`."""
        return _object_of(result[0], self.pydantic_object)

    def _stream_reader(self) -> _AnswerReader:
        return _AnswerReader(self)


class _AnswerReader(ModelReader):
    """Reader of a stream's text into instances, which also collects the refusal."""

    __slots__ = ("_refusal",)

    def __init__(self, settings: GrowingAnswerParser) -> None:
        super().__init__(settings)
        self._refusal: list[str] = []

    def of(self, chunk: BaseMessage | str) -> str:
        """Return the text of a chunk, and collect its refusal."""
        self._refusal.append(_refusal(chunk))
        return text_of(chunk)

    def rest(self) -> Iterator[Any]:
        """Yield the instances that the end of the text completes.

        Raises:
            OpenAIRefusalError: If the model refused.
        """
        yield from super().rest()
        _check("".join(self._refusal))


def _object_of(generation: Any, schema: type[BaseModel]) -> Any:
    """Return the instance in an answer; None if the model calls tools instead.

    Raises:
        OpenAIRefusalError: If the model refused.
        OutputParserException: If the answer does not match the schema.
    """
    message: AIMessage = generation.message
    parsed = message.additional_kwargs.get("parsed")
    if parsed is not None:
        return schema(**parsed) if isinstance(parsed, dict) else parsed
    _check(_refusal(message))
    if message.tool_calls:
        return None
    text = str(message.text)
    try:
        return schema.model_validate_json(text)
    except ValidationError as error:
        ended = message.response_metadata.get("finish_reason")
        cut = " It was cut off: the answer was too long." if ended == "length" else ""
        raise OutputParserException(
            f"The model's answer is no {schema.__name__}.{cut} {error}", llm_output=text
        ) from error


def _check(refusal: str) -> None:
    if refusal:
        raise OpenAIRefusalError(refusal)


def _refusal(message: BaseMessage | str) -> str:
    """Return the refusal in a message, or an empty string."""
    if isinstance(message, str):
        return ""
    said = message.additional_kwargs.get("refusal")
    if said:
        return str(said)
    for block in message.content if isinstance(message.content, list) else ():
        if isinstance(block, dict):
            inner = block.get("value") if block.get("type") == "non_standard" else block
            if isinstance(inner, dict) and inner.get("refusal"):
                return str(inner["refusal"])
    return ""
