"""Tools of one library as those of the other, for models and agents that take only their own."""

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

_SAME = (
    "name",
    "description",
    "args_schema",
    "return_direct",
    "response_format",
    "extras",
)
"""The fields that both libraries mean the same by; the others are at work inside the tool."""

_ABOUT_RUNS = ("callbacks", "tags", "metadata", "run_name", "run_id")


def tool_from_langchain(tool: Any) -> Any:
    """Give a tool for a model of this library; what is no tool of LangChain's stays."""
    if isinstance(tool, HeadraceTool):
        return tool.inner
    return LangChainTool.of(tool) if isinstance(tool, TheirTool) else tool


def tool_to_langchain(tool: Any) -> Any:
    """Give a tool for a model of LangChain's; what is no tool of this library stays."""
    if isinstance(tool, LangChainTool):
        return tool.inner
    return HeadraceTool.of(tool) if isinstance(tool, BaseTool) else tool


def _fields(tool: Any, kind: Any) -> dict[str, Any]:
    known = type(tool).model_fields
    return {
        name: getattr(tool, name) for name in _SAME if name in known and name in kind.model_fields
    }


def _called(tool_input: Any, tool_call_id: str | None, name: str, told: dict[str, Any]) -> Any:
    """Give what `invoke` takes for what `run` was given: the input, and a configuration."""
    config = dict(told.pop("config", None) or {})
    for key in _ABOUT_RUNS:
        value = told.pop(key, None)
        if value is not None:
            config[key] = value
    for key in ("verbose", "start_color", "color"):
        told.pop(key, None)
    if tool_call_id is not None:
        args = {"__arg1": tool_input} if isinstance(tool_input, str) else tool_input
        tool_input = {"type": "tool_call", "name": name, "args": args, "id": tool_call_id}
    return tool_input, config


class _AdaptedTool(Forwarding):
    """What adapted tools have in common beside that."""

    if TYPE_CHECKING:
        name: str

    @property
    def args(self) -> dict[str, Any]:
        """The JSON schemas of the arguments that a model gives, by name."""
        return cast("dict[str, Any]", self.inner.args)

    @property
    def tool_call_schema(self) -> Any:
        """The schema of the arguments that a model gives."""
        return self.inner.tool_call_schema

    def run(self, tool_input: Any, *, tool_call_id: str | None = None, **told: Any) -> Any:
        """Run the tool on arguments, with what is said about the run as arguments too."""
        given, config = _called(tool_input, tool_call_id, self.name, told)
        return self.invoke(given, config, **told)

    async def arun(self, tool_input: Any, *, tool_call_id: str | None = None, **told: Any) -> Any:
        """Run the tool on arguments; see `run`."""
        given, config = _called(tool_input, tool_call_id, self.name, told)
        return await self.ainvoke(given, config, **told)

    def _run(self, *args: Any, **kwargs: Any) -> Any:
        return self.invoke(args[0] if args else kwargs)


class LangChainTool(_AdaptedTool, ForwardingToLangChain, BaseTool):  # type: ignore[misc]
    """A tool of LangChain's as one of this library. Its runs are those of the tool there."""

    inner: Any = Field(exclude=True)
    """The tool of LangChain's."""

    @classmethod
    def of(cls, tool: TheirTool) -> Self:
        """Adapt a tool."""
        return cls(**_fields(tool, cls), inner=tool)


class HeadraceTool(_AdaptedTool, ForwardingToHeadrace, TheirTool):  # type: ignore[misc]
    """A tool of this library as one of LangChain's. Its runs are those of the tool here."""

    inner: Any = Field(exclude=True)
    """The tool of this library."""

    @classmethod
    def of(cls, tool: BaseTool) -> Self:
        """Adapt a tool."""
        return cls(**_fields(tool, cls), inner=tool)
