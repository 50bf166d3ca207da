"""`BaseTool`: the base class of tools."""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, SkipValidation, ValidationError

from headrace.callbacks.base import BaseCallbackHandler, BaseCallbackManager, Callbacks
from headrace.callbacks.callback_manager import AsyncCallbackManager, CallbackManager
from headrace.callbacks.context import has_ambient_handlers, var_child_runnable_config
from headrace.exceptions import SchemaAnnotationError, ToolException
from headrace.messages.tool_calls import ToolCall
from headrace.runnables.config import BARE, RunnableConfig, child_of, ensure_config, plain, resolve
from headrace.runnables.serializable import RunnableSerializable
from headrace.tools import outcome
from headrace.tools.plan import Plan, injected_fields
from headrace.utils.executor import run_in_executor
from headrace.utils.function_schema import FILTERED_ARGS, create_schema_from_function
from headrace.utils.injection import InjectedToolArg, InjectedToolCallId
from headrace.utils.pydantic import get_fields, is_basemodel_subclass, model_json_schema
from headrace.utils.pydantic import subset_model as _subset_model

if TYPE_CHECKING:
    from uuid import UUID

    from headrace.callbacks.run_manager import (
        AsyncCallbackManagerForToolRun,
        CallbackManagerForToolRun,
    )
    from headrace.tools.outcome import Status

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
"""The schema of the arguments of a tool: a pydantic model (v1 or v2) or a JSON schema. A JSON
schema only describes the arguments and does not validate them."""


_var = var_child_runnable_config


