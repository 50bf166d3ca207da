"""Introspection of runnables: name, schemas, graph."""

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
    """Introspection methods of `Runnable`, which do not run it."""

    __slots__: tuple[str, ...] = ()

    name: str | None
    """The name of the runnable in runs and errors; defaults to the name of the class."""

    def get_name(self, suffix: str | None = None, *, name: str | None = None) -> str:
        """Return the name of this runnable.

        Args:
            suffix: A suffix to append.
            name: A name to use instead.

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
            TypeError: If the type cannot be inferred.
        """
        return schemas.type_argument(cast("Any", self), 0, "Input")

    @property
    def OutputType(self) -> Any:
        """The type of the output.

        Raises:
            TypeError: If the type cannot be inferred.
        """
        return schemas.type_argument(cast("Any", self), 1, "Output")

    @property
    def input_schema(self) -> type[BaseModel]:
        """The input schema as a pydantic model."""
        return self.get_input_schema()

    @property
    def output_schema(self) -> type[BaseModel]:
        """The output schema as a pydantic model."""
        return self.get_output_schema()

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the input schema as a pydantic model.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The model.
        """
        return schemas.model_of(self.get_name("Input"), self.InputType)

    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Return the output schema as a pydantic model.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The model.
        """
        return schemas.model_of(self.get_name("Output"), self.OutputType)

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Return the JSON schema of the input.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The schema.
        """
        return self.get_input_schema(config).model_json_schema()

    def get_output_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Return the JSON schema of the output.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The schema.
        """
        return self.get_output_schema(config).model_json_schema()

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The configurable fields of this runnable."""
        return []

    def config_schema(self, *, include: Sequence[str] | None = None) -> type[BaseModel]:
        """Return the config schema as a pydantic model.

        Args:
            include: The keys of `RunnableConfig` to include in addition to `configurable`.

        Returns:
            The model.
        """
        return schemas.config_model(cast("Any", self), include or ())

    def get_config_jsonschema(self, *, include: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the JSON schema of the config.

        Args:
            include: The keys of `RunnableConfig` to include in addition to `configurable`.

        Returns:
            The schema.
        """
        return self.config_schema(include=include).model_json_schema()

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        """Return the graph of this runnable.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The graph: its nodes are the steps, its edges the data flow.
        """
        from headrace.runnables.graph import graph_of

        return graph_of(cast("Any", self), config)

    def get_prompts(self, config: RunnableConfig | None = None) -> list[BasePromptTemplate[Any]]:
        """Return the prompts in this runnable.

        Args:
            config: Selects configurable fields and alternatives.

        Returns:
            The prompts, in the order of `get_graph`.
        """
        # Prompts are in a layer above this one.
        base: Any = import_module("headrace.prompts.base").BasePromptTemplate
        nodes = self.get_graph(config).nodes.values()
        return [node.data for node in nodes if isinstance(node.data, base)]
