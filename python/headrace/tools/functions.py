"""`FunctionTool`: the base class of tools that call a sync or async function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from headrace.runnables.accepts import parameters
from headrace.runnables.config import RunnableConfig
from headrace.tools.base import BaseTool
from headrace.tools.plan import Plan, config_parameter

__all__ = ["FunctionTool"]


class FunctionTool(BaseTool):
    """Base class of `Tool` and `StructuredTool`.

    A subclass that overrides `_run` or `_arun` is called through them; otherwise the function is
    called directly.
    """

    func: Callable[..., Any] | None = None
    """The function."""

    coroutine: Callable[..., Awaitable[Any]] | None = None
    """The coroutine function that `ainvoke` calls."""

    def _run(
        self, *args: Any, config: RunnableConfig, run_manager: Any = None, **kwargs: Any
    ) -> Any:
        """Call the function; subclasses may extend this."""
        if self.func is None:
            raise NotImplementedError(f"{type(self).__name__} does not support sync invocation.")
        _inject(self.func, kwargs, config, run_manager)
        return self.func(*args, **kwargs)

    async def _arun(
        self, *args: Any, config: RunnableConfig, run_manager: Any = None, **kwargs: Any
    ) -> Any:
        """Await the coroutine function, or call the function off the event loop."""
        if self.coroutine is None:
            return await super()._arun(*args, config=config, run_manager=run_manager, **kwargs)
        _inject(self.coroutine, kwargs, config, run_manager)
        return await self.coroutine(*args, **kwargs)

    def _source(self) -> Callable[..., Any]:
        if type(self)._run is FunctionTool._run:
            found = self.func or self.coroutine
            if found is not None:
                return found
        return type(self)._run

    def _target(self) -> tuple[Callable[..., Any] | None, Plan]:
        if type(self)._run is FunctionTool._run:
            return self.func, self._plan()
        return self._run, self._plan()

    def _atarget(self) -> tuple[Callable[..., Any], Plan, bool]:
        if type(self)._arun is not FunctionTool._arun:
            return self._arun, self._aplan(type(self)._arun, self._arun), True
        if self.coroutine is not None:
            return self.coroutine, self._aplan(self.coroutine, self.coroutine), True
        func, plan = self._target()
        return func or self._run, plan, False


def _inject(
    func: Callable[..., Any], kwargs: dict[str, Any], config: RunnableConfig, run_manager: Any
) -> None:
    """Add the config and the run manager to the arguments if the function takes them."""
    names = parameters(func)
    if run_manager is not None and "callbacks" in names:
        kwargs["callbacks"] = run_manager.get_child()
    if run_manager is not None and "run_manager" in names:
        kwargs["run_manager"] = run_manager
    name = config_parameter(func)
    if name is not None:
        kwargs[name] = config
