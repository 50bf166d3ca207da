"""`BaseTool`: what a model can call."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, SkipValidation, ValidationError

from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager, Callbacks
from headrace.exceptions import SchemaAnnotationError, ToolException
from headrace.messages.tool_calls import ToolCall
from headrace.runnables.config import RunnableConfig, ensure_config
from headrace.runnables.executor import run_in_executor
from headrace.runnables.serializable import RunnableSerializable
from headrace.tools import running
from headrace.tools.plan import Plan, injected_fields
from headrace.utils.function_schema import FILTERED_ARGS, create_schema_from_function
from headrace.utils.injection import InjectedToolArg, InjectedToolCallId
from headrace.utils.pydantic import get_fields, is_basemodel_subclass, model_json_schema
from headrace.utils.pydantic import subset_model as _subset_model

if TYPE_CHECKING:
    from uuid import UUID

__all__ = [
    "FILTERED_ARGS",
    "ArgsSchema",
    "BaseTool",
    "BaseToolkit",
    "InjectedToolArg",
    "InjectedToolCallId",
    "SchemaAnnotationError",
    "ToolException",
    "create_schema_from_function",
]

ArgsSchema = type[BaseModel] | dict[str, Any]
"""What the arguments of a tool may be described with: a pydantic model, of version 1 too, or a
JSON schema, which describes them to models and validates nothing."""


class BaseTool(RunnableSerializable[str | dict[str, Any] | ToolCall, Any]):
    """What a model can call: a function with a name, a description and a schema.

    A subclass defines `_run`, and `_arun` where it has something better to do than to call `_run`
    off the event loop. Either may take `run_manager`, and a parameter annotated `RunnableConfig`.

    It is invoked with a dictionary of arguments, with a text where it takes one argument, or with
    a tool call, which it answers with a `ToolMessage`.
    """

    name: str
    """What models call it."""

    description: str
    """What it is for, when to use it and how."""

    args_schema: Annotated[ArgsSchema | None, SkipValidation()] = Field(
        default=None, description="The tool schema."
    )
    """The schema of the arguments; without one, the parameters of `_run` describe them."""

    return_direct: bool = False
    """Whether an agent ends with what the tool returns."""

    verbose: bool = False
    """Whether to print what happens."""

    callbacks: Callbacks = Field(default=None, exclude=True)
    """Handlers of each of its runs."""

    tags: list[str] | None = None
    """Labels of each of its runs."""

    metadata: dict[str, Any] | None = None
    """Facts about each of its runs."""

    handle_tool_error: bool | str | Callable[[ToolException], Any] | None = False
    """What to answer to a `ToolException`: True for its text, a text, or what a function gives."""

    handle_validation_error: bool | str | Callable[[ValidationError], Any] | None = False
    """What to answer to arguments that are not valid: True for a text that says so, a text, or what
    a function gives."""

    response_format: Literal["content", "content_and_artifact"] = "content"
    """What the function returns: the content of the answer, or it and an artifact."""

    extras: dict[str, Any] | None = None
    """What a provider is to be told beside the schema."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Look at the annotation of `args_schema`.

        Raises:
            SchemaAnnotationError: If it says an object where a class is meant.
        """
        super().__init_subclass__(**kwargs)
        annotation = inspect.get_annotations(cls).get("args_schema")
        if annotation in (BaseModel, "BaseModel"):
            raise SchemaAnnotationError(
                f"Tool definition for {cls.__name__} must include valid type annotations for "
                "argument 'args_schema' to behave as expected.\n"
                f"Expected annotation of 'Type[BaseModel]' but got '{annotation}'.\n"
                f"Write:\n\nclass {cls.__name__}(BaseTool):\n    args_schema: type[BaseModel] = ..."
            )

    def __init__(self, **kwargs: Any) -> None:
        """Make a tool of its fields.

        Raises:
            TypeError: If `args_schema` is neither a model nor a JSON schema.
            ValidationError: If a field is not valid.
        """
        schema = kwargs.get("args_schema")
        known = schema is None or isinstance(schema, dict) or is_basemodel_subclass(schema)
        if not known:
            raise TypeError(
                "args_schema must be a subclass of pydantic BaseModel or a JSON schema dict. "
                f"Got: {schema}."
            )
        super().__init__(**kwargs)

    # -- describing --------------------------------------------------------------------------------

    @property
    def is_single_input(self) -> bool:
        """Whether it takes one argument."""
        return len({key for key in self.args if key != "kwargs"}) == 1

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments that a model gives, by name."""
        schema = self.tool_call_schema
        described = schema if isinstance(schema, dict) else model_json_schema(schema)
        return cast("dict[str, Any]", described["properties"])

    @property
    def tool_call_schema(self) -> ArgsSchema:
        """The schema of the arguments that a model gives: without those that the program gives."""
        schema = self.args_schema
        if isinstance(schema, dict):
            return {**schema, "description": self.description} if self.description else schema
        known = self.__dict__.get("_shown")
        described = (schema, self.name, self.description)
        if known is not None and known[0] == described:
            return cast("ArgsSchema", known[1])
        full = self.get_input_schema()
        hidden = injected_fields(full)
        fields = [name for name in get_fields(full) if name not in hidden]
        shown = _subset_model(self.name, full, fields, fn_description=self.description)
        self.__dict__["_shown"] = (described, shown)
        return shown

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]:
        """Give the arguments as a pydantic model, those that the program gives included.

        Args:
            config: Not used.

        Returns:
            The model.
        """
        if self.args_schema is None:
            return create_schema_from_function(self.name, self._run)
        if isinstance(self.args_schema, dict):
            return super().get_input_schema(config)
        return self.args_schema

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Give the JSON schema of the arguments, those that the program gives included."""
        return model_json_schema(self.get_input_schema(config))

    # -- running -----------------------------------------------------------------------------------

    def invoke(
        self,
        input: str | dict[str, Any] | ToolCall,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the tool.

        Args:
            input: The arguments, a text for a tool that takes one, or a tool call.
            config: What to say about the run.
            **kwargs: What else handlers are told.

        Returns:
            The answer to a tool call is a `ToolMessage`; else it is what the function returned.

        Raises:
            ValidationError: If the arguments are not valid and the tool does not handle that.
            ToolException: If the tool reports a failure and does not handle that.
        """
        return running.invoke(self, input, config, kwargs)

    async def ainvoke(
        self,
        input: str | dict[str, Any] | ToolCall,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the tool; a function that is not asynchronous runs off the event loop.

        See `invoke`.
        """
        return await running.ainvoke(self, input, config, kwargs)

    def run(
        self,
        tool_input: str | dict[str, Any],
        verbose: bool | None = None,
        start_color: str | None = "green",
        color: str | None = "green",
        callbacks: Callbacks = None,
        *,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        run_name: str | None = None,
        run_id: UUID | None = None,
        config: RunnableConfig | None = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the tool on arguments, with what is said about the run as arguments too.

        Args:
            tool_input: The arguments, or a text for a tool that takes one.
            verbose: Whether to print what happens.
            start_color: The colour in which handlers print the start.
            color: The colour in which handlers print the output.
            callbacks: Handlers of this run and those below it.
            tags: Labels of this run and those below it.
            metadata: Facts about this run and those below it.
            run_name: The name of the run.
            run_id: The id of the run.
            config: What the tool's function and the runs below are given.
            tool_call_id: The tool call that this is the run of.
            **kwargs: What else handlers are told.

        Returns:
            As for `invoke`.
        """
        told = running.Told(
            callbacks,
            verbose=verbose,
            run_name=run_name,
            run_id=run_id,
            start_color=start_color,
            color=color,
            extra=kwargs,
        )
        full = _with(config, tags, metadata)
        return running.run_told(self, tool_input, tool_call_id, full, told)

    async def arun(
        self,
        tool_input: str | dict[str, Any],
        verbose: bool | None = None,
        start_color: str | None = "green",
        color: str | None = "green",
        callbacks: Callbacks = None,
        *,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        run_name: str | None = None,
        run_id: UUID | None = None,
        config: RunnableConfig | None = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the tool on arguments; see `run`."""
        told = running.Told(
            callbacks,
            verbose=verbose,
            run_name=run_name,
            run_id=run_id,
            start_color=start_color,
            color=color,
            extra=kwargs,
        )
        full = _with(config, tags, metadata)
        return await running.arun_told(self, tool_input, tool_call_id, full, told)

    # -- for subclasses ----------------------------------------------------------------------------

    @abstractmethod
    def _run(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the tool is for.

        A parameter `run_manager` is given the manager of the run, one annotated `RunnableConfig`
        the configuration.
        """

    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        """Do what the tool is for; by default `_run`, off the event loop."""
        manager = kwargs.get("run_manager")
        if manager is not None and hasattr(manager, "get_sync"):
            kwargs["run_manager"] = manager.get_sync()
        return await run_in_executor(None, self._run, *args, **kwargs)

    def _parse_input(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> str | dict[str, Any]:
        """Validate an input.

        Args:
            tool_input: The arguments, or a text for a tool that takes one.
            tool_call_id: The tool call that they are of.

        Returns:
            The text, or the arguments as the schema has them.

        Raises:
            ValidationError: If they are not valid.
            ValueError: If the tool needs the id of a tool call and there is none.
        """
        return cast("str | dict[str, Any]", self._plan().parsed(tool_input, tool_call_id))

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Validate an input and make it the arguments of the function.

        Args:
            tool_input: The arguments, or a text for a tool that takes one.
            tool_call_id: The tool call that they are of.

        Returns:
            Positional arguments, and those by name.

        Raises:
            TypeError: If it is neither a text nor a dictionary.
        """
        if not isinstance(tool_input, dict) and self._plan().takes_nothing:
            return (), {}
        parsed = self._parse_input(tool_input, tool_call_id)
        if isinstance(parsed, dict):
            return (), parsed if parsed is not tool_input else parsed.copy()
        if isinstance(parsed, str):
            return (parsed,), {}
        raise TypeError(f"Invalid tool input type: {type(tool_input)}")

    def _source(self) -> Callable[..., Any]:
        """Give what the plan is made of; while it is the same, so is the plan."""
        return type(self)._run

    def _plan(self) -> Plan:
        """Give what is known of the function, looked at when it is first needed."""
        source = self._source()
        own = self._run if source is type(self)._run else source
        return self._known("_looked_at", source, own)

    def _target(self) -> tuple[Callable[..., Any] | None, Plan]:
        """Give what `invoke` calls, None where it cannot, and what is known of it."""
        return self._run, self._plan()

    def _atarget(self) -> tuple[Callable[..., Any], Plan, bool]:
        """Give what `ainvoke` calls, what is known of it, and whether it is asynchronous."""
        if type(self)._arun is BaseTool._arun:
            return self._run, self._plan(), False
        return self._arun, self._aplan(type(self)._arun, self._arun), True

    def _aplan(self, source: Any, func: Callable[..., Any]) -> Plan:
        """Give what is known of an asynchronous function."""
        return self._known("_alooked_at", source, func)

    def _known(self, key: str, source: Any, func: Callable[..., Any]) -> Plan:
        plan = self.__dict__.get(key)
        if plan is None or plan.source is not source or plan.schema is not self.args_schema:
            # beside the fields, where pydantic does not look: it is no part of the tool's state
            plan = self.__dict__[key] = Plan(self.args_schema, source, func)
        return cast("Plan", plan)


def _with(
    config: RunnableConfig | None, tags: list[str] | None, metadata: dict[str, Any] | None
) -> RunnableConfig:
    """Give a complete configuration with more tags and metadata."""
    full = ensure_config(config)
    if tags:
        full["tags"] = [*tags, *(tag for tag in full["tags"] if tag not in tags)]
    if metadata:
        full["metadata"] = {**full["metadata"], **metadata}
    return full


class BaseToolkit(BaseModel, ABC):
    """Tools that belong together."""

    @abstractmethod
    def get_tools(self) -> Sequence[BaseTool]:
        """Give the tools."""


# what the annotations of the fields name
_ANNOTATIONS = (BaseCallbackHandler, BaseCallbackManager)
