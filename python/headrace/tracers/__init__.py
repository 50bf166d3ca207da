"""The names of the log, where the reference keeps them."""

from headrace.events.log import RunLog, RunLogPatch

__all__ = ["RunLog", "RunLogPatch"]
