"""The bases of output parsers: from what a model says to what a program can use."""

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
"""What models give: a message, or text."""

OutputParserLike = Runnable[LanguageModelOutput, T]
"""Whatever can stand behind a model."""


class BaseLLMOutputParser(Generic[T], ABC):
    """What reads the candidate answers of a model."""

    @abstractmethod
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """Read the answer to one input.

        Args:
            result: The candidates.
            partial: Whether they are still being streamed.

        Returns:
            What they say.
        """

    async def aparse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """Read the answer to one input; by default `parse_result`, off the event loop.

        Args:
            result: The candidates.
            partial: Whether they are still being streamed.

        Returns:
            What they say.
        """
        if is_own(type(self), ("parse_result", "parse")):
            # It computes and nothing else: a thread would only cost time.
            return self.parse_result(result, partial=partial)
        return await run_in_executor(None, self.parse_result, result, partial=partial)


class _InvokedParser(BaseLLMOutputParser[T], RunnableSerializable[LanguageModelOutput, T]):
    """A parser as a runnable: its input is a message or text, its runs are of the kind parser."""

    @property
    def InputType(self) -> Any:
        """The type of the input: text, or a message of any kind."""
        return str | AnyMessage

    def invoke(
        self, input: BaseMessage | str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> T:
        """Read a whole message or text.

        Args:
            input: The message or text.
            config: What to say about the run.
            **kwargs: Not used.

        Returns:
            What it says.

        Raises:
            OutputParserException: If it cannot be read.
        """
        return self._call_with_config(  # type: ignore[no-any-return]
            self._parse_input, input, config, run_type="parser"
        )

    async def ainvoke(
        self, input: BaseMessage | str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> T:
        """Read a whole message or text; see `invoke`."""
        return await self._acall_with_config(  # type: ignore[no-any-return]
            self._aparse_input, input, config, run_type="parser"
        )

    def _parse_input(self, input: BaseMessage | str) -> T:
        return self.parse_result([as_generation(input)])

    async def _aparse_input(self, input: BaseMessage | str) -> T:
        return await self.aparse_result([as_generation(input)])


class BaseGenerationOutputParser(_InvokedParser[T]):
    """A parser of whole answers, for subclasses that define `parse_result`."""

    @property
    def OutputType(self) -> Any:
        """The type of the output: the class's type argument, where it has one."""
        return _type_argument(type(self), Any)


class BaseOutputParser(_InvokedParser[T]):
    """A parser of text, for subclasses that define `parse`.

    ::

        class YesOrNo(BaseOutputParser[bool]):
            yes: str = "YES"

            def parse(self, text: str) -> bool:
                return text.strip() == self.yes
    """

    @property
    def OutputType(self) -> Any:
        """The type of the output: the class's type argument.

        Raises:
            TypeError: If it has none.
        """
        found = _type_argument(type(self), None)
        if found is None:
            raise TypeError(
                f"Runnable {type(self).__name__} doesn't have an inferable OutputType. "
                "Override the OutputType property to specify the output type."
            )
        return found

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """Read the first of the candidates: what `parse` gives for its text.

        Args:
            result: The candidates, the likeliest first.
            partial: Whether they are still being streamed.

        Returns:
            What it says.
        """
        return self.parse(result[0].text)

    @abstractmethod
    def parse(self, text: str) -> T:
        """Read a text.

        Args:
            text: What the model said.

        Returns:
            What it says.

        Raises:
            OutputParserException: If it cannot be read.
        """

    async def aparse(self, text: str) -> T:
        """Read a text; by default `parse`, off the event loop.

        Args:
            text: What the model said.

        Returns:
            What it says.
        """
        if is_own(type(self), ("parse_result", "parse")):
            return self.parse(text)
        return await run_in_executor(None, self.parse, text)

    def parse_with_prompt(self, completion: str, prompt: PromptValue) -> Any:
        """Read a text, knowing what the model was asked; by default that makes no difference.

        Args:
            completion: What the model said.
            prompt: What it was asked: for parsers that ask again.

        Returns:
            What it says.
        """
        return self.parse(completion)

    def get_format_instructions(self) -> str:
        """Give what to tell a model so that this can read its answer.

        Raises:
            NotImplementedError: If the class says nothing about it.
        """
        raise NotImplementedError

    @property
    def _type(self) -> str:
        raise NotImplementedError(
            f"_type property is not implemented in class {type(self).__name__}."
            " This is required for serialization."
        )

    def asdict(self, **kwargs: Any) -> builtins.dict[str, Any]:
        """Give the fields, and the parser's type as `_type` where it has one.

        Args:
            **kwargs: For `model_dump`.

        Returns:
            The dictionary.
        """
        fields = self.model_dump(**kwargs)
        with contextlib.suppress(NotImplementedError):
            fields["_type"] = self._type
        return fields

    def dict(self, **kwargs: Any) -> builtins.dict[str, Any]:
        """Give what `asdict` gives, under its older name."""
        return self.asdict(**kwargs)


def as_generation(input: BaseMessage | str) -> Generation:
    """Give a message or text as the only candidate of an answer."""
    if isinstance(input, BaseMessage):
        return ChatGeneration(message=input)
    return Generation(text=input)


@lru_cache(maxsize=1024)
def is_own(kind: type, names: tuple[str, ...]) -> bool:
    """Whether some methods of a class are this package's own, and not of a subclass elsewhere."""
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
