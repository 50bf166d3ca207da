"""A conversation as Anthropic's API takes it: a system prompt, and turns of user and assistant."""

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
    """What one side says until the other does."""

    role: str
    content: Any
    said: AIMessage | None = None


def conversation(
    messages: Sequence[BaseMessage], *, model: str, system_in_place: bool
) -> tuple[Any, list[dict[str, Any]]]:
    """Give messages as the API takes them.

    Args:
        messages: The messages.
        model: The model, for warnings.
        system_in_place: Whether it takes system messages in the middle of a conversation.

    Returns:
        The system prompt, None where there is none; and the turns.

    Raises:
        ValueError: If a message or a block is of a kind that the API does not take, or there are
            several system messages and no place for them.
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
    """Writes the turns, system messages that wait for their place among them."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.system: Any = None
        self.turns: list[dict[str, Any]] = []
        self.pending: list[Any] = []
        self._toolsets: dict[Any, Any] = {}

    def takes_system(self) -> bool:
        """Whether a system message may come now: behind a user's turn, or a server tool's result.

        So it is too behind one that waits already.
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
        """Make a system message in the middle that of the whole conversation."""
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
        """Write the system messages that wait."""
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
                return  # the API takes an empty one at the end only
            self.place()
        else:
            waiting, self.pending = self.pending, []
            for one in waiting:
                self.hoist(one)
        if isinstance(content, list):
            content = [self._named(block) for block in content]
        self.turns.append({"role": turn.role, "content": content})

    def _named(self, block: Any) -> Any:
        """Give a tool's result the name of the toolset that its call has."""
        kind = block.get("type")
        if kind == "tool_use" and block.get("toolset_name"):
            self._toolsets[block["id"]] = block["toolset_name"]
        elif kind == "tool_result" and "toolset_name" not in block:
            name = self._toolsets.get(block.get("tool_use_id", ""))
            return {**block, "toolset_name": name} if name else block
        return block


def _turns(messages: Sequence[BaseMessage]) -> Iterator[_Turn]:
    """Give the turns: what users and tools say in a row is one, and so it is with systems."""
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
    """Give what an assistant said; typed blocks back in the provider's own form."""
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
        # the API takes it on the result alone, not on what is in it
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
    """Give the content of a turn as the API takes it, tool calls included."""
    said = turn.said
    content = turn.content
    if not isinstance(content, str):
        ours = said is not None and said.response_metadata.get("model_provider") == "anthropic"
        calls = {} if said is None else {call["id"]: call for call in said.tool_calls}
        blocks = [api_block(block, calls, ours=ours) for block in content]
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
    """Give calls whose arguments are no JSON: the API wants all that there are, and results."""
    for broken in said.invalid_tool_calls:
        if broken.get("id") and broken.get("name"):
            args = read_input(broken.get("args"))
            yield call_block(broken["name"], args if isinstance(args, dict) else {}, broken["id"])


def _stripped(content: Any) -> Any:
    """Give what an assistant is to continue without blanks at its end, which the API refuses."""
    if isinstance(content, str):
        return content.rstrip()
    if content and content[-1].get("type") == "text":
        return [*content[:-1], {**content[-1], "text": content[-1]["text"].rstrip()}]
    return content


def _system_content(content: Any, model: str, *, in_place: bool) -> Any:
    """Give a system prompt with the blocks that the API takes there; of others it is warned."""
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
