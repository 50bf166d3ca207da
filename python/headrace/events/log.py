"""The log of a run, and its patches."""

from __future__ import annotations

import copyreg
from pprint import pformat
from typing import Any

from typing_extensions import NotRequired, TypedDict

from headrace.events.patch import apply

__all__ = ["LogEntry", "RunLog", "RunLogPatch", "RunState"]


class LogEntry(TypedDict):
    """The log entry of a child run."""

    id: str
    """The id of the run."""
    name: str
    """The name of the runnable."""
    type: str
    """The type of the run: `chain`, `llm`, `prompt`, ..."""
    tags: list[str]
    """The tags of the run."""
    metadata: dict[str, Any]
    """The metadata of the run."""
    start_time: str
    """The start time: ISO 8601, in UTC."""
    streamed_output_str: list[str]
    """The tokens of a model, as strings."""
    streamed_output: list[Any]
    """The chunks of the output."""
    inputs: NotRequired[Any]
    """The input."""
    final_output: Any
    """The whole output, once the run has ended."""
    end_time: str | None
    """The end time; None while the run is active."""


class RunState(TypedDict):
    """The content of the log."""

    id: str
    """The id of the root run."""
    streamed_output: list[Any]
    """The chunks of the output of the root run."""
    final_output: Any
    """The sum of the chunks so far."""
    name: str
    """The name of the root."""
    type: str
    """The type of the root run."""
    logs: dict[str, LogEntry]
    """The child runs by name; repeated names get `:2` and so on."""


class RunLogPatch:
    """A change of the log.

    Attributes:
        ops: JSON patch operations (RFC 6902) on the `RunState`.
    """

    __slots__ = ("ops",)

    ops: list[dict[str, Any]]

    def __init__(self, *ops: dict[str, Any]) -> None:
        """Create a patch from its operations."""
        self.ops = list(ops)

    def __add__(self, other: Any) -> RunLog:
        """Return the log that results from this patch and another."""
        if type(other) is not RunLogPatch:
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(self)}' and '{type(other)}'"
            )
        ops = self.ops + other.ops
        return RunLog(*ops, state=apply(None, ops))

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return self.__reduce__()

    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg.__newobj__, (type(self),), {"ops": self.ops}  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a patch that headrace or LangChain has pickled."""
        self.ops = state["ops"]

    def __repr__(self) -> str:
        return f"RunLogPatch({pformat(self.ops)[1:-1]})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunLogPatch) and self.ops == other.ops

    __hash__ = None  # type: ignore[assignment]


class _Shared:
    """Operations shared by successive logs: the newest log appends, an older one copies."""

    __slots__ = ("ops",)

    def __init__(self, ops: list[dict[str, Any]]) -> None:
        self.ops = ops


class RunLog(RunLogPatch):
    """The log after some patches.

    Attributes:
        state: The content of the log.
    """

    __slots__ = ("_count", "_shared", "state")

    def __init__(self, *ops: dict[str, Any], state: RunState | None) -> None:
        """Create a log from its state and the operations that led to it."""
        self._shared = _Shared(list(ops))
        self._count = len(ops)
        self.state: RunState = state  # type: ignore[assignment]

    @property
    def ops(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The operations that led to this state."""
        return self._shared.ops[: self._count]

    def __add__(self, other: Any) -> RunLog:
        """Return the log after another patch; it shares the unchanged parts with this one."""
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
        return copyreg.__newobj__, (type(self),), {"ops": self.ops, "state": self.state}  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a log that headrace or LangChain has pickled."""
        RunLog.__init__(self, *state["ops"], state=state["state"])

    def __repr__(self) -> str:
        return f"RunLog({pformat(self.state)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunLog) and self.state == other.state and self.ops == other.ops

    __hash__ = None
