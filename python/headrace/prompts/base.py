"""`BasePromptTemplate`: what turns variables into a prompt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, cast

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticKnownError
from typing_extensions import Self

from headrace.callbacks.context import var_child_runnable_config
from headrace.load.dump import dumpd
from headrace.prompt_values import (
    ChatPromptValueConcrete,
    PromptValue,
    StringPromptValue,
)
from headrace.runnables import execution
from headrace.runnables.config import BARE, RunnableConfig, ensure_config, resolve
from headrace.runnables.serializable import RunnableSerializable

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.documents import Document

__all__ = ["BasePromptTemplate", "aformat_document", "format_document"]

_Fields = dict[str, Any]

FormatOutputType = TypeVar("FormatOutputType")
"""What `format` gives."""


def _parser(value: Any) -> Any:
    """Take an output parser; prompts do not import them before one is given."""
    from headrace.output_parsers.base import BaseOutputParser

    if isinstance(value, BaseOutputParser):
        return value
    raise PydanticKnownError("model_type", {"class_name": "BaseOutputParser"})


if TYPE_CHECKING:
    from headrace.output_parsers.base import BaseOutputParser

    _OutputParser = BaseOutputParser[Any]
else:
    _OutputParser = Annotated[
        Any,
        PlainValidator(_parser),
        WithJsonSchema({"title": "BaseOutputParser", "type": "object"}),
    ]


class BasePromptTemplate(
    RunnableSerializable[dict[str, Any], PromptValue], Generic[FormatOutputType]
):
    """Turns variables into a prompt. As a runnable: from a dictionary of them to a prompt value."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    input_variables: list[str]
    """The variables that must be given."""

    optional_variables: list[str] = Field(default=[])
    """The variables that may be left out, such as optional message placeholders."""

    input_types: _Fields = Field(default_factory=dict, exclude=True)
    """The types of variables, where they are no texts."""

    output_parser: _OutputParser | None = None
    """What to read the model's answer with."""

    partial_variables: Mapping[str, Any] = Field(default_factory=dict)
    """Variables that have a value already, or a function that gives it each time."""

    metadata: _Fields | None = None
    """Facts for whoever observes runs of this."""

    tags: list[str] | None = None
    """Labels of runs of this."""

    @model_validator(mode="after")
    def validate_variable_names(self) -> Self:
        """Refuse variables that would be mistaken for something else."""
        for kind, names in (("input", self.input_variables), ("partial", self.partial_variables)):
            if "stop" in names:
                raise ValueError(
                    f"Cannot have an {kind} variable named 'stop', as it is used internally, "
                    "please rename."
                )
        overlap = set(self.input_variables).intersection(self.partial_variables)
        if overlap:
            raise ValueError(f"Found overlapping input and partial variables: {overlap}")
        return self

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Give where the reference's `loads` looks for the class."""
        return ["langchain", "schema", "prompt_template"]

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether a prompt can be made again from what `to_json` gives: it can."""
        return True

    @property
    def OutputType(self) -> Any:
        """The type of the output."""
        return StringPromptValue | ChatPromptValueConcrete

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the variables as a pydantic model.

        Args:
            config: Not used.

        Returns:
            The model; variables are texts where `input_types` says nothing else.
        """
        from headrace.runnables.schemas import fields_model

        kinds = self.input_types
        return fields_model(
            "PromptInput",
            {name: kinds.get(name, str) for name in self.input_variables},
            optional={name: kinds.get(name, str) for name in self.optional_variables},
        )

    # -- filling in --------------------------------------------------------------------------------

    @abstractmethod
    def format_prompt(self, **kwargs: Any) -> PromptValue:
        """Make the prompt.

        Args:
            **kwargs: The variables.

        Returns:
            The prompt.
        """

    async def aformat_prompt(self, **kwargs: Any) -> PromptValue:
        """Make the prompt; see `format_prompt`."""
        return self.format_prompt(**kwargs)

    @abstractmethod
    def format(self, **kwargs: Any) -> FormatOutputType:
        """Fill the template.

        Args:
            **kwargs: The variables.

        Returns:
            The template with the variables' values.
        """

    async def aformat(self, **kwargs: Any) -> FormatOutputType:
        """Fill the template; see `format`."""
        return self.format(**kwargs)

    def partial(self, **kwargs: str | Callable[[], str]) -> Self:
        """Give some variables their value beforehand.

        Args:
            **kwargs: Their values, or functions that give them each time.

        Returns:
            A new template, which does not ask for them.
        """
        fields = dict(self.__dict__)
        fields["input_variables"] = [name for name in self.input_variables if name not in kwargs]
        fields["partial_variables"] = {**self.partial_variables, **kwargs}
        return type(self)(**fields)

    def _merge_partial_and_user_variables(self, **kwargs: Any) -> _Fields:
        """Give the variables with those that had a value beforehand."""
        if not self.partial_variables:
            return kwargs
        partial = {
            name: value() if callable(value) else value
            for name, value in self.partial_variables.items()
        }
        return {**partial, **kwargs}

    # -- running -----------------------------------------------------------------------------------

    def invoke(
        self, input: _Fields, config: RunnableConfig | None = None, **kwargs: Any
    ) -> PromptValue:
        """Make the prompt.

        Args:
            input: The variables; where there is one alone, its value will do.
            config: What to say about the run.
            **kwargs: Nothing.

        Returns:
            The prompt.

        Raises:
            KeyError: If a variable is missing.
            TypeError: If the input is no dictionary, and there is not one variable alone.
        """
        config = self._resolved(config)
        if config is BARE and _nothing_handed_down():
            return self._format_prompt_with_error_handling(input)
        return cast(
            "PromptValue",
            execution.call(
                self,
                self._format_prompt_with_error_handling,
                input,
                config,
                {},
                self._described,
                run_type="prompt",
            ),
        )

    async def ainvoke(
        self, input: _Fields, config: RunnableConfig | None = None, **kwargs: Any
    ) -> PromptValue:
        """Make the prompt; see `invoke`."""
        config = self._resolved(config)
        if config is BARE and _nothing_handed_down():
            return await self._aformat_prompt_with_error_handling(input)
        return cast(
            "PromptValue",
            await execution.acall(
                self,
                self._aformat_prompt_with_error_handling,
                input,
                config,
                {},
                self._described,
                run_type="prompt",
            ),
        )

    def _resolved(self, config: RunnableConfig | None) -> RunnableConfig:
        """Give a configuration with the tags and facts of this; `BARE` where there is none."""
        if not (self.metadata or self.tags):
            return config or resolve(config)
        config = ensure_config(config)
        if self.metadata:
            config["metadata"] = {**config["metadata"], **self.metadata}
        if self.tags:
            config["tags"] = [*config["tags"], *self.tags]
        return config

    def _described(self) -> _Fields:
        """Describe this, for whoever looks on."""
        return cast("_Fields", dumpd(self))

    def _format_prompt_with_error_handling(self, inner_input: Any) -> PromptValue:
        return self.format_prompt(**self._validate_input(inner_input))

    async def _aformat_prompt_with_error_handling(self, inner_input: Any) -> PromptValue:
        return await self.aformat_prompt(**self._validate_input(inner_input))

    def _validate_input(self, inner_input: Any) -> _Fields:
        """Give the input as a dictionary that has all variables."""
        names = self.input_variables
        if not isinstance(inner_input, dict):
            if len(names) != 1:
                raise TypeError(
                    f"Expected mapping type as input to {type(self).__name__}. "
                    f"Received {type(inner_input)}."
                )
            return {names[0]: inner_input}
        for name in names:
            if name not in inner_input:
                raise self._missing(inner_input)
        return inner_input

    def _missing(self, given: _Fields) -> KeyError:
        missing = set(self.input_variables).difference(given)
        example = missing.pop() if len(missing) == 1 else min(missing)
        shown = sorted({example, *missing})
        return KeyError(
            f"Input to {type(self).__name__} is missing variables "
            f"{{{', '.join(map(repr, shown))}}}.  "
            f"Expected: {self.input_variables} Received: {list(given)}\n"
            f"Note: if you intended {{{example}}} to be part of the string and not a variable, "
            f"please escape it with double curly braces like: '{{{{{example}}}}}'."
        )

    # -- describing --------------------------------------------------------------------------------

    @property
    def _prompt_type(self) -> str:
        """What kind of prompt this is, for `asdict`."""
        raise NotImplementedError

    def asdict(self, **kwargs: Any) -> _Fields:
        """Give the fields, and as `_type` what kind of prompt this is.

        Args:
            **kwargs: For pydantic's `model_dump`.

        Returns:
            The fields.
        """
        fields = self.model_dump(**kwargs)
        try:
            fields["_type"] = self._prompt_type
        except NotImplementedError:
            return fields
        return fields

    def dict(self, **kwargs: Any) -> _Fields:
        """Give the fields: an older name of `asdict`."""
        return self.asdict(**kwargs)


