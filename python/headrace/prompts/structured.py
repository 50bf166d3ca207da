"""`StructuredPrompt`: a chat prompt that says what the answer is to look like."""

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
    """A chat prompt that says what the answer is to look like.

    It is piped to a chat model, which is then asked for an answer of that schema.
    """

    schema_: dict[str, Any] | type
    """The schema: a JSON schema, or a class."""

    structured_output_kwargs: dict[str, Any] = Field(default_factory=dict)
    """More for the model's `with_structured_output`."""

    def __init__(
        self,
        messages: Sequence[MessageLikeRepresentation],
        schema_: dict[str, Any] | type[BaseModel] | None = None,
        *,
        structured_output_kwargs: dict[str, Any] | None = None,
        template_format: PromptTemplateFormat = "f-string",
        **kwargs: Any,
    ) -> None:
        """Make a prompt.

        Args:
            messages: The messages; see `ChatPromptTemplate`.
            schema_: The schema.
            structured_output_kwargs: More for the model's `with_structured_output`.
            template_format: How the templates are written.
            **kwargs: Fields; and what is none goes to `structured_output_kwargs`.

        Raises:
            ValueError: If there is no schema.
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
        """Give where the reference's `loads` looks for the class."""
        return ["langchain_core", "prompts", "structured"]

    @classmethod
    def from_messages_and_schema(
        cls,
        messages: Sequence[MessageLikeRepresentation],
        schema: dict[str, Any] | type,
        **kwargs: Any,
    ) -> ChatPromptTemplate:
        """Make a prompt: another way of calling the class.

        Args:
            messages: The messages.
            schema: The schema.
            **kwargs: As for the class.

        Returns:
            The prompt.
        """
        return cls(messages, schema, **kwargs)

    def __or__(self, other: Any) -> Any:
        """Give the prompt to a model, which is asked for the schema; see `pipe`."""
        return self.pipe(other)

    def pipe(
        self, *others: RunnableLike[Any, Other], name: str | None = None
    ) -> RunnableSequence[dict[str, Any], Other]:
        """Give the prompt to a model, which is asked for the schema, and so on.

        Args:
            *others: The model, and what follows it.
            name: What the chain is called.

        Returns:
            The chain.

        Raises:
            NotImplementedError: If the first is no chat model.
        """
        structured = getattr(others[0], "with_structured_output", None) if others else None
        if structured is None:
            raise NotImplementedError("Structured prompts need to be piped to a language model.")
        model = structured(self.schema_, **self.structured_output_kwargs)
        return RunnableSequence(self, model, *others[1:], name=name)
