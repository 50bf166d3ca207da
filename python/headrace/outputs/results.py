"""`LLMResult` and `ChatResult`: all answers of a call."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from headrace.outputs.chat_generation import ChatGeneration, ChatGenerationChunk
from headrace.outputs.generation import Generation, GenerationChunk

__all__ = ["ChatResult", "LLMResult", "RunInfo"]


class RunInfo(BaseModel):
    """Which run made an answer."""

    model_config = ConfigDict(defer_build=True)

    run_id: UUID
    """The run."""


class ChatResult(BaseModel):
    """The answers of a chat model to one input."""

    model_config = ConfigDict(defer_build=True)

    generations: list[ChatGeneration]
    """The candidates; most providers give one."""

    llm_output: dict[str, Any] | None = None
    """What the provider said beside the answers."""


class LLMResult(BaseModel):
    """The answers of a model to a list of inputs."""

    model_config = ConfigDict(defer_build=True)

    generations: list[list[Generation | ChatGeneration | GenerationChunk | ChatGenerationChunk]]
    """For each input its candidates."""

    llm_output: dict[str, Any] | None = None
    """What the provider said beside the answers."""

    run: list[RunInfo] | None = None
    """The run of each input."""

    type: Literal["LLMResult"] = "LLMResult"
    """What this is, for whoever reads it from JSON."""

    def flatten(self) -> list[LLMResult]:
        """Give each input's answers as a result of its own.

        The first has the token usage of all; that of the others is empty, so that a sum is right.

        Returns:
            A result for each input.
        """
        results = []
        for i, candidates in enumerate(self.generations):
            output = self.llm_output
            if i > 0 and output is not None:
                output = deepcopy(output)
                output["token_usage"] = {}
            results.append(LLMResult(generations=[candidates], llm_output=output))
        return results

    def __eq__(self, other: object) -> bool:
        """Whether both have the same answers and output; which runs made them does not count."""
        if not isinstance(other, LLMResult):
            return NotImplemented
        return self.generations == other.generations and self.llm_output == other.llm_output

    __hash__ = None  # type: ignore[assignment]
