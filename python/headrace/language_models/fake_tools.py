"""Tools for models that do not call any of themselves: they are bound as for one that does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headrace.language_models.base import LanguageModelInput
    from headrace.language_models.chat_models import BaseChatModel
    from headrace.messages import AIMessage
    from headrace.runnables.runnable import Runnable

__all__ = ["bound_to_tools"]


def bound_to_tools(
    model: BaseChatModel, tools: Sequence[Any], tool_choice: str | None, kwargs: dict[str, Any]
) -> Runnable[LanguageModelInput, AIMessage]:
    """Bind tools, as the schemas in which providers take them.

    Args:
        model: The model.
        tools: Functions, pydantic models, schemas or tool objects.
        tool_choice: Which it must call; not bound where it is None.
        kwargs: More arguments for each call.

    Returns:
        The model with them.
    """
    from headrace.utils.function_calling import convert_to_openai_tool

    if tool_choice is not None:
        kwargs = {**kwargs, "tool_choice": tool_choice}
    return model.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)
