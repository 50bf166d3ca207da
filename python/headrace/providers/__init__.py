"""Models of providers: OpenAI and OpenAI-compatible servers, and Anthropic.

Each needs its provider's SDK, which an extra installs: `headrace[openai]`, `headrace[anthropic]`.
"""

from headrace.providers.chat_models import init_chat_model

__all__ = ["init_chat_model"]
