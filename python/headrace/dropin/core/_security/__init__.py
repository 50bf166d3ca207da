"""Fetching addresses that others name, without reaching into the local network."""

from headrace.dropin.core._security._exceptions import SSRFBlockedError
from headrace.dropin.core._security._policy import SSRFPolicy, validate_url_sync
from headrace.dropin.core._security._transport import ssrf_safe_async_client, ssrf_safe_client

__all__ = [
    "SSRFBlockedError",
    "SSRFPolicy",
    "ssrf_safe_async_client",
    "ssrf_safe_client",
    "validate_url_sync",
]
