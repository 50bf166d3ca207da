"""The log of a run, where the reference keeps it."""

from headrace.events.log import LogEntry, RunLog, RunLogPatch, RunState

__all__ = ["LogEntry", "RunLog", "RunLogPatch", "RunState"]
