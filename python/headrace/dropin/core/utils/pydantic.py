"""Additions to `headrace.utils.pydantic`."""

import pydantic
from packaging.version import Version

__all__ = ["PYDANTIC_VERSION"]

REPLACED = ("PYDANTIC_VERSION",)
"""Names that headrace's module has as something else: there it is a tuple of numbers."""

PYDANTIC_VERSION = Version(pydantic.VERSION)
