"""OpenAI's text models, under LangChain's module name."""

from headrace.providers.openai.azure import AzureOpenAI
from headrace.providers.openai.llm import OpenAI

__all__ = ["AzureOpenAI", "OpenAI"]
