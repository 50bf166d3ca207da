"""A request to an OpenAI-compatible server, and the reading of its answer.

The sync and the async engine share it: only sending the request and the loop over the events exist
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from headrace.language_models.answers import said
from headrace.messages import AIMessageChunk
from headrace.outputs import ChatGenerationChunk, ChatResult
from headrace.providers.openai.answers import result_of_completion
from headrace.providers.openai.formats import is_model_class
from headrace.providers.openai.response_answers import result_of_response
from headrace.wire.ends import BlockEnds, ends_of
from headrace.wire.fields import fields_of
from headrace.wire.messages import to_message, to_message_and_info
from headrace.wire.openai_chat import ChatDecoder, text_of
from headrace.wire.openai_responses import ResponsesDecoder
from headrace.wire.streams import StreamWatch

__all__ = ["Call", "ResponseCall", "combined_outputs"]


class Call:
    """A request of the chat completions API."""

    __slots__ = (
        "_address",
        "_decoder",
        "_headers",
        "_include_headers",
        "_metadata",
        "_model_name",
        "_provider",
        "_schema",
        "_texts",
        "_watch",
        "ended",
        "payload",
        "read",
    )

    ended: BlockEnds | None
    """The blocks that the last event has ended; the reader of the events resets it."""
    read: Callable[[Any], ChatGenerationChunk | None]
    """Function that converts an event to a chunk of the answer, or None."""

    def __init__(
        self,
        payload: dict[str, Any],
        shape: Any,
        *,
        model_name: str,
        provider: str,
        include_headers: bool,
    ) -> None:
        """Create a request.

        Args:
            payload: The arguments for the SDK.
            shape: The requested `response_format`.
            model_name: The name of the model, used if the answer does not name one.
            provider: The provider that the metadata of messages names.
            include_headers: If true, the metadata includes the headers of the response.
        """
        self._model_name = model_name
        self._provider = provider
        self._include_headers = include_headers
        self._metadata = {"model_provider": self._provider}
        self._decoder: Any = self._new_decoder()
        self._watch: StreamWatch | None = None
        self.ended: BlockEnds | None = None
        self.payload = payload
        self._headers: dict[str, Any] = {}
        self._address = ""
        self._schema = shape if is_model_class(shape) else None
        self._texts: list[str] = []
        self.read = self._reader()
        if self._schema is not None:
            self.read = self._kept(self.read)

    def _new_decoder(self) -> Any:
        return ChatDecoder()

    def _decode(self, event: Any) -> Any:
        """Return the deltas of an event, and note the blocks that it ends."""
        deltas = self._decoder.decode(event)
        ended = ends_of(deltas)
        if ended is not None:
            self.ended = ended
        return deltas

    def _reader(self) -> Callable[[Any], ChatGenerationChunk | None]:
        decode, metadata = self._decode, self._metadata

        def read(event: Any) -> ChatGenerationChunk | None:
            text = text_of(event)
            if text is not None:
                return ChatGenerationChunk(message=AIMessageChunk(text, response_metadata=metadata))
            # an event without choices is about the request, not part of the message
            known = metadata if fields_of(event).get("choices") else {}
            message, info = to_message_and_info(decode(event), known, blocks=False)
            if message is None:
                return None
            if not info:
                return ChatGenerationChunk(message=message)
            return ChatGenerationChunk(message=message, generation_info=info)

        return read

    def message_reader(self) -> Callable[[Any], AIMessageChunk | None]:
        """Return a function that converts an event to a message with the facts as metadata.

        Call it after the request has been sent.
        """
        read = self.read
        if self._schema is not None or self._include_headers:
            return lambda event: _message_of(read(event))
        return self._short_reader(read)

    def _short_reader(
        self, read: Callable[[Any], ChatGenerationChunk | None]
    ) -> Callable[[Any], AIMessageChunk | None]:
        metadata = self._metadata

        def read_message(event: Any) -> AIMessageChunk | None:
            text = text_of(event)
            if text is not None:
                return AIMessageChunk(text, response_metadata=metadata)
            return _message_of(read(event))

        return read_message

    def _kept(
        self, read: Callable[[Any], ChatGenerationChunk | None]
    ) -> Callable[[Any], ChatGenerationChunk | None]:
        """Wrap a reader so that it keeps the text, which is parsed at the end."""

        def keeping(event: Any) -> ChatGenerationChunk | None:
            chunk = read(event)
            if chunk is not None:
                self._texts.append(chunk.text)
            return chunk

        return keeping

    def _create(self, client: Any) -> Any:
        """Return the resource of the SDK's client that sends the request."""
        return client.chat.completions

    def stream(self, client: Any) -> Any:
        """Send the request and return the events of the answer."""
        events = self.send(client)
        self._watch = StreamWatch(events)
        return events

    async def astream(self, client: Any) -> Any:
        """Async version of `stream`."""
        events = await self.asend(client)
        self._watch = StreamWatch(events)
        return events

    def check_end(self, *, is_empty: bool) -> None:
        """Check that the stream was a whole answer.

        Raises:
            ModelStreamError: If the stream contained no answer.
            ModelConnectionError: If the stream ended before the answer did.
        """
        if self._watch is not None:
            if is_empty:
                raise self._watch.empty_error()
            self._watch.check_end(self._decoder.close())

    def send(self, client: Any) -> Any:
        """Send the request and return the whole answer or its events."""
        where = self._create(client)
        self._address = str(getattr(client, "base_url", ""))
        if not self._include_headers:
            return where.create(**self.payload)
        response = where.with_raw_response.create(**self.payload)
        return self._with_headers(response)

    async def asend(self, client: Any) -> Any:
        """Async version of `send`."""
        where = self._create(client)
        self._address = str(getattr(client, "base_url", ""))
        if not self._include_headers:
            return await where.create(**self.payload)
        response = await where.with_raw_response.create(**self.payload)
        return self._with_headers(response)

    def _with_headers(self, response: Any) -> Any:
        self._headers = {"headers": dict(response.headers)}
        read, self.read = self.read, self.read

        def first(event: Any) -> ChatGenerationChunk | None:
            chunk = read(event)
            if chunk is not None and self._headers:
                chunk.generation_info = {**self._headers, **(chunk.generation_info or {})}
                self._headers = {}
            return chunk

        self.read = first
        return response.parse()

    def last(self) -> ChatGenerationChunk | None:
        """Return the chunk after the last event: the parsed object, if one was requested."""
        parsed = self._parsed("".join(self._texts))
        if parsed is None:
            return None
        return ChatGenerationChunk(message=self._saying(parsed))

    def _saying(self, parsed: Any) -> AIMessageChunk:
        return AIMessageChunk("", additional_kwargs={"parsed": parsed})

    def _parsed(self, text: str) -> Any:
        """Return the instance in a text, or None: code that needs one raises its own error."""
        if self._schema is None or not text:
            return None
        try:
            return self._schema.model_validate_json(text)
        except ValidationError:
            return None

    def result(self, answer: Any) -> ChatResult:
        """Convert a whole answer to a result."""
        result = result_of_completion(
            answer,
            model=self._model_name,
            provider=self._provider,
            info=self._headers,
            address=self._address,
        )
        if self.payload.get("response_format") is not None:
            for generation in result.generations:
                parsed = self._parsed(generation.text)
                generation.message.additional_kwargs["parsed"] = parsed
        return result


