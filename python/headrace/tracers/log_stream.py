"""The log of a run, under LangChain's import path."""

from headrace.events.log import LogEntry, RunLog, RunLogPatch, RunState

__all__ = ["LogEntry", "RunLog", "RunLogPatch", "RunState"]
