"""Models of OpenAI and of OpenAI-compatible servers. They need the extra `headrace[openai]`."""

from headrace.providers.extras import require_extra

require_extra("openai", extra="openai", user=__name__)

from headrace.providers.openai.answer_parsers import OpenAIRefusalError  # noqa: E402
from headrace.providers.openai.azure import (  # noqa: E402
    AzureChatOpenAI,
    AzureOpenAI,
    AzureOpenAIEmbeddings,
)
from headrace.providers.openai.base import BaseChatOpenAI  # noqa: E402
from headrace.providers.openai.chat_model import ChatOpenAI  # noqa: E402
from headrace.providers.openai.compatible import (  # noqa: E402
    ChatDeepSeek,
    ChatFireworks,
    ChatGroq,
    ChatMistralAI,
    ChatOllama,
    ChatTogether,
    ChatVLLM,
    ChatXAI,
)
from headrace.providers.openai.custom_tools import custom_tool  # noqa: E402
from headrace.providers.openai.embeddings import OpenAIEmbeddings  # noqa: E402
from headrace.providers.openai.llm import OpenAI  # noqa: E402

__all__ = [
    "AzureChatOpenAI",
    "AzureOpenAI",
    "AzureOpenAIEmbeddings",
    "BaseChatOpenAI",
    "ChatDeepSeek",
    "ChatFireworks",
    "ChatGroq",
    "ChatMistralAI",
    "ChatOllama",
    "ChatOpenAI",
    "ChatTogether",
    "ChatVLLM",
    "ChatXAI",
    "OpenAI",
    "OpenAIEmbeddings",
    "OpenAIRefusalError",
    "custom_tool",
]