class ResponseCall(Call):
    """A request of the responses API."""

    __slots__ = ()

    def _new_decoder(self) -> Any:
        return ResponsesDecoder(self._provider)

    def _reader(self) -> Callable[[Any], ChatGenerationChunk | None]:
        read = self._read_message

        def reading(event: Any) -> ChatGenerationChunk | None:
            message = read(event)
            return None if message is None else ChatGenerationChunk(message=message)

        return reading

    def _read_message(self, event: Any) -> AIMessageChunk | None:
        found = self._decoder.text(event)
        if found is not None:
            text, index = found
            block = {"type": "text", "text": text, "index": index}
            return AIMessageChunk([block], response_metadata=self._metadata)
        message = to_message(self._decode(event), self._metadata, blocks=True)
        if message is not None and message.chunk_position:
            self._end(message)
        return message

    def _short_reader(
        self, read: Callable[[Any], ChatGenerationChunk | None]
    ) -> Callable[[Any], AIMessageChunk | None]:
        return self._read_message

    def _create(self, client: Any) -> Any:
        return client.responses

    def _end(self, message: AIMessageChunk) -> None:
        parsed = self._parsed("".join(self._texts))
        if parsed is not None:
            message.additional_kwargs = {"parsed": parsed}

    def last(self) -> ChatGenerationChunk | None:
        """Return None: the last event's chunk has the parsed object."""
        return None

    def result(self, answer: Any) -> ChatResult:
        """Convert a whole answer to a result."""
        result = result_of_response(
            answer, provider=self._provider, info=self._headers, address=self._address
        )
        if self._schema is not None:
            message = result.generations[0].message
            parsed = self._parsed(str(message.text))
            if parsed is not None:
                message.additional_kwargs["parsed"] = parsed
        return result


def _message_of(chunk: ChatGenerationChunk | None) -> AIMessageChunk | None:
    """Return the message of a chunk, with the provider's facts as metadata."""
    if chunk is None:
        return None
    message: Any = chunk.message
    if chunk.generation_info:
        message.response_metadata = said(chunk)
    return message  # type: ignore[no-any-return]


def combined_outputs(outputs: list[dict[str, Any] | None], model: str) -> dict[str, Any]:
    """Combine the provider's facts about several answers; tokens are summed.

    Args:
        outputs: The facts about each answer; None for streamed answers.
        model: The name of the model.

    Returns:
        `token_usage`, `model_name` and, if known, `system_fingerprint`.
    """
    known = [output for output in outputs if output is not None]
    usage: dict[str, Any] = {}
    for output in known:
        usage = _summed(usage, output.get("token_usage") or {})
    combined: dict[str, Any] = {"token_usage": usage, "model_name": model}
    for output in known:
        if output.get("system_fingerprint"):
            combined.setdefault("system_fingerprint", output["system_fingerprint"])
    return combined


def _summed(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    total = dict(left)
    for name, value in right.items():
        if isinstance(value, Mapping):
            total[name] = _summed(total.get(name) or {}, value)
        elif isinstance(value, (int, float)):
            total[name] = (total.get(name) or 0) + value
    return total
