"""Data sets of LangSmith."""

from __future__ import annotations

from typing import Any

from headrace.dropin.core.document_loaders.base import BaseLoader

__all__ = ["LangSmithLoader"]


class LangSmithLoader(BaseLoader):
    """A loader of LangSmith's data sets, which headrace does not have."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: read the data set with LangSmith's own client.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "headrace does not load LangSmith data sets. Use `langsmith.Client().list_examples()`, "
            "or run this part of the program on langchain-core."
        )
