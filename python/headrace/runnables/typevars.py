"""The type variables of runnables."""

from typing import TypeVar

__all__ = ["Input", "Other", "Output"]

Input = TypeVar("Input", contravariant=True)
Output = TypeVar("Output", covariant=True)
Other = TypeVar("Other")
