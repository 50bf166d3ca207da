"""The version of langchain-core that headrace replaces."""

from headrace.dropin.installation import emulates

__all__ = ["VERSION"]

VERSION = emulates
