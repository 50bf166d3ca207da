"""Answers of OpenAI's as objects of pydantic models, and what keeps an answer from being one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from headrace.exceptions import OutputParserException
from headrace.messages import AIMessage, BaseMessage
from headrace.output_parsers import PydanticOutputParser
from headrace.output_parsers.base import BaseGenerationOutputParser
from headrace.output_parsers.pydantic import ModelReader
from headrace.output_parsers.text import text_of
from headrace.outputs import Generation

__all__ = ["AnswerParser", "GrowingAnswerParser", "OpenAIRefusalError"]


class OpenAIRefusalError(OutputParserException):
    """The model refused to answer with data of the shape that was asked for."""


class AnswerParser(BaseGenerationOutputParser[Any]):
    """Gives the object that a whole answer is."""

    pydantic_object: type[BaseModel]
    """The model of the object."""

    @property
    def OutputType(self) -> Any:
        """The type of the output: the model."""
        return self.pydantic_object

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the first of the candidates; see `_object_of`."""
        return _object_of(result[0], self.pydantic_object)


class GrowingAnswerParser(PydanticOutputParser[Any]):
    """Gives the object that an answer is, and in a stream what there is of it so far."""

    partial_models: bool = True

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """Read the first of the candidates; see `_object_of`."""
        return _object_of(result[0], self.pydantic_object)

    def _stream_reader(self) -> _AnswerReader:
        return _AnswerReader(self)


class _AnswerReader(ModelReader):
    """A stream's text on its way into objects, and why there may be none."""

    __slots__ = ("_refusal",)

    def __init__(self, settings: GrowingAnswerParser) -> None:
        super().__init__(settings)
        self._refusal: list[str] = []

    def of(self, chunk: BaseMessage | str) -> str:
        """Give the text of a chunk, and hear whether it refuses."""
        self._refusal.append(_refusal(chunk))
        return text_of(chunk)

    def rest(self) -> Iterator[Any]:
        """What the end of the text adds.

        Raises:
            OpenAIRefusalError: If the model refused.
        """
        yield from super().rest()
        _check("".join(self._refusal))


def _object_of(generation: Any, schema: type[BaseModel]) -> Any:
    """Give the object that an answer is; None where tools are called instead.

    Raises:
        OpenAIRefusalError: If the model refused.
        OutputParserException: If it is none.
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
        raise OpenAIRefusalError(refusal, llm_output=refusal)


def _refusal(message: BaseMessage | str) -> str:
    """Give what a message says of why it says nothing."""
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
