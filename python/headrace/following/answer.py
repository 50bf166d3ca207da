"""What a model has said so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

from typing_extensions import deprecated

from headrace.json import JsonStreamError, PartialJsonParser

if TYPE_CHECKING:
    from headrace.messages import UsageMetadata

__all__ = ["LiveAnswer", "LiveToolCall", "ParserOptions"]


class ParserOptions(TypedDict, total=False):
    """How JSON that is not complete is shown; see `PartialJsonParser`."""

    numbers: Literal["partial", "complete"]
    """Whether a number is shown before it has ended."""
    strings: Literal["partial", "complete"]
    """Whether a string is shown before it has ended."""


class LiveText:
    """A text that grows. It is put together when it is read, and what was read is kept."""

    __slots__ = ("_new", "_text")

    def __init__(self) -> None:
        self._text = ""
        self._new: list[str] = []

    def add(self, piece: str) -> None:
        """Add to its end."""
        self._new.append(piece)

    @property
    def value(self) -> str:
        """The text so far."""
        if self._new:
            self._text += "".join(self._new)
            self._new.clear()
        return self._text


class LiveJson:
    """A JSON text that grows, parsed as far as it is there.

    Pieces are kept until somebody reads the value, and each is parsed once.
    """

    __slots__ = ("_ended", "_new", "_parser", "error")

    def __init__(self, parser: PartialJsonParser) -> None:
        self._parser = parser
        self._new: list[str] = []
        self._ended = False
        self.error: JsonStreamError | None = None

    def add(self, piece: str) -> None:
        """Add to its end."""
        self._new.append(piece)

    @property
    def value(self) -> Any:
        """The value so far, not to be changed; None while there is none."""
        if self._new:
            self._parser.feed("".join(self._new))
            self._new.clear()
        return self._parser.value

    def end(self) -> None:
        """Check that the text is a whole document; `error` says where it is not."""
        if not self._ended:
            self._ended = True
            try:
                _ = self.value
                self._parser.close()
            except JsonStreamError as error:
                self.error = error


class LiveToolCall:
    """A call of a tool, as far as it has come.

    Attributes:
        id: What the provider calls it by.
        name: The tool.
        complete: Whether its arguments have ended.
        is_json: Whether the arguments are JSON; those of OpenAI's custom tools are any text.
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
        """Begin a call.

        Args:
            id: What the provider calls it by.
            name: The tool.
            options: How arguments that are not complete are shown.
            is_json: Whether the arguments are JSON.
            given: Arguments that came whole.
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
        """The arguments so far, parsed: read them, do not change them.

        A dictionary, empty while there is nothing; for a custom tool the text. Once they are
        complete and no JSON, what could be read of them, and `error` says why.
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
        """Why complete arguments are no JSON; None where they are, or are not complete yet."""
        return None if self._json is None else self._json.error

    def add(self, piece: str) -> None:
        """Add to the text of the arguments."""
        if piece:
            if self.complete:  # another call had begun, which was taken for the end of this one
                self.complete = False
                self._json = self._begun()
                if self._json is not None:
                    self._json.add(self._text.value)
            self._text.add(piece)
            if self._json is not None:
                self._json.add(piece)

    def end(self) -> None:
        """Say that the arguments have ended."""
        if not self.complete:
            self.complete = True
            if self._json is not None and (self._json.value is not None or self._text.value):
                self._json.end()


class LiveAnswer:
    """What a model has said so far.

    Attributes:
        tool_calls: The calls of tools, in the order in which they began.
        delta: What the last event added to the text.
        stop_reason: Why the model stopped, in the provider's word; None while it goes on.
        usage: The token counts as the provider's SDK has them; None if there are none yet.
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
        """Begin an answer.

        Args:
            options: How JSON that is not complete is shown.
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
        """What the provider shows of the model's reasoning so far."""
        return self._reasoning.value

    @property
    def refusal(self) -> str:
        """Why the model refuses, so far; empty where it does not."""
        return self._refusal.value

    @property
    def output(self) -> Any:
        """The text so far, parsed as JSON: read it, do not change it.

        A fence around it, and words before that, are skipped. None while there is nothing.
        """
        return self._output.value

    @property
    def output_error(self) -> JsonStreamError | None:
        """Why the text is no JSON, once the answer has ended; None before, and where it is."""
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
        """Begin a call of a tool; see `LiveToolCall`."""
        begun = LiveToolCall(id, name, self._options, is_json=is_json, given=given)
        self.tool_calls.append(begun)
        return begun

    def end(self) -> None:
        """Say that all has been said."""
        for call in self.tool_calls:
            call.end()
