"""`StructuredPrompt`: a chat prompt with a schema for the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from headrace.prompts.chat import ChatPromptTemplate, MessageLikeRepresentation
from headrace.prompts.formats import PromptTemplateFormat
from headrace.runnables.sequence import RunnableSequence

if TYPE_CHECKING:
    from headrace.runnables.coerce import RunnableLike
    from headrace.runnables.typevars import Other

__all__ = ["StructuredPrompt"]


class StructuredPrompt(ChatPromptTemplate):
    """A chat prompt with a schema for the answer.

    Piping it to a chat model calls the model's `with_structured_output` with the schema.
    """

    schema_: dict[str, Any] | type
    """The schema: a JSON schema or a class."""

    structured_output_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Arguments passed to the model's `with_structured_output`."""

    def __init__(
        self,
        messages: Sequence[MessageLikeRepresentation],
        schema_: dict[str, Any] | type[BaseModel] | None = None,
        *,
        structured_output_kwargs: dict[str, Any] | None = None,
        template_format: PromptTemplateFormat = "f-string",
        **kwargs: Any,
    ) -> None:
        """Create a prompt.

        Args:
            messages: The messages; see `ChatPromptTemplate`.
            schema_: The schema.
            structured_output_kwargs: Arguments passed to the model's `with_structured_output`.
            template_format: The format of the templates.
            **kwargs: Other fields; the rest is added to `structured_output_kwargs`.

        Raises:
            ValueError: If the schema is missing.
        """
        schema_ = schema_ or kwargs.pop("schema", None)
        if not schema_:
            raise ValueError(
                f"Must pass in a non-empty structured output schema. Received: {schema_}"
            )
        known = type(self).model_fields
        fields = {name: value for name, value in kwargs.items() if name in known}
        more = {name: value for name, value in kwargs.items() if name not in known}
        super().__init__(
            messages,
            template_format=template_format,
            schema_=schema_,
            structured_output_kwargs={**(structured_output_kwargs or {}), **more},
            **fields,
        )

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain_core", "prompts", "structured"]

    @classmethod
    def from_messages_and_schema(
        cls,
        messages: Sequence[MessageLikeRepresentation],
        schema: dict[str, Any] | type,
        **kwargs: Any,
    ) -> ChatPromptTemplate:
        """Create a prompt; the same as calling the class.

        Args:
            messages: The messages.
            schema: The schema.
            **kwargs: As for the class.

        Returns:
            The prompt.
        """
        return cls(messages, schema, **kwargs)

    def __or__(self, other: Any) -> Any:
        """Pipe the prompt to a model with structured output; see `pipe`."""
        return self.pipe(other)

    def pipe(
        self, *others: RunnableLike[Any, Other], name: str | None = None
    ) -> RunnableSequence[dict[str, Any], Other]:
        """Pipe the prompt to a model with structured output, and to further steps.

        Args:
            *others: The model and the steps after it.
            name: The name of the chain.

        Returns:
            The chain.

        Raises:
            NotImplementedError: If the first step is not a chat model.
        """
        structured = getattr(others[0], "with_structured_output", None) if others else None
        if structured is None:
            raise NotImplementedError("Structured prompts need to be piped to a language model.")
        model = structured(self.schema_, **self.structured_output_kwargs)
        return RunnableSequence(self, model, *others[1:], name=name)
