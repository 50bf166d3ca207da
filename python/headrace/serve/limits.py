"""Limits of a server."""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """Limits of a server. A request over a limit gets a 4xx error of its protocol."""

    max_body: int = 1_000_000
    """Largest request body, in bytes."""
    max_runs: int = 1_000
    """Most runs at a time in this process; more get status 429 with `Retry-After`."""
    max_seconds: float = 3_600
    """Longest run, in seconds."""
    max_batch: int = 100
    """Most inputs of one `/batch` request."""
    idle_ttl: float = 300
    """Seconds after which a resumable run without a reader ends."""
    send_timeout: float = 60
    """Seconds that a client may take to read what was sent; then its connection is closed."""
    ping: float = 15
    """Seconds of silence after which a stream sends a ping, so that proxies keep it open."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"{field.name} must be a positive number, got {value!r}")
