"""Base classes of output parsers, which convert a model's answer into data."""

from __future__ import annotations

import builtins
import contextlib
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from headrace.exceptions import OutputParserException
from headrace.messages import AnyMessage, BaseMessage
from headrace.outputs import ChatGeneration, Generation
from headrace.runnables import Runnable, RunnableConfig, RunnableSerializable
from headrace.runnables.config import run_in_executor

if TYPE_CHECKING:
    from headrace.prompt_values import PromptValue

__all__ = [
    "BaseGenerationOutputParser",
    "BaseLLMOutputParser",
    "BaseOutputParser",
    "OutputParserException",
    "OutputParserLike",
    "T",
]

T = TypeVar("T")

LanguageModelOutput = BaseMessage | str
"""Output of a model: a message or text."""

OutputParserLike = Runnable[LanguageModelOutput, T]
"""Runnable that can follow a model."""


class BaseLLMOutputParser(Generic[T], ABC):
    """Base class of parsers of a model's candidate answers."""

    @abstractmethod
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """Parse the answer to one input.

        Args:
            result: The candidates.
            partial: If true, the answer is still streaming.

        Returns:
            The parsed value.
        """

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """Async version of `parse_result`; by default it runs that off the event loop.

        Args:
            result: The candidates.
            partial: If true, the answer is still streaming.

        Returns:
            The parsed value.
        """
        if is_own(type(self), ("parse_result", "parse")):
            # Parsing only computes: a thread would only cost time.
            return self.parse_result(result, partial=partial)
        return await run_in_executor(None, self.parse_result, result, partial=partial)


class _InvokedParser(BaseLLMOutputParser[T], RunnableSerializable[LanguageModelOutput, T]):
    """Parser as a runnable: its input is a message or text, its runs have the type `parser`."""

    @property
    def InputType(self) -> Any:
        """Input type: text or any message."""
        return str | AnyMessage

    def invoke(
        self, input: BaseMessage | str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> T:
        """Parse a whole message or text.

        Args:
            input: The message or text.
            config: The config of the run.
            **kwargs: Not used.

        Returns:
            The parsed value.

        Raises:
            OutputParserException: If it cannot be parsed.
        """
        return self._call_with_config(  # type: ignore[no-any-return]
            self._parse_input, input, config, run_type="parser"
        )

    async def ainvoke(
        self, input: BaseMessage | str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> T:
        """Async version of `invoke`."""
        return await self._acall_with_config(  # type: ignore[no-any-return]
            self._aparse_input, input, config, run_type="parser"
        )

    def _parse_input(self, input: BaseMessage | str) -> T:
        return self.parse_result([as_generation(input)])

    async def _aparse_input(self, input: BaseMessage | str) -> T:
        return await self.aparse_result([as_generation(input)])


class BaseGenerationOutputParser(_InvokedParser[T]):
    """Base class of parsers of whole answers; subclasses define `parse_result`."""

    @property
    def OutputType(self) -> Any:
        """Output type: the type argument of the class, if it has one."""
        return _type_argument(type(self), Any)


class BaseOutputParser(_InvokedParser[T]):
    """Base class of parsers of text; subclasses define `parse`.

    ::

        class YesOrNo(BaseOutputParser[bool]):
            yes: str = "YES"

            def parse(self, text: str) -> bool:
                return text.strip() == self.yes
    """

    @property
    def OutputType(self) -> Any:
        """Output type: the type argument of the class.

        Raises:
            TypeError: If the class has no type argument.
        """
        found = _type_argument(type(self), None)
        if found is None:
            raise TypeError(
                f"Runnable {type(self).__name__} doesn't have an inferable OutputType. "
                "Override the OutputType property to specify the output type."
            )
        return found

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """Parse the text of the first candidate with `parse`.

        Args:
            result: The candidates, the likeliest first.
            partial: If true, the answer is still streaming.

        Returns:
            The parsed value.
        """
        return self.parse(result[0].text)

    @abstractmethod
    def parse(self, text: str) -> T:
        """Parse a text.

        Args:
            text: The model's answer.

        Returns:
            The parsed value.

        Raises:
            OutputParserException: If it cannot be parsed.
        """

    async def aparse(self, text: str) -> T:
        """Async version of `parse`; by default it runs that off the event loop.

        Args:
            text: The model's answer.

        Returns:
            The parsed value.
        """
        if is_own(type(self), ("parse_result", "parse")):
            return self.parse(text)
        return await run_in_executor(None, self.parse, text)

    def parse_with_prompt(self, completion: str, prompt: PromptValue) -> Any:
        """Parse a text with its prompt; by default the prompt is ignored.

        Args:
            completion: The model's answer.
            prompt: The model's input, for parsers that call the model again.

        Returns:
            The parsed value.
        """
        return self.parse(completion)

    def get_format_instructions(self) -> str:
        """Return instructions for the model, so that the parser can parse its answer.

        Raises:
            NotImplementedError: If the class has no instructions.
        """
        raise NotImplementedError

    @property
    def _type(self) -> str:
        raise NotImplementedError(
            f"_type property is not implemented in class {type(self).__name__}."
            " This is required for serialization."
        )

    def asdict(self, **kwargs: Any) -> builtins.dict[str, Any]:
        """Return the fields, and the parser's type as `_type` if it has one.

        Args:
            **kwargs: Passed to `model_dump`.

        Returns:
            The dictionary.
        """
        fields = self.model_dump(**kwargs)
        with contextlib.suppress(NotImplementedError):
            fields["_type"] = self._type
        return fields

    def dict(self, **kwargs: Any) -> builtins.dict[str, Any]:
        """Return the same as `asdict`, its newer name."""
        return self.asdict(**kwargs)


def as_generation(input: BaseMessage | str) -> Generation:
    """Return a message or text as the only candidate of an answer."""
    if isinstance(input, BaseMessage):
        return ChatGeneration(message=input)
    return Generation(text=input)


@lru_cache(maxsize=1024)
def is_own(kind: type, names: tuple[str, ...]) -> bool:
    """Return True if this package, not a subclass elsewhere, defines these methods of a class."""
    return all(
        getattr(getattr(kind, name, None), "__module__", "headrace.").startswith("headrace.")
        for name in names
    )


def _type_argument(kind: type, otherwise: Any) -> Any:
    for base in kind.__mro__:
        generic = getattr(base, "__pydantic_generic_metadata__", None)
        if generic and generic["args"] and not isinstance(generic["args"][0], TypeVar):
            return generic["args"][0]
    return otherwise
