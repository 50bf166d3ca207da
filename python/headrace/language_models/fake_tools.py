"""Tool binding for fake and replayed models, which do not call tools on their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from headrace.language_models.base import LanguageModelInput
from headrace.language_models.chat_models import BaseChatModel
from headrace.messages import AIMessage
from headrace.runnables.runnable import Runnable

__all__ = ["TakesTools"]


class TakesTools(BaseChatModel):
    """Base class of fake models that accept tools: handlers receive them, answers ignore them."""

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools, which are reported to the handlers and do not change the answers.

        Args:
            tools: The tools: functions, pydantic models, schemas or tool objects.
            tool_choice: The tool that a real model would have to call.
            **kwargs: Passed to the call.

        Returns:
            This model with the tools.
        """
        from headrace.utils.function_calling import convert_to_openai_tool

        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)
