"""Which of many examples go into a prompt."""

from headrace.example_selectors.base import BaseExampleSelector
from headrace.example_selectors.length_based import LengthBasedExampleSelector

__all__ = ["BaseExampleSelector", "LengthBasedExampleSelector"]
