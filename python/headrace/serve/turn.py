"""A turn: one run of a runnable, as neutral frames. The only place that reads events.

Each frame is a JSON object with a `type`:

| type | fields |
| --- | --- |
| `token` | `content`: text of the answer |
| `reasoning` | `content`: text of the model's reasoning |
| `tool_call_start` | `id`, `name` |
| `tool_call_delta` | `id`, `args`: the next piece of the arguments' JSON |
| `tool_call` | `id`, `name`, `args`: the complete arguments |
| `tool_result` | `id`, `name`, `result`, and `failed` if the tool failed |
| `data` | `data`: a value that is neither text nor a message |
| `usage` | `input_tokens`, `output_tokens`, of one model call |
| `interrupt` | `id`, `question`, `calls`: ids of the tool calls that wait for approval |
| `error` | `message` |
| `stopped` | the run was stopped |
| `done` | the run has ended |
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from headrace.serve.log import Frame

__all__ = ["Agent", "Turn"]


class Agent:
    """A runnable or compiled LangGraph graph, as the protocols see it."""

    def __init__(self, runnable: Any, name: str | None = None) -> None:
        self.runnable = runnable
        self.name = name or _name(runnable)
        self.keeps_threads = getattr(runnable, "checkpointer", None) not in (None, False)
        self._input_key = _input_key(runnable)

    def config(self, thread: str | None) -> dict[str, Any]:
        """Return the config of a run in a thread."""
        if thread is None or not hasattr(self.runnable, "checkpointer"):
            return {}
        return {"configurable": {"thread_id": thread}}

    def input(self, messages: Sequence[Mapping[str, Any]]) -> Any:
        """Return the runnable's input for a list of messages with `role` and `content`."""
        if self._input_key is None:
            return [dict(message) for message in messages]
        if self._input_key == "messages":
            return {"messages": [dict(message) for message in messages]}
        text = next(
            (message["content"] for message in reversed(messages) if message["role"] == "user"), ""
        )
        return {self._input_key: text} if self._input_key else text

    async def interrupts(self, config: Mapping[str, Any]) -> list[Any]:
        """Return the interrupts that a thread waits in."""
        if not self.keeps_threads or not config:
            return []
        state = await self.runnable.aget_state(dict(config))
        return list(state.interrupts)

    async def new_messages(
        self, messages: list[dict[str, Any]], config: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Return the messages that a thread does not have: those after the last answer."""
        if not self.keeps_threads or not config or not messages:
            return messages
        state = await self.runnable.aget_state(config)
        if not isinstance(state.values, Mapping) or not state.values.get("messages"):
            return messages
        answers = [
            index for index, each in enumerate(messages) if each["role"] in ("assistant", "tool")
        ]
        return messages[answers[-1] + 1 :] if answers else messages

    async def waiting_calls(self, config: dict[str, Any]) -> dict[str, tuple[str, Any]]:
        """Return the tool calls of a thread that have no result yet."""
        state = await self.runnable.aget_state(config)
        messages = state.values.get("messages") if isinstance(state.values, Mapping) else None
        calls: dict[str, tuple[str, Any]] = {}
        for message in messages or ():
            for call in getattr(message, "tool_calls", None) or ():
                calls[call.get("id") or call["name"]] = (call["name"], call["args"])
            calls.pop(getattr(message, "tool_call_id", None) or "", None)
        return calls

    def resume(self, value: Any) -> Any:
        """Return the input that resumes an interrupted run."""
        from langgraph.types import Command

        return Command(resume=value)

    async def before(self, message: str, config: dict[str, Any]) -> dict[str, Any]:
        """Return the config of the checkpoint before a message entered the thread."""
        if not self.keeps_threads:
            return config
        async for state in self.runnable.aget_state_history(config, limit=1_000):
            known = state.values.get("messages", []) if isinstance(state.values, dict) else []
            if all(getattr(each, "id", None) != message for each in known):
                return dict(state.config)
        return config


def _name(runnable: Any) -> str:
    name = getattr(runnable, "name", None)
    if isinstance(name, str) and name and name != "LangGraph":
        return name
    get_name = getattr(runnable, "get_name", None)
    return str(get_name()) if get_name is not None else type(runnable).__name__


def _input_key(runnable: Any) -> str | None:
    """Return the key that messages or text go to: "" if the input is text, None for messages."""
    try:
        schema = runnable.get_input_jsonschema()
    except (TypeError, ValueError, AttributeError, NotImplementedError):
        return None
    properties = schema.get("properties")
    if isinstance(properties, dict) and properties:
        if "messages" in properties:
            return "messages"
        required = schema.get("required") or list(properties)
        return str(required[0])
    return "" if schema.get("type") == "string" else None


class Turn:
    """A run whose events become frames."""

    def __init__(
        self, agent: Agent, value: Any, config: dict[str, Any], *, resumed: bool = False
    ) -> None:
        self._agent = agent
        self._resumed = resumed
        self._value = value
        self._config = config
        # Of the model calls under way: the ids of their tool calls by index.
        self._indexes: dict[str, dict[Any, str]] = {}
        # Tool calls without a result, and the call that each run of a tool is for.
        self._pending: dict[str, tuple[str, Any]] = {}
        self._from_model = False
        self._root: str | None = None

    async def frames(self) -> AsyncIterator[list[Frame]]:
        """Yield the frames of each event. Errors of the run propagate."""
        if self._resumed:
            self._pending = await self._agent.waiting_calls(self._config)
        stream = self._agent.runnable.astream_events(self._value, self._config, version="v2")
        try:
            async for event in stream:
                frames = self._read(event)
                if frames:
                    yield frames
        finally:
            await stream.aclose()
        asked = await self._agent.interrupts(self._config)
        if asked:
            yield [self._interrupt(each) for each in asked]
        yield [{"type": "done"}]

    def _read(self, event: Mapping[str, Any]) -> list[Frame]:
        kind = event["event"]
        if kind == "on_chat_model_stream":
            self._from_model = True
            return self._chunk(event["run_id"], event["data"]["chunk"])
        if kind == "on_llm_stream":
            self._from_model = True
            chunk = event["data"]["chunk"]
            return _texts(getattr(chunk, "text", chunk))
        if kind == "on_chat_model_end":
            return self._message(event["run_id"], event["data"].get("output"))
        if kind == "on_tool_end":
            return self._result(event["name"], event["data"].get("output"))
        if kind == "on_tool_error":
            return self._failure(event["name"], event["data"].get("error"))
        if self._root is None:
            self._root = event["run_id"]
        elif kind == "on_chain_end":
            return self._outputs(event["data"].get("output"))
        is_root = event["run_id"] == self._root
        if is_root and kind == "on_chain_stream" and not self._from_model:
            return self._value_frames(event["data"]["chunk"])
        return []

    def _chunk(self, run: str, chunk: Any) -> list[Frame]:
        frames = _content(chunk.content)
        if not frames and getattr(chunk, "additional_kwargs", None):
            reasoning = chunk.additional_kwargs.get("reasoning_content")
            if isinstance(reasoning, str) and reasoning:
                frames.append({"type": "reasoning", "content": reasoning})
        for part in getattr(chunk, "tool_call_chunks", None) or ():
            indexes = self._indexes.setdefault(run, {})
            call = part.get("id")
            if call and call not in indexes.values():
                indexes[part.get("index")] = call
                self._pending[call] = (part.get("name") or "", None)
                frames.append(
                    {"type": "tool_call_start", "id": call, "name": part.get("name") or ""}
                )
            call = call or indexes.get(part.get("index"))
            if call and part.get("args"):
                frames.append({"type": "tool_call_delta", "id": call, "args": part["args"]})
        return frames

    def _message(self, run: str, message: Any) -> list[Frame]:
        frames: list[Frame] = []
        if run not in self._indexes and not self._from_model:
            frames = _content(getattr(message, "content", ""))
        started = self._indexes.pop(run, {}).values()
        for call in getattr(message, "tool_calls", None) or ():
            identifier = call.get("id") or call["name"]
            if identifier not in started:
                frames.append({"type": "tool_call_start", "id": identifier, "name": call["name"]})
            self._pending[identifier] = (call["name"], call["args"])
            frames.append(
                {"type": "tool_call", "id": identifier, "name": call["name"], "args": call["args"]}
            )
        usage = getattr(message, "usage_metadata", None)
        if usage:
            counts = {name: usage.get(name, 0) for name in ("input_tokens", "output_tokens")}
            frames.append({"type": "usage", **counts})
        return frames

    def _result(self, name: str, output: Any) -> list[Frame]:
        call = getattr(output, "tool_call_id", None)
        if call is None:
            # A tool that was called directly, or that returned a command: its messages follow.
            return self._outputs(output) if hasattr(output, "update") else []
        return self._tool_message(output, name)

    def _tool_message(self, message: Any, name: str = "") -> list[Frame]:
        call = message.tool_call_id
        if call not in self._pending:
            return []
        known, _ = self._pending.pop(call)
        result: Frame = {
            "type": "tool_result",
            "id": call,
            "name": known or name,
            "result": message.content,
        }
        if getattr(message, "status", None) == "error":
            result["failed"] = True
        return [result]

    def _failure(self, name: str, error: Any) -> list[Frame]:
        call = next((key for key, (known, _) in self._pending.items() if known == name), None)
        if call is None:
            return []
        del self._pending[call]
        return [
            {"type": "tool_result", "id": call, "name": name, "result": str(error), "failed": True}
        ]

    def _outputs(self, output: Any) -> list[Frame]:
        """Return the results of tools among the messages that a step returned."""
        if not self._pending:
            return []
        output = getattr(output, "update", output)
        messages = output.get("messages") if isinstance(output, Mapping) else output
        if not isinstance(messages, (list, tuple)):
            messages = [messages]
        frames: list[Frame] = []
        for message in messages:
            if getattr(message, "tool_call_id", None):
                frames += self._tool_message(message)
        return frames

    def _value_frames(self, value: Any) -> list[Frame]:
        if isinstance(value, str):
            return _texts(value)
        if hasattr(value, "content"):
            return _content(value.content)
        if isinstance(value, Mapping) and hasattr(self._agent.runnable, "checkpointer"):
            return self._updates(value)
        return [{"type": "data", "data": value}]

    def _updates(self, updates: Mapping[str, Any]) -> list[Frame]:
        """Return the frames of a graph's update: the answers of nodes that call no model."""
        frames: list[Frame] = []
        for update in updates.values():
            messages = update.get("messages") if isinstance(update, Mapping) else None
            for message in messages if isinstance(messages, (list, tuple)) else ():
                if getattr(message, "type", None) == "ai":
                    frames += _content(message.content)
        return frames

    def _interrupt(self, interrupt: Any) -> Frame:
        question = interrupt.value
        calls = []
        if isinstance(question, Mapping):
            free = dict(self._pending)
            for action in question.get("action_requests") or ():
                name, args = action.get("name"), action.get("args")
                call = next((key for key, each in free.items() if each == (name, args)), None)
                free.pop(call, None)  # type: ignore[arg-type]
                calls.append(call)
        return {"type": "interrupt", "id": interrupt.id, "question": question, "calls": calls}


def _texts(text: Any) -> list[Frame]:
    return [{"type": "token", "content": text}] if isinstance(text, str) and text else []


def _content(content: Any) -> list[Frame]:
    """Return the text and reasoning of a message's content."""
    if isinstance(content, str):
        return _texts(content)
    frames: list[Frame] = []
    for block in content if isinstance(content, (list, tuple)) else ():
        if isinstance(block, str):
            frames += _texts(block)
        elif isinstance(block, Mapping):
            kind = block.get("type")
            if kind in ("text", "output_text"):
                frames += _texts(block.get("text"))
            elif kind in ("reasoning", "thinking"):
                text = block.get("reasoning") or block.get("thinking") or block.get("text")
                if text is None and isinstance(block.get("summary"), list):
                    text = "".join(str(part.get("text", "")) for part in block["summary"])
                if isinstance(text, str) and text:
                    frames.append({"type": "reasoning", "content": text})
    return frames
