"""Settings for all tests."""

import os

from hypothesis import HealthCheck, settings

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
