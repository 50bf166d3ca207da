"""Additions to `headrace.vectorstores.base`."""

from typing import TypeVar

__all__ = ["VST"]

VST = TypeVar("VST", bound="headrace.vectorstores.store.VectorStore")  # type: ignore[name-defined]  # noqa: F821
