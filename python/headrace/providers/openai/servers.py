"""The OpenAI-compatible servers, with their addresses and differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["SERVERS", "Server"]


@dataclass(frozen=True)
class Server:
    """An OpenAI-compatible server."""

    name: str
    """The name for tracing: `ls_provider`."""

    base_url: str | None
    """The URL, unless an argument or a variable sets another; None for the SDK's default."""

    key_variables: tuple[str, ...]
    """The environment variables for its key."""

    url_variables: tuple[str, ...] = ()
    """The environment variables for its URL."""

    needs_key: bool = True
    """Whether it requires a key."""

    stream_usage: bool = True
    """Whether it returns the token counts of a stream on request."""

    provider: str = ""
    """The name in messages, `model_provider`, if different from `name`."""

    path: str = ""
    """The path of the API, which is added to a URL without a path."""

    reasoning_field: str = ""
    """The field in which the reasoning before a tool call goes back; empty if it does not."""

    blocks: tuple[str, ...] = ()
    """The types of content blocks that it takes in answers, in addition to OpenAI's."""

    @property
    def model_provider(self) -> str:
        """The name in messages."""
        return self.provider or self.name

    def renamed(self, values: dict[str, Any]) -> dict[str, Any]:
        """Rename the key and URL arguments that LangChain's class for the server has.

        Args:
            values: The arguments of a model, such as `groq_api_key`.

        Returns:
            The arguments, with the names that all servers share.
        """
        names = {variable.lower(): "api_key" for variable in self.key_variables}
        names.update({variable.lower(): "base_url" for variable in self.url_variables})
        names["api_base"] = "base_url"
        own = names.keys() & values.keys() - {"openai_api_key", "openai_api_base"}
        if not own:
            return values
        kept = {name: value for name, value in values.items() if name not in own}
        return {**{names[name]: values[name] for name in own}, **kept}


SERVERS: dict[str, Server] = {
    server.name: server
    for server in (
        Server(
            "openai",
            None,
            ("OPENAI_API_KEY",),
            ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
        ),
        Server(
            "azure",
            None,
            ("AZURE_OPENAI_API_KEY", "OPENAI_API_KEY"),
            needs_key=False,
            provider="openai",
        ),
        Server(
            "deepseek",
            "https://api.deepseek.com/v1",
            ("DEEPSEEK_API_KEY",),
            ("DEEPSEEK_API_BASE",),
            # It refuses a turn with tool calls whose reasoning is missing.
            reasoning_field="reasoning_content",
        ),
        Server(
            "fireworks",
            "https://api.fireworks.ai/inference/v1",
            ("FIREWORKS_API_KEY",),
            ("FIREWORKS_API_BASE",),
            reasoning_field="reasoning_content",
        ),
        Server(
            "groq",
            "https://api.groq.com/openai/v1",
            ("GROQ_API_KEY",),
            ("GROQ_API_BASE",),
            reasoning_field="reasoning",
        ),
        Server(
            "mistral",
            "https://api.mistral.ai/v1",
            ("MISTRAL_API_KEY",),
            ("MISTRAL_BASE_URL",),
            # it always returns the counts, and refuses the parameter that requests them
            stream_usage=False,
            provider="mistralai",
            blocks=("thinking", "reference"),
        ),
        Server(
            "ollama",
            "http://localhost:11434/v1",
            ("OLLAMA_API_KEY",),
            ("OLLAMA_BASE_URL",),
            needs_key=False,
            path="/v1",
            reasoning_field="reasoning",
        ),
        Server(
            "together",
            "https://api.together.xyz/v1",
            ("TOGETHER_API_KEY",),
            ("TOGETHER_API_BASE",),
        ),
        Server(
            "vllm",
            "http://localhost:8000/v1",
            ("VLLM_API_KEY",),
            ("VLLM_API_BASE",),
            needs_key=False,
            path="/v1",
            reasoning_field="reasoning",
        ),
        Server(
            "xai",
            "https://api.x.ai/v1",
            ("XAI_API_KEY",),
            ("XAI_API_BASE",),
        ),
    )
}
"""The servers by name."""
