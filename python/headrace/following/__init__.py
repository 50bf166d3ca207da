"""Follow a stream of OpenAI's or Anthropic's SDK: the parsed answer so far, after each event.

It imports neither SDK, and it parses in linear time: a piece of a tool call costs only its own
length. The SDKs' own helpers parse the whole text again for each piece.
"""

from headrace.following.answer import LiveAnswer, LiveToolCall
from headrace.following.follow import AsyncFollowing, Following, follow

__all__ = ["AsyncFollowing", "Following", "LiveAnswer", "LiveToolCall", "follow"]