def _nothing_handed_down() -> bool:
    """Whether what runs here would inherit nothing: then it needs no context of its own."""
    ambient = var_child_runnable_config.get()
    return ambient is None or ambient is BARE


def _document_variables(doc: Document, prompt: BasePromptTemplate[str]) -> dict[str, Any]:
    known = {"page_content": doc.page_content, **doc.metadata}
    names = prompt.input_variables
    missing = [name for name in names if name not in known]
    if missing:
        required = [name for name in names if name != "page_content"]
        raise ValueError(
            f"Document prompt requires documents to have metadata variables: {required}. "
            f"Received document with missing metadata: {missing}."
        )
    return {name: known[name] for name in names}


def format_document(doc: Document, prompt: BasePromptTemplate[str]) -> str:
    """Show a document as a prompt says.

    Args:
        doc: The document.
        prompt: What to show of it: `page_content`, and the keys of its metadata.

    Returns:
        The text.

    Raises:
        ValueError: If the prompt asks for what the metadata does not have.
    """
    return prompt.format(**_document_variables(doc, prompt))


async def aformat_document(doc: Document, prompt: BasePromptTemplate[str]) -> str:
    """Show a document as a prompt says; see `format_document`."""
    return await prompt.aformat(**_document_variables(doc, prompt))
