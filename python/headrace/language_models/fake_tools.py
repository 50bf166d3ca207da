"""Tools for models that do not call any of themselves: they are bound as for one that does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from headrace.language_models.base import LanguageModelInput
from headrace.language_models.chat_models import BaseChatModel
from headrace.messages import AIMessage
from headrace.runnables.runnable import Runnable

__all__ = ["TakesTools"]


class TakesTools(BaseChatModel):
    """A fake that can be bound to tools, of which observers are told; it says the same."""

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Take tools, of which observers are told; what the model says stays the same.

        Args:
            tools: The tools: functions, pydantic models, schemas or tool objects.
            tool_choice: Which it would have to call.
            **kwargs: For the call.

        Returns:
            This model with the tools.
        """
        from headrace.utils.function_calling import convert_to_openai_tool

        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)
