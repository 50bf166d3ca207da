"""Additions to `headrace.vectorstores`."""

from headrace.dropin.core.vectorstores.base import VST

__all__ = ["VST"]
