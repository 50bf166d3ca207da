"""`LLMResult` and `ChatResult`: all answers of a call."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from headrace.load.depth import DeepModel
from headrace.outputs.chat_generation import ChatGeneration, ChatGenerationChunk
from headrace.outputs.generation import Generation, GenerationChunk

__all__ = ["ChatResult", "LLMResult", "RunInfo"]


class RunInfo(BaseModel):
    """The run that produced a result."""

    model_config = ConfigDict(defer_build=True)

    run_id: UUID
    """The id of the run."""


class ChatResult(DeepModel):
    """The result of a chat model for one input."""

    model_config = ConfigDict(defer_build=True)

    generations: list[ChatGeneration]
    """The generations; most providers return one."""

    llm_output: dict[str, Any] | None = None
    """Other output of the provider."""


class LLMResult(DeepModel):
    """The result of a model for a list of inputs."""

    model_config = ConfigDict(defer_build=True)

    generations: list[list[Generation | ChatGeneration | GenerationChunk | ChatGenerationChunk]]
    """The generations, one list for each input."""

    llm_output: dict[str, Any] | None = None
    """Other output of the provider."""

    run: list[RunInfo] | None = None
    """The run of each input."""

    type: Literal["LLMResult"] = "LLMResult"
    """The type of the object, for JSON."""

    def flatten(self) -> list[LLMResult]:
        """Split the result into one for each input.

        The first keeps the token usage of all inputs; the others have none, so that a sum is right.

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
        """Compare generations and output, but not the runs."""
        if not isinstance(other, LLMResult):
            return NotImplemented
        return self.generations == other.generations and self.llm_output == other.llm_output

    __hash__ = None  # type: ignore[assignment]
