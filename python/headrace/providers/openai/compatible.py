"""Chat models of OpenAI-compatible servers: the same class with other addresses and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from headrace.providers.openai.base import BaseChatOpenAI
from headrace.providers.openai.servers import SERVERS, Server

__all__ = [
    "ChatDeepSeek",
    "ChatFireworks",
    "ChatGroq",
    "ChatMistralAI",
    "ChatOllama",
    "ChatTogether",
    "ChatVLLM",
    "ChatXAI",
]


class _Compatible(BaseChatOpenAI):
    """Base class of chat models of other servers."""

    @property
    def _llm_type(self) -> str:
        return f"{self.server.name}-chat"

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """The key, with its environment variable."""
        return {"openai_api_key": self.server.key_variables[0]}


class ChatDeepSeek(_Compatible):
    """A chat model of DeepSeek; the reasoning is in `additional_kwargs["reasoning_content"]`."""

    server: ClassVar[Server] = SERVERS["deepseek"]


class ChatFireworks(_Compatible):
    """A chat model of Fireworks."""

    server: ClassVar[Server] = SERVERS["fireworks"]


class ChatGroq(_Compatible):
    """A chat model of Groq."""

    server: ClassVar[Server] = SERVERS["groq"]


class ChatMistralAI(_Compatible):
    """A chat model of Mistral."""

    server: ClassVar[Server] = SERVERS["mistral"]


class ChatOllama(_Compatible):
    """A chat model on an Ollama server; its address can be set in `OLLAMA_BASE_URL`."""

    server: ClassVar[Server] = SERVERS["ollama"]


class ChatTogether(_Compatible):
    """A chat model of Together."""

    server: ClassVar[Server] = SERVERS["together"]


class ChatVLLM(_Compatible):
    """A chat model on a vLLM server; its address can be set in `VLLM_API_BASE`."""

    server: ClassVar[Server] = SERVERS["vllm"]


class ChatXAI(_Compatible):
    """A chat model of xAI; the reasoning is in `additional_kwargs["reasoning_content"]`."""

    server: ClassVar[Server] = SERVERS["xai"]
