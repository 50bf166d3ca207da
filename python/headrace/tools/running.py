"""Running a tool: validate the input, call the function, handle errors.

Without callbacks no run is created: the function is called with the config set that child
runnables inherit.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.context import has_ambient_handlers, var_child_runnable_config
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.runnables.config import BARE, RunnableConfig, child_of, plain, resolve
from headrace.tools import outcome
from headrace.utils.executor import run_in_executor

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from headrace.callbacks.base import Callbacks
    from headrace.callbacks.run_managers import (
        AsyncCallbackManagerForToolRun,
        CallbackManagerForToolRun,
    )
    from headrace.tools.base import BaseTool
    from headrace.tools.outcome import Status
    from headrace.tools.plan import Plan

__all__ = ["RunOptions", "ainvoke", "arun_with_callbacks", "invoke", "run_with_callbacks"]

_var = var_child_runnable_config


class RunOptions:
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


def _call(value: Any) -> tuple[Any, str | None]:
    """Return the arguments and the id of a tool call, or the input and None."""
    if isinstance(value, dict) and value.get("type") == "tool_call":
        return value["args"].copy(), value["id"]
    return value, None


def _own(config: RunnableConfig) -> RunnableConfig:
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
        kwargs[plan.config] = _own(config)
    if run is not None:
        if "run_manager" in plan.run_parameters:
            kwargs["run_manager"] = run
        if "callbacks" in plan.run_parameters:
            kwargs["callbacks"] = run.get_child()


def _output(
    tool: BaseTool,
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
        args, kwargs = tool._to_args_and_kwargs(value, tool_call_id)
        if func is None:
            raise NotImplementedError(f"{type(tool).__name__} does not support sync invocation.")
        if plan.needs_run:
            _inject(plan, kwargs, config, run)
        context = copy_context()
        context.run(_var.set, child)
        response = context.run(func, *args, **kwargs)
        if tool.response_format == "content":
            content = response
        else:
            content, artifact = outcome.split(response)
    except Exception as error:
        handler = outcome.error_handler(tool, error)
        if not handler:
            raise
        content = outcome.error_content(handler, error)
        status = "error"
    if tool_call_id is None:
        return content
    return outcome.format_output(content, artifact, tool_call_id, tool.name, status)


async def _aoutput(
    tool: BaseTool,
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
        args, kwargs = tool._to_args_and_kwargs(value, tool_call_id)
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
        if tool.response_format == "content":
            content = response
        else:
            content, artifact = outcome.split(response)
    except Exception as error:
        handler = outcome.error_handler(tool, error)
        if not handler:
            raise
        content = outcome.error_content(handler, error)
        status = "error"
    if tool_call_id is None:
        return content
    return outcome.format_output(content, artifact, tool_call_id, tool.name, status)


def _start(
    tool: BaseTool, plan: Plan, value: Any, config: RunnableConfig, options: RunOptions
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of the callback manager and of its start callback."""
    manager_arguments = {
        "inheritable_callbacks": options.callbacks,
        "local_callbacks": tool.callbacks,
        "verbose": options.verbose or tool.verbose,
        "inheritable_tags": config.get("tags"),
        "local_tags": tool.tags,
        "inheritable_metadata": config.get("metadata"),
        "local_metadata": tool.metadata,
    }
    inputs = None
    if isinstance(value, dict):
        inputs = {key: item for key, item in value.items() if key not in plan.hidden}
    start_arguments = {
        "serialized": {"name": tool.name, "description": tool.description},
        "input_str": value if isinstance(value, str) else str(value if inputs is None else inputs),
        "run_id": options.run_id,
        "inputs": inputs,
        "color": options.start_color,
        "name": options.run_name,
        **options.extra,
    }
    return manager_arguments, start_arguments


def _is_silent(tool: BaseTool, callbacks: Callbacks) -> bool:
    """Return True if a run with these callbacks does not have any handlers."""
    return not (
        tool.callbacks
        or tool.verbose
        or (callbacks and (not isinstance(callbacks, BaseCallbackManager) or callbacks.handlers))
        or has_ambient_handlers()
    )


def _from_config(config: RunnableConfig, extra: dict[str, Any]) -> RunOptions:
    return RunOptions(
        config.get("callbacks"),
        run_name=config.get("run_name"),
        run_id=config.get("run_id"),
        extra=extra,
    )


def invoke(tool: BaseTool, input: Any, config: RunnableConfig | None, extra: dict[str, Any]) -> Any:
    """Run a tool on an input or a tool call."""
    config = resolve(config)
    value, tool_call_id = _call(input)
    if _is_silent(tool, config.get("callbacks")):
        func, plan = tool._target()
        if not plan.run_parameters:
            child = BARE if config is BARE else child_of(config)
            return _output(tool, func, plan, value, tool_call_id, config, child, None)
    config = plain(config)
    return run_with_callbacks(tool, value, tool_call_id, config, _from_config(config, extra))


async def ainvoke(
    tool: BaseTool, input: Any, config: RunnableConfig | None, extra: dict[str, Any]
) -> Any:
    """Run a tool on an input or a tool call."""
    config = resolve(config)
    value, tool_call_id = _call(input)
    if _is_silent(tool, config.get("callbacks")):
        func, plan, is_async = tool._atarget()
        if not plan.run_parameters:
            child = BARE if config is BARE else child_of(config)
            return await _aoutput(
                tool, func, plan, is_async, value, tool_call_id, config, child, None
            )
    config = plain(config)
    return await arun_with_callbacks(tool, value, tool_call_id, config, _from_config(config, extra))


def run_with_callbacks(
    tool: BaseTool,
    value: Any,
    tool_call_id: str | None,
    config: RunnableConfig,
    options: RunOptions,
) -> Any:
    """Run a tool as a run that handlers are notified of."""
    func, plan = tool._target()
    manager_arguments, start_arguments = _start(tool, plan, value, config, options)
    run = CallbackManager.configure(**manager_arguments).on_tool_start(
        **start_arguments, tool_call_id=tool_call_id
    )
    child = child_of(config, run.get_child())
    try:
        output = _output(tool, func, plan, value, tool_call_id, config, child, run)
    except BaseException as error:
        run.on_tool_error(error, tool_call_id=tool_call_id)
        raise
    run.on_tool_end(output, color=options.color, name=tool.name, **options.extra)
    return output


async def arun_with_callbacks(
    tool: BaseTool,
    value: Any,
    tool_call_id: str | None,
    config: RunnableConfig,
    options: RunOptions,
) -> Any:
    """Run a tool as a run that handlers are notified of; see `run_with_callbacks`."""
    func, plan, is_async = tool._atarget()
    manager_arguments, start_arguments = _start(tool, plan, value, config, options)
    run = await AsyncCallbackManager.configure(**manager_arguments).on_tool_start(
        **start_arguments, tool_call_id=tool_call_id
    )
    child = child_of(config, run.get_child())
    try:
        output = await _aoutput(tool, func, plan, is_async, value, tool_call_id, config, child, run)
    except BaseException as error:
        await run.on_tool_error(error, tool_call_id=tool_call_id)
        raise
    await run.on_tool_end(output, color=options.color, name=tool.name, **options.extra)
    return output
