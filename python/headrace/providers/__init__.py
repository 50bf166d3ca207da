"""Models of providers: OpenAI and those that speak the same, Anthropic.

Each needs its provider's SDK, an extra: `headrace[openai]`, `headrace[anthropic]`.
"""

from headrace.providers.chat_models import init_chat_model

__all__ = ["init_chat_model"]
