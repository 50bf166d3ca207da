"""Additions to `headrace.utils`."""

from headrace.dropin.core.utils.utils import (
    check_package_version,
    mock_now,
    raise_for_status_with_text,
)

__all__ = ["check_package_version", "mock_now", "raise_for_status_with_text"]
