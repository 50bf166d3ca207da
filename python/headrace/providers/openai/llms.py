"""OpenAI's models of texts, under the name of the module where the reference has them."""

from headrace.providers.openai.azure import AzureOpenAI
from headrace.providers.openai.llm import OpenAI

__all__ = ["AzureOpenAI", "OpenAI"]
