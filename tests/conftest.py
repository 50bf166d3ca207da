"""Settings for all tests."""

import gc
import os
import signal
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans

# Select another profile with `pytest --hypothesis-profile thorough`. Tests leave the number of
# examples to the profile.
_common: dict[str, Any] = {
    "deadline": None,  # a test times nothing
    "database": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
# New examples in each run, so that many short runs find what one does not.
settings.register_profile("dev", max_examples=30, **_common)
# The same examples in each run: a failure belongs to the change, not to chance.
settings.register_profile("ci", max_examples=30, derandomize=True, **_common)
# Minutes for a folder: for changes to the code that the properties are about.
settings.register_profile("thorough", max_examples=1_000, **_common)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

# Whoever starts the tests in the background may have them, and the programs that they start, ignore
# an interrupt; some tests send one. A handler of one's own is not inherited, but ignoring is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Some tests start programs, which compile headrace each time if they may not keep the result.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    """Run a first property."""
    # For its first example, Hypothesis checks that something refers to its random number generator.
    # Frozen objects are not found, and it would warn.
    given(booleans())(lambda _: None)()


@pytest.fixture(scope="module", autouse=True)
def _small_collections() -> None:
    """Keep what the tests before this module have imported out of garbage collections.

    A collection of all modules that the suite imports takes half a second, and tests ask for
    thousands.
    """
    gc.collect()
    gc.freeze()
