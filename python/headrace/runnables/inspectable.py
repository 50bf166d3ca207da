"""What a runnable says of itself: its name, its schemas, what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from headrace.runnables import schemas
from headrace.runnables.config import RunnableConfig

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.prompts.base import BasePromptTemplate
    from headrace.runnables.graph import Graph
    from headrace.runnables.specs import ConfigurableFieldSpec

__all__ = ["Inspectable"]


class Inspectable:
    """The methods of every runnable that tell what it is, without running it."""

    __slots__: tuple[str, ...] = ()

    name: str | None
    """What the runnable is called in runs and errors; the class has a name for those without."""

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Give the name of this runnable.

        Args:
            suffix: What to add to it.
            name: What to use instead of its own.

        Returns:
            The name.
        """
        base = name or getattr(self, "name", None) or type(self).__name__.partition("[")[0]
        if not suffix:
            return base
        if base[0].isupper():
            return base + suffix.title()
        return base + "_" + suffix.lower()

    @property
    def InputType(self) -> Any:
        """The type of the input.

        Raises:
            TypeError: If it cannot be inferred.
        """
        return schemas.type_argument(cast("Any", self), 0, "Input")

    @property
    def OutputType(self) -> Any:
        """The type of the output.

        Raises:
            TypeError: If it cannot be inferred.
        """
        return schemas.type_argument(cast("Any", self), 1, "Output")

    @property
    def input_schema(self) -> type[BaseModel]:
        """The input as a pydantic model."""
        return self.get_input_schema()

    @property
    def output_schema(self) -> type[BaseModel]:
        """The output as a pydantic model."""
        return self.get_output_schema()

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the input as a pydantic model.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The model.
        """
        return schemas.model_of(self.get_name("Input"), self.InputType)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the output as a pydantic model.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The model.
        """
        return schemas.model_of(self.get_name("Output"), self.OutputType)

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Give the JSON schema of the input.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The schema.
        """
        return self.get_input_schema(config).model_json_schema()

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Give the JSON schema of the output.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The schema.
        """
        return self.get_output_schema(config).model_json_schema()

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What is configurable in this."""
        return []

    def config_schema(self, *, include: Sequence[str] | None = None) -> type[BaseModel]:
        """Give the configuration as a pydantic model.

        Args:
            include: The keys of `RunnableConfig` to include besides `configurable`.

        Returns:
            The model.
        """
        return schemas.config_model(cast("Any", self), include or ())

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> dict[str, Any]:
        """Give the JSON schema of the configuration.

        Args:
            include: The keys of `RunnableConfig` to include besides `configurable`.

        Returns:
            The schema.
        """
        return self.config_schema(include=include).model_json_schema()

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Draw up what this is made of.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The graph: its nodes are the steps, its edges the way of the data.
        """
        from headrace.runnables.graph import graph_of

        return graph_of(cast("Any", self), config)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[BasePromptTemplate[Any]]:
        """Give the prompts that this is made of.

        Args:
            config: What chooses among configurable parts.

        Returns:
            The prompts, in the order of `get_graph`.
        """
        # The prompts are a layer above this one.
        base: Any = import_module("headrace.prompts.base").BasePromptTemplate
        nodes = self.get_graph(config).nodes.values()
        return [node.data for node in nodes if isinstance(node.data, base)]
