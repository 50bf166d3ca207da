"""The version of LangChain that the comparisons run against."""

from importlib.metadata import version

import pytest

CORE = tuple(int(part) for part in version("langchain-core").split(".")[:2])

needs_current = pytest.mark.skipif(
    CORE < (1, 8), reason="compares with LangChain 1.8, which needs CPython 3.11"
)
