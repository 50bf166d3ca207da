"""Conversion of tools between LangChain and headrace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from langchain_core.tools import BaseTool as TheirTool
from pydantic import Field
from typing_extensions import Self

from headrace.langchain.forwarding import (
    Forwarding,
    ForwardingToHeadrace,
    ForwardingToLangChain,
)
from headrace.tools.base import BaseTool

__all__ = ["HeadraceTool", "LangChainTool", "tool_from_langchain", "tool_to_langchain"]

_SHARED_FIELDS = (
    "name",
    "description",
    "args_schema",
    "return_direct",
    "response_format",
    "extras",
)
"""The fields with the same meaning in both libraries; the inner tool applies the others."""

_CONFIG_KEYS = ("callbacks", "tags", "metadata", "run_name", "run_id")


def tool_from_langchain(tool: Any) -> Any:
    """Convert a LangChain tool for a headrace model; other values are returned as is."""
    if isinstance(tool, HeadraceTool):
        return tool.inner
    return LangChainTool.of(tool) if isinstance(tool, TheirTool) else tool


def tool_to_langchain(tool: Any) -> Any:
    """Convert a headrace tool for a LangChain model; other values are returned as is."""
    if isinstance(tool, LangChainTool):
        return tool.inner
    return HeadraceTool.of(tool) if isinstance(tool, BaseTool) else tool


def _fields(tool: Any, kind: Any) -> dict[str, Any]:
    known = type(tool).model_fields
    return {
        name: getattr(tool, name)
        for name in _SHARED_FIELDS
        if name in known and name in kind.model_fields
    }


def _invoke_arguments(
    tool_input: Any, tool_call_id: str | None, name: str, options: dict[str, Any]
) -> Any:
    """Convert the arguments of `run` to the input and the config of `invoke`."""
    config = dict(options.pop("config", None) or {})
    for key in _CONFIG_KEYS:
        value = options.pop(key, None)
        if value is not None:
            config[key] = value
    for key in ("verbose", "start_color", "color"):
        options.pop(key, None)
    if tool_call_id is not None:
        args = {"__arg1": tool_input} if isinstance(tool_input, str) else tool_input
        tool_input = {"type": "tool_call", "name": name, "args": args, "id": tool_call_id}
    return tool_input, config


class _AdaptedTool(Forwarding):
    """A mixin for adapted tools."""

    if TYPE_CHECKING:
        name: str

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments that the model provides, by name."""
        return cast("dict[str, Any]", self.inner.args)

    @property
    def tool_call_schema(self) -> Any:
        """The schema of the arguments that the model provides."""
        return self.inner.tool_call_schema

    def run(self, tool_input: Any, *, tool_call_id: str | None = None, **options: Any) -> Any:
        """Run the tool on arguments, with the config of the run as keyword arguments."""
        value, config = _invoke_arguments(tool_input, tool_call_id, self.name, options)
        return self.invoke(value, config, **options)

    async def arun(
        self, tool_input: Any, *, tool_call_id: str | None = None, **options: Any
    ) -> Any:
        """Run the tool on arguments; see `run`."""
        value, config = _invoke_arguments(tool_input, tool_call_id, self.name, options)
        return await self.ainvoke(value, config, **options)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        return self.invoke(args[0] if args else kwargs)


class LangChainTool(_AdaptedTool, ForwardingToLangChain, BaseTool):  # type: ignore[misc]
    """A headrace tool that forwards to a LangChain tool, which creates the runs."""

    inner: Any = Field(exclude=True)
    """The LangChain tool."""

    @classmethod
    def of(cls, tool: TheirTool) -> Self:
        """Adapt a tool."""
        return cls(**_fields(tool, cls), inner=tool)


class HeadraceTool(_AdaptedTool, ForwardingToHeadrace, TheirTool):  # type: ignore[misc]
    """A LangChain tool that forwards to a headrace tool, which creates the runs."""

    inner: Any = Field(exclude=True)
    """The headrace tool."""

    @classmethod
    def of(cls, tool: BaseTool) -> Self:
        """Adapt a tool."""
        return cls(**_fields(tool, cls), inner=tool)
