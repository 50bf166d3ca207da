"""The log of a run: its patches, and what they add up to."""

from __future__ import annotations

from pprint import pformat
from typing import Any

from typing_extensions import NotRequired, TypedDict

from headrace.events.patch import apply

__all__ = ["LogEntry", "RunLog", "RunLogPatch", "RunState"]


class LogEntry(TypedDict):
    """What the log says of a run below the root."""

    id: str
    """Which run it is."""
    name: str
    """What the runnable is called."""
    type: str
    """Its kind: `chain`, `llm`, `prompt` and so on."""
    tags: list[str]
    """Its labels."""
    metadata: dict[str, Any]
    """Facts about it."""
    start_time: str
    """When it began: ISO 8601, in UTC."""
    streamed_output_str: list[str]
    """The tokens of a model."""
    streamed_output: list[Any]
    """The chunks of its output."""
    inputs: NotRequired[Any]
    """Its input."""
    final_output: Any
    """Its whole output, once it has ended."""
    end_time: str | None
    """When it ended; None before."""


class RunState(TypedDict):
    """What the log says."""

    id: str
    """The root's id."""
    streamed_output: list[Any]
    """The chunks of the root's output."""
    final_output: Any
    """Their sum so far."""
    name: str
    """What the root is called."""
    type: str
    """Its kind."""
    logs: dict[str, LogEntry]
    """The runs below it by their names, with `:2` and so on where a name is there already."""


class RunLogPatch:
    """A change of the log.

    Attributes:
        ops: JSON patch operations (RFC 6902) on the `RunState`.
    """

    __slots__ = ("ops",)

    ops: list[dict[str, Any]]

    def __init__(self, *ops: dict[str, Any]) -> None:
        """Change the log by `ops`."""
        self.ops = list(ops)

    def __add__(self, other: Any) -> RunLog:
        """Give the log that this and another patch make, from nothing."""
        if type(other) is not RunLogPatch:
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'"
            )
        ops = self.ops + other.ops
        return RunLog(*ops, state=apply(None, ops))

    def __repr__(self) -> str:
        return f"RunLogPatch({pformat(self.ops)[1:-1]})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunLogPatch) and self.ops == other.ops

    __hash__ = None  # type: ignore[assignment]


class _Shared:
    """Operations that several logs begin with: the newest log appends, an older one copies."""

    __slots__ = ("ops",)

    def __init__(self, ops: list[dict[str, Any]]) -> None:
        self.ops = ops


class RunLog(RunLogPatch):
    """The log as it is after some patches.

    Attributes:
        state: What it says.
    """

    __slots__ = ("_count", "_shared", "state")

    def __init__(self, *ops: dict[str, Any], state: RunState | None) -> None:
        """Make a log of `state`, which `ops` led to."""
        self._shared = _Shared(list(ops))
        self._count = len(ops)
        self.state: RunState = state  # type: ignore[assignment]

    @property
    def ops(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The operations that led here."""
        return self._shared.ops[: self._count]

    def __add__(self, other: Any) -> RunLog:
        """Give the log after another patch. It shares with this one what the patch leaves alone."""
        if type(other) is not RunLogPatch:
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'"
            )
        state = apply(self.state, other.ops)
        after = RunLog(state=state)
        shared = self._shared
        if len(shared.ops) != self._count:
            shared = _Shared(self.ops)
        shared.ops.extend(other.ops)
        after._shared = shared
        after._count = self._count + len(other.ops)
        return after

    def __reduce__(self) -> tuple[Any, ...]:
        return _log_of, (self.ops, self.state)

    def __repr__(self) -> str:
        return f"RunLog({pformat(self.state)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunLog) and self.state == other.state and self.ops == other.ops

    __hash__ = None


def _log_of(ops: list[dict[str, Any]], state: RunState | None) -> RunLog:
    """Make a log of what `pickle` and `copy` kept of one."""
    return RunLog(*ops, state=state)
