"""headrace streams what language models produce, fast and faithfully.

The names are LangChain's: what is `langchain_core.X` there is `headrace.X` here. This package
itself imports nothing but the version, so that `import headrace.json` stays as light as it is.
"""

from headrace._core import __version__

__all__ = ["__version__"]
