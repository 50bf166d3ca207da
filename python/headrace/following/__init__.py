"""Following a stream of OpenAI's or Anthropic's SDK: what the model has said so far, parsed, live.

It needs neither SDK to be imported, and parses in linear time: a tool call of n pieces costs what
its pieces cost, where the SDKs' own helpers parse the whole text again at each.
"""

from headrace.following.answer import LiveAnswer, LiveToolCall
from headrace.following.follow import AsyncFollowing, Following, follow

__all__ = ["AsyncFollowing", "Following", "LiveAnswer", "LiveToolCall", "follow"]
