"""OpenAI's chat models, under LangChain's module name."""

from headrace.providers.openai.azure import AzureChatOpenAI
from headrace.providers.openai.base import BaseChatOpenAI
from headrace.providers.openai.chat_model import ChatOpenAI

__all__ = ["AzureChatOpenAI", "BaseChatOpenAI", "ChatOpenAI"]
