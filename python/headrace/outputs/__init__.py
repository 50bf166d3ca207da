"""Outputs of models: generations, with metadata of the provider."""

from headrace.outputs.chat_generation import ChatGeneration, ChatGenerationChunk
from headrace.outputs.generation import Generation, GenerationChunk
from headrace.outputs.results import ChatResult, LLMResult, RunInfo

__all__ = [
    "ChatGeneration",
    "ChatGenerationChunk",
    "ChatResult",
    "Generation",
    "GenerationChunk",
    "LLMResult",
    "RunInfo",
]
