"""Settings for all tests."""

import gc
import os
import signal

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import booleans

# On CI every run makes the same examples: a failure there belongs to the change and not to chance.
# New examples are looked for elsewhere, where somebody sees them fail.
settings.register_profile(
    "headrace",
    max_examples=100,
    deadline=None,  # a test times nothing
    derandomize=os.environ.get("CI") == "true",
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("headrace")

# Whoever starts the tests in the background may have them, and the programs that they start, ignore
# an interrupt; some tests send one. A handler of one's own is not inherited, but ignoring is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Keep imported modules out of the many garbage collections that tests ask for."""
    # For its first example, Hypothesis checks that something refers to its random number generator.
    # Frozen objects are not found, and it would warn.
    given(booleans())(lambda _: None)()
    gc.collect()
    gc.freeze()
