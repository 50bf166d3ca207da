"""Conversion of messages for Anthropic's API: a system prompt, and turns of user and assistant."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from headrace.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from headrace.providers.anthropic.blocks import (
    api_block,
    call_block,
    call_id,
    read_input,
    text_block,
)
from headrace.providers.anthropic.typed import native_blocks, unwrapped

__all__ = ["TOOL_CHANGES", "conversation"]

TOOL_CHANGES = ("tool_addition", "tool_removal")
"""Blocks of a system message in the middle of a conversation that change the tools."""


@dataclass
class _Turn:
    """Consecutive messages of one role."""

    role: str
    content: Any
    said: AIMessage | None = None


def conversation(
    messages: Sequence[BaseMessage], *, model: str, system_in_place: bool
) -> tuple[Any, list[dict[str, Any]]]:
    """Convert messages to the form of the API.

    Args:
        messages: The messages.
        model: The model, for warnings.
        system_in_place: Whether the model accepts system messages in mid-conversation.

    Returns:
        The system prompt, or None; and the turns.

    Raises:
        ValueError: If the API does not accept the type of a message or a block, or if a
            system message must move to the front, but another one is already there.
    """
    turns = list(_turns(messages))
    said = [i for i, turn in enumerate(turns) if turn.role != "system"]
    last = said[-1] if said else -1
    writer = _Writer(model)
    for i, turn in enumerate(turns):
        if turn.role != "system":
            writer.say(turn, last=i == last, ended=i >= last)
        elif i == 0:
            writer.system = _system_content(turn.content, model, in_place=True)
        elif system_in_place and writer.takes_system():
            writer.pending.append(turn.content)
        else:
            writer.hoist(turn.content)
    writer.place()
    return writer.system, writer.turns


class _Writer:
    """Writer of turns, with a queue of system messages that wait for their place."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.system: Any = None
        self.turns: list[dict[str, Any]] = []
        self.pending: list[Any] = []
        self._toolsets: dict[Any, Any] = {}

    def takes_system(self) -> bool:
        """Return whether the API accepts a system message here.

        It does after a user's turn, after a server tool's result, and after another system message
        that waits.
        """
        if self.pending:
            return True
        if not self.turns:
            return False
        turn = self.turns[-1]
        content = turn["content"]
        if turn["role"] != "assistant" or not isinstance(content, list) or not content:
            return bool(turn["role"] == "user")
        return isinstance(content[-1], dict) and str(content[-1].get("type")).endswith(
            "_tool_result"
        )

    def hoist(self, content: Any) -> None:
        """Move a system message to the `system` field of the whole conversation."""
        if self.system is not None:
            raise ValueError("Received multiple non-consecutive system messages.")
        self.system = _system_content(content, self.model, in_place=False)
        warnings.warn(
            "A non-leading `SystemMessage` was moved to the top-level `system` field and applies "
            f"to the whole conversation: {self.model!r} does not take it where it stands, after a "
            "human or tool message and last or before an AI message.",
            stacklevel=2,
        )

    def place(self) -> None:
        """Write the waiting system messages."""
        for content in self.pending:
            made = _system_content(content, self.model, in_place=True)
            if made != []:
                self.turns.append({"role": "system", "content": made})
        self.pending = []

    def say(self, turn: _Turn, *, last: bool, ended: bool) -> None:
        """Write a turn of the user or the assistant."""
        content = _content(turn)
        if turn.role == "assistant":
            if last:
                content = _stripped(content)
            if not content and not ended:
                return  # the API accepts an empty turn only at the end
            self.place()
        else:
            waiting, self.pending = self.pending, []
            for one in waiting:
                self.hoist(one)
        if isinstance(content, list):
            content = [self._named(block) for block in content]
        self.turns.append({"role": turn.role, "content": content})

    def _named(self, block: Any) -> Any:
        """Add the toolset name of its call to a tool's result."""
        kind = block.get("type")
        if kind == "tool_use" and block.get("toolset_name"):
            self._toolsets[block["id"]] = block["toolset_name"]
        elif kind == "tool_result" and "toolset_name" not in block:
            name = self._toolsets.get(block.get("tool_use_id", ""))
            return {**block, "toolset_name": name} if name else block
        return block


