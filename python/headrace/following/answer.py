"""The answer of a model so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from typing_extensions import deprecated

from headrace.json import JsonStreamError, PartialJsonParser

if TYPE_CHECKING:
    from headrace.messages import UsageMetadata

__all__ = ["LiveAnswer", "LiveToolCall", "ParserOptions"]


class ParserOptions(TypedDict, total=False):
    """Options for values of incomplete JSON; see `PartialJsonParser`."""

    numbers: Literal["partial", "complete"]
    """Whether to include a number before it is complete."""
    strings: Literal["partial", "complete"]
    """Whether to include a string before it is complete."""


class LiveText:
    """A text that grows. It is joined when you read it, and the joined text is kept."""

    __slots__ = ("_new", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._new: list[str] = []

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._new.append(piece)

    @property
    def value(self) -> str:
        """The text so far."""
        if self._new:
            self._text += "".join(self._new)
            self._new.clear()
        return self._text


class LiveJson:
    """A JSON text that grows, parsed as far as it has arrived.

    Pieces are kept until you read the value, and each is parsed once.
    """

    __slots__ = ("_ended", "_new", "_parser", "error")

    def __init__(self, parser: PartialJsonParser) -> None:
        self._parser = parser
        self._new: list[str] = []
        self._ended = False
        self.error: JsonStreamError | None = None

    def add(self, piece: str) -> None:
        """Append a piece."""
        self._new.append(piece)

    @property
    def value(self) -> Any:
        """The value so far, read-only; None before it starts."""
        if self._new:
            self._parser.feed("".join(self._new))
            self._new.clear()
        return self._parser.value

    def end(self) -> None:
        """Check that the text is a whole document; set `error` if it is not."""
        if not self._ended:
            self._ended = True
            try:
                _ = self.value
                self._parser.close()
            except JsonStreamError as error:
                self.error = error


class LiveToolCall:
    """A tool call, as far as it has arrived.

    Attributes:
        id: The id of the call.
        name: The name of the tool.
        complete: Whether the arguments are complete.
        is_json: Whether the arguments are JSON; OpenAI's custom tools take any text.
    """

    __slots__ = ("_given", "_json", "_options", "_text", "complete", "id", "is_json", "name")

    def __init__(
        self,
        id: str | None,
        name: str | None,
        options: ParserOptions,
        *,
        is_json: bool = True,
        given: dict[str, Any] | None = None,
    ) -> None:
        """Create a call.

        Args:
            id: The id of the call.
            name: The name of the tool.
            options: Options for incomplete arguments.
            is_json: Whether the arguments are JSON.
            given: Arguments that arrived in one piece.
        """
        self.id = id
        self.name = name
        self.complete = False
        self.is_json = is_json
        self._given = given or {}
        self._options = options
        self._text = LiveText()
        self._json = self._begun()

    def _begun(self) -> LiveJson | None:
        if not self.is_json:
            return None
        return LiveJson(PartialJsonParser(fences=False, **self._options))

    def __repr__(self) -> str:
        state = "complete" if self.complete else "going on"
        return f"LiveToolCall({self.name!r}, {self.arguments!r}, {state})"

    @property
    def arguments(self) -> Any:
        """The parsed arguments so far, read-only.

        A dictionary, empty before the arguments start; for a custom tool, their text. If the
        complete arguments are not valid JSON, the part that could be parsed; see `error`.
        """
        if self._json is None:
            return self._text.value
        value = self._json.value
        return self._given if value is None else value

    @property
    def text(self) -> str:
        """The text of the arguments so far."""
        return self._text.value

    @property
    def error(self) -> JsonStreamError | None:
        """The error in complete arguments that are not JSON; None if valid or incomplete."""
        return None if self._json is None else self._json.error

    def add(self, piece: str) -> None:
        """Add to the text of the arguments."""
        if piece:
            if self.complete:  # the start of another call was taken for the end of this one
                self.complete = False
                self._json = self._begun()
                if self._json is not None:
                    self._json.add(self._text.value)
            self._text.add(piece)
            if self._json is not None:
                self._json.add(piece)

    def end(self) -> None:
        """Mark the arguments as complete."""
        if not self.complete:
            self.complete = True
            if self._json is not None and (self._json.value is not None or self._text.value):
                self._json.end()


class LiveAnswer:
    """The answer of a model so far.

    Attributes:
        tool_calls: The tool calls, in the order in which they started.
        delta: The text that the last event added.
        stop_reason: The provider's reason why the model stopped; None while it continues.
        usage: The token counts, as the provider's SDK returns them; None before they arrive.
        usage_metadata: The same counts under the names that messages use; None until the answer
            ends.
    """

    __slots__ = (
        "_options",
        "_output",
        "_reasoning",
        "_refusal",
        "_text",
        "delta",
        "stop_reason",
        "tool_calls",
        "usage",
        "usage_metadata",
    )

    def __init__(self, options: ParserOptions) -> None:
        """Create an answer.

        Args:
            options: Options for incomplete JSON.
        """
        self._options = options
        self._text = LiveText()
        self._reasoning = LiveText()
        self._refusal = LiveText()
        self._output = LiveJson(PartialJsonParser(**options))
        self.tool_calls: list[LiveToolCall] = []
        self.delta = ""
        self.stop_reason: str | None = None
        self.usage: Any = None
        self.usage_metadata: UsageMetadata | None = None

    def __repr__(self) -> str:
        return f"LiveAnswer({self.text!r}, tool_calls={self.tool_calls!r})"

    @property
    def text(self) -> str:
        """The text so far."""
        return self._text.value

    @property
    def reasoning(self) -> str:
        """The model's reasoning so far, as far as the provider reveals it."""
        return self._reasoning.value

    @property
    def refusal(self) -> str:
        """The text of the model's refusal so far; empty if it does not refuse."""
        return self._refusal.value

    @property
    def output(self) -> Any:
        """The text so far, parsed as JSON; read-only.

        A code fence around the JSON, and text before the fence, are skipped. None before the JSON
        starts.
        """
        return self._output.value

    @property
    def output_error(self) -> JsonStreamError | None:
        """The error if the complete text is not JSON; None if it is, or before the answer ends."""
        if self.stop_reason is not None:
            self._output.end()
        return self._output.error

    def add_text(self, piece: str) -> None:
        """Add to the text."""
        self.delta += piece
        self._text.add(piece)
        self._output.add(piece)

    def add_reasoning(self, piece: str) -> None:
        """Add to the reasoning."""
        self._reasoning.add(piece)

    def add_refusal(self, piece: str) -> None:
        """Add to the refusal."""
        self._refusal.add(piece)

    @deprecated("use `add_text`")
    def say(self, piece: str) -> None:
        """Add to the text."""
        self.add_text(piece)

    @deprecated("use `add_reasoning`")
    def reason(self, piece: str) -> None:
        """Add to the reasoning."""
        self.add_reasoning(piece)

    @deprecated("use `add_refusal`")
    def refuse(self, piece: str) -> None:
        """Add to the refusal."""
        self.add_refusal(piece)

    def call(
        self,
        id: str | None,
        name: str | None,
        *,
        is_json: bool = True,
        given: dict[str, Any] | None = None,
    ) -> LiveToolCall:
        """Add a tool call to the answer; see `LiveToolCall`."""
        begun = LiveToolCall(id, name, self._options, is_json=is_json, given=given)
        self.tool_calls.append(begun)
        return begun

    def end(self) -> None:
        """Mark all tool calls as complete."""
        for call in self.tool_calls:
            call.end()
