"""The known providers, and the provider that a model's name implies."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PROVIDERS", "Provider", "provider_and_model"]


class Provider(NamedTuple):
    """The location of a provider's chat model."""

    module: str
    chat_model: str
    prefixes: tuple[str, ...] = ()
    """Prefixes of its models' names, if no other provider has them."""


_OPENAI = "headrace.providers.openai"

PROVIDERS: dict[str, Provider] = {
    "anthropic": Provider("headrace.providers.anthropic", "ChatAnthropic", ("claude",)),
    "azure_openai": Provider(_OPENAI, "AzureChatOpenAI"),
    "deepseek": Provider(_OPENAI, "ChatDeepSeek", ("deepseek",)),
    "fireworks": Provider(_OPENAI, "ChatFireworks", ("accounts/fireworks",)),
    "groq": Provider(_OPENAI, "ChatGroq"),
    "mistralai": Provider(_OPENAI, "ChatMistralAI", ("mistral", "mixtral")),
    "ollama": Provider(_OPENAI, "ChatOllama"),
    "openai": Provider(
        _OPENAI, "ChatOpenAI", ("gpt-", "o1", "o3", "o4", "chatgpt", "text-davinci")
    ),
    "together": Provider(_OPENAI, "ChatTogether"),
    "vllm": Provider(_OPENAI, "ChatVLLM"),
    "xai": Provider(_OPENAI, "ChatXAI", ("grok",)),
}
"""The providers, by the names that `init_chat_model` takes."""

_ALIASES = {"azure": "azure_openai", "mistral": "mistralai"}


def provider_and_model(model: str, provider: str | None) -> tuple[str, str]:
    """Return the provider and the model that a name refers to.

    Args:
        model: The model: `"gpt-4o"`, or with its provider, `"openai:gpt-4o"`.
        provider: The provider. If None, it is taken from `model`: its prefix, or the known names.

    Returns:
        The provider's name in `PROVIDERS`, and the model without the provider.

    Raises:
        ValueError: If the provider is unknown; the message lists the known ones.
    """
    before, colon, behind = model.partition(":")
    if not provider and colon and _named(before) in PROVIDERS:
        provider, model = before, behind
    if not provider:
        lower = model.lower()
        for name, known in PROVIDERS.items():
            if lower.startswith(known.prefixes):
                return name, model
        raise ValueError(
            f"Unable to infer model provider for model={model!r}: give `model_provider`, or write "
            f"it before the model, as in 'openai:gpt-4o'. {_listed()}"
        )
    name = _named(provider)
    if name not in PROVIDERS:
        raise ValueError(f"Unsupported model_provider={provider!r}. {_listed()}")
    return name, model


def _named(provider: str) -> str:
    name = provider.replace("-", "_").lower()
    return _ALIASES.get(name, name)


def _listed() -> str:
    return f"Supported providers: {', '.join(sorted(PROVIDERS))}"