def _turns(messages: Sequence[BaseMessage]) -> Iterator[_Turn]:
    """Yield the turns; adjacent user and tool messages are joined, as are system messages."""
    held: _Turn | None = None
    for message in messages:
        if isinstance(message, ToolMessage):
            turn = _Turn("user", _result(message))
        elif isinstance(message, HumanMessage):
            turn = _Turn("user", message.content)
        elif isinstance(message, SystemMessage):
            turn = _Turn("system", message.content)
        elif isinstance(message, AIMessage):
            turn = _Turn("assistant", _said_by(message), message)
        else:
            raise ValueError(f"Anthropic takes no messages of type {message.type!r}")
        if held is not None and held.role == turn.role != "assistant":
            held.content = [*_as_list(held.content), *_as_list(turn.content)]
            continue
        if held is not None:
            yield held
        held = turn
    if held is not None:
        yield held


def _as_list(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _said_by(message: AIMessage) -> Any:
    """Return the content of an assistant's message, with typed blocks in the provider's form."""
    metadata = message.response_metadata
    if metadata.get("output_version") != "v1" or isinstance(message.content, str):
        return message.content
    return native_blocks(message.content, ours=metadata.get("model_provider") == "anthropic")


def _result(message: ToolMessage) -> list[Any]:
    content = message.content
    if (
        isinstance(content, list)
        and content
        and all(isinstance(one, dict) and one.get("type") == "tool_result" for one in content)
    ):
        return list(content)
    cached = None
    if isinstance(content, list):
        # the API accepts it on the result only, not on blocks inside
        for one in content:
            if isinstance(one, dict) and "cache_control" in one:
                cached = one["cache_control"]
        content = [
            {key: value for key, value in one.items() if key != "cache_control"}
            if isinstance(one, dict)
            else one
            for one in content
        ]
    made: dict[str, Any] = {
        "type": "tool_result",
        "content": content,
        "tool_use_id": call_id(message.tool_call_id),
        "is_error": message.status == "error",
    }
    if cached:
        made["cache_control"] = cached
    return [made]


def _content(turn: _Turn) -> Any:
    """Return the content of a turn in the form of the API, with the tool calls."""
    said = turn.said
    content = turn.content
    if not isinstance(content, str):
        provider = None if said is None else said.response_metadata.get("model_provider")
        ours, foreign = provider == "anthropic", provider not in (None, "anthropic")
        calls = {} if said is None else {call["id"]: call for call in said.tool_calls}
        blocks = [api_block(block, calls, ours=ours, foreign=foreign) for block in content]
        content = [block for block in blocks if block is not None]
    if said is None or not (said.tool_calls or said.invalid_tool_calls):
        return content
    if isinstance(content, str):
        content = _as_list(content) if content else []
    known = {block["id"] for block in content if block["type"] == "tool_use"}
    made = [call_block(call["name"], call["args"], call["id"]) for call in said.tool_calls]
    content.extend(block for block in made if block["id"] not in known)
    known.update(block["id"] for block in made)
    for block in _broken_calls(said):
        if block["id"] not in known:
            content.append(block)
            known.add(block["id"])
    return content


def _broken_calls(said: AIMessage) -> Iterator[dict[str, Any]]:
    """Yield the calls with invalid JSON: the API needs each call that has a result."""
    for broken in said.invalid_tool_calls:
        if broken.get("id") and broken.get("name"):
            args = read_input(broken.get("args"))
            yield call_block(broken["name"], args if isinstance(args, dict) else {}, broken["id"])


def _stripped(content: Any) -> Any:
    """Return the start of an answer without trailing whitespace, which the API refuses."""
    if isinstance(content, str):
        return content.rstrip()
    if content and content[-1].get("type") == "text":
        return [*content[:-1], {**content[-1], "text": content[-1]["text"].rstrip()}]
    return content


def _system_content(content: Any, model: str, *, in_place: bool) -> Any:
    """Return a system prompt with the blocks that the API accepts; warn about others."""
    if isinstance(content, str):
        return content
    made = []
    for given in content:
        if not isinstance(given, dict):
            made.append({"type": "text", "text": given})
            continue
        block = unwrapped(given)
        kind = block.get("type")
        if kind == "text":
            made.append(text_block(block))
        elif kind in TOOL_CHANGES and in_place:
            made.append(block)
        else:
            warnings.warn(
                f"A system content block of type {kind!r} was dropped: the API takes `text`, and "
                "`tool_addition` and `tool_removal` in a `SystemMessage` that is sent in place, in "
                f"the middle of a conversation (model: {model!r}).",
                stacklevel=2,
            )
    return made
