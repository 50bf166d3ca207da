"""Streams of typed content blocks: one answer of a chat model, as events and as projections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from headrace._lazy import lazy_module
from headrace.language_models.chunks_to_events import BlockEvents, finalize_tool_call_chunk
from headrace.language_models.stream_projections import (
    AsyncEventsProjection,
    AsyncProjection,
    AsyncTextProjection,
    AsyncToolCallsProjection,
    Demand,
    EventLog,
    LiveToolCall,
    SyncProjection,
    SyncTextProjection,
    SyncToolCallsProjection,
)
from headrace.messages import AIMessage

if TYPE_CHECKING:
    import asyncio

    from typing_extensions import Self
else:
    asyncio = lazy_module("asyncio", globals())

__all__ = [
    "AsyncChatModelStream",
    "AsyncProjection",
    "AsyncTextProjection",
    "ChatModelStream",
    "LiveToolCall",
    "SyncProjection",
    "SyncTextProjection",
]

_WHOLE = frozenset(
    {
        "server_tool_call",
        "server_tool_result",
        "image",
        "audio",
        "video",
        "file",
        "non_standard",
    }
)
"""Types of blocks that the message gets as they are."""


class _Texts:
    """Text or reasoning of a message, by block; adding a part costs only its own length."""

    __slots__ = ("_blocks", "_projection", "_settled")

    def __init__(self, projection: Any) -> None:
        self._projection = projection
        self._settled: tuple[str, int] | None = None
        """The text that a finish event without an index set, and the number of parts until then."""
        self._blocks: dict[int, list[str]] = {}

    def add(self, index: int | None, text: str) -> None:
        """Append text to a block; without an index, to the message."""
        if index is not None:
            parts = self._blocks.get(index)
            if parts is None:
                self._blocks[index] = [text]
            else:
                parts.append(text)
        self._projection.push(text)

    def settle(self, index: int | None, whole: str) -> str:
        """Return the final text of a block; the finish event decides if it differs from the parts.

        Args:
            index: The index of the block, if it has one.
            whole: The text in its finish event.
        """
        if index is None:
            text = self.message_text
            if whole and whole != text:
                self._settled = whole, len(self._projection._deltas)
                return whole
            return text
        text = "".join(self._blocks.get(index, ()))
        if not whole or whole == text:
            return text
        if whole.startswith(text):
            # also if no part arrived
            self._projection.push(whole[len(text) :])
        self._blocks[index] = [whole]
        return whole

    @property
    def message_text(self) -> str:
        """The parts of the message so far, in the order of arrival."""
        whole, seen = self._settled or ("", 0)
        return whole + "".join(self._projection._deltas[seen:])

    def parts(self, index: int) -> list[str] | None:
        """Return the parts of a block, a list to append to; None if it has none."""
        return self._blocks.get(index)

    def total(self) -> str:
        """Return the text of all blocks, in their order."""
        if not self._blocks:
            return self.message_text
        return "".join(["".join(self._blocks[index]) for index in sorted(self._blocks)])


class _OpenCall:
    """A tool call whose arguments arrive."""

    __slots__ = ("fields", "is_quiet", "parts")

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.parts: list[str] = []
        self.is_quiet = False
        """True once arguments no longer extend what was yielded."""

    def set(self, fields: Mapping[str, Any]) -> None:
        """Set all fields that have a value; `args` replaces the arguments so far."""
        for name, value in fields.items():
            if value is not None:
                if name == "args":
                    self.parts = [value] if value else []
                else:
                    self.fields[name] = value

    def append(self, fields: Mapping[str, Any]) -> None:
        """Append arguments; `id` and `name` are kept once they are known."""
        for name in ("id", "name"):
            if fields.get(name) and name not in self.fields:
                self.fields[name] = fields[name]
        if fields.get("args"):
            self.parts.append(fields["args"])

    @property
    def args(self) -> str:
        """The arguments so far."""
        return "".join(self.parts)

    def finished(self, kind: str) -> dict[str, Any]:
        """Return the finished block."""
        dropped = ("type", "id", "name", "args")
        return finalize_tool_call_chunk(
            raw_args=self.args,
            id_=self.fields.get("id"),
            name=self.fields.get("name"),
            extras={k: v for k, v in self.fields.items() if k not in dropped and v is not None},
            finalized_type=kind,
        )


class _MessageStream:
    """An answer of a chat model, assembled from the events that `dispatch` receives."""

    _text_proj: Any
    _reasoning_proj: Any
    _tool_calls_proj: Any

    def __init__(
        self,
        *,
        namespace: list[str] | None = None,
        node: str | None = None,
        message_id: str | None = None,
    ) -> None:
        """Create an empty stream.

        Args:
            namespace: The namespace of the graph that the message comes from.
            node: The node of the graph that the message comes from.
            message_id: The id of the message.
        """
        self._namespace = namespace or []
        self._node = node
        self._message_id = message_id
        self._log = self._new_log()
        self._events = self._log.items
        self._texts = _Texts(self._text_proj)
        self._reasonings = _Texts(self._reasoning_proj)
        self._calls: dict[int, _OpenCall] = {}
        self._server_calls: dict[int, _OpenCall] = {}
        self._finished_calls: list[dict[str, Any]] = []
        self._invalid_calls: list[dict[str, Any]] = []
        self._blocks: dict[int, dict[str, Any]] = {}
        self._start_metadata: Any = None
        self._generation_info: dict[str, Any] = {}
        self._done = False
        self._error: BaseException | None = None
        self._output_message: AIMessage | None = None

    # -- state -------------------------------------------------------------------------------------

    @property
    def namespace(self) -> list[str]:
        """The namespace of the graph that the message comes from."""
        return self._namespace

    @property
    def node(self) -> str | None:
        """The node of the graph that the message comes from."""
        return self._node

    @property
    def message_id(self) -> str | None:
        """The id of the message."""
        return self._message_id

    def set_message_id(self, message_id: str) -> None:
        """Set the id of the message, once its run has started."""
        self._message_id = message_id

    @property
    def done(self) -> bool:
        """True after the end or the failure of the stream."""
        return self._done

    @property
    def has_events(self) -> bool:
        """True if events have arrived."""
        return bool(self._events)

    @property
    def output_message(self) -> AIMessage | None:
        """The message if it is complete, else None. Reading it never waits."""
        return self._output_message

    # -- events ------------------------------------------------------------------------------------

    def dispatch(self, event: Mapping[str, Any]) -> None:
        """Add an event to the stream.

        Args:
            event: The event. Unknown events are kept but have no effect on the projections.
        """
        self._record_event(event)
        handler = _HANDLERS.get(event.get("event"))  # type: ignore[arg-type]
        if handler is not None:
            handler(self, event)

    def _new_log(self) -> EventLog:
        return EventLog([])

    def _record_event(self, event: Mapping[str, Any]) -> None:
        self._events.append(event)

    def _plain_parts(
        self, builder: BlockEvents
    ) -> tuple[Callable[[Any], bool], Callable[[], None]]:
        """Return functions that add plain parts of chunks without building their events.

        Args:
            builder: The builder of the stream's other events.

        Returns:
            A function that adds a part, and returns False if its block has not started; and one to
            call before the builder is used.
        """
        log, runs = self._events, self._log.runs
        texts, calls = self._text_proj, self._tool_calls_proj
        append_event, append_text = log.append, texts._deltas.append
        append_args, append_place = calls._deltas.append, calls._places.append
        is_async = isinstance(texts, AsyncProjection)
        key: Any = None
        place: Any = None
        opened: Any = None
        parts: list[str] = []
        append_part = parts.append

        def settle() -> None:
            """Copy the parts of the run to the builder."""
            nonlocal key
            if key is not None:
                opened.parts.extend(parts[len(opened.parts) :])
                key = None

        def begin(part: Any) -> bool:
            nonlocal key, place, opened, parts, append_part
            settle()
            block = builder.plain_block(part)
            if block is None:
                return False
            is_text = part.__class__ is str
            if is_text:
                found = self._texts.parts(block.index)
            else:
                call = self._calls.get(block.index)
                found = None if call is None or call.is_quiet else call.parts
                if call is not None:
                    fields = call.fields
                    place = block.index, fields.get("id"), fields.get("name"), fields.get("index")
            if found is None or len(found) != len(block.parts):
                return False
            opened, parts, append_part = block, found, found.append
            key = "text" if is_text else part[1]
            runs.append((len(log), block.index, is_text))
            return True

        def add(part: Any) -> bool:
            if part.__class__ is str:
                if key != "text" and not begin(part):
                    return False
                append_event(part)
                append_text(part)
                append_part(part)
                if is_async and texts._waiters:
                    texts._wake()
            else:
                args, index = part
                if key != index and not begin(part):
                    return False
                append_event(args)
                append_args(args)
                append_place(place)
                append_part(args)
                if is_async and calls._waiters:
                    calls._wake()
            if is_async and self._events_proj._waiters:  # type: ignore[attr-defined]
                self._events_proj._wake()  # type: ignore[attr-defined]
            return True

        return add, settle

    def _start(self, event: Mapping[str, Any]) -> None:
        self._start_metadata = event.get("metadata")
        if event.get("id"):
            self._message_id = event["id"]

    def _start_block(self, event: Mapping[str, Any]) -> None:
        block, index = _content(event), event.get("index")
        if block is None or index is None:
            return
        kind = block.get("type")
        if kind == "tool_call_chunk":
            _opened(self._calls, index).set(block)
            args = block.get("args")
            if isinstance(args, str) and args:
                self._push_call(index, args)
        elif kind == "server_tool_call_chunk":
            _opened(self._server_calls, index).set(block)

    def _add_delta(self, event: Mapping[str, Any]) -> None:
        delta = event.get("delta")
        if not isinstance(delta, dict):
            delta = _older_delta(event)
            if delta is None:
                return
        kind = delta.get("type")
        if kind == "text-delta":
            text = delta.get("text")
            if text:
                self._texts.add(event.get("index"), text)
        elif kind == "tool-call-delta":
            index, args = event.get("index"), delta.get("args")
            if index is None or not isinstance(args, str) or not args:
                return
            call = self._calls.get(index)
            if call is not None:
                call.parts.append(args)
                self._push_call(index, args)
            elif index in self._server_calls:
                self._server_calls[index].parts.append(args)
        elif kind == "reasoning-delta":
            text = delta.get("reasoning")
            if text:
                self._reasonings.add(event.get("index"), text)
        elif kind in ("block-delta", "older-delta"):
            fields = delta.get("fields")
            if isinstance(fields, dict):
                self._add_fields(event.get("index"), fields, appends=kind == "older-delta")
        elif kind != "data-delta":
            block = event.get("content_block")
            if isinstance(block, dict) and block.get("type") == "tool_call_chunk":
                self._add_fields(event.get("index"), block, appends=True)

    def _add_fields(self, index: Any, fields: dict[str, Any], *, appends: bool) -> None:
        """Add a delta of older cores: fields of a tool call, with part or all of its arguments."""
        kind = fields.get("type")
        args = fields.get("args")
        if kind == "server_tool_call_chunk":
            store = self._server_calls
            call = _opened(store, len(store) if index is None else index)
            (call.append if appends else call.set)(fields)
        elif kind == "tool_call_chunk":
            if index is None:
                index = fields.get("index", len(self._calls))
            call = _opened(self._calls, index)
            if appends:
                call.append(fields)
                if args:
                    self._push_call(index, args, fields.get("index"))
                return
            held = call.args
            call.set(fields)
            if isinstance(args, str):
                if not args.startswith(held):
                    call.is_quiet = True
                elif len(args) > len(held):
                    self._push_call(index, args[len(held) :])

    def _push_call(self, index: int, args: str, provider_index: Any = None) -> None:
        call = self._calls[index]
        if call.is_quiet:
            return
        fields = call.fields
        place = fields.get("index", provider_index)
        self._tool_calls_proj.push_call((index, fields.get("id"), fields.get("name"), place), args)

    def _finish_block(self, event: Mapping[str, Any]) -> None:
        block, index = _content(event), event.get("index")
        if block is None:
            return
        kind = block.get("type", "")
        finished = dict(block)
        if kind == "text":
            finished["text"] = self._texts.settle(index, block.get("text", ""))
        elif kind == "reasoning":
            text = self._reasonings.settle(index, block.get("reasoning", ""))
            if text:
                finished["reasoning"] = text
        elif kind in ("tool_call", "invalid_tool_call"):
            finished.pop("index", None)
            self._calls.pop(index, None)  # type: ignore[arg-type]
            if kind == "tool_call":
                for name, default in (("id", ""), ("name", ""), ("args", {})):
                    finished.setdefault(name, default)
                self._finished_calls.append(finished)
            else:
                self._server_calls.pop(index, None)  # type: ignore[arg-type]
                self._invalid_calls.append(finished)
        elif kind in _WHOLE:
            finished = block  # as in LangChain, its event gets the index, too
            if kind == "server_tool_call":
                self._server_calls.pop(index, None)  # type: ignore[arg-type]
        else:
            return
        if index is not None:
            if kind not in ("tool_call", "invalid_tool_call"):
                finished.setdefault("index", index)
            self._blocks[index] = finished

    def _finish(self, event: Mapping[str, Any]) -> None:
        self._done = True
        for store, kind in ((self._calls, "tool_call"), (self._server_calls, "server_tool_call")):
            for index in sorted(store):
                block = store[index].finished(kind)
                if block["type"] == "invalid_tool_call":
                    self._invalid_calls.append(block)
                elif kind == "tool_call":
                    self._finished_calls.append(block)
                self._blocks[index] = block
            store.clear()
        self._text_proj.complete(self._texts.total())
        self._reasoning_proj.complete(self._reasonings.total())
        self._tool_calls_proj.complete(self._finished_calls)
        self._output_message = self._message(event)

    def _message(self, event: Mapping[str, Any]) -> AIMessage:
        content: Any = self._texts.message_text
        if self._blocks:
            content = [dict(self._blocks[index]) for index in sorted(self._blocks)]
        metadata: dict[str, Any] = {}
        start = self._start_metadata or {}
        for name, key in (("provider", "model_provider"), ("model", "model_name")):
            if name in start:
                metadata[key] = start[name]
        metadata.update(event.get("metadata") or {})
        # The content is typed blocks, not the provider's own format.
        metadata["output_version"] = "v1"
        calls: Any = [
            {
                "type": "tool_call",
                "id": call.get("id", ""),
                "name": call.get("name", ""),
                "args": call.get("args", {}),
            }
            for call in self._finished_calls
        ]
        invalid: Any = [
            {
                "type": "invalid_tool_call",
                "id": call.get("id") or None,
                "name": call.get("name") or None,
                "args": call.get("args") or None,
                "error": call.get("error"),
            }
            for call in self._invalid_calls
        ]
        return AIMessage(
            content=content,
            id=self._message_id,
            tool_calls=calls,
            invalid_tool_calls=invalid,
            usage_metadata=event.get("usage"),
            response_metadata=metadata,
            additional_kwargs=dict(event.get("additional_kwargs") or {}),
        )

    def _report_error(self, event: Mapping[str, Any]) -> None:
        self.fail(RuntimeError(event.get("message", "Unknown error")))

    def fail(self, error: BaseException) -> None:
        """End the stream and its projections with an error."""
        self._done = True
        self._error = error
        for projection in (self._text_proj, self._reasoning_proj, self._tool_calls_proj):
            projection.fail(error)


_HANDLERS: dict[str, Callable[[Any, Mapping[str, Any]], None]] = {
    "message-start": lambda stream, event: stream._start(event),
    "content-block-start": lambda stream, event: stream._start_block(event),
    "content-block-delta": lambda stream, event: stream._add_delta(event),
    "content-block-finish": lambda stream, event: stream._finish_block(event),
    "message-finish": lambda stream, event: stream._finish(event),
    "error": lambda stream, event: stream._report_error(event),
}


def _opened(store: dict[int, _OpenCall], index: int) -> _OpenCall:
    call = store.get(index)
    if call is None:
        call = store[index] = _OpenCall()
    return call


def _content(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the block of a start or finish event, also under its older name."""
    block = event.get("content") or event.get("content_block")
    return block if isinstance(block, dict) else None


