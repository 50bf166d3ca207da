"""Anthropic's models.

They need Anthropic's SDK, the extra `headrace[anthropic]`, and a key, in the environment variable
`ANTHROPIC_API_KEY` or as `api_key`.
"""

from headrace.providers.extras import require_extra

require_extra("anthropic", extra="anthropic", user="headrace.providers.anthropic")

from headrace.providers.anthropic.chat_models import ChatAnthropic  # noqa: E402
from headrace.providers.anthropic.tools import (  # noqa: E402
    AnthropicTool,
    convert_to_anthropic_tool,
)

__all__ = ["AnthropicTool", "ChatAnthropic", "convert_to_anthropic_tool"]
