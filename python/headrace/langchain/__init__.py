"""Integration with langchain-core: use the Rust core from LangChain programs.

`accelerate()` makes langchain-core itself use the Rust core. `JsonOutputParser` is a drop-in
replacement for a single chain. This package requires the extra `langchain`.
"""

from headrace.langchain._installed import require_langchain

require_langchain()

from headrace.langchain.acceleration import (  # noqa: E402 - not before it is known to be there
    Acceleration,
    AccelerationWarning,
    accelerate,
    restore,
)
from headrace.langchain.adapters import from_langchain, to_langchain  # noqa: E402
from headrace.langchain.json_parser import JsonOutputParser  # noqa: E402

__all__ = [
    "Acceleration",
    "AccelerationWarning",
    "JsonOutputParser",
    "accelerate",
    "from_langchain",
    "restore",
    "to_langchain",
]
