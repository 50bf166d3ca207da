"""Facts about the runtime environment."""

from __future__ import annotations

import platform
from functools import cache

__all__ = ["get_runtime_environment"]


@cache
def get_runtime_environment() -> dict[str, str]:
    """Return the library, its version, the platform and the version of Python."""
    from headrace.dropin.installation import emulates

    return {
        "library_version": emulates,
        "library": "langchain-core",
        "platform": platform.platform(),
        "runtime": "python",
        "runtime_version": platform.python_version(),
    }
