"""Additions to `headrace.utils.pydantic`."""

import pydantic
from packaging.version import Version

__all__ = ["PYDANTIC_VERSION"]

PYDANTIC_VERSION = Version(pydantic.VERSION)
