"""`StdOutCallbackHandler`: prints when chains begin and end, and what tools and agents say."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from headrace.callbacks.base import BaseCallbackHandler
from headrace.utils.color import colored

__all__ = ["StdOutCallbackHandler", "WritingHandler"]


class WritingHandler(BaseCallbackHandler):
    """Base class of handlers that write the start and end of chains and the output of tools."""

    def __init__(self, color: str | None = None) -> None:
        """Write.

        Args:
            color: The colour of texts whose event names none.
        """
        self.color = color

    _bold = ("", "")
    _colored_tools = True

    def _out(self) -> TextIO:
        raise NotImplementedError

    def _write(self, text: str, color: str | None = None, end: str = "") -> None:
        out = self._out()
        out.write(colored(text, color or self.color) + end)
        out.flush()

    def _line(self, text: str) -> None:
        out = self._out()
        out.write(text.format(*self._bold) + "\n")
        out.flush()

    def on_chain_start(
        self, serialized: dict[str, Any] | None, inputs: dict[str, Any], **kwargs: Any
    ) -> None:
        """Write that a chain begins."""
        described = serialized or {}
        last = (described.get("id") or ["<unknown>"])[-1]
        name = kwargs.get("name") or described.get("name") or last
        self._line("\n\n{0}> Entering new " + _literal(str(name)) + " chain...{1}")

    def on_chain_end(self, outputs: dict[str, Any], **kwargs: Any) -> None:
        """Write that a chain ended."""
        self._line("\n{0}> Finished chain.{1}")

    def on_agent_action(self, action: Any, color: str | None = None, **kwargs: Any) -> None:
        """Write the thought of an agent."""
        self._write(action.log, color)

    def on_agent_finish(self, finish: Any, color: str | None = None, **kwargs: Any) -> None:
        """Write the conclusion of an agent."""
        self._write(finish.log, color, end="\n")

    def on_tool_end(
        self,
        output: Any,
        color: str | None = None,
        observation_prefix: str | None = None,
        llm_prefix: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the result of a tool."""
        before = "" if observation_prefix is None else f"\n{observation_prefix}"
        after = "" if llm_prefix is None else f"\n{llm_prefix}"
        shown = colored(str(output), color or self.color) if self._colored_tools else str(output)
        out = self._out()
        out.write(before + shown + after)
        out.flush()

    def on_text(self, text: str, color: str | None = None, end: str = "", **kwargs: Any) -> None:
        """Write a text."""
        self._write(text, color, end)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


class StdOutCallbackHandler(WritingHandler):
    """Handler that prints the start and end of chains, and output of tools and agents."""

    _bold = ("\033[1m", "\033[0m")

    def _out(self) -> TextIO:
        return sys.stdout
