"""headrace streams what language models produce, fast and faithfully.

The names are LangChain's: `langchain_core.X` is `headrace.X` here. This package itself imports
only the version, so that `import headrace.json` stays fast.
"""

from headrace._core import __version__

__all__ = ["__version__"]
