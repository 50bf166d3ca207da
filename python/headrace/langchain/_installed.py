"""Check that LangChain is installed."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["require_langchain"]


def require_langchain() -> None:
    """Raise an error with installation instructions if langchain-core is missing.

    Raises:
        ImportError: If langchain-core is not installed.
    """
    if find_spec("langchain_core") is None:
        raise ImportError(
            "headrace.langchain needs langchain-core: pip install 'headrace[langchain]'"
        )
