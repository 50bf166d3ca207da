"""`ChatOpenAI`: the chat models of OpenAI."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from headrace.language_models.base import LanguageModelInput
from headrace.providers.openai.base import BaseChatOpenAI, _Method, _Schema

if TYPE_CHECKING:
    from pydantic import BaseModel

    from headrace.runnables.runnable import Runnable

__all__ = ["ChatOpenAI"]


class ChatOpenAI(BaseChatOpenAI):
    """A chat model of OpenAI, using the chat completions API or the responses API.

    Example:
        ```python
        model = ChatOpenAI(model="gpt-4o", temperature=0)
        for chunk in model.stream("Why is the sky blue?"):
            print(chunk.text, end="", flush=True)
        ```
    """

    @property
    def lc_secrets(self) -> Mapping[str, str]:
        """The key, with its environment variable."""
        return {"openai_api_key": "OPENAI_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: the model is serializable."""
        return True

    @classmethod
    def get_lc_namespace(cls) -> list[str]:
        """Return the namespace under which LangChain's `loads` finds the class."""
        return ["langchain", "chat_models", "openai"]

    @property
    def lc_attributes(self) -> Mapping[str, Any]:
        """The organization, base URL and proxy, for serialization."""
        told = {
            "openai_organization": self.openai_organization,
            "openai_api_base": self.openai_api_base,
            "openai_proxy": self.openai_proxy,
        }
        return {name: value for name, value in told.items() if value}

    @property
    def _default_params(self) -> dict[str, Any]:
        params = super()._default_params
        if "max_tokens" in params:
            params["max_completion_tokens"] = params.pop("max_tokens")
        return params

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload = super()._get_request_payload(input_, stop=stop, **kwargs)
        if "max_tokens" in payload:
            payload["max_completion_tokens"] = payload.pop("max_tokens")
        if re.match(r"o\d", self.model_name or ""):
            for message in payload.get("messages", ()):
                if message["role"] == "system":
                    message["role"] = "developer"
        return payload

    def with_structured_output(
        self,
        schema: _Schema | None = None,
        *,
        method: _Method = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        tools: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return a runnable with structured output; see the method of `BaseChatOpenAI`."""
        return super().with_structured_output(
            schema, method=method, include_raw=include_raw, strict=strict, tools=tools, **kwargs
        )
