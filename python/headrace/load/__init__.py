"""Serialization: components and messages as JSON in LangChain's format, and back."""

from headrace.load.dump import dumpd, dumps
from headrace.load.load import Reviver, load, loads
from headrace.load.serializable import Serializable

__all__ = ["Reviver", "Serializable", "dumpd", "dumps", "load", "loads"]
