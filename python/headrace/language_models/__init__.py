"""Models."""

from headrace.language_models.replay import ReplayChatModel

__all__ = ["ReplayChatModel"]
