"""`BasePromptTemplate`, the base class of prompt templates."""

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
"""The return type of `format`."""


def _parser(value: Any) -> Any:
    """Validate an output parser, and import the parsers only then."""
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
    """Base class of prompt templates: runnables from variables to a prompt value."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    input_variables: list[str]
    """The names of the required variables."""

    optional_variables: list[str] = Field(default=[])
    """The names of optional variables, such as optional message placeholders."""

    input_types: _Fields = Field(default_factory=dict, exclude=True)
    """The types of the variables that are not strings."""

    output_parser: _OutputParser | None = None
    """The parser for the model's output."""

    partial_variables: Mapping[str, Any] = Field(default_factory=dict)
    """Values of variables that are filled in beforehand, or functions that return them."""

    metadata: _Fields | None = None
    """Metadata added to the runs of this prompt."""

    tags: list[str] | None = None
    """Tags added to the runs of this prompt."""

    @model_validator(mode="after")
    def validate_variable_names(self) -> Self:
        """Raise an error for variable names that are reserved."""
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
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "prompt_template"]

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: prompts are serializable."""
        return True

    @property
    def OutputType(self) -> Any:
        """The type of the output."""
        return StringPromptValue | ChatPromptValueConcrete

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the variables as a pydantic model.

        Args:
            config: Not used.

        Returns:
            The model. Variables are strings unless `input_types` says otherwise.
        """
        from headrace.runnables.type_inference import fields_model

        kinds = self.input_types
        return fields_model(
            "PromptInput",
            {name: kinds.get(name, str) for name in self.input_variables},
            optional={name: kinds.get(name, str) for name in self.optional_variables},
        )

    # -- filling in --------------------------------------------------------------------------------

    @abstractmethod
    def format_prompt(self, **kwargs: Any) -> PromptValue:
        """Create the prompt.

        Args:
            **kwargs: The variables.

        Returns:
            The prompt.
        """

    async def aformat_prompt(self, **kwargs: Any) -> PromptValue:
        """Format the prompt; async version of `format_prompt`."""
        return self.format_prompt(**kwargs)

    @abstractmethod
    def format(self, **kwargs: Any) -> FormatOutputType:
        """Fill in the template.

        Args:
            **kwargs: The variables.

        Returns:
            The template, filled in.
        """

    async def aformat(self, **kwargs: Any) -> FormatOutputType:
        """Fill in the template; async version of `format`."""
        return self.format(**kwargs)

    def partial(self, **kwargs: str | Callable[[], str]) -> Self:
        """Return a copy of this template with some variables filled in.

        Args:
            **kwargs: The values, or functions that return them when the prompt is formatted.

        Returns:
            A new template that no longer requires these variables.
        """
        fields = dict(self.__dict__)
        fields["input_variables"] = [name for name in self.input_variables if name not in kwargs]
        fields["partial_variables"] = {**self.partial_variables, **kwargs}
        return type(self)(**fields)

    def _merge_partial_and_user_variables(self, **kwargs: Any) -> _Fields:
        """Return the variables together with the partial variables."""
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
        """Create the prompt.

        Args:
            input: The variables; for a single variable, its value alone is enough.
            config: The config of the run.
            **kwargs: Not used.

        Returns:
            The prompt.

        Raises:
            KeyError: If a variable is missing.
            TypeError: If the input is not a dictionary and there is more than one variable.
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
        """Format the prompt; async version of `invoke`."""
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
        """Return the config with this prompt's tags and metadata; `BARE` if it is empty."""
        if not (self.metadata or self.tags):
            return config or resolve(config)
        config = ensure_config(config)
        if self.metadata:
            config["metadata"] = {**config["metadata"], **self.metadata}
        if self.tags:
            config["tags"] = [*config["tags"], *self.tags]
        return config

    def _described(self) -> _Fields:
        """Return the serialized form for callback handlers."""
        return cast("_Fields", dumpd(self))

    def _format_prompt_with_error_handling(self, inner_input: Any) -> PromptValue:
        return self.format_prompt(**self._validate_input(inner_input))

    async def _aformat_prompt_with_error_handling(self, inner_input: Any) -> PromptValue:
        return await self.aformat_prompt(**self._validate_input(inner_input))

    def _validate_input(self, inner_input: Any) -> _Fields:
        """Return the input as a dictionary with all variables."""
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
        """The type of the prompt, written by `asdict`."""
        raise NotImplementedError

    def asdict(self, **kwargs: Any) -> _Fields:
        """Return the fields, and the type of the prompt as `_type`.

        Args:
            **kwargs: Passed to pydantic's `model_dump`.

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
        """Return the fields; older name of `asdict`."""
        return self.asdict(**kwargs)


def _nothing_handed_down() -> bool:
    """Return True if a run started here inherits nothing and so needs no context of its own."""
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
    """Format a document with a prompt.

    Args:
        doc: The document.
        prompt: The prompt; its variables are `page_content` and keys of the metadata.

    Returns:
        The text.

    Raises:
        ValueError: If the prompt needs a variable that the metadata lacks.
    """
    return prompt.format(**_document_variables(doc, prompt))


async def aformat_document(doc: Document, prompt: BasePromptTemplate[str]) -> str:
    """Format a document with a prompt; async version of `format_document`."""
    return await prompt.aformat(**_document_variables(doc, prompt))
