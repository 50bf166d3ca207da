"""The version that headrace stands in for."""

from headrace.dropin.installation import emulates

__all__ = ["VERSION"]

VERSION = emulates
