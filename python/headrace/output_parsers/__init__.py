"""From what a model says to what a program can use."""

from headrace.output_parsers.json import JsonOutputParser, SimpleJsonOutputParser

__all__ = ["JsonOutputParser", "SimpleJsonOutputParser"]
