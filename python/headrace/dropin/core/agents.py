"""The decisions and observations of agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from headrace.dropin.core.tools.base import _stringify
from headrace.load.serializable import Serializable
from headrace.messages import AIMessage, BaseMessage, FunctionMessage, HumanMessage

__all__ = ["AgentAction", "AgentActionMessageLog", "AgentFinish", "AgentStep"]


class _Decision(Serializable):
    """A decision of an agent, with the text that explains it."""

    log: str

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: it can be made again."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "schema", "agent"]

    @property
    def messages(self) -> Sequence[BaseMessage]:
        """The decision as messages of the model."""
        return [AIMessage(content=self.log)]


class AgentAction(_Decision):
    """A tool to call, and its input."""

    tool: str
    tool_input: str | dict[Any, Any]
    log: str
    type: Literal["AgentAction"] = "AgentAction"

    def __init__(
        self, tool: str, tool_input: str | dict[Any, Any], log: str, **kwargs: Any
    ) -> None:
        """Create the call; the arguments may be positional."""
        super().__init__(  # type: ignore[call-arg]
            tool=tool, tool_input=tool_input, log=log, **kwargs
        )


class AgentActionMessageLog(AgentAction):
    """A tool to call, with the messages that requested it."""

    message_log: Sequence[BaseMessage]
    type: Literal["AgentActionMessageLog"] = "AgentActionMessageLog"  # type: ignore[assignment]

    @property
    def messages(self) -> Sequence[BaseMessage]:
        """The messages that requested the call."""
        return self.message_log


class AgentStep(Serializable):
    """A tool call and its result."""

    action: AgentAction
    observation: Any

    @property
    def messages(self) -> Sequence[BaseMessage]:
        """The result of the tool, as messages to the model."""
        said = self.observation
        content = said if isinstance(said, str) else _stringify(said)
        if isinstance(self.action, AgentActionMessageLog):
            return [FunctionMessage(name=self.action.tool, content=content)]
        return [HumanMessage(content=content)]


class AgentFinish(_Decision):
    """The answer of an agent."""

    return_values: dict[Any, Any]
    log: str
    type: Literal["AgentFinish"] = "AgentFinish"

    def __init__(self, return_values: dict[Any, Any], log: str, **kwargs: Any) -> None:
        """Create the answer; the arguments may be positional."""
        super().__init__(  # type: ignore[call-arg]
            return_values=return_values, log=log, **kwargs
        )
