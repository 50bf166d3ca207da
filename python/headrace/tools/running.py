"""How a run of a tool goes: its input validated, its function called, its failure handled.

Where nobody observes, no run is made: the function is called, with the configuration set that
runnables called from it inherit, and that is all.
"""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from headrace.callbacks.base import BaseCallbackManager
from headrace.callbacks.context import has_ambient_handlers, var_child_runnable_config
from headrace.callbacks.managers import AsyncCallbackManager, CallbackManager
from headrace.runnables.config import BARE, RunnableConfig, child_of, plain, resolve
from headrace.runnables.executor import run_in_executor
from headrace.tools import outcome

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

__all__ = ["Told", "ainvoke", "arun_told", "invoke", "run_told"]

_var = var_child_runnable_config


class Told:
    """What is said about one run, beside what its runs below inherit."""

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
    """Give the arguments of a tool call and its id; anything else is the input itself."""
    if isinstance(value, dict) and value.get("type") == "tool_call":
        return value["args"].copy(), value["id"]
    return value, None


def _own(config: RunnableConfig) -> RunnableConfig:
    """Give a tool's function what the caller said; name and id are of the tool's run alone."""
    own = plain(config).copy()
    own.pop("run_name", None)
    own.pop("run_id", None)
    return own


def _given(
    plan: Plan,
    kwargs: dict[str, Any],
    config: RunnableConfig,
    run: CallbackManagerForToolRun | AsyncCallbackManagerForToolRun | None,
) -> None:
    """Add to the arguments what the function has parameters for."""
    if plan.config is not None:
        kwargs[plan.config] = _own(config)
    if run is not None:
        if "run_manager" in plan.wants:
            kwargs["run_manager"] = run
        if "callbacks" in plan.wants:
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
    """Call the function of a tool, once it is decided who hears of it."""
    artifact = None
    status: Status = "success"
    try:
        args, kwargs = tool._to_args_and_kwargs(value, tool_call_id)
        if func is None:
            raise NotImplementedError(f"{type(tool).__name__} does not support sync invocation.")
        if plan.gives:
            _given(plan, kwargs, config, run)
        context = copy_context()
        context.run(_var.set, child)
        response = context.run(func, *args, **kwargs)
        if tool.response_format == "content":
            content = response
        else:
            content, artifact = outcome.split(response)
    except Exception as error:
        handling = outcome.handling(tool, error)
        if not handling:
            raise
        content = outcome.stand_in(handling, error)
        status = "error"
    if tool_call_id is None:
        return content
    return outcome.formatted(content, artifact, tool_call_id, tool.name, status)


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
    """Call the function of a tool, off the event loop where it is not asynchronous."""
    artifact = None
    status: Status = "success"
    try:
        args, kwargs = tool._to_args_and_kwargs(value, tool_call_id)
        if plan.gives:
            _given(plan, kwargs, config, run if is_async or run is None else run.get_sync())
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
        handling = outcome.handling(tool, error)
        if not handling:
            raise
        content = outcome.stand_in(handling, error)
        status = "error"
    if tool_call_id is None:
        return content
    return outcome.formatted(content, artifact, tool_call_id, tool.name, status)


def _start(
    tool: BaseTool, plan: Plan, value: Any, config: RunnableConfig, told: Told
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what the manager is made of, and what handlers are told at the start."""
    making = {
        "inheritable_callbacks": told.callbacks,
        "local_callbacks": tool.callbacks,
        "verbose": told.verbose or tool.verbose,
        "inheritable_tags": config.get("tags"),
        "local_tags": tool.tags,
        "inheritable_metadata": config.get("metadata"),
        "local_metadata": tool.metadata,
    }
    inputs = None
    if isinstance(value, dict):
        inputs = {key: item for key, item in value.items() if key not in plan.hidden}
    starting = {
        "serialized": {"name": tool.name, "description": tool.description},
        "input_str": value if isinstance(value, str) else str(value if inputs is None else inputs),
        "run_id": told.run_id,
        "inputs": inputs,
        "color": told.start_color,
        "name": told.run_name,
        **told.extra,
    }
    return making, starting


def _is_silent(tool: BaseTool, callbacks: Callbacks) -> bool:
    """Whether nobody observes what runs with these callbacks."""
    return not (
        tool.callbacks
        or tool.verbose
        or (callbacks and (not isinstance(callbacks, BaseCallbackManager) or callbacks.handlers))
        or has_ambient_handlers()
    )


def _from_config(config: RunnableConfig, extra: dict[str, Any]) -> Told:
    return Told(
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
        if not plan.wants:
            child = BARE if config is BARE else child_of(config)
            return _output(tool, func, plan, value, tool_call_id, config, child, None)
    config = plain(config)
    return run_told(tool, value, tool_call_id, config, _from_config(config, extra))


async def ainvoke(
    tool: BaseTool, input: Any, config: RunnableConfig | None, extra: dict[str, Any]
) -> Any:
    """Run a tool on an input or a tool call."""
    config = resolve(config)
    value, tool_call_id = _call(input)
    if _is_silent(tool, config.get("callbacks")):
        func, plan, is_async = tool._atarget()
        if not plan.wants:
            child = BARE if config is BARE else child_of(config)
            return await _aoutput(
                tool, func, plan, is_async, value, tool_call_id, config, child, None
            )
    config = plain(config)
    return await arun_told(tool, value, tool_call_id, config, _from_config(config, extra))


def run_told(
    tool: BaseTool, value: Any, tool_call_id: str | None, config: RunnableConfig, told: Told
) -> Any:
    """Run a tool as a run that handlers and observers hear of."""
    func, plan = tool._target()
    making, starting = _start(tool, plan, value, config, told)
    run = CallbackManager.configure(**making).on_tool_start(**starting, tool_call_id=tool_call_id)
    child = child_of(config, run.get_child())
    try:
        output = _output(tool, func, plan, value, tool_call_id, config, child, run)
    except BaseException as error:
        run.on_tool_error(error, tool_call_id=tool_call_id)
        raise
    run.on_tool_end(output, color=told.color, name=tool.name, **told.extra)
    return output


async def arun_told(
    tool: BaseTool, value: Any, tool_call_id: str | None, config: RunnableConfig, told: Told
) -> Any:
    """Run a tool as a run that handlers and observers hear of; see `run_told`."""
    func, plan, is_async = tool._atarget()
    making, starting = _start(tool, plan, value, config, told)
    run = await AsyncCallbackManager.configure(**making).on_tool_start(
        **starting, tool_call_id=tool_call_id
    )
    child = child_of(config, run.get_child())
    try:
        output = await _aoutput(tool, func, plan, is_async, value, tool_call_id, config, child, run)
    except BaseException as error:
        await run.on_tool_error(error, tool_call_id=tool_call_id)
        raise
    await run.on_tool_end(output, color=told.color, name=tool.name, **told.extra)
    return output
