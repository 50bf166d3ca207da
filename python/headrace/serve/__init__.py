"""Serve runnables and LangGraph graphs over HTTP, with a chat page and streams that resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace._lazy import lazy

if TYPE_CHECKING:
    from headrace.serve.app import add_routes, create_app
    from headrace.serve.limits import Limits
    from headrace.serve.log import MemoryLog, StreamLog
    from headrace.serve.redis_log import RedisLog
    from headrace.serve.remote import RemoteRunnable
    from headrace.serve.sqlite_log import SqliteLog

__all__ = [
    "Limits",
    "MemoryLog",
    "RedisLog",
    "RemoteRunnable",
    "SqliteLog",
    "StreamLog",
    "add_routes",
    "create_app",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy(
        __name__,
        app="add_routes create_app",
        limits="Limits",
        log="MemoryLog StreamLog",
        redis_log="RedisLog",
        remote="RemoteRunnable",
        sqlite_log="SqliteLog",
    )
