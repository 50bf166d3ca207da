"""Models of OpenAI and of the servers that speak the same. Needs the extra `headrace[openai]`."""

from headrace.providers.extras import require_extra

require_extra("openai", extra="openai", user=__name__)

from headrace.providers.openai.base import BaseChatOpenAI  # noqa: E402
from headrace.providers.openai.chat_model import ChatOpenAI  # noqa: E402
from headrace.providers.openai.structured import OpenAIRefusalError  # noqa: E402

__all__ = ["BaseChatOpenAI", "ChatOpenAI", "OpenAIRefusalError"]