class BaseTool(RunnableSerializable[str | dict[str, Any] | ToolCall, Any]):
    """Base class of tools: functions with a name, a description and a schema that models can call.

    Subclasses implement `_run`, and `_arun` unless calling `_run` off the event loop is enough.
    Both may take `run_manager`, and a parameter annotated with `RunnableConfig`.

    Invoke a tool with a dict of arguments, with a string if it takes one argument, or with a tool
    call, which returns a `ToolMessage`.
    """

    name: str
    """The name of the tool."""

    description: str
    """The purpose of the tool, and when and how to use it."""

    args_schema: Annotated[ArgsSchema | None, SkipValidation()] = Field(
        default=None, description="The tool schema."
    )
    """The schema of the arguments; by default inferred from the parameters of `_run`."""

    return_direct: bool = False
    """If true, an agent stops and returns the output of the tool."""

    verbose: bool = False
    """Whether to print the runs of the tool."""

    callbacks: Callbacks = Field(default=None, exclude=True)
    """Callback handlers for each run of the tool."""

    tags: list[str] | None = None
    """Tags of each run of the tool."""

    metadata: dict[str, Any] | None = None
    """Metadata of each run of the tool."""

    handle_tool_error: bool | str | Callable[[ToolException], Any] | None = False
    """The output for a `ToolException`: True uses the error message, a string is used as is, a
    function is called."""

    handle_validation_error: bool | str | Callable[[ValidationError], Any] | None = False
    """The output for invalid arguments: True uses a default message, a string is used as is, a
    function is called."""

    response_format: Literal["content", "content_and_artifact"] = "content"
    """The return value of the function: the content, or a tuple of content and artifact."""

    extras: dict[str, Any] | None = None
    """Provider-specific options that are sent with the schema."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Check the annotation of `args_schema`.

        Raises:
            SchemaAnnotationError: If it annotates an instance instead of a class.
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
        """Create a tool from its fields.

        Raises:
            TypeError: If `args_schema` is neither a model nor a JSON schema.
            ValidationError: If a field is invalid.
        """
        schema = kwargs.get("args_schema")
        known = schema is None or isinstance(schema, dict) or is_basemodel_subclass(schema)
        if not known:
            raise TypeError(
                "args_schema must be a subclass of pydantic BaseModel or a JSON schema dict. "
                f"Got: {schema}."
            )
        super().__init__(**kwargs)

    # -- schemas -----------------------------------------------------------------------------------

    @property
    def is_single_input(self) -> bool:
        """True if the tool takes one argument."""
        return len({key for key in self.args if key != "kwargs"}) == 1

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments that the model provides, by name."""
        schema = self.tool_call_schema
        described = schema if isinstance(schema, dict) else model_json_schema(schema)
        return cast("dict[str, Any]", described["properties"])

    @property
    def tool_call_schema(self) -> ArgsSchema:
        """The schema of the arguments that the model provides, without injected ones."""
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
        """Return the input schema as a pydantic model, including injected arguments.

        Args:
            config: Unused.

        Returns:
            The model.
        """
        if self.args_schema is None:
            return create_schema_from_function(self.name, self._run)
        if isinstance(self.args_schema, dict):
            return super().get_input_schema(config)
        return self.args_schema

    def get_input_jsonschema(self, config: RunnableConfig | None = None) -> dict[str, Any]:
        """Return the JSON schema of the arguments, including injected ones."""
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
            input: The arguments, a string for a tool that takes one argument, or a tool call.
            config: The config of the run.
            **kwargs: Passed to callback handlers.

        Returns:
            A `ToolMessage` for a tool call; otherwise the return value of the function.

        Raises:
            ValidationError: If the arguments are invalid and `handle_validation_error` is unset.
            ToolException: If the tool raises it and `handle_tool_error` is unset.
        """
        config = resolve(config)
        value, tool_call_id = _split_call(input)
        if self._is_silent(config.get("callbacks")):
            func, plan = self._target()
            if not plan.run_parameters:
                child = BARE if config is BARE else child_of(config)
                return self._call_function(func, plan, value, tool_call_id, config, child, None)
        config = plain(config)
        return self._run_with_callbacks(value, tool_call_id, config, _options_of(config, kwargs))

    async def ainvoke(
        self,
        input: str | dict[str, Any] | ToolCall,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Any:
        """Run the tool; a sync function runs off the event loop.

        See `invoke`.
        """
        config = resolve(config)
        value, tool_call_id = _split_call(input)
        if self._is_silent(config.get("callbacks")):
            func, plan, is_async = self._atarget()
            if not plan.run_parameters:
                child = BARE if config is BARE else child_of(config)
                return await self._acall_function(
                    func, plan, is_async, value, tool_call_id, config, child, None
                )
        config = plain(config)
        return await self._arun_with_callbacks(
            value, tool_call_id, config, _options_of(config, kwargs)
        )

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
        """Run the tool on arguments, with the config of the run as keyword arguments.

        Args:
            tool_input: The arguments, or a string for a tool that takes one argument.
            verbose: If true, print the run.
            start_color: The color in which handlers print the start.
            color: The color in which handlers print the output.
            callbacks: Handlers of this run and its child runs.
            tags: Tags of this run and its child runs.
            metadata: Metadata of this run and its child runs.
            run_name: The name of the run.
            run_id: The id of the run; generated if None.
            config: The config passed to the function of the tool and to child runs.
            tool_call_id: The id of the tool call that the run answers.
            **kwargs: Passed to callback handlers.

        Returns:
            The same as `invoke`.
        """
        options = _RunOptions(
            callbacks,
            verbose=verbose,
            run_name=run_name,
            run_id=run_id,
            start_color=start_color,
            color=color,
            extra=kwargs,
        )
        full = _merge_config(config, tags, metadata)
        return self._run_with_callbacks(tool_input, tool_call_id, full, options)

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
        options = _RunOptions(
            callbacks,
            verbose=verbose,
            run_name=run_name,
            run_id=run_id,
            start_color=start_color,
            color=color,
            extra=kwargs,
        )
        full = _merge_config(config, tags, metadata)
        return await self._arun_with_callbacks(tool_input, tool_call_id, full, options)

    def _run_with_callbacks(
        self,
        value: Any,
        tool_call_id: str | None,
        config: RunnableConfig,
        options: _RunOptions,
    ) -> Any:
        """Run a tool as a run that handlers are notified of."""
        func, plan = self._target()
        manager_arguments, start_arguments = self._start_arguments(plan, value, config, options)
        run = CallbackManager.configure(**manager_arguments).on_tool_start(
            **start_arguments, tool_call_id=tool_call_id
        )
        child = child_of(config, run.get_child())
        try:
            output = self._call_function(func, plan, value, tool_call_id, config, child, run)
        except BaseException as error:
            run.on_tool_error(error, tool_call_id=tool_call_id)
            raise
        run.on_tool_end(output, color=options.color, name=self.name, **options.extra)
        return output

    async def _arun_with_callbacks(
        self,
        value: Any,
        tool_call_id: str | None,
        config: RunnableConfig,
        options: _RunOptions,
    ) -> Any:
        """Run a tool as a run that handlers are notified of; see `_run_with_callbacks`."""
        func, plan, is_async = self._atarget()
        manager_arguments, start_arguments = self._start_arguments(plan, value, config, options)
        run = await AsyncCallbackManager.configure(**manager_arguments).on_tool_start(
            **start_arguments, tool_call_id=tool_call_id
        )
        child = child_of(config, run.get_child())
        try:
            output = await self._acall_function(
                func, plan, is_async, value, tool_call_id, config, child, run
            )
        except BaseException as error:
            await run.on_tool_error(error, tool_call_id=tool_call_id)
            raise
        await run.on_tool_end(output, color=options.color, name=self.name, **options.extra)
        return output

    def _call_function(
        self,
        func: Callable[..., Any] | None,
        plan: Plan,
        value: Any,
        tool_call_id: str | None,
        config: RunnableConfig,
        child: RunnableConfig,
        run: CallbackManagerForToolRun | None,
    ) -> Any:
        """Call the function of a tool and return its output."""
        artifact = None
        status: Status = "success"
        try:
            args, kwargs = self._to_args_and_kwargs(value, tool_call_id)
            if func is None:
                raise NotImplementedError(
                    f"{type(self).__name__} does not support sync invocation."
                )
            if plan.needs_run:
                _inject(plan, kwargs, config, run)
            context = copy_context()
            context.run(_var.set, child)
            response = context.run(func, *args, **kwargs)
            if self.response_format == "content":
                content = response
            else:
                content, artifact = outcome.split(response)
        except Exception as error:
            handler = self._error_handler(error)
            if not handler:
                raise
            content = outcome.error_content(handler, error)
            status = "error"
        if tool_call_id is None:
            return content
        return outcome.format_output(content, artifact, tool_call_id, self.name, status)

    async def _acall_function(
        self,
        func: Callable[..., Any],
        plan: Plan,
        is_async: bool,
        value: Any,
        tool_call_id: str | None,
        config: RunnableConfig,
        child: RunnableConfig,
        run: AsyncCallbackManagerForToolRun | None,
    ) -> Any:
        """Call the function of a tool, off the event loop if it is sync."""
        artifact = None
        status: Status = "success"
        try:
            args, kwargs = self._to_args_and_kwargs(value, tool_call_id)
            if plan.needs_run:
                _inject(plan, kwargs, config, run if is_async or run is None else run.get_sync())
            previous = _var.get()
            _var.set(child)
            try:
                if is_async:
                    response = await func(*args, **kwargs)
                else:
                    response = await run_in_executor(None, func, *args, **kwargs)
            finally:
                _var.set(previous)
            if self.response_format == "content":
                content = response
            else:
                content, artifact = outcome.split(response)
        except Exception as error:
            handler = self._error_handler(error)
            if not handler:
                raise
            content = outcome.error_content(handler, error)
            status = "error"
        if tool_call_id is None:
            return content
        return outcome.format_output(content, artifact, tool_call_id, self.name, status)

    def _start_arguments(
        self, plan: Plan, value: Any, config: RunnableConfig, options: _RunOptions
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the arguments of the callback manager and of its start callback."""
        manager_arguments = {
            "inheritable_callbacks": options.callbacks,
            "local_callbacks": self.callbacks,
            "verbose": options.verbose or self.verbose,
            "inheritable_tags": config.get("tags"),
            "local_tags": self.tags,
            "inheritable_metadata": config.get("metadata"),
            "local_metadata": self.metadata,
        }
        inputs = None
        if isinstance(value, dict):
            inputs = {key: item for key, item in value.items() if key not in plan.hidden}
        start_arguments = {
            "serialized": {"name": self.name, "description": self.description},
            "input_str": value
            if isinstance(value, str)
            else str(value if inputs is None else inputs),
            "run_id": options.run_id,
            "inputs": inputs,
            "color": options.start_color,
            "name": options.run_name,
            **options.extra,
        }
        return manager_arguments, start_arguments

    def _is_silent(self, callbacks: Callbacks) -> bool:
        """Return True if a run with these callbacks does not have any handlers."""
        return not (
            self.callbacks
            or self.verbose
            or (
                callbacks and (not isinstance(callbacks, BaseCallbackManager) or callbacks.handlers)
            )
            or has_ambient_handlers()
        )

    def _error_handler(self, error: Exception) -> Any:
        """Return the setting that handles an error; None for other errors."""
        if isinstance(error, ToolException):
            return self.handle_tool_error
        # pydantic.v1 has its own exception class; it only matters if the program imported it.
        old = sys.modules.get("pydantic.v1.error_wrappers")
        if isinstance(error, ValidationError) or (old and isinstance(error, old.ValidationError)):
            return self.handle_validation_error
        return None

    # -- for subclasses ----------------------------------------------------------------------------

    @abstractmethod
    def _run(self, *args: Any, **kwargs: Any) -> Any:
        """Run the tool.

        A parameter `run_manager` receives the run manager, and one annotated with `RunnableConfig`
        the config.
        """

    async def _arun(self, *args: Any, **kwargs: Any) -> Any:
        """Run the tool; by default call `_run` off the event loop."""
        manager = kwargs.get("run_manager")
        if manager is not None and hasattr(manager, "get_sync"):
            kwargs["run_manager"] = manager.get_sync()
        return await run_in_executor(None, self._run, *args, **kwargs)

    def _parse_input(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> str | dict[str, Any]:
        """Validate an input.

        Args:
            tool_input: The arguments, or a string for a tool that takes one argument.
            tool_call_id: The id of the tool call.

        Returns:
            The string, or the arguments as converted by the schema.

        Raises:
            ValidationError: If the input is invalid.
            ValueError: If the tool needs the id of a tool call and it is None.
        """
        return cast("str | dict[str, Any]", self._plan().parse(tool_input, tool_call_id))

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Validate an input and convert it to arguments of the function.

        Args:
            tool_input: The arguments, or a string for a tool that takes one argument.
            tool_call_id: The id of the tool call.

        Returns:
            Positional and keyword arguments.

        Raises:
            TypeError: If the input is neither a string nor a dict.
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
        """Return the function that the plan is based on; the plan is cached until it changes."""
        return type(self)._run

    def _plan(self) -> Plan:
        """Return the plan of the function, created when first needed."""
        source = self._source()
        own = self._run if source is type(self)._run else source
        return self._cached_plan("_sync_plan", source, own)

    def _target(self) -> tuple[Callable[..., Any] | None, Plan]:
        """Return the function that `invoke` calls (None if unsupported) and its plan."""
        return self._run, self._plan()

    def _atarget(self) -> tuple[Callable[..., Any], Plan, bool]:
        """Return the function that `ainvoke` calls, its plan, and True if it is async."""
        if type(self)._arun is BaseTool._arun:
            return self._run, self._plan(), False
        return self._arun, self._aplan(type(self)._arun, self._arun), True

    def _aplan(self, source: Any, func: Callable[..., Any]) -> Plan:
        """Return the plan of an async function."""
        return self._cached_plan("_async_plan", source, func)

    def _cached_plan(self, key: str, source: Any, func: Callable[..., Any]) -> Plan:
        plan = self.__dict__.get(key)
        if plan is None or plan.source is not source or plan.schema is not self.args_schema:
            # Stored in `__dict__` so that pydantic does not treat it as a field.
            plan = self.__dict__[key] = Plan(self.args_schema, source, func)
        return cast("Plan", plan)


class _RunOptions:
    """The options of one run that its child runs do not inherit."""

    __slots__ = (
        "callbacks",
        "color",
        "extra",
        "run_id",
        "run_name",
        "start_color",
        "verbose",
    )

    def __init__(
        self,
        callbacks: Callbacks = None,
        *,
        verbose: bool | None = None,
        run_name: str | None = None,
        run_id: UUID | None = None,
        start_color: str | None = "green",
        color: str | None = "green",
        extra: dict[str, Any] | None = None,
    ) -> None:
        self.callbacks = callbacks
        self.verbose = verbose
        self.run_name = run_name
        self.run_id = run_id
        self.start_color = start_color
        self.color = color
        self.extra = extra or {}


def _split_call(value: Any) -> tuple[Any, str | None]:
    """Return the arguments and the id of a tool call, or the input and None."""
    if isinstance(value, dict) and value.get("type") == "tool_call":
        return value["args"].copy(), value["id"]
    return value, None


def _own_config(config: RunnableConfig) -> RunnableConfig:
    """Return the config for the function of a tool: without the name and id of the tool's run."""
    own = plain(config).copy()
    own.pop("run_name", None)
    own.pop("run_id", None)
    return own


def _inject(
    plan: Plan,
    kwargs: dict[str, Any],
    config: RunnableConfig,
    run: CallbackManagerForToolRun | AsyncCallbackManagerForToolRun | None,
) -> None:
    """Add the config and the run manager to the arguments if the function takes them."""
    if plan.config is not None:
        kwargs[plan.config] = _own_config(config)
    if run is not None:
        if "run_manager" in plan.run_parameters:
            kwargs["run_manager"] = run
        if "callbacks" in plan.run_parameters:
            kwargs["callbacks"] = run.get_child()


def _options_of(config: RunnableConfig, extra: dict[str, Any]) -> _RunOptions:
    return _RunOptions(
        config.get("callbacks"),
        run_name=config.get("run_name"),
        run_id=config.get("run_id"),
        extra=extra,
    )


def _merge_config(
    config: RunnableConfig | None, tags: list[str] | None, metadata: dict[str, Any] | None
) -> RunnableConfig:
    """Return a complete config with additional tags and metadata."""
    full = ensure_config(config)
    if tags:
        full["tags"] = [*tags, *(tag for tag in full["tags"] if tag not in tags)]
    if metadata:
        full["metadata"] = {**full["metadata"], **metadata}
    return full


class BaseToolkit(BaseModel, ABC):
    """Base class of related tools."""

    @abstractmethod
    def get_tools(self) -> Sequence[BaseTool]:
        """Return the tools."""


# Used by the annotations of the fields.
_ANNOTATIONS = (BaseCallbackHandler, BaseCallbackManager)
