"""The run tree, and observers of whole runs.

Each execution of a runnable is a run. Handlers are notified of each event. An observer is asked
once, when a run starts, whether to watch it, and returns a sink, which receives the chunks and the
end of the run. Event streams and the run log are observers: runs that they filter out cost nothing
after the start.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from headrace.callbacks.base import BaseCallbackHandler

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["Described", "Pressure", "Run", "RunObserver", "RunSink", "described"]

Described: TypeAlias = "dict[str, Any] | Callable[[], dict[str, Any]] | None"
"""The serialized form of a runnable, or a function that returns it when needed."""


def described(serialized: Described) -> dict[str, Any] | None:
    """Return the serialized form, and call the function if it is one."""
    return serialized() if callable(serialized) else serialized


class Pressure(Protocol):
    """Backpressure from a sink with a slow reader. The producer waits for it."""

    def __await__(self) -> Generator[Any, None, None]:
        """Wait until there is room, in asynchronous code."""
        ...

    def block(self) -> None:
        """Wait until there is room, in synchronous code; never where that would block a reader."""
        ...


class Run:
    """A single execution of a runnable.

    Attributes:
        id: Which run this is.
        parent_id: The id of the parent run, or None for a root.
        name: The name of the runnable.
        kind: `chain`, `prompt`, `parser`, `llm`, `chat_model`, `tool` or `retriever`.
        tags: Tags.
        metadata: Metadata.
        extra: Other arguments of the start event.
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
        """The serialized form of the runnable, or None."""
        return described(self._serialized)

    def __repr__(self) -> str:
        return f"Run({self.name!r}, kind={self.kind!r}, id={self.id})"


class RunSink:
    """Receiver of the chunks and the end of one run, called in the run's thread; it must not block.

    Declined data costs nothing: chunks are not passed, and inputs and outputs that no other sink
    needs are not added up.

    Attributes:
        streams: If true, it receives the chunks.
        results: If true, it receives the complete output and input; otherwise only the end of the
            run.
        inputs: If true, it receives the complete input of a run with streamed input.
        wants_tokens: If true, models stream even for `invoke`, so that this receives their chunks.
    """

    __slots__ = ()

    streams: bool = True
    results: bool = True
    inputs: ClassVar[bool] = True
    wants_tokens: ClassVar[bool] = True

    def streamed(self, chunk: Any) -> Pressure | None:
        """Receive a chunk of the output.

        Returns:
            Backpressure that the producer waits for; usually None.
        """
        return None

    def chunk_receiver(self) -> Callable[[Any], Pressure | None]:
        """Return the function to call for each chunk: `streamed`, or an equivalent."""
        return self.streamed

    def ended(self, outputs: Any, inputs: Any = None) -> None:
        """Receive the end of the run.

        Args:
            outputs: The complete output.
            inputs: The complete input, if it was streamed.
        """

    def failed(self, error: BaseException, inputs: Any = None, outputs: Any = None) -> None:
        """Receive the failure of the run, or its close before the end.

        Args:
            error: The error.
            inputs: The input so far, if it was streamed.
            outputs: The output so far, of a model.
        """


class RunObserver(BaseCallbackHandler):
    """A handler that watches runs as wholes.

    It goes where handlers go, into `callbacks`, and is inherited as they are.

    Attributes:
        watches_streams: Whether its sinks may request chunks.
    """

    run_inline = True
    watches_streams: bool = True

    def run_started(self, run: Run, inputs: Any) -> RunSink | None:
        """Return a sink for a run that starts, or None.

        Args:
            run: The run.
            inputs: The input; `{"input": ""}` if it is streamed.

        Returns:
            The sink of the run, or None to skip the run.
        """
        raise NotImplementedError
