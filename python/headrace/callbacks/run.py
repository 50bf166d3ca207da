"""The run tree, and whoever watches whole runs of it.

Every execution of a runnable is a run. Handlers hear of runs event by event; an observer is asked
once, when a run starts, whether it wants to watch it, and answers with a sink, which then gets what
the run streams and how it ends. The event streams and the log are observers: what they filter out
costs nothing after the start of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from headrace.callbacks.base import BaseCallbackHandler

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["Described", "Pressure", "Run", "RunObserver", "RunSink", "described"]

Described: TypeAlias = "dict[str, Any] | Callable[[], dict[str, Any]] | None"
"""How the reference describes a runnable, or what finds that out once somebody wants to know."""


def described(serialized: Described) -> dict[str, Any] | None:
    """Give a description that may be yet to be made."""
    return serialized() if callable(serialized) else serialized


class Pressure(Protocol):
    """What a sink answers with when its reader does not keep up; the producer then waits."""

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until there is room, in asynchronous code."""
        ...

    def block(self) -> None:
        """Wait until there is room, in synchronous code; never where that would block a reader."""
        ...


class Run:
    """One execution of a runnable.

    Attributes:
        id: Which run this is.
        parent_id: The run that started it, None for a root.
        name: What the runnable is called.
        kind: `chain`, `prompt`, `parser`, `llm`, `chat_model`, `tool` or `retriever`.
        tags: Labels.
        metadata: Facts.
        extra: What else the start of the run said.
    """

    __slots__ = ("_serialized", "extra", "id", "kind", "metadata", "name", "parent_id", "tags")

    def __init__(
        self,
        id: UUID,
        parent_id: UUID | None,
        name: str,
        kind: str,
        tags: list[str],
        metadata: dict[str, Any],
        serialized: Described,
        extra: dict[str, Any],
    ) -> None:
        self.id = id
        self.parent_id = parent_id
        self.name = name
        self.kind = kind
        self.tags = tags
        self.metadata = metadata
        self._serialized = serialized
        self.extra = extra

    @property
    def serialized(self) -> dict[str, Any] | None:
        """How the reference describes the runnable, where it does."""
        return described(self._serialized)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, kind={self.kind!r}, id={self.id})"


class RunSink:
    """Gets what one run gives, inline, on the thread of the run: it must not wait.

    What it declines costs nothing: chunks are not shown, and inputs and outputs that only it would
    see are not added up.

    Attributes:
        streams: Whether it wants the chunks.
        results: Whether it wants to know the whole output and input, or only that the run has
            ended.
        inputs: Whether it wants to know the whole input, where that is streamed.
        wants_tokens: Whether a model that is asked for a whole answer should stream it, so that
            this hears of its parts.
    """

    __slots__ = ()

    streams: bool = True
    results: bool = True
    inputs: ClassVar[bool] = True
    wants_tokens: ClassVar[bool] = True

    def streamed(self, chunk: Any) -> Pressure | None:
        """The run gave a chunk of its output.

        Returns:
            What the producer is to wait for before it makes more; most often nothing.
        """
        return None

    def teller(self) -> Callable[[Any], Pressure | None]:
        """Give what a stream calls for each of its chunks: `streamed`, or what does the same."""
        return self.streamed

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """The run came to its end.

        Args:
            outputs: Its whole output.
            inputs: Its whole input, where that was streamed and so not known at the start.
        """

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """The run failed, or was closed before its end.

        Args:
            error: Why.
            inputs: Its input as far as it was known, where it was streamed.
            outputs: What a model had given until then.
        """


class RunObserver(BaseCallbackHandler):
    """A handler that watches runs as wholes.

    It goes where handlers go, into `callbacks`, and is inherited as they are.

    Attributes:
        watches_streams: Whether sinks that it gives may want chunks.
    """

    run_inline = True
    watches_streams: bool = True

    def run_started(self, run: Run, inputs: Any) -> RunSink | None:
        """Decide about a run that starts.

        Args:
            run: The run.
            inputs: Its input; `{"input": ""}` where that is streamed.

        Returns:
            Who gets what the run gives, or None where it is not to be watched.
        """
        raise NotImplementedError