def _older_delta(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the delta of an event that has a part of a block instead."""
    block = event.get("content_block")
    if not isinstance(block, dict):
        return None
    kind = block.get("type")
    if kind in ("text", "reasoning"):
        return {"type": f"{kind}-delta", kind: block.get(kind, "")}
    if "data" in block:
        return {"type": "data-delta"}
    return {"type": "older-delta", "fields": block}


class ChatModelStream(_MessageStream):
    """A stream of content blocks that you read with `for`.

    `model.stream_events(input, version="v3")` returns it. Iterating over the stream yields its
    events. `text`, `reasoning` and `tool_calls` yield parts of one kind, `output` is the complete
    message. Reading any of them pulls from the model; each new iterator starts over at the first
    part. Content of the message is always a list of typed blocks.
    """

    _text_proj: SyncTextProjection
    _reasoning_proj: SyncTextProjection
    _tool_calls_proj: SyncToolCallsProjection

    def __init__(
        self,
        *,
        namespace: list[str] | None = None,
        node: str | None = None,
        message_id: str | None = None,
    ) -> None:
        """Create an empty stream.

        Args:
            namespace: The namespace of the graph that the message comes from.
            node: The node of the graph that the message comes from.
            message_id: The id of the message.
        """
        self._text_proj = SyncTextProjection()
        self._reasoning_proj = SyncTextProjection()
        self._tool_calls_proj = SyncToolCallsProjection()
        self._ensure_started: Callable[[], None] | None = None
        self._request_more: Callable[[], bool] | None = None
        self._close: Callable[[], None] | None = None
        super().__init__(namespace=namespace, node=node, message_id=message_id)

    def bind_pump(self, pump_one: Callable[[], bool]) -> None:
        """Set the function that produces more; see `set_request_more`."""
        self.set_request_more(pump_one)

    def set_start(self, cb: Callable[[], None] | None) -> None:
        """Set the function to call when reading starts."""
        self._ensure_started = cb
        for projection in (self._text_proj, self._reasoning_proj, self._tool_calls_proj):
            projection.set_start(cb)

    def set_request_more(self, cb: Callable[[], bool]) -> None:
        """Set the function that produces more; it returns False if there is no more."""
        self._request_more = cb
        for projection in (self._text_proj, self._reasoning_proj, self._tool_calls_proj):
            projection.set_request_more(cb)

    @property
    def text(self) -> SyncTextProjection:
        """The text: its parts as you iterate, all of it from `str()`."""
        return self._text_proj

    @property
    def reasoning(self) -> SyncTextProjection:
        """The reasoning: its parts as you iterate, all of it from `str()`."""
        return self._reasoning_proj

    @property
    def tool_calls(self) -> SyncToolCallsProjection:
        """The tool calls: chunks as you iterate, finished calls from `get()`."""
        return self._tool_calls_proj

    @property
    def output(self) -> AIMessage:
        """The complete message; reads the stream to its end.

        Raises:
            Exception: The error with which the stream failed.
            RuntimeError: If the stream ended without a message.
        """
        if not self._done:
            if self._ensure_started is not None:
                self._ensure_started()
            more = self._request_more
            if more is not None:
                while more() and not self.done:
                    pass
        if self._error is not None:
            raise self._error
        if self._output_message is None:
            raise RuntimeError("Stream finished without producing a message")
        return self._output_message

    def __iter__(self) -> Iterator[Any]:
        """Yield all events from the first on, and request more when there are no others."""
        if self._ensure_started is not None:
            self._ensure_started()
        events = self._events
        runs = self._log.runs
        next_run = cursor = index = 0
        is_text = True
        while True:
            while cursor < len(events):
                event = events[cursor]
                if event.__class__ is str:
                    while next_run < len(runs) and runs[next_run][0] <= cursor:
                        _, index, is_text = runs[next_run]
                        next_run += 1
                    event = {
                        "event": "content-block-delta",
                        "index": index,
                        "delta": {"type": "text-delta", "text": event}
                        if is_text
                        else {"type": "tool-call-delta", "args": event},
                    }
                cursor += 1
                yield event
            if self._error is not None:
                raise self._error
            if self._done or self._request_more is None:
                return
            while cursor >= len(events) and not self._done:
                if not self._request_more():
                    break
            if cursor >= len(events) and not self._done:
                return

    def close(self) -> None:
        """Stop the model and end its run. A stream that has ended stays as it is."""
        if self._close is not None:
            self._close()

    def __enter__(self) -> Self:
        """Return the stream."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the stream."""
        self.close()


class AsyncChatModelStream(_MessageStream):
    """A stream of content blocks that you read with `async for`.

    `await model.astream_events(input, version="v3")` returns it. Iterating over the stream yields
    its events; awaiting the stream or `output` returns the complete message. One task reads the
    model. It starts when you first read the stream, and pauses when it is `max_buffered` events
    ahead of all readers.

    Use `async with`, or call `aclose()`, if you may stop early. If the task of the only reader is
    cancelled while it waits, the stream is closed, too.
    """

    _text_proj: AsyncTextProjection
    _reasoning_proj: AsyncTextProjection
    _tool_calls_proj: AsyncToolCallsProjection

    max_buffered: ClassVar[int] = 256
    """The default number of events that the model may be ahead of the readers."""

    def __init__(
        self,
        *,
        namespace: list[str] | None = None,
        node: str | None = None,
        message_id: str | None = None,
    ) -> None:
        """Create an empty stream.

        Args:
            namespace: The namespace of the graph that the message comes from.
            node: The node of the graph that the message comes from.
            message_id: The id of the message.
        """
        self._text_proj = AsyncTextProjection()
        self._reasoning_proj = AsyncTextProjection()
        self._tool_calls_proj = AsyncToolCallsProjection()
        self._output_proj: AsyncProjection[AIMessage] = AsyncProjection()
        self._events_proj = AsyncEventsProjection()
        self._ensure_started: Callable[[], Awaitable[None]] | None = None
        self._producer_task: asyncio.Task[None] | None = None
        self._on_aclose_fail: Callable[[BaseException], Awaitable[None]] | None = None
        super().__init__(namespace=namespace, node=node, message_id=message_id)

    def _new_log(self) -> EventLog:
        return self._events_proj.log

    @property
    def _projections(self) -> tuple[AsyncProjection[Any], ...]:
        return (
            self._text_proj,
            self._reasoning_proj,
            self._tool_calls_proj,
            self._output_proj,
            self._events_proj,
        )

    def set_arequest_more(self, cb: Callable[[], Awaitable[bool]] | None) -> None:
        """Set the function that produces more; it returns False if there is no more."""
        for projection in self._projections:
            projection.set_arequest_more(cb)

    def set_start(self, cb: Callable[[], Awaitable[None]] | None) -> None:
        """Set the function to await when reading starts."""
        self._ensure_started = cb
        for projection in self._projections:
            projection.set_start(cb)

    def _set_bound(self, max_buffered: int) -> Demand:
        """Bound how far the producer runs ahead of the readers."""
        demand = Demand(max_buffered, self._events.__len__, self.aclose)
        for projection in self._projections:
            projection.set_demand(demand)
        return demand

    @property
    def text(self) -> AsyncTextProjection:
        """The text: its parts as you iterate, all of it when you await it."""
        return self._text_proj

    @property
    def reasoning(self) -> AsyncTextProjection:
        """The reasoning: its parts as you iterate, all of it when you await it."""
        return self._reasoning_proj

    @property
    def tool_calls(self) -> AsyncToolCallsProjection:
        """The tool calls: chunks as you iterate, finished calls when you await it."""
        return self._tool_calls_proj

    @property
    def output(self) -> AsyncProjection[AIMessage]:
        """The complete message, when you await it."""
        return self._output_proj

    def __await__(self) -> Generator[Any, None, AIMessage]:
        """Return the complete message, after the end of the run."""
        return self._whole().__await__()

    async def _whole(self) -> AIMessage:
        message: AIMessage = await self._output_proj
        if self._producer_task is not None:
            await self._producer_task
        return message

    def __aiter__(self) -> AsyncIterator[Any]:
        """Return an iterator over all events from the first on."""
        return self._events_proj.__aiter__()

    def _record_event(self, event: Mapping[str, Any]) -> None:
        self._events_proj.push(event)

    def _finish(self, event: Mapping[str, Any]) -> None:
        super()._finish(event)
        self._output_proj.complete(self._output_message)
        self._events_proj.complete(None)

    def fail(self, error: BaseException) -> None:
        """End the stream and its projections with an error."""
        super().fail(error)
        self._output_proj.fail(error)
        self._events_proj.fail(error)

    async def aclose(self) -> None:
        """Stop the model, end its run, and wait until nothing of it is left.

        If the message is complete, this waits for the end of the run instead. You may call it any
        number of times.
        """
        if self._producer_task is None:
            if self._ensure_started is None:
                return
            await self._ensure_started()
        task = self._producer_task
        if task is None or (task.done() and self._done):
            return
        is_whole = self._output_message is not None and self._error is None
        if not is_whole:
            task.cancel()
        # `wait` neither raises the task's error nor cancels the task if this one is cancelled.
        await asyncio.wait([task])
        if not is_whole and not self._done:
            error = asyncio.CancelledError()
            self.fail(error)
            if self._on_aclose_fail is not None:
                await self._on_aclose_fail(error)

    async def __aenter__(self) -> Self:
        """Return the stream."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the stream."""
        await self.aclose()
