"""OpenAI's chat models, under the name of the module where the reference has them."""

from headrace.providers.openai.azure import AzureChatOpenAI
from headrace.providers.openai.base import BaseChatOpenAI
from headrace.providers.openai.chat_model import ChatOpenAI

__all__ = ["AzureChatOpenAI", "BaseChatOpenAI", "ChatOpenAI"]
