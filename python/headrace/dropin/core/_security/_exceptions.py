"""The error of a forbidden address."""

__all__ = ["SSRFBlockedError"]


class SSRFBlockedError(Exception):
    """An address that must not be fetched.

    Attributes:
        reason: Why the address is forbidden.
    """

    def __init__(self, reason: str) -> None:
        """Create the error; `reason` says why the address is forbidden."""
        super().__init__(f"SSRF blocked: {reason}")
        self.reason = reason
